// SPDX-License-Identifier: BSD-3-Clause
// When a step of the wall clock is told, by clocks that are made up.

#include "engine/drift.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define S INT64_C(1000000000)

// Looks once a second from second `from` to `to`: at which second it is told, or -1; twice: -2.
static int told(struct lull_drift *d, int from, int to, int64_t offset_ns)
{
	int when = -1;
	for (int s = from; s < to; s++)
		if (lull_drift_look(d, offset_ns, (uint64_t)S, (uint64_t)s * (uint64_t)S))
			when = when == -1 ? s : -2;
	return when;
}

Test(drift, a_step_that_lasts_is_told_once_and_again_after_the_next)
{
	struct lull_drift d = {0};
	cr_expect(eq(int, told(&d, 0, 5000, S / 2), -1), "half a bin is no step");
	cr_expect(eq(int, told(&d, 5000, 9000, -3600 * S), 5600));
	cr_expect(eq(int, told(&d, 9000, 9001, 0), -1));
	cr_expect(eq(int, told(&d, 9001, 19000, S / 2 + 1), 9601));
	struct lull_drift least = {0};
	cr_expect(eq(int, told(&least, 0, 601, INT64_MIN), 600));
}

Test(drift, a_step_that_is_taken_back_is_not_told)
{
	struct lull_drift d = {0};
	cr_expect(eq(int, told(&d, 0, 599, 5 * S), -1));
	cr_expect(eq(int, told(&d, 599, 600, 0), -1));
	cr_expect(eq(int, told(&d, 600, 1200, 5 * S), -1));
	cr_expect(eq(int, told(&d, 1200, 1201, 5 * S), 1200), "they were apart from 600 on");
}
