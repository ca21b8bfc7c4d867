// SPDX-License-Identifier: BSD-3-Clause
// The clock of a card in terms of ours.

#include "capture/tick.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define EPOCH UINT64_C(1750000000000000000)
#define MS UINT64_C(1000000)

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

Test(tick, is_not_known_before_two_pairs)
{
	struct lull_tick t = {0};
	cr_expect(eq(u64, lull_tick_ns(&t, 5), 0));
	lull_tick_pair(&t, 1000, EPOCH);
	cr_expect(eq(u64, lull_tick_ns(&t, 1000), 0));
	lull_tick_pair(&t, 1010, EPOCH + 10); // too near to tell a rate
	cr_expect(eq(u64, lull_tick_ns(&t, 1010), 0));
}

Test(tick, tells_times_before_and_after_a_pair_at_any_rate)
{
	// 156.25 MHz: 6.4 ns a tick, begun near the end of 64 bits so that it wraps.
	struct lull_tick t = {0};
	uint64_t start = UINT64_MAX - 1000000000;
	lull_tick_pair(&t, start, EPOCH);
	lull_tick_pair(&t, start + 156250 * 100, EPOCH + 100 * MS);
	cr_expect(lt(u64, distance(lull_tick_ns(&t, start + 156250 * 99), EPOCH + 99 * MS), 2));
	cr_expect(lt(u64, distance(lull_tick_ns(&t, start + 156250 * 900), EPOCH + 900 * MS), 8));
}

Test(tick, follows_a_rate_that_drifts)
{
	struct lull_tick t = {0};
	uint64_t ticks = 0, ns = EPOCH;
	for (unsigned i = 0; i < 50; i++) { // 1 ns a tick, and 10 ppm more each second
		lull_tick_pair(&t, ticks, ns);
		ticks += 1000 * MS;
		ns += 1000 * MS + i * 10000;
	}
	uint64_t half = lull_tick_ns(&t, t.ticks + 500 * MS);
	cr_expect(lt(u64, distance(half, t.ns + 500 * MS + 49 * 5000), 10001));
}

Test(tick, unlearns_a_clock_that_went_back)
{
	struct lull_tick t = {0};
	lull_tick_pair(&t, 0, EPOCH);
	lull_tick_pair(&t, 100 * MS, EPOCH + 100 * MS);
	cr_expect(ne(u64, lull_tick_ns(&t, 100 * MS), 0));
	lull_tick_pair(&t, 50 * MS, EPOCH + 200 * MS);
	cr_expect(eq(u64, lull_tick_ns(&t, 50 * MS), 0));
	lull_tick_pair(&t, 150 * MS, EPOCH + 300 * MS);
	cr_expect(lt(u64, distance(lull_tick_ns(&t, 150 * MS), EPOCH + 300 * MS), 2));
}

Test(tick, refuses_times_that_cannot_be)
{
	struct lull_tick t = {0};
	lull_tick_pair(&t, 0, 100 * MS);
	lull_tick_pair(&t, 1, 200 * MS);
	cr_expect(eq(u64, lull_tick_ns(&t, UINT64_MAX - 1000), 0), "before the epoch");
	cr_expect(eq(u64, lull_tick_ns(&t, UINT64_C(1) << 62), 0), "beyond all times");
}
