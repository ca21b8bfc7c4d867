// SPDX-License-Identifier: BSD-3-Clause
// The clock: what is in time, late or a jump, and which bins are still open.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/clock.h>
#include <lull/time.h>
#include <stdlib.h>

#define BIN LULL_NS_PER_SECOND
#define T0 (UINT64_C(1700000000) * LULL_NS_PER_SECOND)
#define JUMP (3600 * BIN)

static struct lull_clock clock_;
static struct lull_burst burst;

static void reset(unsigned reorder_bins)
{
	lull_clock_init(&clock_, BIN, reorder_bins, JUMP);
	burst.n = 0;
	burst.clock_ns = 0;
	burst.next_ns = LULL_TIME_NONE;
}

// Stamp one packet in a burst of its own.
static struct lull_packet *at(uint64_t ts_ns)
{
	burst.n = 1;
	burst.packets[0] = (struct lull_packet){.ts_ns = ts_ns, .bin = 999, .fate = 99};
	lull_clock_stamp(&clock_, &burst);
	return &burst.packets[0];
}

static void expect(uint64_t ts_ns, enum lull_fate fate, uint64_t bin)
{
	struct lull_packet *p = at(ts_ns);
	cr_expect(eq(int, p->fate, (int)fate));
	cr_expect(eq(u64, p->bin, bin));
}

static uint64_t start_of(uint64_t seq, uint64_t expected_gap)
{
	uint64_t gap;
	uint64_t start = lull_clock_bin(&clock_, seq, &gap);
	cr_expect(eq(u64, gap, expected_gap));
	return start;
}

Test(clock, bins_are_aligned_to_the_epoch_and_numbered_from_0)
{
	reset(1);
	expect(T0 + BIN / 2, LULL_IN_TIME, 0);
	expect(T0 + BIN - 1, LULL_IN_TIME, 0);
	expect(T0 + BIN, LULL_IN_TIME, 1);
	cr_expect(eq(u64, start_of(0, 0), T0));
	cr_expect(eq(u64, start_of(1, 0), T0 + BIN));
	cr_expect(eq(u64, clock_.first_ns, T0 + BIN / 2));
	cr_expect(eq(u64, clock_.last_ns, T0 + BIN));
}

Test(clock, packets_within_the_reorder_window_are_in_time_and_older_ones_late)
{
	reset(1);
	expect(T0, LULL_IN_TIME, 0);
	expect(T0 + 5 * BIN, LULL_IN_TIME, 5);
	expect(T0 + 4 * BIN, LULL_IN_TIME, 4);
	expect(T0 + 4 * BIN - 1, LULL_LATE, 5);
	expect(T0 + 4 * BIN + 7, LULL_IN_TIME, 4);
	cr_expect(eq(u64, clock_.newest, 5));
}

Test(clock, without_a_window_the_bin_before_is_closed)
{
	reset(0);
	expect(T0 + BIN, LULL_IN_TIME, 0);
	expect(T0, LULL_LATE, 0);
	expect(T0 + 2 * BIN, LULL_IN_TIME, 1);
	expect(T0 + 2 * BIN - 1, LULL_LATE, 1);
}

Test(clock, time_before_the_first_bin_is_late_whatever_the_window)
{
	reset(5);
	expect(T0, LULL_IN_TIME, 0);
	expect(T0 - 1, LULL_LATE, 0);
}

Test(clock, silence_makes_bins_with_numbers)
{
	reset(1);
	expect(T0, LULL_IN_TIME, 0);
	expect(T0 + JUMP, LULL_IN_TIME, 3600); // not beyond the limit: silence, not a jump
	cr_expect(eq(u64, start_of(3599, 0), T0 + JUMP - BIN));
	cr_expect(eq(u64, burst.floor, 0));
	at(T0 + JUMP);
	cr_expect(eq(u64, burst.floor, 3599));
}

Test(clock, a_burst_carries_the_floor_it_began_with)
{
	reset(1);
	at(T0);
	at(T0 + 10 * BIN);
	burst.n = 2;
	burst.packets[0].ts_ns = T0 + 9 * BIN;
	burst.packets[1].ts_ns = T0 + 50 * BIN;
	lull_clock_stamp(&clock_, &burst);
	cr_expect(eq(u64, burst.floor, 9));
	cr_expect(eq(int, burst.packets[0].fate, LULL_IN_TIME));
	// The fate follows the floor of the moment, not the burst's.
	expect(T0 + 48 * BIN, LULL_LATE, 50);
	cr_expect(eq(u64, burst.floor, 49));
}

// Stamp one packet, knowing that the one after it has the time next_ns.
static void expect_before(uint64_t next_ns, uint64_t ts_ns, enum lull_fate fate, uint64_t bin)
{
	burst.next_ns = next_ns;
	expect(ts_ns, fate, bin);
	burst.next_ns = LULL_TIME_NONE;
}

Test(clock, one_hostile_packet_in_the_far_future_changes_nothing_but_itself)
{
	reset(1);
	expect(T0, LULL_IN_TIME, 0);
	for (uint64_t i = 1; i < 200; i++) {
		expect_before(T0 + i, T0 + 1000 * JUMP * i, LULL_JUMP, 0);
		expect(T0 + i, LULL_IN_TIME, 0);
	}
	expect(T0 + BIN, LULL_IN_TIME, 1);
	cr_expect(eq(u64, clock_.last_ns, T0 + BIN));
	cr_expect(eq(uint, clock_.n_segments, 1));
}

Test(clock, within_a_burst_the_next_packet_judges_a_step_forward)
{
	reset(1);
	burst.n = 4;
	const uint64_t times[] = {T0, T0 + 9 * JUMP, T0 + 1, T0 + 20 * JUMP};
	for (int i = 0; i < 4; i++)
		burst.packets[i] = (struct lull_packet){.ts_ns = times[i]};
	lull_clock_stamp(&clock_, &burst);
	cr_expect(eq(int, burst.packets[1].fate, LULL_JUMP));
	cr_expect(eq(int, burst.packets[2].fate, LULL_IN_TIME));
	cr_expect(eq(int, burst.packets[3].fate, LULL_IN_TIME)); // nothing speaks against it
	cr_expect(eq(u64, burst.packets[3].bin, 1));
}

Test(clock, one_packet_in_between_breaks_a_run_of_witnesses)
{
	reset(1);
	expect(T0, LULL_IN_TIME, 0);
	for (int round = 0; round < 20; round++) {
		for (uint64_t i = 0; i < LULL_CLOCK_WITNESSES; i++)
			expect(T0 - 2 * JUMP + i, LULL_LATE, 0);
		expect(T0, LULL_IN_TIME, 0);
	}
}

Test(clock, a_jump_forward_makes_one_gap_and_loses_nothing)
{
	reset(1);
	expect(T0 + 1, LULL_IN_TIME, 0);
	expect(T0 + 3 * BIN, LULL_IN_TIME, 3);
	uint64_t later = T0 + 9 * JUMP;
	expect_before(later + BIN, later, LULL_IN_TIME, 4);
	cr_expect(eq(u64, start_of(4, later - (T0 + 4 * BIN)), later));
	cr_expect(eq(u64, start_of(3, 0), T0 + 3 * BIN));
	expect(later + BIN, LULL_IN_TIME, 5);
	cr_expect(eq(u64, start_of(5, 0), later + BIN));
	// The old bins closed with the step: the floor is the new segment's first bin.
	cr_expect(eq(u64, burst.floor, 4));
	expect(T0 + 3 * BIN, LULL_LATE, 5);
}

Test(clock, a_jump_believed_by_mistake_is_mended_by_the_late_ones)
{
	reset(1);
	expect(T0, LULL_IN_TIME, 0);
	expect_before(T0 + 9 * JUMP + 1, T0 + 9 * JUMP, LULL_IN_TIME, 1); // two of them in a row
	expect_before(T0 + 1, T0 + 9 * JUMP + 1, LULL_IN_TIME, 1);
	for (uint64_t i = 0; i < LULL_CLOCK_WITNESSES; i++)
		expect(T0 + 1 + i, LULL_LATE, 1);
	expect(T0 + BIN, LULL_IN_TIME, 2);
	cr_expect(eq(u64, clock_.last_ns, T0 + BIN));
}

Test(clock, a_step_back_is_believed_after_the_witnesses_and_its_gap_is_absolute)
{
	reset(1);
	expect(T0, LULL_IN_TIME, 0);
	expect(T0 + 100 * BIN, LULL_IN_TIME, 100);
	for (uint64_t i = 0; i < LULL_CLOCK_WITNESSES; i++)
		expect(T0 + 40 * BIN + i, LULL_LATE, 100);
	expect(T0 + 40 * BIN + 999, LULL_IN_TIME, 101);
	cr_expect(eq(u64, start_of(101, 61 * BIN), T0 + 40 * BIN));
	expect(T0 + 41 * BIN, LULL_IN_TIME, 102);
}

Test(clock, a_first_packet_the_next_one_takes_back_begins_nothing)
{
	reset(1);
	burst.n = 3;
	burst.packets[0] = (struct lull_packet){.ts_ns = T0 + 9 * JUMP};
	burst.packets[1] = (struct lull_packet){.ts_ns = T0};
	burst.packets[2] = (struct lull_packet){.ts_ns = T0 + BIN};
	lull_clock_stamp(&clock_, &burst);
	cr_expect(eq(int, burst.packets[0].fate, (int)LULL_JUMP));
	cr_expect(eq(int, burst.packets[1].fate, (int)LULL_IN_TIME));
	cr_expect(eq(int, burst.packets[2].fate, (int)LULL_IN_TIME));
	cr_expect(eq(u64, start_of(0, 0), T0));
	cr_expect(eq(u64, clock_.first_ns, T0));
}

Test(clock, a_first_packet_with_a_broken_time_is_recovered_from)
{
	const uint64_t broken[] = {0, T0 + 100 * JUMP};
	for (int b = 0; b < 2; b++) {
		reset(1);
		expect(broken[b], LULL_IN_TIME, 0);
		for (uint64_t i = 0; b == 1 && i < LULL_CLOCK_WITNESSES; i++)
			expect(T0 + i, LULL_LATE, 0);
		for (uint64_t i = 0; i < 100; i++)
			expect(T0 + 100 + i * BIN, LULL_IN_TIME, 1 + i);
	}
}

Test(clock, a_run_that_turns_or_scatters_starts_anew)
{
	reset(1);
	expect(T0, LULL_IN_TIME, 0);
	for (uint64_t i = 0; i < 10 * LULL_CLOCK_WITNESSES; i++) {
		expect_before(T0, T0 + (i + 1) * 3 * JUMP, LULL_JUMP, 0);
		expect(T0 - 1, LULL_LATE, 0);
	}
	for (uint64_t i = 0; i < 10 * LULL_CLOCK_WITNESSES; i++)
		expect(T0 - (i + 2) * 3 * BIN, LULL_LATE, 0); // ever further back
	cr_expect(eq(uint, clock_.n_segments, 1));
}

Test(clock, witnesses_may_be_slow_and_slightly_out_of_order)
{
	reset(1);
	expect(T0, LULL_IN_TIME, 0);
	uint64_t t = T0 - 50 * JUMP;
	for (uint64_t i = 0; i < LULL_CLOCK_WITNESSES / 2; i++) {
		expect(t += JUMP / 2, LULL_LATE, 0);
		expect(t - BIN, LULL_LATE, 0);
	}
	expect(t, LULL_IN_TIME, 1);
}

Test(clock, a_packet_without_a_time_is_a_jump_and_says_nothing_else)
{
	reset(1);
	expect(LULL_TIME_NONE, LULL_JUMP, 0);
	cr_expect(not(clock_.started));
	uint64_t gap = 1;
	cr_expect(eq(u64, lull_clock_bin(&clock_, 0, &gap), 0));
	cr_expect(eq(u64, gap, 0));
	expect(T0, LULL_IN_TIME, 0);
	expect(LULL_TIME_NONE, LULL_JUMP, 0);
	for (uint64_t i = 0; i < LULL_CLOCK_WITNESSES; i++) {
		expect(T0 - 2 * JUMP, LULL_LATE, 0);
		expect(LULL_TIME_NONE, LULL_JUMP, 0);
	}
	expect(T0 - 2 * JUMP, LULL_IN_TIME, 1);
	expect(UINT64_MAX - 1, LULL_JUMP, 1);
}

Test(clock, jumps_beyond_the_limit_of_segments_are_never_believed)
{
	reset(0);
	uint64_t t = T0;
	at(t);
	for (int s = 1; s < LULL_CLOCK_SEGMENTS; s++) {
		t += 2 * JUMP;
		at(t);
		cr_assert(eq(int, burst.packets[0].fate, LULL_IN_TIME));
	}
	cr_expect(eq(uint, clock_.n_segments, LULL_CLOCK_SEGMENTS));
	for (int i = 0; i < 10 * LULL_CLOCK_WITNESSES; i++)
		expect(t + 2 * JUMP, LULL_JUMP, LULL_CLOCK_SEGMENTS - 1);
	expect(t, LULL_IN_TIME, LULL_CLOCK_SEGMENTS - 1);
	for (uint64_t s = 1; s < LULL_CLOCK_SEGMENTS; s++)
		cr_expect(eq(u64, start_of(s, 2 * JUMP - BIN), T0 + s * 2 * JUMP));
}

Test(clock, the_sources_own_clock_closes_bins_of_a_silent_wire)
{
	reset(1);
	at(T0);
	burst.n = 0;
	burst.clock_ns = T0 + 7 * BIN;
	lull_clock_stamp(&clock_, &burst);
	lull_clock_stamp(&clock_, &burst);
	cr_expect(eq(u64, burst.floor, 6));
	burst.clock_ns = T0 + 7 * BIN + 2 * JUMP; // a broken one does not
	lull_clock_stamp(&clock_, &burst);
	lull_clock_stamp(&clock_, &burst);
	cr_expect(eq(u64, burst.floor, 6));
}

static void fix(unsigned reorder_bins, uint64_t start_ns)
{
	reset(reorder_bins);
	lull_clock_fix(&clock_, start_ns);
}

// Let the source say clock_ns over an empty burst; the floor it leaves.
static uint64_t floor_at(uint64_t clock_ns)
{
	burst.n = 0;
	burst.clock_ns = clock_ns;
	lull_clock_stamp(&clock_, &burst);
	lull_clock_stamp(&clock_, &burst);
	return burst.floor;
}

Test(clock, a_late_source_clock_closes_the_bin_last_used)
{
	for (int fixed = 0; fixed < 2; fixed++) {
		reset(1);
		if (fixed)
			lull_clock_fix(&clock_, T0);
		expect(T0 + 1, LULL_IN_TIME, 0);
		cr_expect(eq(u64, floor_at(T0 + 9 * BIN), 8));
		expect(T0 + 2, LULL_LATE, 9);
		expect(T0 + 8 * BIN, LULL_IN_TIME, 8);
	}
}

Test(clock, fixed_clocks_with_different_packets_give_one_number_for_one_time)
{
	static struct lull_clock other;
	static struct lull_burst theirs;
	unsigned state = 7;
	fix(2, T0 + BIN / 3);
	lull_clock_init(&other, BIN, 2, JUMP);
	lull_clock_fix(&other, T0 + BIN / 3);
	uint64_t now = T0 + BIN / 3;
	for (int round = 0; round < 500; round++) {
		now += (unsigned)rand_r(&state) % 5000 * (BIN / 1000);
		burst.clock_ns = theirs.clock_ns = now;
		burst.n = (unsigned)rand_r(&state) % 5;
		theirs.n = 1 + (unsigned)rand_r(&state) % 5;
		for (uint32_t i = 0; i < burst.n; i++)
			burst.packets[i].ts_ns = now - (unsigned)rand_r(&state) % BIN;
		for (uint32_t i = 0; i < theirs.n; i++)
			theirs.packets[i].ts_ns = now - (unsigned)rand_r(&state) % BIN;
		lull_clock_stamp(&clock_, &burst);
		lull_clock_stamp(&other, &theirs);
		for (uint32_t i = 0; i < burst.n; i++)
			if (burst.packets[i].fate == LULL_IN_TIME)
				cr_assert(eq(u64, burst.packets[i].bin,
					(burst.packets[i].ts_ns - T0) / BIN));
		for (uint32_t i = 0; i < theirs.n; i++)
			if (theirs.packets[i].fate == LULL_IN_TIME)
				cr_assert(eq(u64, theirs.packets[i].bin,
					(theirs.packets[i].ts_ns - T0) / BIN));
		cr_assert(eq(u64, clock_.floor, other.floor));
	}
	cr_expect(eq(u64, start_of(400, 0), T0 + 400 * BIN));
	cr_expect(eq(uint, clock_.n_segments, 1));
}

Test(clock, a_fixed_clock_that_stood_still_for_hours_closes_all_bins_when_it_goes_on)
{
	fix(1, T0);
	cr_expect(eq(u64, floor_at(T0 + 3 * JUMP), 3 * 3600 - 1));
	cr_expect(eq(u64, floor_at(T0 + 1000 * JUMP), 1000 * 3600 - 1));
	cr_expect(eq(u64, floor_at(T0), 1000 * 3600 - 1)); // and never goes back
	cr_expect(eq(u64, floor_at(LULL_TIME_NONE), 1000 * 3600 - 1));
	cr_expect(eq(u64, start_of(1000 * 3600, 0), T0 + 1000 * JUMP));
}

Test(clock, hostile_times_do_not_move_a_fixed_clock)
{
	const uint64_t bad[] = {0, T0 - 1, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - BIN,
		T0 + JUMP + 1, T0 + 50 * JUMP};
	fix(1, T0);
	burst.clock_ns = T0;
	for (int round = 0; round < 200; round++)
		for (int i = 0; i < 7; i++)
			expect(bad[i], i < 2 ? LULL_LATE : LULL_JUMP, 0);
	cr_expect(eq(u64, clock_.last_ns, T0));
	cr_expect(eq(u64, clock_.floor, 0));
	expect(T0, LULL_IN_TIME, 0);
	burst.clock_ns = T0 + 1;
	expect(T0 + JUMP + 1, LULL_IN_TIME, 3600); // the source's clock vouches for it
}

Test(clock, packets_that_queued_are_held_against_the_floor_before_the_clock)
{
	fix(1, T0);
	burst.clock_ns = T0 + 30 * BIN;
	expect(T0 + BIN, LULL_IN_TIME, 1); // waited for 29 s
	cr_expect(eq(u64, clock_.floor, 29));
	expect(T0 + BIN, LULL_LATE, 30);
	expect(T0 + 29 * BIN, LULL_IN_TIME, 29);
}

Test(clock, a_fixed_grid_begins_at_the_bin_that_holds_the_start)
{
	fix(1, T0 + BIN / 2);
	expect(T0, LULL_IN_TIME, 0);
	expect(T0 - 1, LULL_LATE, 0);
	cr_expect(eq(u64, start_of(0, 0), T0));
}

// Times as a hostile or confused source might send them.
static uint64_t random_time(uint64_t now, unsigned *state)
{
	switch (rand_r(state) % 400) {
	case 0:
		return LULL_TIME_NONE;
	case 1:
		return 0;
	case 2:
		return UINT64_MAX - (unsigned)rand_r(state);
	case 3:
		return now + (unsigned)rand_r(state) % 100000 * BIN;
	default:
		return now - (unsigned)rand_r(state) % 2000 * (BIN / 1000);
	}
}

Test(clock, fates_do_not_depend_on_bursts_and_no_in_time_bin_is_below_any_floor_before)
{
	static struct lull_clock one, many;
	static struct lull_burst single;
	for (unsigned seed = 1; seed <= 30; seed++) {
		unsigned state = seed;
		uint64_t now = T0;
		uint64_t floor = 0;
		lull_clock_init(&one, BIN, seed % 3, JUMP);
		lull_clock_init(&many, BIN, seed % 3, JUMP);
		burst.clock_ns = single.clock_ns = 0;
		for (int round = 0; round < 200; round++) {
			if (rand_r(&state) % 50 == 0)
				now += ((unsigned)rand_r(&state) % 9000 - 4500) * BIN;
			burst.n = 1 + (unsigned)rand_r(&state) % LULL_BURST;
			for (uint32_t i = 0; i < burst.n; i++)
				burst.packets[i].ts_ns =
					i == 0 && round > 0 ? burst.next_ns
							    : random_time(now += BIN / 500, &state);
			burst.next_ns = random_time(now += BIN / 500, &state);
			lull_clock_stamp(&many, &burst);
			cr_assert(ge(u64, burst.floor, floor));
			floor = burst.floor;
			for (uint32_t i = 0; i < burst.n; i++) {
				single.n = 1;
				single.packets[0] = burst.packets[i];
				single.next_ns = i + 1 < burst.n ? burst.packets[i + 1].ts_ns
								 : burst.next_ns;
				lull_clock_stamp(&one, &single);
				cr_assert(eq(int, single.packets[0].fate, burst.packets[i].fate));
				cr_assert(eq(u64, single.packets[0].bin, burst.packets[i].bin));
				cr_assert(ge(u64, burst.packets[i].bin, burst.floor));
				cr_assert(le(u64, burst.packets[i].bin, many.newest));
				uint64_t gap;
				uint64_t start = lull_clock_bin(&many, burst.packets[i].bin, &gap);
				if (burst.packets[i].fate == LULL_IN_TIME)
					cr_assert(lt(u64, burst.packets[i].ts_ns - start, BIN));
			}
		}
		cr_assert(gt(uint, many.n_segments, 1));
	}
}
