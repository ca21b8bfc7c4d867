// SPDX-License-Identifier: BSD-3-Clause
// Flows from bin to bin: who is stuck, and that it is the same for any number of slots.

#include "count/stall.h"
#include "count_fixture.h"

#define BIN_NS UINT64_C(100000000)

enum { SLOTS = 4, TARGETS = 6 };

// Targets 1..4; 5 is the group of 1 and 2, 6 the group of 5 and 3.
static const uint32_t parents[TARGETS + 1] = {0, 5, 5, 6, 0, 6, 0};

struct fixture {
	struct lull_stalls stalls;
	struct lull_slot *slots[SLOTS];
	size_t n;
	uint64_t bin;
};

static struct fixture *setup(size_t n, uint32_t max)
{
	struct fixture *f = calloc(1, sizeof(*f));
	cr_assert(lull_stalls_init(&f->stalls, parents, TARGETS));
	f->stalls.max = max;
	f->n = n;
	f->bin = 1000;
	for (size_t i = 0; i < n; i++) {
		f->slots[i] = lull_slot_create(&fixture_key);
		f->slots[i]->flows.max = max;
	}
	return f;
}

static void teardown(struct fixture *f)
{
	for (size_t i = 0; i < f->n; i++)
		lull_slot_destroy(f->slots[i]);
	lull_stalls_finish(&f->stalls);
	free(f);
}

static void segment(struct fixture *f, size_t slot, uint32_t target, uint64_t id, uint32_t end)
{
	struct lull_flows *flows = &f->slots[slot]->flows;
	uint32_t sample = lull_flows_sample(flows, target, target);
	cr_assert(lull_flows_add(flows, sample, id, (uint8_t)id, end));
}

static void close_bin(struct fixture *f)
{
	cr_assert(lull_stalls_bin(&f->stalls, f->slots, f->n, f->bin * BIN_NS, BIN_NS));
	for (size_t i = 0; i < f->n; i++)
		lull_slot_reset(f->slots[i]);
	f->bin++;
}

static struct lull_stall_counts counts(const struct fixture *f, uint32_t target)
{
	return lull_stalls_count(&f->stalls, target, f->bin * BIN_NS, BIN_NS);
}

// One flow of target 1 ends at `first` in one bin and at `then` in the next. -1: not judged.
static int stuck_after(uint32_t first, uint32_t then)
{
	struct fixture *f = setup(1, 0);
	segment(f, 0, 1, 77, first);
	close_bin(f);
	cr_assert_eq(counts(f, 1).flows, 0); // seen once, nobody knows
	segment(f, 0, 1, 77, then);
	close_bin(f);
	struct lull_stall_counts c = counts(f, 1);
	teardown(f);
	return c.flows == 0 ? -1 : c.stuck;
}

Test(stall, a_flow_that_comes_no_further_is_stuck_and_sequence_numbers_wrap)
{
	cr_assert_eq(stuck_after(1000, 1000), 1);
	cr_assert_eq(stuck_after(1000, 999), 1);
	cr_assert_eq(stuck_after(1000, 1001), 0);
	cr_assert_eq(stuck_after(0xffffff00, 0x00000100), 0);
	cr_assert_eq(stuck_after(0x00000100, 0xffffff00), 1);
	cr_assert_eq(stuck_after(0x7fffff00, 0x80000100), 0);
	cr_assert_eq(stuck_after(0x80000100, 0x7fffff00), 1);
	cr_assert_eq(stuck_after(0x80000100, 0x10000100), -1); // so far back: another flow
}

// Both halves in one bin, on either side of either seam.
Test(stall, what_is_foremost_is_told_across_both_seams)
{
	static const uint32_t seams[] = {0, 0x80000000};
	for (int i = 0; i < 2; i++) {
		struct fixture *f = setup(1, 0);
		segment(f, 0, 1, 7, seams[i] - 200);
		segment(f, 0, 1, 7, seams[i] + 200);
		close_bin(f);
		segment(f, 0, 1, 7, seams[i] - 100);
		segment(f, 0, 1, 7, seams[i] + 200);
		close_bin(f);
		cr_assert_eq(counts(f, 1).stuck, 1);
		segment(f, 0, 1, 7, seams[i] + 201);
		close_bin(f);
		cr_assert_eq(counts(f, 1).stuck, 0);
		cr_assert_eq(counts(f, 1).flows, 1);
		teardown(f);
	}
}

// New data and old in one bin, in any order: the flow goes on.
Test(stall, a_segment_out_of_order_beside_new_data_is_no_repeat)
{
	struct fixture *f = setup(2, 0);
	segment(f, 0, 1, 7, 1000);
	close_bin(f);
	segment(f, 1, 1, 7, 500);
	segment(f, 0, 1, 7, 1500);
	segment(f, 1, 1, 7, 600);
	close_bin(f);
	cr_assert_eq(counts(f, 1).flows, 1);
	cr_assert_eq(counts(f, 1).stuck, 0);
	teardown(f);
}

Test(stall, what_is_known_counts_for_800_ms_and_is_forgotten_after_2_s)
{
	struct fixture *f = setup(1, 0);
	for (int i = 0; i < 2; i++) {
		segment(f, 0, 1, 7, 1000);
		close_bin(f);
	}
	for (int ms = 0; ms < 800; ms += 100) {
		cr_assert_eq(counts(f, 1).stuck, 1, "%d ms", ms);
		close_bin(f);
	}
	cr_assert_eq(counts(f, 1).flows, 0);
	for (int ms = 800; ms < 1900; ms += 100)
		close_bin(f);
	segment(f, 0, 1, 7, 1000); // the 20th bin after the last: forgotten, and seen anew
	close_bin(f);
	cr_assert_eq(counts(f, 1).flows, 0);
	segment(f, 0, 1, 7, 1000);
	close_bin(f);
	cr_assert_eq(counts(f, 1).stuck, 1);
	teardown(f);
}

Test(stall, one_sender_has_four_voices)
{
	struct fixture *f = setup(1, 0);
	for (int bin = 0; bin < 2; bin++) {
		for (uint64_t i = 0; i < 30; i++) {
			segment(f, 0, 1, i << 8 | 9, 1000);                        // one, stuck
			segment(f, 0, 1, i << 8 | (i + 20), 1000 + (uint32_t)bin); // thirty, not
		}
		close_bin(f);
	}
	cr_assert_eq(counts(f, 1).flows, 34);
	cr_assert_eq(counts(f, 1).stuck, 4);
	teardown(f);
}

Test(stall, time_that_goes_back_starts_anew)
{
	struct fixture *f = setup(1, 0);
	for (int i = 0; i < 2; i++) {
		segment(f, 0, 1, 7, 1000);
		close_bin(f);
	}
	f->bin = 10;
	segment(f, 0, 1, 7, 1000);
	close_bin(f);
	cr_assert_eq(counts(f, 1).flows, 0);
	teardown(f);
}

// The same packets to one slot, and dealt to several at random.
static void compare(uint32_t max, uint32_t ids, bool *tightened)
{
	struct fixture *one = setup(1, max), *many = setup(SLOTS, max);
	uint64_t random = ids + max, told = 0;
	for (int bin = 0; bin < 60; bin++) {
		uint64_t packets = next_random(&random) % (4 * ids);
		for (uint64_t i = 0; i < packets; i++) {
			uint64_t seed = next_random(&random) % ids + 1, id = next_random(&seed);
			uint32_t target = 1 + (uint32_t)(id % 4);
			uint32_t end = (uint32_t)(id >> 32) + (uint32_t)bin / 7 * 100;
			end -= (uint32_t)(next_random(&random) % 90);
			segment(one, 0, target, id, end);
			segment(many, next_random(&random) % SLOTS, target, id, end);
		}
		*tightened |= one->slots[0]->flows.halvings > 0;
		close_bin(one);
		close_bin(many);
		cr_assert_eq(one->stalls.n_samples, many->stalls.n_samples);
		for (uint32_t t = 1; t <= TARGETS; t++) {
			const struct lull_stall *a = one->stalls.stalls[t];
			const struct lull_stall *b = many->stalls.stalls[t];
			cr_assert_eq(a == NULL, b == NULL);
			if (a == NULL)
				continue;
			cr_assert_eq(a->n, b->n);
			for (uint32_t i = 0; i < a->n; i++) {
				const struct lull_stall_flow *x = &a->flows[i], *y = &b->flows[i];
				cr_assert(x->id == y->id && x->end == y->end &&
					  x->stuck == y->stuck && x->judged_ns == y->judged_ns &&
					  x->seen_ns == y->seen_ns && x->sender == y->sender);
			}
			told += counts(one, t).stuck;
		}
	}
	cr_assert_gt(told, 100);
	teardown(one);
	teardown(many);
}

Test(stall, any_number_of_slots_knows_the_same)
{
	bool tightened = false;
	compare(0, 50, &tightened);
	compare(0, 1000, &tightened);
	cr_assert_not(tightened);
	compare(80, 1000, &tightened);
	cr_assert(tightened);
}

// A group knows the flows of its members, the smallest of them all.
Test(stall, a_group_has_the_sample_of_all_its_members)
{
	struct fixture *f = setup(1, 0);
	for (int bin = 0; bin < 2; bin++) {
		for (uint64_t i = 1; i <= 40; i++) {
			segment(f, 0, 1, 256 * i + i, 1);
			segment(f, 0, 2, 256 * i + 100 + i, 1 + (uint32_t)bin);
			segment(f, 0, 3, 256 * (2 * i) + 200, 1);
		}
		close_bin(f);
	}
	cr_assert_eq(counts(f, 1).flows, 40);
	cr_assert_eq(counts(f, 1).stuck, 40);
	cr_assert_eq(counts(f, 2).stuck, 0);
	cr_assert_eq(counts(f, 5).flows, 64); // 32 of either
	cr_assert_eq(counts(f, 5).stuck, 32);
	// 6: of 5's and 3's smallest 64, 3's are one sender
	const struct lull_stall *six = f->stalls.stalls[6];
	cr_assert_eq(six->n, 64);
	uint32_t of_three = 0;
	for (uint32_t i = 0; i < 64; i++)
		of_three += six->flows[i].sender == 200;
	cr_assert_eq(of_three, 12);
	cr_assert_eq(counts(f, 6).flows, 64 - 12 + 4);
	teardown(f);
}
