// SPDX-License-Identifier: BSD-3-Clause
// Bin lengths, and what the bins in the making have covered so far.

#include "ladder.h"
#include <lull/time.h>

static const uint64_t lengths[] = {LULL_NS_PER_SECOND, 10 * LULL_NS_PER_SECOND,
	60 * LULL_NS_PER_SECOND, 600 * LULL_NS_PER_SECOND};

void lull_ladder_init(struct lull_ladder *l, uint64_t base_ns)
{
	*l = (struct lull_ladder){.n = 1};
	l->rungs[0].bin_ns = base_ns;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		if (lengths[i] > base_ns && lengths[i] % base_ns == 0)
			l->rungs[l->n++].bin_ns = lengths[i];
}

void lull_ladder_add(
	struct lull_ladder *l, uint64_t start_ns, uint64_t len_ns, double exposure, double common)
{
	double s = 1e-9 * (double)len_ns * exposure;
	for (size_t i = 0; i < l->n; i++) {
		struct lull_period *span = &l->rungs[i].span;
		if (span->len_ns == 0)
			span->start_ns = start_ns;
		span->len_ns += len_ns;
		span->exposure_s += s;
		span->common_s += s * common;
	}
}

void lull_ladder_restart(struct lull_rung *r)
{
	r->span = (struct lull_period){0};
}

void lull_ladder_break(struct lull_ladder *l)
{
	for (size_t i = 0; i < l->n; i++)
		lull_ladder_restart(&l->rungs[i]);
}

int lull_ladder_full(const struct lull_rung *r)
{
	uint64_t end_ns = r->span.start_ns + r->span.len_ns;
	return end_ns / r->bin_ns > r->span.start_ns / r->bin_ns;
}

size_t lull_ladder_choose(const struct lull_ladder *l, double rate)
{
	for (size_t i = 0; i + 1 < l->n; i++)
		if (rate * 1e-9 * (double)l->rungs[i].bin_ns >= LULL_RUNG_LEAST)
			return i;
	return l->n - 1;
}
