// SPDX-License-Identifier: BSD-3-Clause
// Loss of ports, charged to bins.

#include "engine/losses.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

// Two ports whose driver says what the test wants.
struct fake_ports {
	struct lull_ports base;
	struct lull_port_stats stats[2];
};

static size_t fake_count(const struct lull_ports *p)
{
	(void)p;
	return 2;
}

static int fake_stats(struct lull_ports *p, size_t port, struct lull_port_stats *stats)
{
	*stats = ((struct fake_ports *)p)->stats[port];
	return 0;
}

static const struct lull_ports_ops fake_ops = {
	.name = "fake", .count = fake_count, .stats = fake_stats};

static struct fake_ports fake(void)
{
	struct fake_ports f = {.base = {&fake_ops}};
	f.stats[0] = f.stats[1] = (struct lull_port_stats){.link_up = true, .loss = LULL_LOSS_NONE};
	return f;
}

#define MS UINT64_C(1000000)
#define LEN (1000 * MS)

static struct lull_port_health judge(struct lull_losses *h, uint64_t start_ns, size_t port)
{
	struct lull_bin bin = {.start_ns = start_ns, .len_ns = LEN};
	lull_losses_judge(h, &bin, start_ns + 3 * LEN);
	cr_assert(eq(sz, bin.n_health, 2));
	return bin.health[port];
}

Test(losses, a_bin_is_charged_with_all_that_was_lost_between_the_samples_around_it)
{
	static struct lull_losses h;
	struct fake_ports f = fake();
	lull_losses_init(&h, &f.base, LEN);
	uint64_t t0 = h.samples[0].time_ns + LEN;
	for (int i = 0; i <= 6; i++) { // every half bin; 7 packets are lost before sample 3
		if (i == 3)
			f.stats[0].lost = 7;
		f.stats[0].loss = f.stats[0].lost > 0 ? LULL_LOSS_KNOWN : LULL_LOSS_NONE;
		lull_losses_look(&h, t0 + (uint64_t)i * LEN / 2);
	}
	struct lull_port_health first = judge(&h, t0, 0), second = judge(&h, t0 + LEN, 0);
	struct lull_port_health third = judge(&h, t0 + 2 * LEN, 0);
	cr_assert(eq(u64, first.lost, 0));
	cr_assert(eq(int, first.loss, LULL_LOSS_NONE));
	cr_assert(eq(u64, second.lost, 7));
	cr_assert(eq(int, second.loss, LULL_LOSS_KNOWN));
	cr_assert(eq(u64, third.lost, 0));
	cr_assert(eq(int, third.loss, LULL_LOSS_NONE));
	cr_assert(eq(u64, judge(&h, t0 + LEN, 1).lost, 0));
}

Test(losses, unknown_loss_is_never_shown_as_none)
{
	static struct lull_losses h;
	struct fake_ports f = fake();
	f.stats[1].loss = LULL_LOSS_UNKNOWN;
	lull_losses_init(&h, &f.base, LEN);
	uint64_t t0 = h.samples[0].time_ns + LEN;
	cr_assert(eq(int, judge(&h, t0, 1).loss, LULL_LOSS_UNKNOWN));
	cr_assert(eq(int, judge(&h, t0, 0).loss, LULL_LOSS_NONE));
}

Test(losses, a_link_that_was_down_for_one_sample_was_down_in_the_bin)
{
	static struct lull_losses h;
	struct fake_ports f = fake();
	lull_losses_init(&h, &f.base, LEN);
	uint64_t t0 = h.samples[0].time_ns + LEN;
	lull_losses_look(&h, t0);
	f.stats[0].link_up = false;
	lull_losses_look(&h, t0 + LEN / 2);
	f.stats[0].link_up = true;
	lull_losses_look(&h, t0 + LEN);
	lull_losses_look(&h, t0 + 2 * LEN);
	cr_assert(not(judge(&h, t0, 0).link_up));
	cr_assert(judge(&h, t0, 1).link_up);
	cr_assert(judge(&h, t0 + LEN, 0).link_up);
}

// The analyzer was held up, by a disk say: what the link did meanwhile nobody knows.
Test(losses, a_port_that_was_not_asked_for_long_is_stalled_unless_it_tells_that_its_link_held)
{
	static struct lull_losses h;
	struct fake_ports f = fake();
	f.stats[1].downs_told = true;
	lull_losses_init(&h, &f.base, LEN);
	uint64_t t0 = h.samples[0].time_ns + LEN;
	for (int i = 0; i <= 40; i++)
		if (i < 6 || i > 26) // 10 s without
			lull_losses_look(&h, t0 + (uint64_t)i * LEN / 2);
	for (uint64_t bin = 0; bin < 18; bin++) {
		cr_expect(eq(int, judge(&h, t0 + bin * LEN, 0).stalled, bin >= 2 && bin <= 13),
			"bin %d", (int)bin);
		cr_expect(not(judge(&h, t0 + bin * LEN, 1).stalled));
		cr_expect(judge(&h, t0 + bin * LEN, 1).link_up);
	}
}

Test(losses, a_link_that_was_down_between_two_samples_was_down_when_the_driver_counts_it)
{
	static struct lull_losses h;
	struct fake_ports f = fake();
	f.stats[0].downs_told = true;
	f.stats[0].downs = 7;
	lull_losses_init(&h, &f.base, LEN);
	uint64_t t0 = h.samples[0].time_ns + LEN;
	for (uint64_t i = 0; i < 10; i++) {
		f.stats[0].downs += i == 4;
		lull_losses_look(&h, t0 + i * LEN / 2);
	}
	for (uint64_t bin = 0; bin < 4; bin++)
		cr_expect(eq(int, judge(&h, t0 + bin * LEN, 0).link_up, bin != 1));
}

// Between the opening of the ports and the first sample rings run over, too.
Test(losses, what_was_lost_before_the_first_sample_is_charged_to_the_first_bin)
{
	static struct lull_losses h;
	struct fake_ports f = fake();
	f.stats[0].lost = 11;
	f.stats[0].loss = LULL_LOSS_KNOWN;
	lull_losses_init(&h, &f.base, LEN);
	uint64_t t0 = h.samples[0].time_ns - LEN / 4;
	for (uint64_t i = 1; i < 8; i++)
		lull_losses_look(&h, t0 + i * LEN / 2);
	cr_expect(eq(u64, judge(&h, t0, 0).lost, 11));
	cr_expect(eq(u64, judge(&h, t0 + LEN, 0).lost, 0));
}

Test(losses, all_that_is_lost_in_the_longest_bin_is_charged_to_it)
{
	static struct lull_losses h;
	struct fake_ports f = fake();
	uint64_t len = 600 * LEN;
	lull_losses_init(&h, &f.base, len);
	uint64_t t0 = h.samples[0].time_ns + LEN;
	f.stats[0].loss = LULL_LOSS_KNOWN;
	for (uint64_t i = 0; i <= 600; i++) {
		f.stats[0].lost++; // one a second
		f.stats[0].link_up = i != 10;
		lull_losses_look(&h, t0 + i * LEN);
	}
	struct lull_bin bin = {.start_ns = t0 + LEN, .len_ns = 599 * LEN};
	lull_losses_judge(&h, &bin, t0 + 600 * LEN);
	cr_expect(ge(u64, bin.health[0].lost, 599));
	cr_expect(eq(int, bin.health[0].loss, LULL_LOSS_KNOWN));
	cr_expect(not(bin.health[0].stalled));
}

Test(losses, loss_of_bins_whose_samples_are_gone_is_too_much_and_not_too_little)
{
	static struct lull_losses h;
	struct fake_ports f = fake();
	lull_losses_init(&h, &f.base, LEN);
	uint64_t t0 = h.samples[0].time_ns + LEN;
	for (uint64_t i = 0; i < 2 * LULL_LOSSES_SAMPLES; i++) {
		f.stats[0].lost++;
		f.stats[0].loss = LULL_LOSS_KNOWN;
		lull_losses_look(&h, t0 + i * LEN);
	}
	uint64_t oldest = h.samples[h.n % LULL_LOSSES_SAMPLES].time_ns;
	cr_assert(ge(u64, judge(&h, oldest, 0).lost, 1));
	cr_assert(eq(int, judge(&h, oldest - LEN, 0).loss, LULL_LOSS_UNKNOWN));
}
