// SPDX-License-Identifier: BSD-3-Clause
// The sum against one done by hand.

#include "rival_fixture.h"

Test(rival_cusum, the_alarm_comes_when_the_sum_of_z_less_half_reaches_five)
{
	// 100 +- 1: mean 100, deviation 1. At 98.25 each bin adds 1.75 - 0.5: the fourth makes 5.
	for (int short_of_it = 0; short_of_it < 2; short_of_it++) {
		struct lull_timeseries s = calm(HOUR_NS, 300, 1);
		for (size_t i = 0; i < s.n; i++)
			s.value[i] = i % 2 == 0 ? 101 : 99;
		fill(&s, 200, 204 - (size_t)short_of_it, 98.2);
		fill(&s, 204 - (size_t)short_of_it, 220, 101);
		struct lull_claims c = claims_of(&lull_rival_cusum, &s, false);
		cr_assert(eq(sz, c.n, (size_t)!short_of_it));
		if (c.n > 0) {
			// The low value before it was the last to lift the sum from 0.
			cr_expect(eq(dbl, bin_at(&s, c.items[0].onset_ns), 199));
			cr_expect(eq(dbl, bin_at(&s, c.items[0].detected_ns), 204));
			cr_expect(eq(dbl, bin_at(&s, c.items[0].end_ns), 204));
		}
		lull_claims_free(&c);
		free(s.value);
	}
}

Test(rival_cusum, a_level_that_stays_is_learnt_and_left_again)
{
	struct lull_timeseries s = calm(HOUR_NS, 700, 1000);
	struct lull_timeseries low = calm(HOUR_NS, 700, 500);
	for (size_t i = 200; i < 500; i++)
		s.value[i] = low.value[i];
	fill(&s, 450, 460, 100);
	struct lull_claims c = claims_of(&lull_rival_cusum, &s, false);
	cr_assert(eq(sz, c.n, 2));
	cr_expect(c.items[0].shift);
	cr_expect(ge(dbl, bin_at(&s, c.items[1].onset_ns), 449));
	cr_expect(le(dbl, bin_at(&s, c.items[1].onset_ns), 450));
	cr_expect(epsilon_eq(dbl, c.items[1].lost, 0.8, 0.02)); // of the new level
	lull_claims_free(&c);
	free(s.value);
	free(low.value);
}
