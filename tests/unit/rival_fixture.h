// SPDX-License-Identifier: BSD-3-Clause
// Series made by hand for the baselines, and what one of them claims of a series.

#pragma once

#include "eval/rival.h"
#include "synth/random.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>

#define SECOND_NS LULL_NS_PER_SECOND
#define MINUTE_NS (60 * SECOND_NS)
#define HOUR_NS (3600 * SECOND_NS)
#define DAY_NS (24 * HOUR_NS)
#define MONDAY_NS (UINT64_C(1573430400) * SECOND_NS)
#define BUDGET (1.0 / 7000)

// A level with a few percent of noise that adds up to nothing: every other bin takes back what the
// one before it was off by.
static inline struct lull_timeseries calm(uint64_t bin_ns, size_t n, double level)
{
	struct lull_timeseries s = {NULL, MONDAY_NS, bin_ns, n, malloc((n + 1) * sizeof(double))};
	struct lull_random r;
	lull_random_init(&r, 1, 0);
	double off = 0.0;
	for (size_t i = 0; i < n; i++) {
		off = i % 2 == 1 ? -off : 0.01 + 0.02 * lull_random_uniform(&r);
		s.value[i] = level * (1.0 + off);
	}
	return s;
}

static inline void fill(struct lull_timeseries *s, size_t from, size_t to, double value)
{
	for (size_t i = from; i < to; i++)
		s->value[i] = value;
}

static inline struct lull_claims claims_of(
	const struct lull_rival *rival, const struct lull_timeseries *s, bool both)
{
	struct lull_claims c = {0};
	const struct lull_rival_options o = {.budget_per_day = BUDGET, .both = both};
	cr_assert(eq(int, lull_rival_judge(rival, s, &o, &c), 0));
	return c;
}

// Which bin of the series a time is the start of, in bins.
static inline double bin_at(const struct lull_timeseries *s, uint64_t ns)
{
	return ((double)ns - (double)s->start_ns) / (double)s->bin_ns;
}
