// SPDX-License-Identifier: BSD-3-Clause
// Loss and dark ports: what the tap did not see is no outage, and no confirmation rests on it.
#include "detect/blind.h"
#include "scene.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct scene s;
static double dark_from, dark_to; // port 0, seconds
static double lost_from, lost_to; // losses
static uint64_t lost_each;        // packets a bin
static enum lull_loss told;       // by port 0
static bool stall, spare, second; // what dark means; which port is dark
static double onset = 500.37, ends = 900.2;

static void health(double at_s, struct lull_port_health *ports)
{
	struct lull_port_health *dark = &ports[second];
	if (at_s + 1.0 > dark_from && at_s < dark_to) {
		dark->stalled = stall;
		dark->link_up = stall;
	}
	ports[0].loss = told;
	if (at_s + 1.0 > lost_from && at_s < lost_to)
		ports[0].lost = lost_each;
	if (spare) // never had a link, never carried anything
		ports[1].link_up = false;
}

static void begin(uint64_t seed, size_t ports)
{
	scene_open(&s, seed, "1s", 2, 1, 50, 100);
	s.health = health;
	s.n_health = ports;
	dark_from = dark_to = lost_from = lost_to = 0.0;
	lost_each = 0;
	told = LULL_LOSS_NONE;
	stall = spare = second = false;
}

// Nothing comes through while the port is dark.
static void cut(double from_s, double to_s)
{
	dark_from = from_s;
	dark_to = to_s;
	for (size_t t = 0; t < 2; t++) {
		scene_phase(&s, t, from_s, to_s, 0.0);
		flow_phase(&s.in[t], from_s, to_s, 0.0);
	}
	flow_phase(&s.control, from_s, to_s, 0.0);
}

static bool ever(enum lull_state state)
{
	for (size_t i = 0; i < s.n_events; i++)
		if (s.events[i].state == state)
			return true;
	return false;
}

Test(blind, a_link_that_is_down_is_no_outage_and_no_measurement)
{
	for (int i = 0; i < 20; i++) {
		begin(3100 + i, 1);
		stall = i % 2;
		cut(500.4 + 0.03 * i, 900.1 + 0.04 * i);
		scene_run(&s, 1300);
		cr_assert(eq(sz, s.n_events, 0), "seed %d", 3100 + i);
		struct lull_target_status status;
		lull_detect_status(s.detect, 1, &status);
		cr_assert(eq(int, status.state, LULL_UP));
		cr_assert(lt(dbl, fabs(status.expected_pps - 50.0), 3.0));
		scene_close(&s);
	}
}

Test(blind, an_outage_that_began_while_the_link_was_down_began_somewhere_in_it)
{
	begin(3200, 1);
	cut(500.4, 700.1);
	scene_phase(&s, 0, 600, 2000, 0.0);
	scene_run(&s, 900);
	cr_assert(eq(sz, scene_count(&s, LULL_KINDS), 1));
	const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
	cr_assert(ev && ev->state == LULL_CONFIRMED);
	cr_assert(le(dbl, scene_s(&s, ev->onset.lo_ns), 500.4));
	cr_assert(ge(dbl, scene_s(&s, ev->onset.hi_ns), 700.0));
	cr_assert(ge(dbl, scene_s(&s, ev->detected_ns), 701.0));
	scene_close(&s);
}

Test(blind, an_open_outage_goes_on_through_a_link_that_is_down)
{
	begin(3300, 1);
	scene_phase(&s, 0, 450, 800, 0.0);
	cut(600.4, 900.1);
	scene_run(&s, 1100);
	cr_assert(eq(sz, scene_count(&s, LULL_KINDS), 1));
	const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
	cr_assert(ev && ev->state == LULL_ENDED);
	cr_assert(le(dbl, scene_s(&s, ev->end.lo_ns), 800.0));
	cr_assert(ge(dbl, scene_s(&s, ev->end.hi_ns), 900.0));
	scene_close(&s);
}

Test(blind, with_one_port_of_two_dark_an_outage_stays_suspected_until_it_is_back)
{
	begin(3400, 2);
	second = true;
	dark_from = 400;
	dark_to = 700;
	scene_phase(&s, 0, 500.4, 2000, 0.0);
	scene_run(&s, 699);
	cr_assert(eq(sz, scene_count(&s, LULL_OUTAGE), 1));
	cr_assert(not(ever(LULL_CONFIRMED)));
	cr_assert(eq(int, scene_last(&s, 1, LULL_OUTAGE)->tap, LULL_TAP_DEGRADED));
	scene_run(&s, 800);
	const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
	cr_assert(eq(int, ev->state, LULL_CONFIRMED));
	cr_assert(gt(dbl, scene_s(&s, ev->revised_ns), 700.0));
	cr_assert(eq(int, ev->tap, LULL_TAP_HEALTHY));
	scene_close(&s);
}

Test(blind, a_spare_port_that_never_carried_a_packet_is_not_missed)
{
	begin(3500, 2);
	spare = true;
	scene_phase(&s, 0, onset, ends, 0.0);
	scene_run(&s, 1000);
	cr_assert(ever(LULL_CONFIRMED));
	cr_assert(eq(int, s.events[s.n_events - 1].state, LULL_ENDED));
	scene_close(&s);
}

Test(blind, with_unknown_losses_an_outage_is_never_confirmed)
{
	begin(3600, 1);
	told = LULL_LOSS_UNKNOWN;
	scene_phase(&s, 0, onset, ends, 0.0);
	scene_run(&s, 1000);
	cr_assert(eq(sz, scene_count(&s, LULL_OUTAGE), 1));
	cr_assert(not(ever(LULL_CONFIRMED)));
	cr_assert(eq(int, s.events[s.n_events - 1].state, LULL_ENDED));
	for (size_t i = 0; i < s.n_events; i++)
		cr_assert(eq(int, s.events[i].loss, LULL_LOSS_UNKNOWN));
	scene_close(&s);
}

Test(blind, losses_that_could_explain_it_withhold_the_confirmation_and_no_longer)
{
	begin(3700, 1);
	told = LULL_LOSS_KNOWN;
	lost_from = 300;
	lost_to = 600;
	lost_each = 45; // of 50 packets that are missing
	scene_phase(&s, 0, onset, 2000, 0.0);
	scene_run(&s, 600);
	cr_assert(eq(sz, scene_count(&s, LULL_OUTAGE), 1));
	cr_assert(not(ever(LULL_CONFIRMED)));
	cr_assert(eq(int, s.events[0].loss, LULL_LOSS_KNOWN));
	scene_run(&s, 2000);
	const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
	cr_assert(eq(int, ev->state, LULL_CONFIRMED));
	cr_assert(eq(int, ev->loss, LULL_LOSS_KNOWN));
	// The bins since the onset, the one it lies in included: 500..599.
	cr_assert(eq(u64, ev->lost_packets, 100 * 45));
	scene_close(&s);
}

Test(blind, small_losses_confirm_after_a_little_more_evidence)
{
	begin(3800, 1);
	told = LULL_LOSS_KNOWN;
	lost_to = 2000;
	lost_each = 2;
	scene_phase(&s, 0, onset, 2000, 0.0);
	scene_run(&s, 520);
	const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
	cr_assert(ev && ev->state == LULL_CONFIRMED);
	cr_assert(gt(u64, ev->lost_packets, 0));
	scene_close(&s);
}

Test(blind, ports_that_lost_nothing_change_nothing)
{
	static struct lull_event plain[SCENE_EVENTS];
	size_t n = 0;
	for (int i = 0; i < 2; i++) {
		begin(3900, 1);
		if (i == 0)
			s.health = NULL;
		scene_phase(&s, 0, onset, ends, 0.1);
		scene_run(&s, 1000);
		if (i == 0) {
			n = s.n_events;
			memcpy(plain, s.events, sizeof(plain));
		}
		scene_close(&s);
	}
	cr_assert(gt(sz, n, 0));
	cr_assert(eq(sz, s.n_events, n));
	for (size_t i = 0; i < n; i++) {
		cr_assert(eq(int, strcmp(plain[i].id, s.events[i].id), 0));
		cr_assert(plain[i].state == s.events[i].state && plain[i].rev == s.events[i].rev);
		cr_assert(eq(u64, plain[i].revised_ns, s.events[i].revised_ns));
		cr_assert(eq(dbl, plain[i].lost.value, s.events[i].lost.value));
		cr_assert(eq(int, s.events[i].loss, LULL_LOSS_NONE));
	}
}

Test(blind, losses_of_long_ago_are_summed_with_less_sharpness_but_none_is_forgotten)
{
	struct lull_blind b = {0};
	struct lull_port_health h = {.loss = LULL_LOSS_KNOWN, .lost = 3, .link_up = true};
	for (uint64_t i = 0; i < 100000; i++) {
		struct lull_bin bin = {
			.start_ns = i * 1000, .len_ns = 1000, .health = &h, .n_health = 1};
		cr_assert(not(lull_blind_bin(&b, &bin)));
	}
	cr_assert(eq(u64, lull_blind_since(&b, 0).lost, 300000));
	for (uint64_t age = 1; age < 100000; age *= 3) {
		uint64_t lost = lull_blind_since(&b, (100000 - age) * 1000).lost;
		cr_assert(ge(u64, lost, 3 * age)); // a bound from above
		if (age < 100)
			cr_assert(eq(u64, lost, 3 * age));
	}
}

// A line that was given up: one cable of two, and half of the traffic of t2 with it.
Test(blind, a_port_without_a_link_for_hours_is_gone_and_keeps_only_its_own_outages_suspected)
{
	double gone = 1000.0 + 1e-9 * (double)LULL_BLIND_GONE_NS;
	begin(3950, 2);
	second = true;
	dark_from = 1000;
	dark_to = gone + 2400;
	scene_phase(&s, 1, 1000, dark_to, 0.3);
	scene_phase(&s, 0, 5000, 5200, 0.0);
	scene_phase(&s, 0, gone + 600.4, gone + 900, 0.0);
	scene_run(&s, (uint64_t)gone + 599);
	cr_assert(not(ever(LULL_CONFIRMED)));
	cr_assert(eq(sz, scene_count(&s, LULL_OUTAGE), 2)); // of t1, over; of t2
	scene_run(&s, (uint64_t)gone + 2300);
	cr_assert(eq(sz, scene_count(&s, LULL_OUTAGE), 3));
	const struct lull_event *ev = &s.events[s.n_events - 1];
	cr_assert(eq(u32, ev->target, 1));
	cr_assert(eq(int, ev->state, LULL_ENDED));
	cr_assert(eq(int, ev->tap, LULL_TAP_DEGRADED));
	cr_assert(gt(dbl, scene_s(&s, ev->onset.hi_ns), gone));
	bool confirmed[3] = {false};
	for (size_t i = 0; i < s.n_events; i++)
		if (s.events[i].state == LULL_CONFIRMED)
			confirmed[s.events[i].target] = true;
	cr_expect(confirmed[1]);
	cr_expect(not(confirmed[2]));
	scene_run(&s, (uint64_t)dark_to + 600); // and back again
	cr_expect(eq(int, scene_last(&s, 2, LULL_OUTAGE)->state, LULL_ENDED));
	for (size_t i = 0; i < s.n_events; i++)
		cr_expect(not(s.events[i].target == 2 && s.events[i].state == LULL_CONFIRMED));
	scene_close(&s);
}

Test(blind, the_only_port_is_never_taken_as_gone)
{
	struct lull_blind b = {0};
	struct lull_port_bin port = {.law.received.packets = 1};
	struct lull_port_health h = {.link_up = true};
	struct lull_bin bin = {.len_ns = LULL_NS_PER_SECOND,
		.ports = &port,
		.n_ports = 1,
		.health = &h,
		.n_health = 1};
	cr_assert(not(lull_blind_bin(&b, &bin)));
	h.link_up = false;
	port.law.received.packets = 0;
	for (bin.start_ns = bin.len_ns; bin.start_ns < 2 * LULL_BLIND_GONE_NS;
		bin.start_ns += bin.len_ns)
		cr_assert(lull_blind_bin(&b, &bin));
	cr_assert(eq(u64, b.gone_ns, 0));
}
