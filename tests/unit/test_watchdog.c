// SPDX-License-Identifier: BSD-3-Clause
// When a worker is stalled, when it is dead, and when the looker was only away.

#include "engine/watchdog.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define MS 1000000llu
#define S (1000 * MS)

static struct lull_watchdog w;

static void begin_with(uint64_t bin_ns)
{
	cr_assert(eq(int, lull_watchdog_init(&w, 2, bin_ns), 0));
}

// Looks at worker 0, which stands still, every step from `from`: when it was first `wanted`.
static uint64_t first(enum lull_watchdog_verdict wanted, uint64_t from, uint64_t step)
{
	for (uint64_t t = from; t < from + 60 * S; t += step)
		if (lull_watchdog_look(&w, 0, 7, t) == wanted)
			return t - from;
	return UINT64_MAX;
}

Test(watchdog, a_worker_that_stands_still_is_stalled_after_two_bins_and_dead_after_five_seconds)
{
	static const struct {
		uint64_t bin, step, stalled;
	} cases[] = {{100 * MS, 10 * MS, 200 * MS}, {S, 100 * MS, 2 * S}, {S, S, 2 * S},
		{600 * S, 500 * MS, 2 * S}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin_with(cases[i].bin);
		cr_expect(eq(
			u64, first(LULL_WATCHDOG_STALLED, 9 * S, cases[i].step), cases[i].stalled));
		lull_watchdog_finish(&w);
		begin_with(cases[i].bin);
		cr_expect(eq(u64, first(LULL_WATCHDOG_DEAD, 9 * S, cases[i].step), 5 * S));
		lull_watchdog_finish(&w);
	}
}

Test(watchdog, any_change_is_progress_and_each_worker_is_judged_alone)
{
	begin_with(S);
	for (uint64_t t = 0; t < 100; t++) {
		uint64_t now = (1000 + t) * 500 * MS;
		cr_assert(eq(
			int, lull_watchdog_look(&w, 1, UINT64_MAX - t / 3, now), LULL_WATCHDOG_OK));
		int other = lull_watchdog_look(&w, 0, 0, now);
		cr_assert(eq(int, other,
			t < 4    ? LULL_WATCHDOG_OK
			: t < 10 ? LULL_WATCHDOG_STALLED
				 : LULL_WATCHDOG_DEAD));
	}
	cr_expect(eq(int, lull_watchdog_look(&w, 0, 1, 1100 * 500 * MS), LULL_WATCHDOG_OK));
	lull_watchdog_finish(&w);
}

Test(watchdog, a_process_that_was_stopped_does_not_blame_its_workers)
{
	begin_with(100 * MS);
	uint64_t t = 50 * S;
	for (int stop = 0; stop < 20; stop++, t += 3600 * S)
		for (int look = 0; look < 48; look++) {
			int v = lull_watchdog_look(&w, 0, 7, t += 100 * MS);
			cr_assert(v != LULL_WATCHDOG_DEAD, "stop %d, look %d", stop, look);
			cr_assert(look > 2 || v == LULL_WATCHDOG_OK || look == 2);
		}
	cr_expect(eq(int, lull_watchdog_look(&w, 0, 7, t - 10 * S), LULL_WATCHDOG_OK));
	lull_watchdog_finish(&w);
}
