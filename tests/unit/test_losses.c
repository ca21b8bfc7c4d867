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

Test(losses, a_stall_marks_the_bins_it_touches_and_no_other)
{
	static struct lull_losses h;
	struct fake_ports f = fake();
	lull_losses_init(&h, &f.base, LEN);
	uint64_t t0 = h.samples[0].time_ns + LEN;
	lull_losses_stall(&h, 0, t0 + LEN / 2, t0 + LEN + LEN / 2);
	cr_assert(judge(&h, t0, 0).stalled);
	cr_assert(judge(&h, t0 + LEN, 0).stalled);
	cr_assert(not(judge(&h, t0 + 2 * LEN, 0).stalled));
	cr_assert(not(judge(&h, t0, 1).stalled));
	lull_losses_stall(&h, 0, t0 + 2 * LEN, UINT64_MAX);
	cr_assert(judge(&h, t0 + 5 * LEN, 0).stalled);
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
}
