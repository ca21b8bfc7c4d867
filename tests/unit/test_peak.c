// SPDX-License-Identifier: BSD-3-Clause
// How rare is a sum as high as this one, by the tail of those before?

#include "detect/peak.h"
#include "synth/random.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>

// Tails, light and heavy: P(x) of exceeding what is returned for it.
static double light(double p)
{
	return 100.0 - 10.0 * log(p);
}

static double heavy(double p)
{
	return 100.0 * pow(p, -1.0 / 2.5);
}

static struct lull_peak *after(double (*law)(double), size_t n, uint64_t seed, size_t width)
{
	struct lull_peak *p = calloc(1, sizeof(*p));
	struct lull_random r;
	cr_assert(p != NULL);
	lull_peak_init(p, width);
	lull_random_init(&r, seed, 0);
	for (size_t i = 0; i < n; i++)
		lull_peak_take(p, law(1.0 - lull_random_uniform(&r)));
	return p;
}

// The mean log of what is said of a value that one in a million exceeds.
static double said_of(double (*law)(double))
{
	double sum = 0.0;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct lull_peak *p = after(law, 4000, seed, 1);
		sum += log10(lull_peak_take(p, law(1e-6))) / 20.0;
		free(p);
	}
	return sum;
}

Test(peak, what_is_rarer_than_anything_seen_is_told_by_its_tail_light_or_heavy)
{
	cr_assert(lt(dbl, fabs(said_of(light) + 6.0), 1.0), "%f", said_of(light));
	cr_assert(lt(dbl, fabs(said_of(heavy) + 6.0), 1.0), "%f", said_of(heavy));
}

// At 1/(10 n) so many values are as rare: 0.1 ln(4000/200) = 0.3 a series.
static size_t rare(double (*law)(double))
{
	size_t rare = 0;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct lull_peak *p = after(law, LULL_PEAK_WARMUP, seed, 1);
		struct lull_random r;
		lull_random_init(&r, seed, 1);
		for (size_t i = 0; i < 4000; i++) {
			double seen = (double)p->seen, x = law(1.0 - lull_random_uniform(&r));
			rare += 10.0 * seen * lull_peak_take(p, x) < 1.0;
		}
		free(p);
	}
	return rare;
}

Test(peak, values_of_any_tail_are_rare_as_often_as_they_should_be)
{
	size_t of_light = rare(light), of_heavy = rare(heavy);
	cr_assert(le(sz, of_light, 30), "%zu", of_light); // 18 expected
	cr_assert(le(sz, of_heavy, 30), "%zu", of_heavy);
	cr_assert(ge(sz, of_light + of_heavy, 8), "%zu", of_light + of_heavy);
}

Test(peak, twelve_high_bins_are_rare_together_where_none_is_alone)
{
	struct lull_peak *one = after(light, 3000, 5, 1), *many = after(light, 3000, 5, 12);
	double alone = 1.0, together = 1.0;
	for (size_t i = 0; i < 12; i++) {
		alone = fmin(alone, lull_peak_take(one, light(0.05)));
		together = fmin(together, lull_peak_take(many, light(0.05)));
	}
	cr_assert(eq(dbl, alone, 1.0));     // one in twenty is below the tail
	cr_assert(lt(dbl, together, 1e-4)); // once in 10,000 of them, and 3,000 were seen
}

Test(peak, no_sum_goes_over_a_hole_and_little_seen_says_nothing)
{
	struct lull_peak *p = after(light, 3000, 6, 12);
	for (size_t i = 0; i < 6; i++)
		lull_peak_take(p, 1e6);
	lull_peak_hole(p);
	for (size_t i = 0; i < 11; i++)
		cr_assert(eq(dbl, lull_peak_take(p, 100.0), 1.0)); // the six are forgotten
	p = after(light, LULL_PEAK_WARMUP - 1, 6, 1);
	cr_assert(eq(dbl, lull_peak_take(p, 1e9), 1.0));
	p = after(light, LULL_PEAK_WARMUP, 6, 1);
	cr_assert(lt(dbl, lull_peak_take(p, 1e9), 1e-3));
}

Test(peak, the_mean_is_of_what_is_remembered_and_zeros_and_absurd_values_do_no_harm)
{
	struct lull_peak *p = calloc(1, sizeof(*p));
	lull_peak_init(p, 2);
	cr_assert(isnan(lull_peak_mean(p)));
	for (size_t i = 0; i < 2 * LULL_PEAK_MEMORY; i++)
		cr_assert(ge(dbl, lull_peak_take(p, i < LULL_PEAK_MEMORY ? 0.0 : 8.0), 0.0));
	cr_assert(lt(dbl, fabs(lull_peak_mean(p) - 8.0), 0.01));
	for (size_t i = 0; i < 1000; i++)
		cr_assert(not(isnan(lull_peak_take(p, i % 9 == 0 ? 1.7e308 : 0.0))));
}
