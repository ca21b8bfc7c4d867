// SPDX-License-Identifier: BSD-3-Clause
// What a start makes of the state a run before left.

#include "engine/keeper.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOW (1700000000 * LULL_NS_PER_SECOND + LULL_NS_PER_SECOND / 4)

static void no_event(void *context, const struct lull_event *event)
{
	(void)context;
	(void)event;
}

static struct lull_generation *generation(void)
{
	struct lull_config *c = lull_config_create();
	cr_assert(eq(int, lull_config_add_target(c, "kp=175.45.176.0/22"), 0));
	cr_assert(eq(int, lull_config_check(c), 0));
	struct lull_generation *g = lull_generation_create(c, no_event, NULL);
	cr_assert(g != NULL);
	return g;
}

static bool aside; // the state was moved aside

// A run saved its state at end_ns; the next one starts at *start_ns. Returns the gap it sees.
static uint64_t restart(uint64_t end_ns, uint64_t *start_ns)
{
	char dir[] = "/tmp/lull-keeper-XXXXXX", path[64];
	cr_assert(mkdtemp(dir) != NULL);
	struct lull_keeper k = {.dir = dir};
	struct lull_generation *g = generation();
	lull_keeper_last(&k, g, end_ns);
	cr_assert(eq(u64, k.saves[1], 1));
	lull_generation_destroy(g);
	g = generation();
	uint64_t gap_ns = 1;
	cr_assert(eq(int, lull_keeper_restore(&k, g, start_ns, &gap_ns), 0));
	lull_generation_destroy(g);
	snprintf(path, sizeof(path), "%s/state", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/state.bad", dir);
	aside = unlink(path) == 0;
	rmdir(dir);
	return gap_ns;
}

Test(keeper, the_time_nobody_looked_is_a_gap)
{
	uint64_t start_ns = NOW;
	cr_assert(
		eq(u64, restart(NOW - 7 * LULL_NS_PER_SECOND, &start_ns), 7 * LULL_NS_PER_SECOND));
	cr_assert(eq(u64, start_ns, NOW));
}

// SIGTERM closes the open bin, which ends later than the process: the next one, started at once,
// goes on from there.
Test(keeper, a_start_within_the_bin_that_a_stop_closed_goes_on_with_the_bin_after_it)
{
	uint64_t start_ns = NOW, end_ns = NOW + 3 * LULL_NS_PER_SECOND / 4;
	cr_assert(eq(u64, restart(end_ns, &start_ns), 0));
	cr_assert(eq(u64, start_ns, end_ns));
}

// A machine whose clock starts in 1970 must not cost what was learnt in months.
// The clock was corrected by some seconds between the two runs.
Test(keeper, a_start_after_the_clock_was_set_back_a_little_forgets_nothing)
{
	uint64_t start_ns = NOW, end_ns = NOW + 4 * LULL_NS_PER_SECOND;
	cr_assert(eq(u64, restart(end_ns, &start_ns), 0));
	cr_assert(eq(u64, start_ns, end_ns));
}

Test(keeper, a_state_from_the_future_is_moved_aside_and_not_written_over)
{
	uint64_t start_ns = NOW;
	cr_assert(eq(u64, restart(NOW + 60 * LULL_NS_PER_SECOND, &start_ns), 0));
	cr_assert(eq(u64, start_ns, NOW));
	cr_assert(aside == true);
	restart(NOW, &start_ns);
	cr_assert(aside == false);
}

// A crash loses what was not written, and writing this little is cheap.
Test(keeper, state_is_written_after_the_first_bin_and_every_few_seconds)
{
	char dir[] = "/tmp/lull-keeper-XXXXXX", path[64];
	cr_assert(mkdtemp(dir) != NULL);
	struct lull_keeper k = {.dir = dir};
	struct lull_generation *g = generation();
	for (uint64_t i = 1; i <= 600; i++) {
		uint64_t now_ns = NOW + i * LULL_NS_PER_SECOND / 10;
		lull_keeper_bin(&k, g, now_ns, now_ns, false);
		cr_assert(i > 1 || k.saves[1] == 1);
	}
	cr_expect(k.saves[1] >= 4 && k.saves[1] <= 12, "%llu", (unsigned long long)k.saves[1]);
	lull_generation_destroy(g);
	snprintf(path, sizeof(path), "%s/state", dir);
	unlink(path);
	rmdir(dir);
}
