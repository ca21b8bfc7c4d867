// SPDX-License-Identifier: BSD-3-Clause
// Season, band, seven of nine.

#include "rival_fixture.h"

#define WEEKS 4

// Nights at a quarter, weekends at half, every bin a little off the last week's.
static struct lull_timeseries weekly(uint64_t bin_ns)
{
	size_t n = WEEKS * 7 * DAY_NS / bin_ns;
	struct lull_timeseries s = calm(bin_ns, n, 1000);
	for (size_t i = 0; i < n; i++) {
		double turns = (double)(i * bin_ns % DAY_NS) / (double)DAY_NS;
		s.value[i] *= (5.0 - 3.0 * lull_random_cos_turns(turns)) / 8.0;
		s.value[i] *= i * bin_ns / DAY_NS % 7 >= 5 ? 0.5 : 1.0;
	}
	return s;
}

static size_t claims_after(struct lull_timeseries *s, double days)
{
	struct lull_claims c = claims_of(&lull_rival_seasonal, s, true);
	size_t n = 0;
	for (size_t i = 0; i < c.n; i++)
		n += (double)(c.items[i].detected_ns - s->start_ns) > days * (double)DAY_NS;
	lull_claims_free(&c);
	return n;
}

Test(rival_seasonal, nights_do_not_alarm_a_noon_that_is_like_a_night_does)
{
	struct lull_timeseries s = weekly(5 * MINUTE_NS);
	cr_expect(eq(sz, claims_after(&s, 14), 0));
	size_t noon = 23 * 288 + 144; // Wednesday
	fill(&s, noon, noon + 24, s.value[noon - 144]);
	struct lull_claims c = claims_of(&lull_rival_seasonal, &s, false);
	cr_assert(ge(sz, c.n, 1));
	const struct lull_claim *e = &c.items[c.n - 1];
	cr_expect(eq(dbl, bin_at(&s, e->onset_ns), (double)noon));
	cr_expect(eq(dbl, bin_at(&s, e->detected_ns), (double)noon + 7));
	cr_expect(eq(dbl, bin_at(&s, e->end_ns), (double)noon + 24));
	cr_expect(epsilon_eq(dbl, e->lost, 0.75, 0.05));
	lull_claims_free(&c);
	free(s.value);
}

Test(rival_seasonal, six_bins_outside_are_not_enough)
{
	for (size_t low = 6; low < 8; low++) {
		struct lull_timeseries s = calm(HOUR_NS, 300, 1000);
		fill(&s, 200, 200 + low, 0);
		struct lull_claims c = claims_of(&lull_rival_seasonal, &s, false);
		cr_expect(eq(sz, c.n, low == 7));
		lull_claims_free(&c);
		free(s.value);
	}
}

Test(rival_seasonal, a_fall_of_a_week_is_the_new_normal)
{
	struct lull_timeseries s = calm(HOUR_NS, 600, 1000);
	struct lull_timeseries low = calm(HOUR_NS, 600, 300);
	for (size_t i = 200; i < 600; i++)
		s.value[i] = low.value[i];
	struct lull_claims c = claims_of(&lull_rival_seasonal, &s, false);
	cr_assert(eq(sz, c.n, 1));
	cr_expect(c.items[0].shift);
	cr_expect(eq(dbl, bin_at(&s, c.items[0].end_ns), 200 + 168));
	lull_claims_free(&c);
	free(s.value);
	free(low.value);
}

Test(rival_seasonal, the_end_is_not_before_the_last_bin_outside)
{
	struct lull_timeseries s = calm(HOUR_NS, 300, 1000);
	fill(&s, 200, 203, 0); // 203 is good again, the rest is not
	fill(&s, 204, 212, 0);
	struct lull_claims c = claims_of(&lull_rival_seasonal, &s, false);
	cr_assert(eq(sz, c.n, 1));
	cr_expect(eq(dbl, bin_at(&s, c.items[0].end_ns), 212));
	lull_claims_free(&c);
	free(s.value);
}
