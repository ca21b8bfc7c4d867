// SPDX-License-Identifier: BSD-3-Clause
// The counter of one worker: which slots are open, and how they travel to the analyzer and back.
// What is counted in them is judge.c's business.

#include "array.h"
#include "judge.h"
#include "ring.h"

#include <assert.h>
#include <errno.h>
#include <lull/count.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX LULL_RING      // so that neither ring is ever full
#define AHEAD_MIN 4              // closed bins the analyzer may always be behind,
#define AHEAD_BYTES (4ull << 20) // and more of them while all slots take less than this

struct lull_counter {
	// the worker's
	struct lull_slot *open[SLOTS_MAX]; // by rising bin
	uint32_t n_open;
	struct lull_slot *recent; // the open slot used last, or NULL
	struct lull_slot *slots[SLOTS_MAX];
	uint32_t n_slots;
	uint32_t epoch;
	uint64_t received;    // bytes on the wire, of all packets counted
	uint64_t bytes;       // of all slots, when they were last closed
	uint64_t ahead_bytes; // while they take less, the analyzer may be far behind
	bool live;            // never wait: take back the oldest closed slot instead
	const struct lull_upstream_rules *rules, *next_rules;
	uint64_t next_from; // first bin of next_rules
	struct lull_judge judge;
	// between worker and analyzer
	struct lull_ring closed;                // worker -> analyzer, by rising bin
	struct lull_ring empty;                 // analyzer -> worker
	alignas(64) _Atomic uint64_t watermark; // written by the worker
	_Atomic uint64_t lost;                  // written by the worker
	_Atomic uint64_t starved;               // written by the worker
};

struct lull_counter *lull_counter_create(
	const struct lull_upstream_rules *rules, const struct lull_sipkey *key)
{
	struct lull_counter *c = aligned_alloc(LULL_LINE, sizeof(*c));
	if (c == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	memset(c, 0, sizeof(*c));
	lull_judge_init(&c->judge, key);
	c->rules = rules;
	c->next_from = UINT64_MAX;
	c->ahead_bytes = AHEAD_BYTES;
	return c;
}

void lull_counter_rules(
	struct lull_counter *c, uint64_t seq, const struct lull_upstream_rules *rules)
{
	if (c->next_from != UINT64_MAX) // bins of the change before are closed by now
		c->rules = c->next_rules;
	c->next_rules = rules;
	c->next_from = seq;
}

void lull_counter_destroy(struct lull_counter *c)
{
	if (c == NULL)
		return;
	for (uint32_t i = 0; i < c->n_slots; i++)
		lull_slot_destroy(c->slots[i]);
	free(c);
}

// Slots the analyzer holds or has waiting: it will give them back.
static uint32_t away(const struct lull_counter *c)
{
	return c->n_slots - c->n_open;
}

static struct lull_slot *new_slot(struct lull_counter *c)
{
	if (c->n_slots == SLOTS_MAX || (away(c) >= AHEAD_MIN && c->bytes >= c->ahead_bytes))
		return NULL;
	struct lull_slot *slot = lull_slot_create(&c->judge.key);
	if (slot == NULL)
		return NULL;
	slot->bytes = lull_slot_bytes(slot);
	c->bytes += slot->bytes;
	c->slots[c->n_slots++] = slot;
	return slot;
}

void lull_counter_live(struct lull_counter *c, uint64_t bytes)
{
	c->live = true;
	c->ahead_bytes = bytes;
	// The analyzer holds one at a time. With another there is always one to take back or one
	// that is open, whatever becomes of memory.
	for (int i = 0; i < 2; i++) {
		struct lull_slot *slot = new_slot(c);
		if (slot != NULL)
			lull_ring_push(&c->empty, slot, 0);
	}
}

// Take back the closed slot that waited longest. What its bin counted is lost but for its part of
// the count law, which stays in the slot, for the bin it is used for next.
static struct lull_slot *take_back(struct lull_counter *c)
{
	struct lull_port_bin *ports;
	struct lull_slot *slot = NULL;
	uint64_t seq;
	while (slot == NULL && (seq = lull_ring_key(&c->closed)) != UINT64_MAX) {
		// before the slot goes: who does not find it there learns why
		if (seq >= atomic_load_explicit(&c->lost, memory_order_relaxed))
			atomic_store_explicit(&c->lost, seq + 1, memory_order_release);
		slot = lull_ring_take(&c->closed, seq);
	}
	if (slot == NULL)
		return NULL;
	uint32_t n = slot->n_ports;
	lull_slot_reset(slot);
	ports = slot->ports;
	for (uint32_t p = 0; p < n; p++) {
		struct lull_law law = ports[p].law;
		lull_slot_port(slot, (uint16_t)p)->law = law;
	}
	return slot;
}

static struct lull_slot *open_slot(struct lull_counter *c, uint64_t seq, uint32_t at)
{
	// the clock promises it; a slot below the watermark would never be taken
	assert(seq >= atomic_load_explicit(&c->watermark, memory_order_relaxed));
	struct lull_slot *slot = lull_ring_pop(&c->empty);
	if (slot == NULL)
		slot = new_slot(c);
	if (slot == NULL && c->live)
		slot = take_back(c);
	if (slot == NULL)
		return NULL;
	slot->rules = seq < c->next_from ? c->rules : c->next_rules;
	if (++c->epoch == 0) {
		lull_judge_forget(&c->judge);
		c->epoch = 1;
	}
	slot->seq = seq;
	// packets of this bin may have been counted elsewhere before there was a slot for it
	slot->partial = seq < atomic_load_explicit(&c->lost, memory_order_relaxed);
	slot->epoch = c->epoch;
	memmove(&c->open[at + 1], &c->open[at], (c->n_open - at) * sizeof(*c->open));
	c->open[at] = slot;
	c->n_open++;
	return slot;
}

// First open slot whose bin is not below seq.
static uint32_t lower_bound(const struct lull_counter *c, uint64_t seq)
{
	uint32_t from = 0, to = c->n_open;
	while (from < to) {
		uint32_t middle = (from + to) / 2;
		if (c->open[middle]->seq < seq)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

// The open slot of a bin, opened when it is not; NULL: none is free.
static struct lull_slot *slot_of(struct lull_counter *c, uint64_t seq)
{
	if (c->recent != NULL && c->recent->seq == seq)
		return c->recent;
	uint32_t at = lower_bound(c, seq);
	struct lull_slot *slot = at < c->n_open ? c->open[at] : NULL;
	if (slot == NULL || slot->seq != seq)
		slot = open_slot(c, seq, at);
	if (slot != NULL)
		c->recent = slot;
	return slot;
}

static void starve(struct lull_counter *c, uint64_t n)
{
	uint64_t before = atomic_load_explicit(&c->starved, memory_order_relaxed);
	atomic_store_explicit(&c->starved, before + n, memory_order_relaxed);
}

// There is no memory for a slot of bin seq: its packets are counted in an open one beside it, and
// neither bin is whole. NULL: none is open.
static struct lull_slot *slot_beside(struct lull_counter *c, uint64_t seq)
{
	if (!c->live || c->n_open == 0)
		return NULL;
	uint32_t at = lower_bound(c, seq);
	struct lull_slot *slot = c->open[at < c->n_open ? at : at - 1];
	slot->partial = true;
	if (seq >= atomic_load_explicit(&c->lost, memory_order_relaxed))
		atomic_store_explicit(&c->lost, seq + 1, memory_order_release);
	return slot;
}

// Packets from here on that share bin and port are received: counted here as a whole, and judged
// elsewhere. Returns how many they are; *bytes: on the wire.
static uint32_t receive(
	struct lull_port_bin *port, const struct lull_packet *p, uint32_t n, uint64_t *bytes)
{
	uint64_t bin = p[0].bin, sum = 0;
	uint64_t first = port->first_ns, end = port->last_ns + 1; // LULL_TIME_NONE + 1 = 0
	uint16_t number = p[0].port;
	uint32_t i = 0;
	for (; i < n && p[i].bin == bin && p[i].port == number; i++) {
		sum += p[i].wirelen;
		if (p[i].fate != LULL_IN_TIME)
			continue;
		first = p[i].ts_ns < first ? p[i].ts_ns : first;
		end = p[i].ts_ns + 1 > end ? p[i].ts_ns + 1 : end;
	}
	port->law.received.packets += i;
	port->law.received.bytes += sum;
	port->first_ns = first;
	port->last_ns = end - 1;
	*bytes = sum;
	return i;
}

// The same for a burst that is of one bin and port, which others have seen already.
static uint32_t receive_even(struct lull_port_bin *port, const struct lull_burst *burst,
	const struct lull_sifted *sifted, uint64_t *bytes)
{
	port->law.received.packets += burst->n;
	port->law.received.bytes += sifted->bytes;
	if (burst->first_ns < port->first_ns)
		port->first_ns = burst->first_ns;
	if (burst->last_ns + 1 > port->last_ns + 1) // as above
		port->last_ns = burst->last_ns;
	*bytes = sifted->bytes;
	return burst->n;
}

// A burst and what is known of its packets.
struct batch {
	const struct lull_packet *packets;
	const struct lull_sifted *sifted;
	const struct lull_headers *headers;
	const struct lull_matched *matched;
	const uint8_t *filtered;
};

// The first odd packet that is not below packet i.
static uint32_t odd_from(const struct lull_sifted *s, uint32_t i)
{
	uint32_t k = 0;
	while (k < s->n_odd && s->odd[k] < i)
		k++;
	return k;
}

// Judge n packets from packet i on, all of one bin and port; *odd: the first odd one among them,
// moved behind the last. bytes: of all n. As lull_judge().
static int judge_run(struct lull_counter *c, struct lull_slot *slot, struct lull_port_bin *port,
	const struct batch *b, uint32_t i, uint32_t n, uint64_t bytes, uint32_t *odd)
{
	const struct lull_sifted *s = b->sifted;
	uint32_t from = *odd, to = from;
	for (; to < s->n_odd && s->odd[to] < i + n; to++)
		bytes -= b->packets[s->odd[to]].wirelen;
	*odd = to;
	lull_judge_far(&c->judge, port, s->sums + (i - from), n - (to - from), bytes);
	return lull_judge(&c->judge, slot, port, b->packets, s->odd + from, b->headers + from,
		b->matched + from, b->filtered == NULL ? NULL : b->filtered + from, to - from);
}

int lull_counter_burst(struct lull_counter *c, const struct lull_burst *burst, uint32_t first,
	const struct lull_sifted *sifted, const struct lull_headers *headers,
	const struct lull_matched *matched, const uint8_t *filtered)
{
	const struct batch b = {burst->packets, sifted, headers, matched, filtered};
	uint32_t odd = odd_from(sifted, first);
	bool even = first == 0 && burst->even && sifted->one_port;
	lull_counter_close(c, burst->floor);
	for (uint32_t i = first; i < burst->n;) {
		struct lull_slot *slot = slot_of(c, burst->packets[i].bin);
		bool beside = slot == NULL;
		if (beside)
			slot = slot_beside(c, burst->packets[i].bin);
		if (slot == NULL)
			return away(c) > 0 ? (int)i : -ENOMEM;
		struct lull_port_bin *port = lull_slot_port(slot, burst->packets[i].port);
		uint64_t bytes;
		uint32_t n = even ? receive_even(port, burst, sifted, &bytes)
				  : receive(port, &burst->packets[i], burst->n - i, &bytes);
		c->received += bytes;
		int r = judge_run(c, slot, port, &b, i, n, bytes, &odd);
		if (r < 0 && !c->live)
			return r;
		if (r < 0 || beside) {
			slot->partial = true;
			starve(c, beside ? n : c->judge.starved);
		}
		i += n;
	}
	return (int)burst->n;
}

void lull_counter_close(struct lull_counter *c, uint64_t floor)
{
	if (floor <= atomic_load_explicit(&c->watermark, memory_order_relaxed))
		return;
	uint32_t n = floor == UINT64_MAX ? c->n_open : lower_bound(c, floor);
	for (uint32_t i = 0; i < n; i++) {
		struct lull_slot *slot = c->open[i];
		size_t bytes = lull_slot_bytes(slot);
		c->bytes += bytes - slot->bytes;
		slot->bytes = bytes;
		bool pushed = lull_ring_push(&c->closed, slot, slot->seq);
		assert(pushed); // the ring has room for all slots there are
		(void)pushed;
	}
	if (n > 0) {
		c->n_open -= n;
		memmove(c->open, c->open + n, c->n_open * sizeof(*c->open));
		c->recent = NULL;
	}
	// after the slots: who sees this watermark sees them
	atomic_store_explicit(&c->watermark, floor, memory_order_release);
}

uint64_t lull_counter_bytes(const struct lull_counter *c)
{
	return c->received;
}

uint64_t lull_counter_watermark(const struct lull_counter *c)
{
	return atomic_load_explicit(&c->watermark, memory_order_acquire);
}

uint64_t lull_counter_lost(const struct lull_counter *c)
{
	return atomic_load_explicit(&c->lost, memory_order_acquire);
}

uint64_t lull_counter_starved(const struct lull_counter *c)
{
	return atomic_load_explicit(&c->starved, memory_order_relaxed);
}

bool lull_slot_whole(const struct lull_slot *slot)
{
	return !slot->partial;
}

uint64_t lull_counter_next(const struct lull_counter *c)
{
	return lull_ring_key(&c->closed);
}

struct lull_slot *lull_counter_take(struct lull_counter *c, uint64_t seq)
{
	while (lull_ring_key(&c->closed) == seq) {
		struct lull_slot *slot = lull_ring_take(&c->closed, seq);
		if (slot != NULL)
			return slot;
	}
	return NULL;
}

void lull_counter_give(struct lull_counter *c, struct lull_slot *slot)
{
	lull_slot_reset(slot);
	bool pushed = lull_ring_push(&c->empty, slot, 0);
	assert(pushed); // as above
	(void)pushed;
}
