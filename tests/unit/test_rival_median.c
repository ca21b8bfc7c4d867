// SPDX-License-Identifier: BSD-3-Clause
// The fraction, and a median that comes after the values.

#include "rival_fixture.h"

Test(rival_median, a_quarter_of_the_median_is_the_line)
{
	for (int deep = 0; deep < 2; deep++) {
		struct lull_timeseries s = calm(HOUR_NS, 240, 1000);
		fill(&s, 200, 210, deep ? 240 : 260);
		struct lull_claims c = claims_of(&lull_rival_median, &s, false);
		cr_expect(eq(sz, c.n, (size_t)deep));
		lull_claims_free(&c);
		free(s.value);
	}
}

Test(rival_median, a_fall_that_lasts_half_the_window_becomes_the_new_normal)
{
	struct lull_timeseries s = calm(HOUR_NS, 500, 1000);
	fill(&s, 200, 500, 100);
	struct lull_claims c = claims_of(&lull_rival_median, &s, false);
	cr_assert(eq(sz, c.n, 1));
	cr_expect(c.items[0].shift);
	cr_expect(
		eq(dbl, bin_at(&s, c.items[0].end_ns), 200 + 85)); // more than half of 168 are low
	cr_expect(epsilon_eq(dbl, c.items[0].lost, 0.9, 0.01));
	lull_claims_free(&c);
	free(s.value);
}

Test(rival_median, seconds_are_judged_in_sums_of_five_minutes)
{
	struct lull_timeseries s = calm(SECOND_NS, 2 * 86400, 10);
	fill(&s, 90000, 90200, 0);   // two thirds of a bin: still above a quarter
	fill(&s, 120000, 120300, 0); // all of one
	struct lull_claims c = claims_of(&lull_rival_median, &s, false);
	cr_assert(eq(sz, c.n, 1));
	cr_expect(eq(dbl, bin_at(&s, c.items[0].onset_ns), 120000));
	cr_expect(eq(dbl, bin_at(&s, c.items[0].detected_ns), 120300));
	cr_expect(eq(dbl, bin_at(&s, c.items[0].end_ns), 120300));
	lull_claims_free(&c);
	free(s.value);
}
