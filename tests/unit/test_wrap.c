// SPDX-License-Identifier: BSD-3-Clause
// Counters that wrap at 32 bits or begin anew.

#include "capture/wrap.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(wrap, counts_from_the_first_reading)
{
	struct lull_wrap w;
	lull_wrap_begin(&w, 1000);
	cr_expect(eq(u64, lull_wrap_add(&w, 1000), 0));
	cr_expect(eq(u64, lull_wrap_add(&w, 1007), 7));
	cr_expect(eq(u64, lull_wrap_add(&w, UINT64_C(1) << 40), (UINT64_C(1) << 40) - 1000));
}

Test(wrap, goes_on_over_the_end_of_32_bits)
{
	struct lull_wrap w;
	lull_wrap_begin(&w, UINT32_MAX - 9);
	cr_expect(eq(u64, lull_wrap_add(&w, 5), 15));
	cr_expect(eq(u64, lull_wrap_add(&w, 6), 16));
}

Test(wrap, takes_a_reset_for_new_counts)
{
	struct lull_wrap w;
	lull_wrap_begin(&w, 500);
	cr_expect(eq(u64, lull_wrap_add(&w, 600), 100));
	cr_expect(eq(u64, lull_wrap_add(&w, 40), 140), "a small counter that fell was reset");
	lull_wrap_begin(&w, UINT64_C(1) << 40);
	cr_expect(eq(u64, lull_wrap_add(&w, 3), 3), "a counter beyond 32 bits does not wrap");
}
