// SPDX-License-Identifier: BSD-3-Clause
// The clock, burst-wise: what it says of a burst as a whole, and times it writes itself.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/clock.h>
#include <lull/time.h>

#define BIN LULL_NS_PER_SECOND
#define T0 (UINT64_C(1700000000) * LULL_NS_PER_SECOND)
#define JUMP (3600 * BIN)

static struct lull_clock clock_;
static struct lull_burst burst;

Test(clock_burst, a_burst_that_came_at_once_is_stamped_as_if_each_packet_had_its_time)
{
	static struct lull_clock each;
	static struct lull_burst apart;
	const uint64_t steps[] = {BIN / 4, BIN / 2, BIN, 1, BIN / 3, 7 * BIN, BIN - 1};
	uint64_t now = T0 + BIN / 8;
	lull_clock_init(&clock_, BIN, 1, JUMP);
	lull_clock_init(&each, BIN, 1, JUMP);
	lull_clock_fix(&clock_, T0);
	lull_clock_fix(&each, T0);
	for (size_t s = 0; s < sizeof(steps) / sizeof(*steps); s++) {
		now += steps[s];
		burst = (struct lull_burst){.n = 3, .clock_ns = now, .at_once = true};
		apart = (struct lull_burst){.n = 3, .clock_ns = now};
		for (uint32_t i = 0; i < 3; i++)
			apart.packets[i].ts_ns = now;
		lull_clock_stamp(&clock_, &burst);
		lull_clock_stamp(&each, &apart);
		cr_expect(eq(u64, burst.floor, apart.floor));
		cr_expect(eq(u64, clock_.last_ns, each.last_ns));
		cr_expect(eq(int, burst.even, apart.even));
		for (uint32_t i = 0; i < 3; i++) {
			cr_expect(eq(u64, burst.packets[i].ts_ns, now));
			cr_expect(eq(u64, burst.packets[i].bin, apart.packets[i].bin));
			cr_expect(eq(int, burst.packets[i].fate, apart.packets[i].fate));
		}
	}
}

Test(clock_burst, a_burst_is_even_when_all_of_it_is_in_one_bin)
{
	lull_clock_init(&clock_, BIN, 1, JUMP);
	lull_clock_fix(&clock_, T0 + 5);
	burst.n = 3;
	for (uint32_t i = 0; i < 3; i++)
		burst.packets[i].ts_ns = T0 + 20 - 7 * i;
	lull_clock_stamp(&clock_, &burst);
	cr_expect(burst.even);
	cr_expect(eq(u64, burst.first_ns, T0 + 6));
	cr_expect(eq(u64, burst.last_ns, T0 + 20));
	burst.packets[1].ts_ns = T0 + BIN;
	lull_clock_stamp(&clock_, &burst);
	cr_expect(not(burst.even));
}
