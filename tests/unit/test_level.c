// SPDX-License-Identifier: BSD-3-Clause
// The detector of levels: what is a change, where it is, and what is none.

#include "detect/level.h"
#include "synth/random.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>

#define ALPHA (1.0 / 7000)
#define CHANGES 64

struct heard {
	struct lull_level level;
	struct lull_level_change at[CHANGES];
	size_t when[CHANGES], n;
};

static struct heard *listen(const double *x, size_t n)
{
	struct heard *h = calloc(1, sizeof(*h));
	cr_assert(h != NULL);
	lull_level_init(&h->level, ALPHA);
	for (size_t i = 0; i < n; i++)
		if (lull_level_take(&h->level, x[i], &h->at[h->n])) {
			h->when[h->n++] = i;
			cr_assert(lt(sz, h->n, CHANGES));
		}
	return h;
}

// Noise of variance 1: an AR(1) of coefficient rho.
static void noise(double *x, size_t n, double rho, uint64_t seed)
{
	struct lull_random r;
	lull_random_init(&r, seed, 0);
	double e = lull_random_normal(&r);
	for (size_t i = 0; i < n; i++) {
		x[i] = e;
		e = rho * e + sqrt(1.0 - rho * rho) * lull_random_normal(&r);
	}
}

static void add(double *x, size_t from, size_t to, double by)
{
	for (size_t i = from; i < to; i++)
		x[i] += by;
}

static size_t alarms(size_t series, size_t n, double rho)
{
	double *x = calloc(n, sizeof(*x));
	size_t sum = 0;
	for (size_t s = 0; s < series; s++) {
		noise(x, n, rho, 100 + s);
		struct heard *h = listen(x, n);
		sum += h->n;
		free(h);
	}
	free(x);
	return sum;
}

Test(level, a_fall_of_four_sigma_is_found_within_eight_values_and_dated_within_two)
{
	double x[200];
	for (uint64_t seed = 1; seed <= 20; seed++) {
		noise(x, 200, 0.0, seed);
		add(x, 100, 200, -4.0);
		struct heard *h = listen(x, 200);
		cr_assert(eq(sz, h->n, 1), "seed %d: %zu", (int)seed, h->n);
		const struct lull_level_change *c = &h->at[0];
		cr_assert(le(sz, h->when[0], 108));
		cr_assert(le(dbl, fabs((double)c->at - 100.0), 2.0));
		cr_assert(le(u64, c->lo, c->at));
		cr_assert(ge(u64, c->hi, c->at));
		cr_assert(lt(dbl, fabs(c->expected), 0.5));
		cr_assert(lt(dbl, fabs(c->observed + 4.0), 4.0 * c->error));
		cr_assert(ge(dbl, c->evidence, c->threshold));
		cr_assert(lt(dbl, fabs(lull_level_forecast(&h->level) + 4.0), 0.8));
		free(h);
	}
}

// 100 series of 700 values: 10 alarms are what the budget allows.
Test(level, noise_alarms_no_more_often_than_allowed_correlated_or_not)
{
	cr_assert(le(sz, alarms(100, 700, 0.0), 10));
	cr_assert(le(sz, alarms(100, 700, 0.7), 10));
}

// The same, if correlation were taken for evidence, alarms everywhere.
Test(level, correlated_noise_is_told_from_levels)
{
	double x[600];
	noise(x, 600, 0.8, 3);
	struct heard *h = listen(x, 600);
	cr_assert(lt(dbl, fabs(h->level.rho - 0.8), 0.1));
	cr_assert(eq(sz, h->n, 0));
}

Test(level, neither_an_outlier_nor_two_in_a_row_are_a_change_but_four_are)
{
	for (size_t run = 1; run <= 4; run *= 2) {
		double x[200];
		noise(x, 200, 0.0, 9);
		for (size_t i = 100; i < 100 + run; i++)
			x[i] = -1e6;
		struct heard *h = listen(x, 200);
		cr_assert(eq(int, h->n > 0, run == 4), "%zu in a row", run);
	}
}

Test(level, a_slope_is_no_staircase_and_a_level_that_leaves_it_is_a_change)
{
	double x[400];
	noise(x, 400, 0.0, 5);
	for (size_t i = 0; i < 400; i++)
		x[i] += 0.2 * (double)i;
	cr_assert(eq(sz, listen(x, 400)->n, 0));
	add(x, 300, 400, 25.0);
	struct heard *h = listen(x, 400);
	cr_assert(eq(sz, h->n, 1));
	cr_assert(le(dbl, fabs((double)h->at[0].at - 300.0), 2.0));
	cr_assert(lt(dbl, fabs(h->at[0].observed - h->at[0].expected - 25.0), 2.0));
}

Test(level, the_season_of_a_year_is_no_change)
{
	double x[300];
	noise(x, 300, 0.0, 6);
	for (size_t i = 0; i < 300; i++)
		x[i] = 0.1 * x[i] + lull_random_cos_turns((double)i / 12.0);
	cr_assert(eq(sz, listen(x, 300)->n, 0));
}

Test(level, changes_one_after_the_other_are_each_found_after_the_memory_has_moved_on)
{
	static double x[5000];
	noise(x, 5000, 0.0, 8);
	for (size_t i = 1; i < 10; i += 2)
		add(x, 500 * i, 500 * (i + 1), 6.0);
	struct heard *h = listen(x, 5000);
	cr_assert(eq(sz, h->n, 9));
	for (size_t i = 0; i < 9; i++)
		cr_assert(le(dbl, fabs((double)h->at[i].at - 500.0 * (double)(i + 1)), 2.0));
}

// The short cut (no scan where the whole segment costs too little) and the sums leave the result
// what it is by definition.
Test(level, the_ratio_is_that_of_a_naive_scan)
{
	double x[150];
	noise(x, 150, 0.3, 11);
	add(x, 90, 150, 1.2e9); // digits are kept at any level
	add(x, 0, 90, 1.2e9);
	add(x, 100, 150, 3.0);
	struct lull_level *l = calloc(1, sizeof(*l)), *deaf = calloc(1, sizeof(*deaf));
	struct lull_level_change c = {0}, none;
	bool alarm = false;
	size_t at = 0;
	lull_level_init(l, ALPHA);
	lull_level_init(deaf, 1e-300); // keeps the segment that the alarm of the other ends
	for (size_t i = 0; i < 150 && !alarm; i++) {
		alarm = lull_level_take(l, x[i], &c);
		cr_assert(not(lull_level_take(deaf, x[i], &none)));
		if (!alarm && i >= LULL_LEVEL_WARMUP)
			cr_assert(lt(dbl, lull_level_scan(l, &at), c.threshold));
	}
	cr_assert(alarm);
	double ratio = lull_level_scan(deaf, &at);
	cr_assert(eq(u64, c.at, at));
	cr_assert(lt(dbl, fabs(c.evidence - ratio), 1e-6 * ratio));
	free(l);
	free(deaf);
}

Test(level, what_never_moves_alarms_never_and_absurd_values_do_no_harm)
{
	double x[300];
	for (size_t i = 0; i < 300; i++)
		x[i] = 7.0;
	struct heard *h = listen(x, 300);
	cr_assert(eq(sz, h->n, 0));
	cr_assert(eq(dbl, lull_level_forecast(&h->level), 7.0));
	cr_assert(isinf(lull_level_delay(&h->level, 0.0)));
	for (size_t i = 0; i < 300; i++)
		x[i] = i % 7 == 0 ? -1.7e308 : i % 3 == 0 ? 1.7e308 : 1e-308;
	h = listen(x, 300);
	cr_assert(not(isnan(lull_level_forecast(&h->level))));
}

Test(level, the_delay_of_a_fall_is_as_said)
{
	double x[300];
	noise(x, 300, 0.0, 12);
	add(x, 0, 300, 50.0);
	struct heard *h = listen(x, 200);
	double delay = lull_level_delay(&h->level, 48.0);
	cr_assert(isinf(lull_level_delay(&h->level, 51.0)));
	add(x, 200, 300, -2.0);
	h = listen(x, 300);
	cr_assert(eq(sz, h->n, 1));
	double took = (double)h->when[0] - 199.0;
	cr_assert(lt(dbl, took, 2.0 * delay), "%.0f, said %.0f", took, delay);
	cr_assert(gt(dbl, took, 0.5 * delay), "%.0f, said %.0f", took, delay);
}
