// SPDX-License-Identifier: BSD-3-Clause
// Longer bins: where they begin, what they sum, when they are unknown.

#include "eval/alarm.h"
#include "rival_fixture.h"

Test(alarm, hours_begin_on_the_hour_are_whole_and_stand_in_for_missing_minutes)
{
	struct lull_timeseries s = calm(10 * MINUTE_NS, 6 * 5, 1), hours;
	double *to_free;
	fill(&s, 0, s.n, 1);
	s.start_ns += 20 * MINUTE_NS; // four bins of an hour that is not whole
	fill(&s, 4 + 0, 4 + 3, NAN);
	fill(&s, 4 + 6, 4 + 10, NAN);
	cr_assert(eq(int, lull_coarsen(&s, HOUR_NS, &hours, &to_free), 0));
	cr_assert(eq(u64, hours.start_ns, MONDAY_NS + HOUR_NS));
	cr_assert(eq(u64, hours.bin_ns, HOUR_NS));
	cr_assert(eq(sz, hours.n, 4));           // and two bins of one that never ended
	cr_expect(eq(dbl, hours.value[0], 6.0)); // three of six
	cr_expect(isnan(hours.value[1]));        // two of six
	cr_expect(eq(dbl, hours.value[2], 6.0));
	free(to_free);
	free(s.value);
}

Test(alarm, bins_that_are_long_enough_are_left_alone)
{
	struct lull_timeseries s = calm(HOUR_NS, 10, 1), same;
	double *to_free;
	cr_assert(eq(int, lull_coarsen(&s, 5 * MINUTE_NS, &same, &to_free), 0));
	cr_expect(eq(ptr, same.value, s.value));
	cr_expect(eq(sz, same.n, 10));
	free(to_free);
	free(s.value);
}
