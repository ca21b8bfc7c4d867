// SPDX-License-Identifier: BSD-3-Clause
#include "bins.h"
#include "detect/focus.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define BINS 64

// All starts, one by one: what FOCuS must equal.
static double scan(const double *k, const double *l, size_t n, size_t *at)
{
	double best = 0.0, sum_k = 0.0, sum_l = 0.0;
	*at = n;
	for (size_t i = n; i-- > 0;) {
		sum_k += k[i];
		sum_l += l[i];
		double ratio = sum_k >= sum_l ? 0.0
			       : sum_k > 0.0  ? sum_k * log(sum_k / sum_l) + sum_l - sum_k
					      : sum_l;
		if (ratio > best) {
			best = ratio;
			*at = i;
		}
	}
	return best;
}

Test(focus, ratio_equals_hand_computed_values)
{
	cr_assert(epsilon_eq(dbl, lull_focus_ratio(0.0, 7.5), 7.5, 1e-12));
	cr_assert(epsilon_eq(dbl, lull_focus_ratio(5.0, 10.0), 5.0 * -0.69314718056 + 5.0, 1e-9));
	cr_assert(epsilon_eq(dbl, lull_focus_ratio(11.0, 10.0), 0.0, 0.0));
}

Test(focus, finds_the_only_change_there_is)
{
	struct lull_focus_point points[BINS + 1];
	struct lull_focus f;
	lull_focus_init(&f, points, BINS + 1);
	for (int i = 0; i < 40; i++)
		lull_focus_update(&f, i < 30 ? 10.0 : 2.0, 10.0);
	struct lull_focus_best best = lull_focus_best(&f);
	cr_assert(eq(sz, best.at, 30));
	cr_assert(epsilon_eq(dbl, best.ratio, 20.0 * log(0.2) + 80.0, 1e-9));
	cr_assert(epsilon_eq(dbl, best.k, 20.0, 0.0));
	cr_assert(epsilon_eq(dbl, best.l, 100.0, 0.0));
}

Test(focus, equals_the_naive_scan_after_every_bin_of_100000_series)
{
	struct rng r = {42};
	struct lull_focus_point points[BINS + 1];
	double k[BINS], l[BINS];
	for (int series = 0; series < 100000; series++) {
		struct lull_focus f;
		size_t n = 1 + rng_u64(&r) % (series % 100 == 0 ? BINS : 16);
		double rate = exp(4.0 * rng_uniform(&r) - 2.0), left = rng_uniform(&r);
		size_t change = rng_u64(&r) % (2 * n);
		lull_focus_init(&f, points, BINS + 1);
		for (size_t i = 0; i < n; i++) {
			// Forecasts of 0 (no exposure) and counts on an exact lattice are the
			// traps.
			l[i] = rng_u64(&r) % 9 == 0 ? 0.0
			       : series % 3 == 0    ? floor(rate) + 1.0
						    : rate * (0.5 + rng_uniform(&r));
			k[i] = l[i] > 0.0 ? rng_poisson(&r, i >= change ? left * l[i] : l[i]) : 0.0;
			lull_focus_update(&f, k[i], l[i]);
			if (n > 16 || i + 1 == n) {
				size_t at;
				double naive = scan(k, l, i + 1, &at);
				struct lull_focus_best best = lull_focus_best(&f);
				cr_assert(epsilon_eq(dbl, best.ratio, naive, 1e-9 * (1.0 + naive)),
					"series %d bin %zu", series, i);
			}
		}
	}
}

Test(focus, keeps_few_starts_on_long_series)
{
	static struct lull_focus_point points[100001];
	struct rng r = {5};
	struct lull_focus f;
	size_t most = 0;
	lull_focus_init(&f, points, 100001);
	for (int i = 0; i < 100000; i++) {
		lull_focus_update(&f, rng_poisson(&r, 5.0), 5.0);
		most = f.n - f.first > most ? f.n - f.first : most;
	}
	cr_assert(lt(sz, most, 64));
}
