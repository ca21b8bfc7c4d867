// SPDX-License-Identifier: BSD-3-Clause
// From packet times to bins. A packet's fate depends on the packets before it and the one after,
// and on nothing else: neither on where bursts end nor on who counts them. Counting and closing
// bins is left to the workers; they close what lies below the floor a burst *begins* with, while
// fates follow the floor of the moment, which only rises. So an in-time packet never meets a closed
// bin.

#include <assert.h>
#include <lull/clock.h>
#include <lull/time.h>
#include <string.h>

void lull_clock_init(struct lull_clock *c, uint64_t bin_ns, unsigned reorder_bins, uint64_t jump_ns)
{
	assert(bin_ns > 0);
	memset(c, 0, sizeof(*c));
	c->bin_ns = bin_ns;
	c->reorder_bins = reorder_bins;
	c->jump_ns = jump_ns;
}

void lull_clock_fix(struct lull_clock *c, uint64_t start_ns)
{
	assert(start_ns < UINT64_MAX - c->bin_ns);
	uint64_t start = start_ns - start_ns % c->bin_ns;
	c->segments[0] = (struct lull_segment){.seq = 0, .start_ns = start};
	atomic_store_explicit(&c->n_segments, 1, memory_order_release);
	c->newest = c->floor = c->bin_seq = 0;
	c->bin_start = start;
	c->first_ns = c->last_ns = start_ns;
	c->witnesses = 0;
	c->started = c->fixed = true;
}

// Only the writer calls this, so it needs no order with its own stores.
static const struct lull_segment *current(const struct lull_clock *c)
{
	return &c->segments[atomic_load_explicit(&c->n_segments, memory_order_relaxed) - 1];
}

// Bins of the segment before are closed at once: no time leads back to them.
static void begin_segment(struct lull_clock *c, uint64_t ts_ns, uint64_t seq)
{
	uint32_t n = atomic_load_explicit(&c->n_segments, memory_order_relaxed);
	c->segments[n] = (struct lull_segment){.seq = seq, .start_ns = ts_ns - ts_ns % c->bin_ns};
	atomic_store_explicit(&c->n_segments, n + 1, memory_order_release);
	c->newest = seq;
	c->floor = seq;
	c->last_ns = ts_ns;
}

// Where ts_ns would lie in the current segment, and whether it may be counted there.
static enum lull_fate judge(const struct lull_clock *c, uint64_t ts_ns, uint64_t *seq)
{
	const struct lull_segment *s = current(c);
	if (ts_ns > c->last_ns && ts_ns - c->last_ns > c->jump_ns)
		return LULL_JUMP;
	if (ts_ns < s->start_ns)
		return LULL_LATE;
	*seq = s->seq + (ts_ns - s->start_ns) / c->bin_ns;
	return *seq < c->floor ? LULL_LATE : LULL_IN_TIME;
}

static bool may_begin_segment(const struct lull_clock *c)
{
	return atomic_load_explicit(&c->n_segments, memory_order_relaxed) < LULL_CLOCK_SEGMENTS;
}

// Times in the last bins that fit into 64 bits, LULL_TIME_NONE among them, are nobody's: keeping
// away from them keeps sums from wrapping.
static bool representable(const struct lull_clock *c, uint64_t ts_ns)
{
	return ts_ns < UINT64_MAX - c->bin_ns;
}

// A step forward is to be believed unless the next packet is back at the old time. Nothing is
// lost by believing at once, and a wrong belief is mended by the packets that are late then.
static bool steps_forward(const struct lull_clock *c, uint64_t next_ns)
{
	bool back = representable(c, next_ns) &&
		    (next_ns <= c->last_ns || next_ns - c->last_ns <= c->jump_ns);
	return !back && may_begin_segment(c);
}

// One more late packet. True when enough before it, in a row, agree that time went back: each at
// most a jump ahead of the highest of them, or a window behind it.
static bool steps_back(struct lull_clock *c, uint64_t ts_ns)
{
	uint64_t window = (c->reorder_bins + 1) * c->bin_ns;
	bool agrees =
		c->witnesses > 0 && (ts_ns >= c->witness_ns ? ts_ns - c->witness_ns <= c->jump_ns
							    : c->witness_ns - ts_ns <= window);
	if (!agrees) {
		c->witnesses = 1;
		c->witness_ns = ts_ns;
		return false;
	}
	c->witness_ns = ts_ns > c->witness_ns ? ts_ns : c->witness_ns;
	if (c->witnesses < LULL_CLOCK_WITNESSES) {
		c->witnesses++;
		return false;
	}
	return may_begin_segment(c);
}

// The believed time is now ts_ns, in bin seq.
static void advance(struct lull_clock *c, uint64_t ts_ns, uint64_t seq)
{
	if (ts_ns > c->last_ns)
		c->last_ns = ts_ns;
	if (seq <= c->newest)
		return;
	c->newest = seq;
	if (seq > c->reorder_bins && seq - c->reorder_bins > c->floor)
		c->floor = seq - c->reorder_bins;
}

// A first packet that the next one contradicts by more than a jump down: believing it would make
// all behind it late until enough of them agree, which a short capture never reaches.
static bool begins_too_high(const struct lull_clock *c, uint64_t ts_ns, uint64_t next_ns)
{
	return next_ns < ts_ns && ts_ns - next_ns > c->jump_ns;
}

// The way of a packet that leaves the bin of the one before; next_ns: time of the one after.
static void place(struct lull_clock *c, struct lull_packet *p, uint64_t next_ns)
{
	p->bin = c->newest;
	p->fate = LULL_JUMP;
	if (!representable(c, p->ts_ns))
		return; // says nothing for or against a run of witnesses
	if (!c->started) {
		if (begins_too_high(c, p->ts_ns, next_ns))
			return;
		c->started = true;
		c->first_ns = p->ts_ns;
		begin_segment(c, p->ts_ns, 0);
	}
	uint64_t seq = 0;
	p->fate = judge(c, p->ts_ns, &seq);
	if (p->fate != LULL_IN_TIME) {
		bool late = p->fate == LULL_LATE;
		if (!late)
			c->witnesses = 0; // whatever run there was, this is not of it
		if (late ? !steps_back(c, p->ts_ns) : !steps_forward(c, next_ns))
			return;
		seq = c->newest + 1;
		begin_segment(c, p->ts_ns, seq);
		p->fate = LULL_IN_TIME;
	}
	c->witnesses = 0;
	advance(c, p->ts_ns, seq);
	p->bin = seq;
	c->bin_seq = seq;
	c->bin_start = p->ts_ns - p->ts_ns % c->bin_ns;
}

// The same on a fixed grid: neither a step forward nor witnesses make a segment. Packets that
// waited in a queue while the source's clock went on are older than it, and so is the floor they
// are held against: the clock is followed after them.
static void place_on_grid(struct lull_clock *c, struct lull_packet *p, uint64_t clock_ns)
{
	const struct lull_segment *s = current(c);
	uint64_t believed = clock_ns > c->last_ns ? clock_ns : c->last_ns;
	p->bin = c->newest;
	p->fate = LULL_JUMP;
	if (!representable(c, p->ts_ns) ||
		(p->ts_ns > believed && p->ts_ns - believed > c->jump_ns))
		return;
	p->fate = LULL_LATE;
	if (p->ts_ns < s->start_ns)
		return;
	uint64_t seq = (p->ts_ns - s->start_ns) / c->bin_ns;
	if (seq < c->floor)
		return;
	p->fate = LULL_IN_TIME;
	advance(c, p->ts_ns, seq);
	p->bin = seq;
	c->bin_seq = seq;
	c->bin_start = p->ts_ns - p->ts_ns % c->bin_ns;
}

// The source's own clock closes bins too: on a silent wire nothing else does. The bin last used
// may be among them, and packets are held against no floor while they stay in it: it moves along.
static void follow_source(struct lull_clock *c, uint64_t clock_ns)
{
	uint64_t seq;
	if (!c->started || clock_ns <= c->last_ns || !representable(c, clock_ns))
		return;
	if (c->fixed)
		seq = (clock_ns - current(c)->start_ns) / c->bin_ns;
	else if (judge(c, clock_ns, &seq) != LULL_IN_TIME)
		return;
	advance(c, clock_ns, seq);
	if (c->bin_seq < c->floor) {
		c->bin_seq = seq;
		c->bin_start = clock_ns - clock_ns % c->bin_ns;
	}
}

// A run of witnesses must see every packet, so then no bin is "the same".
static bool calm(const struct lull_clock *c)
{
	return c->started && c->witnesses == 0;
}

// Packets from i on that stay in the bin last used. Returns the first that does not.
static uint32_t stay(struct lull_clock *c, struct lull_burst *burst, uint32_t i)
{
	uint64_t start = c->bin_start, seq = c->bin_seq, len = calm(c) ? c->bin_ns : 0;
	uint64_t first = LULL_TIME_NONE, last = 0;
	for (; i < burst->n; i++) {
		struct lull_packet *p = &burst->packets[i];
		if (p->ts_ns - start >= len)
			break;
		first = p->ts_ns < first ? p->ts_ns : first;
		last = p->ts_ns > last ? p->ts_ns : last;
		p->bin = seq;
		p->fate = LULL_IN_TIME;
	}
	burst->first_ns = first;
	burst->last_ns = last;
	c->last_ns = last > c->last_ns ? last : c->last_ns;
	return i;
}

// All packets of the burst came at once, in the bin last used: nothing to find out of each.
static void stamp_all(struct lull_clock *c, struct lull_burst *burst)
{
	uint64_t seq = c->bin_seq, ts_ns = burst->clock_ns;
	for (uint32_t i = 0; i < burst->n; i++) {
		burst->packets[i].ts_ns = ts_ns;
		burst->packets[i].bin = seq;
		burst->packets[i].fate = LULL_IN_TIME;
	}
	burst->first_ns = burst->last_ns = ts_ns;
	burst->even = true;
	c->last_ns = ts_ns > c->last_ns ? ts_ns : c->last_ns;
}

static void stamp_each(struct lull_clock *c, struct lull_burst *burst)
{
	for (uint32_t i = 0; i < burst->n && burst->at_once; i++)
		burst->packets[i].ts_ns = burst->clock_ns;
	uint32_t i = stay(c, burst, 0);
	burst->even = i == burst->n;
	for (; i < burst->n; i = stay(c, burst, i + 1)) {
		if (c->fixed)
			place_on_grid(c, &burst->packets[i], burst->clock_ns);
		else
			place(c, &burst->packets[i],
				i + 1 < burst->n ? burst->packets[i + 1].ts_ns : burst->next_ns);
	}
}

void lull_clock_stamp(struct lull_clock *c, struct lull_burst *burst)
{
	burst->floor = c->floor;
	if (burst->at_once && calm(c) && burst->clock_ns - c->bin_start < c->bin_ns)
		stamp_all(c, burst);
	else
		stamp_each(c, burst);
	follow_source(c, burst->clock_ns);
}

// Start of bin seq if it belonged to segment s.
static uint64_t start_in(const struct lull_clock *c, const struct lull_segment *s, uint64_t seq)
{
	return s->start_ns + (seq - s->seq) * c->bin_ns;
}

uint64_t lull_clock_bin(const struct lull_clock *c, uint64_t seq, uint64_t *gap_ns)
{
	*gap_ns = 0;
	uint32_t low = 0;
	uint32_t high = atomic_load_explicit(&c->n_segments, memory_order_acquire);
	if (high == 0)
		return 0; // no packet had a time: bin 0 only reports them
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (c->segments[middle].seq <= seq)
			low = middle;
		else
			high = middle;
	}
	const struct lull_segment *s = &c->segments[low];
	if (low > 0 && s->seq == seq) {
		uint64_t expected = start_in(c, s - 1, seq);
		*gap_ns = s->start_ns > expected ? s->start_ns - expected : expected - s->start_ns;
	}
	return start_in(c, s, seq);
}
