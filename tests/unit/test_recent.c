// SPDX-License-Identifier: BSD-3-Clause
#include "detect/tail.h"
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

static struct lull_tail tail;
static struct lull_recent_bin last;

static void add_tail(uint64_t start_ns, uint64_t len_ns, float k, float l)
{
	struct lull_recent_bin bin = {start_ns, len_ns, k, l};
	lull_tail_add(&tail, &bin, &last);
	last = bin;
}

Test(recent, a_tail_holds_the_last_bins_and_knows_their_times)
{
	for (uint64_t i = 0; i < 1000; i++)
		add_tail(10 * i, 10, (float)i, 1e6f / 3.0f);
	lull_tail_unpack(&tail, &last, &recent);
	cr_assert(eq(sz, recent.n, LULL_TAIL_BINS));
	for (size_t i = 0; i < recent.n; i++) {
		cr_assert(eq(u64, recent.bins[i].start_ns, 10 * (1000 - LULL_TAIL_BINS + i)));
		cr_assert(eq(u64, recent.bins[i].len_ns, 10));
		cr_assert(eq(flt, recent.bins[i].k, (float)(1000 - LULL_TAIL_BINS + i)));
		cr_assert(epsilon_eq(flt, recent.bins[i].l, 1e6f / 3.0f, 1e6f / 3.0f / 1024.0f));
	}
	struct lull_recent_sum sum = lull_tail_since(&tail, &last, 9975);
	cr_assert(epsilon_eq(dbl, sum.k, 998.0 + 999.0, 0.0));
	lull_tail_forget(&tail, &last, 9971);
	cr_assert(epsilon_eq(dbl, lull_tail_since(&tail, &last, 0).k, 998.0 + 999.0, 0.0));
	lull_tail_forget(&tail, &last, 20000);
	cr_assert(epsilon_eq(dbl, lull_tail_since(&tail, &last, 0).k, 999.0, 0.0));
	struct lull_tail again;
	lull_tail_pack(&again, &recent);
	double all = (1000.0 + 999.0 - LULL_TAIL_BINS) / 2.0 * LULL_TAIL_BINS;
	cr_assert(epsilon_eq(dbl, lull_tail_since(&again, &last, 0).k, all, 0.0));
}

Test(recent, a_tail_forgets_what_does_not_adjoin)
{
	add_tail(0, 10, 1.0f, 1.0f);
	add_tail(10, 10, 2.0f, 1.0f);
	add_tail(30, 10, 4.0f, 1.0f); // after a hole
	cr_assert(epsilon_eq(dbl, lull_tail_since(&tail, &last, 0).k, 4.0, 0.0));
	add_tail(40, 60, 8.0f, 1.0f); // of another length
	cr_assert(epsilon_eq(dbl, lull_tail_since(&tail, &last, 0).k, 8.0, 0.0));
}

Test(recent, a_tail_takes_counts_and_forecasts_of_any_size)
{
	const float sizes[] = {0.0f, 1e-45f, 1e-12f, 1e-6f, 0.3f, 1.0f, 1e9f, 1e18f, 1e30f, 3e38f};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		add_tail(i, 1, sizes[i], 1.0f);
		lull_tail_unpack(&tail, &last, &recent);
		float k = recent.bins[recent.n - 1].k;
		if (sizes[i] > 1e-9f && sizes[i] < 1e28f)
			cr_assert(epsilon_eq(flt, k, sizes[i], sizes[i] / 1000.0f));
		else
			cr_assert(k >= 0.0f && k < 2e29f);
	}
}
