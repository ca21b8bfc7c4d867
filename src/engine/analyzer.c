// SPDX-License-Identifier: BSD-3-Clause
// Merging closed bins, in order.

#include "engine/analyzer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int lull_analyzer_init(struct lull_analyzer *a, struct lull_worker *const *workers,
	size_t n_workers, struct lull_merge *merge)
{
	memset(a, 0, sizeof(*a));
	a->workers = workers;
	a->n_workers = n_workers;
	a->merge = merge;
	a->slots = calloc(2 * n_workers, sizeof(struct lull_slot *));
	return a->slots == NULL ? -ENOMEM : 0;
}

void lull_analyzer_finish(struct lull_analyzer *a)
{
	free(a->slots);
	memset(a, 0, sizeof(*a));
}

static const struct lull_clock *grid(const struct lull_analyzer *a)
{
	return &a->workers[0]->tap->clock;
}

void lull_analyzer_listen(
	struct lull_analyzer *a, int (*bin)(void *, const struct lull_bin *), void *state)
{
	a->listeners[a->n_listeners++] = (struct lull_listener){.bin = bin, .state = state};
}

// One past the last bin no worker will touch again. Once all workers are done that is one past
// the newest bin: their watermarks are published after the clock's last write.
static uint64_t closed_below(const struct lull_analyzer *a, bool *over)
{
	uint64_t low = UINT64_MAX;
	for (size_t i = 0; i < a->n_workers; i++) {
		uint64_t mark = lull_counter_watermark(a->workers[i]->counter);
		low = mark < low ? mark : low;
	}
	*over = low == UINT64_MAX;
	uint64_t end = 0;
	for (size_t i = 0; i < a->n_workers && *over; i++) {
		const struct lull_clock *c = &a->workers[i]->tap->clock;
		if (c->started && c->newest >= end)
			end = c->newest + 1;
	}
	return *over ? end : low;
}

static uint64_t ports_first(const struct lull_bin *bin)
{
	uint64_t first = UINT64_MAX;
	for (size_t i = 0; i < bin->n_ports; i++)
		if (bin->ports[i].first_ns < first)
			first = bin->ports[i].first_ns;
	return first;
}

static uint64_t ports_last(const struct lull_bin *bin)
{
	uint64_t last = 0;
	for (size_t i = 0; i < bin->n_ports; i++)
		if (bin->ports[i].last_ns != UINT64_MAX && bin->ports[i].last_ns > last)
			last = bin->ports[i].last_ns;
	return last;
}

// Live, once no worker writes any more: up to when those that came to the bin looked at it; its
// start when none did. The clocks of two queues never stand at the same time.
static uint64_t last_looked(const struct lull_analyzer *a, const struct lull_bin *bin)
{
	uint64_t last = UINT64_MAX;
	for (size_t i = 0; i < a->n_workers; i++) {
		uint64_t ns = a->workers[i]->tap->clock.last_ns;
		if (ns > bin->start_ns && ns < last)
			last = ns;
	}
	return last == UINT64_MAX ? bin->start_ns : last;
}

// Share of the bin the taps looked at: they began at some time, and end at some time. In between
// silence is covered time.
static double exposure_live(const struct lull_analyzer *a, const struct lull_bin *bin, bool over)
{
	uint64_t from = bin->start_ns;
	uint64_t to = bin->start_ns + bin->len_ns;
	if (bin->seq == 0 && a->start_ns > from)
		from = a->start_ns;
	if (over && last_looked(a, bin) < to)
		to = last_looked(a, bin);
	return to > from ? (double)(to - from) / (double)bin->len_ns : 0.0;
}

// Share of the bin the source covered: the first bin of a segment begins with its first packet,
// the last one ends with its last. Between them silence is covered time.
static double exposure(const struct lull_analyzer *a, const struct lull_bin *bin, bool last)
{
	uint64_t from = bin->start_ns;
	uint64_t to = bin->start_ns + bin->len_ns;
	uint64_t first_seen = ports_first(bin);
	uint64_t last_seen = ports_last(bin);
	uint64_t gap = 0;
	if (!last)
		lull_clock_bin(grid(a), bin->seq + 1, &gap);
	if ((bin->seq == 0 || bin->gap_ns > 0) && first_seen >= from && first_seen < to)
		from = first_seen;
	if ((last || gap > 0) && last_seen >= from && last_seen < to)
		to = last_seen + 1;
	return (double)(to - from) / (double)bin->len_ns;
}

static int show(struct lull_analyzer *a, const struct lull_bin *bin)
{
	for (size_t i = 0; i < a->n_listeners; i++) {
		int r = a->listeners[i].bin(a->listeners[i].state, bin);
		if (r < 0)
			return r;
	}
	return 0;
}

// Merge what the workers counted in the bin; their slots are free again afterwards. whole: no
// worker took its slot back, or had no memory to fill it.
static int merge(struct lull_analyzer *a, struct lull_bin *bin, bool *whole)
{
	struct lull_slot **taken = a->slots;                  // by worker
	struct lull_slot **counted = a->slots + a->n_workers; // those there are
	size_t n = 0;
	for (size_t i = 0; i < a->n_workers; i++) {
		taken[i] = lull_counter_take(a->workers[i]->counter, bin->seq);
		if (taken[i] != NULL)
			counted[n++] = taken[i];
		if (taken[i] != NULL ? !lull_slot_whole(taken[i])
				     : lull_counter_lost(a->workers[i]->counter) > bin->seq)
			*whole = false;
	}
	int r = lull_merge_bin(a->merge, counted, n, bin);
	for (size_t i = 0; i < a->n_workers; i++)
		if (taken[i] != NULL)
			lull_counter_give(a->workers[i]->counter, taken[i]);
	return r;
}

// A bin that is not whole is none: what is left of it counts for the law, and its time is a gap
// before the next one. Nor is one that nobody came to look at before the end of the run.
static int show_or_skip(struct lull_analyzer *a, struct lull_bin *bin, bool whole)
{
	if (a->merged != NULL)
		a->merged(a->merged_state, bin);
	if (!(bin->exposure > 0.0))
		return 0;
	if (!whole) {
		a->overwritten++;
		a->gap_ns += bin->gap_ns + bin->len_ns;
		return 0;
	}
	bin->gap_ns += a->gap_ns;
	a->gap_ns = 0;
	a->gaps += bin->gap_ns > 0;
	return show(a, bin);
}

int lull_analyzer_step(struct lull_analyzer *a)
{
	bool over, whole = true;
	uint64_t end = closed_below(a, &over);
	if (a->next >= end)
		return 0;
	struct lull_bin bin = {.seq = a->next++, .len_ns = grid(a)->bin_ns};
	bin.start_ns = lull_clock_bin(grid(a), bin.seq, &bin.gap_ns);
	int r = merge(a, &bin, &whole);
	if (r < 0)
		return r;
	bin.exposure =
		a->live ? exposure_live(a, &bin, over) : exposure(a, &bin, over && a->next == end);
	lull_law_add(&a->law, &bin.law);
	r = show_or_skip(a, &bin, whole);
	return r < 0 ? r : 1;
}
