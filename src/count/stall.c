// SPDX-License-Identifier: BSD-3-Clause
// First the samples of all slots become one of each target, cut to one limit; then each is taken
// by its target and all that the target belongs to. Taking one after the other gives what taking
// their union would: the smallest are the smallest.

#include "stall.h"

#include "array.h"

#define SENDERS 256 // as many as a sender's hash tells apart

bool lull_stalls_init(struct lull_stalls *s, const uint32_t *parents, uint32_t n_targets)
{
	*s = (struct lull_stalls){.parents = parents, .n_targets = n_targets};
	s->stalls = calloc((size_t)n_targets + 1, sizeof(struct lull_stall *));
	return s->stalls != NULL;
}

static void forget(struct lull_stalls *s, uint32_t target)
{
	free(s->stalls[target]);
	s->stalls[target] = NULL;
}

void lull_stalls_finish(struct lull_stalls *s)
{
	for (uint32_t t = 1; s->stalls != NULL && t <= s->n_targets; t++)
		free(s->stalls[t]);
	free(s->stalls);
	free(s->found);
	free(s->samples);
	free(s->shares);
	free(s->spare);
	*s = (struct lull_stalls){0};
}

static bool list_samples(struct lull_stalls *s, struct lull_slot *const *slots, size_t n)
{
	s->n_shares = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct lull_flows *f = &slots[i]->flows;
		uint32_t need = s->n_shares + f->n_samples + 1;
		void *shares = lull_array_grow(s->shares, &s->cap_shares, need, sizeof(*s->shares));
		if (shares == NULL)
			return false;
		s->shares = shares;
		for (uint32_t k = 0; k < f->n_samples; k++)
			s->shares[s->n_shares++] = (struct lull_share){f->samples[k].target, i, k};
	}
	void *spare = lull_array_grow(s->spare, &s->cap_spare, s->n_shares + 1, sizeof(*s->spare));
	if (spare == NULL)
		return false;
	s->spare = spare;
	return true;
}

// Put a flow into the sample that ends found[]: the smallest LULL_SAMPLE, by rising id.
static void insert(
	struct lull_stalls *s, struct lull_stall_sample *to, const struct lull_flow *flow)
{
	struct lull_flow *flows = &s->found[to->first];
	uint32_t lo = 0, hi = to->n;
	while (lo < hi) {
		uint32_t middle = (lo + hi) / 2;
		if (flows[middle].id < flow->id)
			lo = middle + 1;
		else
			hi = middle;
	}
	if (lo < to->n && flows[lo].id == flow->id) {
		lull_flow_join(&flows[lo], flow);
		return;
	}
	if (lo == LULL_SAMPLE)
		return;
	to->n += to->n < LULL_SAMPLE;
	memmove(&flows[lo + 1], &flows[lo], (to->n - 1 - lo) * sizeof(*flows));
	flows[lo] = *flow;
}

static void insert_all(struct lull_stalls *s, struct lull_stall_sample *to,
	const struct lull_flows *f, uint32_t sample, uint64_t limit)
{
	for (uint32_t i = f->samples[sample].first; i != 0; i = f->flows[i - 1].next)
		if (f->flows[i - 1].id <= limit)
			insert(s, to, &f->flows[i - 1]);
}

// One sample per target, of the flows up to the limit of all slots.
static bool join_samples(
	struct lull_stalls *s, struct lull_slot *const *slots, const struct lull_share *shares)
{
	uint64_t limit = UINT64_MAX;
	for (uint32_t i = 0; i < s->n_shares; i++) {
		uint64_t l = lull_flows_limit(&slots[shares[i].slot]->flows);
		limit = l < limit ? l : limit;
	}
	s->n_samples = s->n_found = 0;
	for (uint32_t i = 0; i < s->n_shares;) {
		void *found = lull_array_grow(
			s->found, &s->cap_found, s->n_found + LULL_SAMPLE, sizeof(*s->found));
		s->found = found == NULL ? s->found : found;
		void *samples = lull_array_grow(
			s->samples, &s->cap_samples, s->n_samples + 1, sizeof(*s->samples));
		s->samples = samples == NULL ? s->samples : samples;
		if (found == NULL || samples == NULL)
			return false;
		struct lull_stall_sample *to = &s->samples[s->n_samples++];
		*to = (struct lull_stall_sample){
			.target = (uint32_t)shares[i].row, .first = s->n_found};
		for (; i < s->n_shares && shares[i].row == to->target; i++)
			insert_all(s, to, &slots[shares[i].slot]->flows, shares[i].cell, limit);
		s->n_found += to->n;
	}
	return true;
}

// What the workers did when one had too many flows, for all of them together.
static void tighten(struct lull_stalls *s)
{
	uint32_t most = s->max == 0 ? LULL_FLOWS_MAX : s->max, n = s->n_found;
	for (uint64_t limit = UINT64_MAX; n > most;) {
		limit >>= 1;
		n = 0;
		for (uint32_t i = 0; i < s->n_samples; i++) {
			struct lull_stall_sample *to = &s->samples[i];
			while (to->n > 0 && s->found[to->first + to->n - 1].id > limit)
				to->n--;
			n += to->n;
		}
	}
}

// Is sequence number a behind b (RFC 9293, 3.4)? By how much: negative when it is.
static int32_t ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

// The foremost of what a flow sent in the bin, as seen from where it stood.
static uint32_t foremost(const struct lull_flow *seen)
{
	if (seen->halves != 3)
		return seen->top[seen->halves >> 1];
	return seen->top[ahead(seen->top[1], seen->top[0]) > 0];
}

static struct lull_stall_flow fresh(const struct lull_flow *seen, uint64_t end_ns)
{
	return (struct lull_stall_flow){
		.id = seen->id, .seen_ns = end_ns, .end = foremost(seen), .sender = seen->sender};
}

// Did the flow go on?
static void judge(struct lull_stall_flow *f, const struct lull_flow *seen, uint64_t end_ns)
{
	int32_t step = ahead(foremost(seen), f->end);
	if (step < -LULL_STALL_REACH) {
		*f = fresh(seen, end_ns);
		return;
	}
	f->stuck = step <= 0;
	f->end = step > 0 ? foremost(seen) : f->end;
	f->seen_ns = f->judged_ns = end_ns;
}

// Room for what a bin may bring.
static bool widen(struct lull_stalls *s, uint32_t target, uint32_t more)
{
	struct lull_stall *t = s->stalls[target];
	uint32_t cap = t == NULL ? 0 : t->cap, need = (t == NULL ? 0 : t->n) + more;
	need = need < LULL_SAMPLE ? need : LULL_SAMPLE;
	if (need <= cap && t != NULL)
		return true;
	cap = cap < 4 ? 4 : cap;
	while (cap < need)
		cap *= 2;
	struct lull_stall *wide = realloc(t, sizeof(*t) + cap * sizeof(t->flows[0]));
	if (wide == NULL)
		return false;
	if (t == NULL)
		*wide = (struct lull_stall){0};
	wide->cap = cap;
	s->stalls[target] = wide;
	return true;
}

static void forget_idle(struct lull_stall *t, uint64_t end_ns, uint64_t idle_ns)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < t->n; i++)
		if (t->flows[i].seen_ns + idle_ns > end_ns)
			t->flows[kept++] = t->flows[i];
	t->n = kept;
}

// Take one sample: the smallest of both, by rising id.
static void take(struct lull_stall *t, const struct lull_flow *flows, uint32_t n, uint64_t end_ns)
{
	struct lull_stall_flow joined[LULL_SAMPLE];
	uint32_t at = 0, old = 0, new = 0;
	while (at < LULL_SAMPLE && (old < t->n || new < n)) {
		if (new == n || (old < t->n && t->flows[old].id < flows[new].id)) {
			joined[at++] = t->flows[old++];
		} else if (old < t->n && t->flows[old].id == flows[new].id) {
			joined[at] = t->flows[old++];
			judge(&joined[at++], &flows[new ++], end_ns);
		} else {
			joined[at++] = fresh(&flows[new ++], end_ns);
		}
	}
	memcpy(t->flows, joined, at * sizeof(*joined));
	t->n = at;
	t->now_ns = end_ns;
}

static bool take_all(struct lull_stalls *s, uint64_t end_ns, uint64_t idle_ns)
{
	for (uint32_t i = 0; i < s->n_samples; i++) {
		const struct lull_stall_sample *from = &s->samples[i];
		uint32_t target = from->n > 0 ? from->target : 0;
		for (; target != 0; target = s->parents[target]) {
			struct lull_stall *t = s->stalls[target];
			if (t != NULL && t->now_ns < end_ns)
				forget_idle(t, end_ns, idle_ns);
			if (!widen(s, target, from->n))
				return false;
			take(s->stalls[target], &s->found[from->first], from->n, end_ns);
		}
	}
	return true;
}

// Give back what was not needed for long; all of it when time went back.
static void sweep(struct lull_stalls *s, uint64_t end_ns, uint64_t idle_ns)
{
	bool back = end_ns < s->now_ns;
	s->now_ns = end_ns;
	if (!back && end_ns < s->swept_ns + idle_ns)
		return;
	s->swept_ns = end_ns;
	for (uint32_t t = 1; t <= s->n_targets; t++)
		if (s->stalls[t] != NULL && (back || s->stalls[t]->now_ns + idle_ns <= end_ns))
			forget(s, t);
}

bool lull_stalls_bin(struct lull_stalls *s, struct lull_slot *const *slots, size_t n,
	uint64_t start_ns, uint64_t len_ns)
{
	uint64_t end_ns = start_ns + len_ns;
	uint64_t idle_ns = 2 * len_ns > LULL_STALL_IDLE_NS ? 2 * len_ns : LULL_STALL_IDLE_NS;
	sweep(s, end_ns, idle_ns);
	if (!list_samples(s, slots, n))
		return false;
	const struct lull_share *shares =
		lull_shares_sort(s->shares, s->spare, s->n_shares, s->n_targets);
	if (!join_samples(s, slots, shares))
		return false;
	tighten(s);
	return take_all(s, end_ns, idle_ns);
}

struct lull_stall_counts lull_stalls_count(
	const struct lull_stalls *s, uint32_t target, uint64_t end_ns, uint64_t len_ns)
{
	struct lull_stall_counts counts = {0};
	const struct lull_stall *t = s->stalls[target];
	uint64_t window_ns = len_ns > LULL_STALL_NS ? len_ns : LULL_STALL_NS;
	uint8_t voices[SENDERS];
	if (t == NULL || t->now_ns + window_ns <= end_ns)
		return counts;
	memset(voices, 0, sizeof(voices));
	for (uint32_t i = 0; i < t->n; i++) {
		const struct lull_stall_flow *f = &t->flows[i];
		bool lately = f->judged_ns != 0 && f->judged_ns + window_ns > end_ns;
		if (!lately || voices[f->sender]++ >= LULL_STALL_VOICES)
			continue;
		counts.flows++;
		counts.stuck += f->stuck;
	}
	return counts;
}
