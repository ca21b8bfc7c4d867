// SPDX-License-Identifier: BSD-3-Clause
#include "detect/recent.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/time.h>

static struct lull_recent recent;

static void add(uint64_t i, uint64_t suspect_ns)
{
	struct lull_recent_bin bin = {i, 1, 2.0f, 3.0f};
	lull_recent_add(&recent, &bin, suspect_ns);
}

Test(recent, calm_series_forget_the_oldest)
{
	for (uint64_t i = 0; i < 1000; i++)
		add(i, LULL_TIME_NONE);
	cr_assert(ge(sz, recent.n, LULL_RECENT_BINS / 2));
	cr_assert(eq(u64, recent.bins[recent.n - 1].start_ns, 999));
	struct lull_recent_sum sum = lull_recent_since(&recent, 990);
	cr_assert(epsilon_eq(dbl, sum.k, 20.0, 0.0));
	cr_assert(epsilon_eq(dbl, sum.l, 30.0, 0.0));
	cr_assert(epsilon_eq(dbl, sum.s, 10e-9, 1e-18));
}

Test(recent, a_long_suspicion_keeps_its_beginning_sharp_and_every_packet)
{
	for (uint64_t i = 0; i < 50; i++)
		add(i, LULL_TIME_NONE);
	for (uint64_t i = 50; i < 20050; i++)
		add(i, 50);
	struct lull_recent_sum sum = lull_recent_since(&recent, 50);
	cr_assert(epsilon_eq(dbl, sum.k, 40000.0, 0.0));
	cr_assert(epsilon_eq(dbl, sum.s, 20000e-9, 1e-12));
	size_t i = 0;
	while (recent.bins[i].start_ns < 50)
		i++;
	cr_assert(ge(sz, i, 10)); // bins before it, to date it against
	for (size_t j = i; j < i + 10; j++)
		cr_assert(eq(u64, recent.bins[j].len_ns, 1));
}
