// SPDX-License-Identifier: BSD-3-Clause
// Merging closed bins, in order.

#include "engine/analyzer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int lull_analyzer_init(struct lull_analyzer *a, const struct lull_clock *clock,
	struct lull_worker *const *workers, size_t n_workers, const struct lull_targets *targets,
	const struct lull_config *config)
{
	memset(a, 0, sizeof(*a));
	a->clock = clock;
	a->workers = workers;
	a->n_workers = n_workers;
	a->merge = lull_merge_create(targets, config);
	a->slots = calloc(2 * n_workers, sizeof(struct lull_slot *));
	if (a->merge == NULL || a->slots == NULL) {
		lull_analyzer_finish(a);
		return -ENOMEM;
	}
	return 0;
}

void lull_analyzer_finish(struct lull_analyzer *a)
{
	lull_merge_destroy(a->merge);
	free(a->slots);
	memset(a, 0, sizeof(*a));
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
	if (!*over)
		return low;
	return a->clock->started ? a->clock->newest + 1 : 0;
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
		lull_clock_bin(a->clock, bin->seq + 1, &gap);
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

// Merge what the workers counted in the bin; their slots are free again afterwards.
static int merge(struct lull_analyzer *a, struct lull_bin *bin)
{
	struct lull_slot **taken = a->slots;                  // by worker
	struct lull_slot **counted = a->slots + a->n_workers; // those there are
	size_t n = 0;
	for (size_t i = 0; i < a->n_workers; i++) {
		taken[i] = lull_counter_take(a->workers[i]->counter, bin->seq);
		if (taken[i] != NULL)
			counted[n++] = taken[i];
	}
	int r = lull_merge_bin(a->merge, counted, n, bin);
	for (size_t i = 0; i < a->n_workers; i++)
		if (taken[i] != NULL)
			lull_counter_give(a->workers[i]->counter, taken[i]);
	return r;
}

int lull_analyzer_step(struct lull_analyzer *a)
{
	bool over;
	uint64_t end = closed_below(a, &over);
	if (a->next >= end)
		return 0;
	struct lull_bin bin = {.seq = a->next++, .len_ns = a->clock->bin_ns};
	bin.start_ns = lull_clock_bin(a->clock, bin.seq, &bin.gap_ns);
	int r = merge(a, &bin);
	if (r < 0)
		return r;
	bin.exposure = exposure(a, &bin, over && a->next == end);
	a->gaps += bin.gap_ns > 0;
	lull_law_add(&a->law, &bin.law);
	r = show(a, &bin);
	return r < 0 ? r : 1;
}
