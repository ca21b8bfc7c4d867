// SPDX-License-Identifier: BSD-3-Clause
// The share of a bin that live taps looked at: whole bins, but for the first and the last of a run.

#include "live_fixture.h"

static struct live l;

static void stop(void)
{
	l.leave = true;
	for (size_t i = 0; i < WORKERS; i++)
		live_end(&l, i);
	live_analyze(&l);
}

Test(analyzer, the_first_and_the_last_bin_of_a_run_are_looked_at_in_part)
{
	live_open(&l, START + 250 * MS);
	for (size_t i = 0; i < WORKERS; i++)
		live_poll(&l, i, START + 3 * S + 400 * MS);
	stop();
	cr_assert(eq(sz, l.n, 4));
	static const double wanted[] = {0.75, 1.0, 1.0, 0.4};
	for (size_t i = 0; i < l.n; i++)
		cr_expect(lt(dbl, l.bins[i].exposure - wanted[i], 1e-6), "bin %zu", i);
	for (size_t i = 0; i < l.n; i++)
		cr_expect(gt(dbl, l.bins[i].exposure - wanted[i], -1e-6), "bin %zu", i);
	live_close(&l);
}

// Queues never stop at the same moment: one is in a new bin already, which the other has not seen.
Test(analyzer, the_last_bin_is_as_long_as_the_first_queue_to_end_looked_at_it)
{
	live_open(&l, START);
	live_poll(&l, 0, START + 2 * S + 960 * MS);
	live_poll(&l, 1, START + 3 * S + 20 * MS);
	stop();
	cr_assert(eq(sz, l.n, 4));
	cr_expect(lt(dbl, l.bins[2].exposure, 0.961)); // port 0 saw no more of it
	cr_expect(gt(dbl, l.bins[2].exposure, 0.959));
	cr_expect(lt(dbl, l.bins[3].exposure, 0.021)); // and nothing of this
	cr_expect(l.bins[3].stalled[0]);
	cr_expect(not(l.bins[3].stalled[1]));
	live_close(&l);
}

// A stop closed the bin up to START; started at once, and stopped again before START came.
Test(analyzer, a_run_that_ends_before_it_begins_shows_no_bin)
{
	live_open(&l, START);
	for (size_t i = 0; i < WORKERS; i++) {
		l.fakes[i].clock_ns = START - 800 * MS;
		live_poll(&l, i, START - 300 * MS);
	}
	stop();
	cr_expect(eq(sz, l.n, 0));
	cr_expect(eq(u64, l.analyzer.law.received.packets, 2 * 25)); // the law has them
	cr_expect(eq(u64, l.analyzer.overwritten, 0));
	live_close(&l);
}
