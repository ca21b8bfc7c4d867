// SPDX-License-Identifier: BSD-3-Clause
// The scan against every start looked at, and the detector on counts.

#include "eval/chance.h"
#include "eval/glr.h"
#include "rival_fixture.h"

// Bins 0..t from the last 2,048 starts, one by one.
static double naive(const double *k, const double *l, size_t t, bool up, size_t *start)
{
	double best = 0.0, sum_k = 0.0, sum_l = 0.0;
	for (size_t n = 1; n <= LULL_GLR_STARTS && n <= t + 1; n++) {
		size_t j = t + 1 - n;
		sum_k += k[j];
		sum_l += l[j];
		if (up ? sum_k <= sum_l : sum_k >= sum_l)
			continue;
		double v = (sum_k > 0 ? sum_k * log(sum_k / sum_l) : 0) - sum_k + sum_l;
		if (v > best) {
			best = v;
			*start = j;
		}
	}
	return best;
}

Test(rival_glr, the_scan_is_that_of_every_start_one_by_one)
{
	enum { N = 9000 };
	static double k[N], l[N];
	static struct lull_glr g;
	struct lull_random r;
	struct lull_chance poisson;
	lull_random_init(&r, 3, 0);
	lull_chance_init(&poisson, 1);
	size_t compared = 0;
	for (size_t i = 0; i < N; i++) {
		l[i] = 0.5 + 5.0 * lull_random_uniform(&r);
		double share = i / 600 % 3 == 1 ? 0.8 : i / 600 % 3 == 2 ? 1.2 : 1.0;
		struct lull_chance_law law;
		lull_chance_law(&poisson, i > 7000 && i < 7100 ? 1e-9 : l[i] * share, &law);
		k[i] = lull_chance_draw(&poisson, &law, &r);
		lull_glr_add(&g, i, k[i], l[i]);
		for (int up = 0; up < 2 && i % 7 == 0; up++) {
			struct lull_glr_peak p = lull_glr_scan(&g, up, 1.0);
			size_t start = 0;
			double v = naive(k, l, i, up, &start);
			if (v <= 1.0 + 1e-6) {
				cr_assert(le(dbl, p.value, 1.0 + 2e-6));
				continue;
			}
			cr_assert(epsilon_eq(dbl, p.value, v, 1e-7 * v), "bin %zu", i);
			compared++;
		}
	}
	cr_assert(gt(sz, compared, 1000));
	lull_chance_finish(&poisson);
}

static size_t false_alarms(double phi, uint64_t seed)
{
	struct lull_timeseries s = calm(10 * SECOND_NS, 3 * 8640, 1);
	struct lull_random r;
	struct lull_chance chance;
	struct lull_chance_law law;
	lull_random_init(&r, seed, 0);
	lull_chance_init(&chance, phi);
	lull_chance_law(&chance, 50, &law);
	for (size_t i = 0; i < s.n; i++)
		s.value[i] = lull_chance_draw(&chance, &law, &r);
	struct lull_claims c = claims_of(&lull_rival_glr, &s, false);
	size_t n = c.n;
	lull_claims_free(&c);
	lull_chance_finish(&chance);
	free(s.value);
	return n;
}

Test(rival_glr, poisson_counts_are_calm_and_bursts_are_not)
{
	cr_expect(eq(sz, false_alarms(1, 5), 0));
	cr_expect(ge(sz, false_alarms(10, 5), 3)); // what ignoring phi costs
}

Test(rival_glr, silence_of_a_busy_series_is_found_within_one_bin)
{
	struct lull_timeseries s = calm(SECOND_NS, 2 * 86400, 100);
	fill(&s, 100000, 100060, 0);
	struct lull_claims c = claims_of(&lull_rival_glr, &s, false);
	cr_assert(eq(sz, c.n, 1));
	cr_expect(eq(dbl, bin_at(&s, c.items[0].onset_ns), 100000));
	cr_expect(eq(dbl, bin_at(&s, c.items[0].detected_ns), 100001));
	cr_expect(eq(dbl, bin_at(&s, c.items[0].end_ns), 100060));
	lull_claims_free(&c);
	free(s.value);
}

Test(rival_glr, an_hourly_series_with_a_day_expects_its_nights)
{
	struct lull_timeseries s = calm(HOUR_NS, 12 * 24, 1);
	for (size_t i = 0; i < s.n; i++)
		s.value[i] = round(600 - 400 * lull_random_cos_turns((double)(i % 24) / 24));
	struct lull_claims c = claims_of(&lull_rival_glr, &s, true);
	cr_expect(eq(sz, c.n, 0));
	lull_claims_free(&c);
	fill(&s, 250, 253, 0);
	c = claims_of(&lull_rival_glr, &s, true);
	cr_assert(eq(sz, c.n, 1));
	cr_expect(eq(dbl, bin_at(&s, c.items[0].onset_ns), 250));
	cr_expect(eq(dbl, bin_at(&s, c.items[0].end_ns), 253));
	lull_claims_free(&c);
	free(s.value);
}
