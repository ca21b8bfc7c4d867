// SPDX-License-Identifier: BSD-3-Clause
// A sample may hold twice what it is to hold before the larger half is dropped: one pass for that
// many flows. A dropped flow's entry in the index stays until the index is built anew: it leads to
// a flow with another id, or to none, and the search goes on.

#include "flows.h"

#include "array.h"

#define INDEX_MIN 256
#define TARGETS_MIN 64
#define CALM_RESETS 256 // as of cells
#define CALM_FLOWS 4096

void lull_flow_salt_init(struct lull_flow_salt *salt, const struct lull_sipkey *key)
{
	for (uint64_t i = 0; i < LULL_FLOW_WORDS; i++)
		salt->words[i] = lull_siphash_pair(key, 5 + i, 5 + i) | 1;
	salt->sender = lull_siphash_pair(key, 10, 10) | 1;
}

static uint32_t most(const struct lull_flows *f)
{
	return f->max == 0 ? LULL_FLOWS_MAX : f->max;
}

void lull_flows_finish(struct lull_flows *f)
{
	uint32_t max = f->max;
	free(f->flows);
	free(f->samples);
	free(f->places);
	free(f->targets);
	free(f->index);
	*f = (struct lull_flows){.max = max};
}

void lull_flows_reset(struct lull_flows *f)
{
	bool calm = f->cap_flows > CALM_FLOWS && f->n_flows < f->cap_flows / 16;
	f->calm = calm ? f->calm + 1 : 0;
	if (f->calm >= CALM_RESETS) {
		lull_flows_finish(f);
		return;
	}
	if (f->n_places > 0)
		memset(f->places, 0, f->n_places * sizeof(*f->places));
	if (f->n_samples > 0)
		memset(f->targets, 0, f->n_targets * sizeof(*f->targets));
	if (f->n_entered > 0)
		memset(f->index, 0, f->n_index * sizeof(*f->index));
	f->n_flows = f->n_samples = f->n_places = f->n_live = 0;
	f->n_entered = f->free_flow = f->halvings = 0;
}

size_t lull_flows_bytes(const struct lull_flows *f)
{
	return f->cap_flows * sizeof(*f->flows) + f->cap_samples * sizeof(*f->samples) +
	       f->cap_places * sizeof(*f->places) + f->cap_targets * sizeof(*f->targets) +
	       f->cap_index * sizeof(*f->index);
}

static bool widen_places(struct lull_flows *f, uint32_t cell)
{
	uint32_t *places = lull_array_grow(f->places, &f->cap_places, cell + 1, sizeof(*places));
	if (places == NULL)
		return false;
	f->places = places;
	memset(places + f->n_places, 0, (cell + 1 - f->n_places) * sizeof(*places));
	f->n_places = cell + 1;
	return true;
}

// The entry of a target, or the free one that ends the search.
static uint32_t *target_entry(const struct lull_flows *f, uint32_t target)
{
	uint32_t mask = f->n_targets - 1, i = target * UINT32_C(0x9e3779b1) & mask;
	while (f->targets[i] != 0 && f->samples[f->targets[i] - 1].target != target)
		i = (i + 1) & mask;
	return &f->targets[i];
}

static bool widen_targets(struct lull_flows *f)
{
	if (f->n_targets > 0 && 2 * (f->n_samples + 1) <= f->n_targets)
		return true;
	uint32_t n = f->n_targets == 0 ? TARGETS_MIN : 2 * f->n_targets;
	uint32_t *targets = lull_array_grow(f->targets, &f->cap_targets, n, sizeof(*targets));
	if (targets == NULL)
		return false;
	f->targets = targets;
	f->n_targets = n;
	memset(targets, 0, n * sizeof(*targets));
	for (uint32_t s = 0; s < f->n_samples; s++)
		*target_entry(f, f->samples[s].target) = s + 1;
	return true;
}

uint32_t lull_flows_open(struct lull_flows *f, uint32_t cell, uint32_t target)
{
	if ((cell >= f->n_places && !widen_places(f, cell)) || !widen_targets(f))
		return UINT32_MAX;
	uint32_t *entry = target_entry(f, target);
	if (*entry == 0) {
		struct lull_flow_sample *samples = lull_array_grow(
			f->samples, &f->cap_samples, f->n_samples + 1, sizeof(*samples));
		if (samples == NULL)
			return UINT32_MAX;
		f->samples = samples;
		samples[f->n_samples] =
			(struct lull_flow_sample){.limit = lull_flows_limit(f), .target = target};
		*entry = ++f->n_samples;
	}
	f->places[cell] = *entry;
	return *entry - 1;
}

// The entry of a flow, or the free one that ends the search.
static struct lull_flow_entry *entry_of(const struct lull_flows *f, uint64_t id)
{
	uint32_t mask = f->n_index - 1, i = (uint32_t)id & mask;
	for (;; i = (i + 1) & mask) {
		struct lull_flow_entry *e = &f->index[i];
		if (e->flow == 0 || (e->tag == (uint32_t)id && f->flows[e->flow - 1].id == id))
			return e;
	}
}

static void enter(struct lull_flows *f, uint32_t flow)
{
	uint64_t id = f->flows[flow].id;
	*entry_of(f, id) = (struct lull_flow_entry){flow + 1, (uint32_t)id};
	f->n_entered++;
}

// Room in the index for one more flow.
static bool widen_index(struct lull_flows *f)
{
	if (f->n_index > 0 && 2 * (f->n_entered + 1) <= f->n_index)
		return true;
	uint32_t n = f->n_index == 0 ? INDEX_MIN : f->n_index;
	while (4 * (uint64_t)(f->n_live + 1) > n)
		n *= 2;
	struct lull_flow_entry *index = f->index;
	if (n > f->cap_index) {
		index = lull_array_alloc(n * sizeof(*index));
		if (index == NULL)
			return false;
		free(f->index); // it is filled anew
		f->index = index;
		f->cap_index = n;
	}
	memset(index, 0, n * sizeof(*index));
	f->n_index = n;
	f->n_entered = 0;
	for (uint32_t s = 0; s < f->n_samples; s++)
		for (uint32_t i = f->samples[s].first; i != 0; i = f->flows[i - 1].next)
			enter(f, i - 1);
	return true;
}

static void drop(struct lull_flows *f, uint32_t flow)
{
	f->flows[flow].id = UINT64_MAX; // above every limit that drops something
	f->flows[flow].next = f->free_flow;
	f->free_flow = flow + 1;
	f->n_live--;
}

// Drop the flows of a sample above its limit.
static void cut(struct lull_flows *f, struct lull_flow_sample *s)
{
	uint32_t *link = &s->first;
	while (*link != 0) {
		uint32_t flow = *link - 1;
		if (f->flows[flow].id <= s->limit) {
			link = &f->flows[flow].next;
			continue;
		}
		*link = f->flows[flow].next;
		drop(f, flow);
		s->n--;
	}
}

// The k-th smallest of n different ids, k from 0 (Hoare's selection; ids are keyed hashes, so
// nobody chooses the order). Not qsort(): that may allocate, and this runs between packets.
static uint64_t smallest(uint64_t *ids, uint32_t n, uint32_t k)
{
	uint32_t lo = 0, hi = n - 1;
	while (lo < hi) {
		uint64_t pivot = ids[lo + (hi - lo) / 2];
		uint32_t i = lo, j = hi;
		for (;; i++, j--) {
			while (ids[i] < pivot)
				i++;
			while (ids[j] > pivot)
				j--;
			if (i >= j)
				break;
			uint64_t swap = ids[i];
			ids[i] = ids[j];
			ids[j] = swap;
		}
		if (k <= j)
			hi = j;
		else
			lo = j + 1;
	}
	return ids[k];
}

// Back to the smallest LULL_SAMPLE.
static void halve(struct lull_flows *f, struct lull_flow_sample *s)
{
	uint64_t ids[2 * LULL_SAMPLE];
	uint32_t n = 0;
	if (s->n <= LULL_SAMPLE)
		return;
	for (uint32_t i = s->first; i != 0; i = f->flows[i - 1].next)
		ids[n++] = f->flows[i - 1].id;
	s->limit = smallest(ids, n, LULL_SAMPLE - 1);
	cut(f, s);
}

// Too many in all: what belongs to no sample goes, then the limit for all is halved until they fit.
static void tighten(struct lull_flows *f)
{
	for (uint32_t s = 0; s < f->n_samples; s++)
		halve(f, &f->samples[s]);
	while (f->n_live > most(f)) {
		f->halvings++;
		for (uint32_t s = 0; s < f->n_samples; s++) {
			struct lull_flow_sample *sample = &f->samples[s];
			uint64_t limit = lull_flows_limit(f);
			sample->limit = sample->limit < limit ? sample->limit : limit;
			cut(f, sample);
		}
	}
}

// A record for a flow to come, or UINT32_MAX.
static uint32_t free_record(struct lull_flows *f)
{
	if (f->free_flow != 0) {
		uint32_t flow = f->free_flow - 1;
		f->free_flow = f->flows[flow].next;
		return flow;
	}
	struct lull_flow *flows =
		lull_array_grow(f->flows, &f->cap_flows, f->n_flows + 1, sizeof(*flows));
	if (flows == NULL)
		return UINT32_MAX;
	f->flows = flows;
	return f->n_flows++;
}

static bool add_new(struct lull_flows *f, uint32_t sample, const struct lull_flow *flow)
{
	if (f->n_live >= 2 * most(f)) {
		tighten(f);
		if (flow->id > f->samples[sample].limit)
			return true;
	}
	if (!widen_index(f))
		return false;
	uint32_t at = free_record(f);
	if (at == UINT32_MAX)
		return false;
	struct lull_flow_sample *s = &f->samples[sample];
	f->flows[at] = *flow;
	f->flows[at].next = s->first;
	s->first = at + 1;
	s->n++;
	f->n_live++;
	enter(f, at);
	if (s->n == 2 * LULL_SAMPLE)
		halve(f, s);
	return true;
}

bool lull_flows_add(
	struct lull_flows *f, uint32_t sample, uint64_t id, uint8_t sender, uint32_t end)
{
	if (id > f->samples[sample].limit || id == UINT64_MAX)
		return true;
	uint32_t half = end >> 31;
	struct lull_flow seen = {.id = id, .halves = (uint8_t)(1 << half), .sender = sender};
	seen.top[half] = end;
	struct lull_flow_entry *e = f->n_index > 0 ? entry_of(f, id) : NULL;
	if (e == NULL || e->flow == 0)
		return add_new(f, sample, &seen);
	lull_flow_join(&f->flows[e->flow - 1], &seen);
	return true;
}
