// SPDX-License-Identifier: BSD-3-Clause
// A tap that sees the way toward a target alone: flows that all repeat themselves make an event,
// whatever a crowded path, one sender or a target that answers do.

#include "bins.h"
#include <criterion/criterion.h>
#include <lull/config.h>
#include <lull/detect.h>
#include <lull/time.h>
#include <lull/upstream.h>
#include <math.h>
#include <string.h>

#define BIN_NS UINT64_C(100000000)
#define START_NS (UINT64_C(1749254400) * LULL_NS_PER_SECOND)

enum { EVENTS = 64, WARM = 3100 };

struct fixture {
	struct lull_config *config;
	struct lull_targets *targets;
	struct lull_detect *detect;
	struct lull_event events[EVENTS];
	size_t n;
	uint64_t seq, packets_out;
	struct rng rng;
};

static struct fixture f;
static const char *const names[] = {"all"};
static const uint64_t keys[] = {0};
static const struct lull_upstreams upstreams = {.n = 1, .keys = keys, .names = names};

static void on_event(void *context, const struct lull_event *ev)
{
	struct fixture *to = context;
	cr_assert_lt(to->n, (size_t)EVENTS);
	to->events[to->n++] = *ev;
}

static void configure(const char *target)
{
	f.rng.s = 7;
	f.config = lull_config_create();
	cr_assert_eq(lull_config_add_target(f.config, target), 0);
	cr_assert_eq(lull_config_set(f.config, "bin", "100ms"), 0);
	cr_assert_eq(lull_config_check(f.config), 0);
	f.targets = lull_targets_create(f.config);
	f.detect = lull_detect_create(f.config, f.targets, on_event, &f);
	cr_assert(f.targets != NULL && f.detect != NULL);
}

static void setup(void)
{
	configure("t=175.45.176.0/24");
}

static void teardown(void)
{
	lull_detect_destroy(f.detect);
	lull_targets_destroy(f.targets);
	lull_config_destroy(f.config);
}

TestSuite(oneway, .init = setup, .fini = teardown);

static uint64_t now_ns(void)
{
	return START_NS + f.seq * BIN_NS;
}

// One bin of target 1: so many of its flows are known, so many of them stuck.
static void bin(unsigned flows, unsigned stuck)
{
	uint64_t start = now_ns();
	struct lull_row rows[2] = {{.target = 1,
					   .direction = LULL_OUT,
					   .packets = f.packets_out,
					   .first_ns = start,
					   .last_ns = start + 1},
		{.target = 1,
			.direction = LULL_IN,
			.flows = (uint8_t)flows,
			.stuck = (uint8_t)stuck,
			.packets = 3 * flows + 1,
			.first_ns = start,
			.last_ns = start + BIN_NS / 2}};
	size_t skip = f.packets_out == 0;
	struct lull_port_bin port = {.first_ns = start, .last_ns = start + BIN_NS / 2};
	struct lull_bin b = {.seq = f.seq++,
		.start_ns = start,
		.len_ns = BIN_NS,
		.exposure = 1.0,
		.rows = rows + skip,
		.n_rows = 2 - skip,
		.ports = &port,
		.n_ports = 1,
		.upstreams = &upstreams};
	cr_assert_eq(lull_detect_bin(f.detect, &b), 0);
}

// Every flow is stuck with that chance.
static void bins(unsigned n, unsigned flows, double chance)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned stuck = 0;
		for (unsigned k = 0; k < flows; k++)
			stuck += rng_uniform(&f.rng) < chance;
		bin(flows, stuck);
	}
}

// The target is gone: flows repeat themselves, the first after 200 ms, all within 800 ms, and are
// then ever fewer.
static void die(unsigned flows)
{
	static const double stuck[] = {0.02, 0.05, 0.2, 0.45, 0.6, 0.75, 0.85, 0.95, 1.0, 1.0};
	for (size_t i = 0; i < sizeof(stuck) / sizeof(stuck[0]); i++)
		bin(flows, (unsigned)(stuck[i] * flows));
	for (unsigned i = 0; i < 20; i++)
		bin(flows / 2, flows / 2);
	for (unsigned i = 0; i < 100; i++)
		bin(flows / 10, flows / 10);
}

static const struct lull_event *last(void)
{
	cr_assert_gt(f.n, 0);
	return &f.events[f.n - 1];
}

Test(oneway,
	a_target_whose_flows_all_get_stuck_is_suspected_within_a_second_and_ends_when_they_go_on)
{
	struct lull_target_status status;
	bins(WARM, 40, 0.03);
	cr_assert_eq(f.n, 0);
	cr_assert_eq(lull_detect_status(f.detect, 1, &status), 0);
	cr_assert_eq(status.state, LULL_NOT_MEASURABLE);
	uint64_t gone = now_ns();
	die(40);
	cr_assert_eq(f.n, 1); // and nothing more is said while nothing is new
	struct lull_event ev = *last();
	cr_assert(ev.state == LULL_SUSPECTED && ev.kind == LULL_OUTAGE && ev.basis == LULL_FLOWS);
	cr_assert(ev.detected_ns > gone && ev.detected_ns <= gone + LULL_NS_PER_SECOND);
	cr_assert(ev.onset.lo_ns <= gone && gone <= ev.onset.hi_ns);
	cr_assert(ev.onset.lo_ns <= ev.onset.ns && ev.onset.ns <= ev.onset.hi_ns);
	cr_assert_leq(ev.onset.hi_ns - ev.onset.lo_ns, 2 * LULL_NS_PER_SECOND);
	cr_assert(ev.lost.lo < ev.lost.value && ev.lost.value >= 0.5 && ev.lost.hi <= 1.0);
	cr_assert_geq(ev.evidence, ev.threshold);
	cr_assert(ev.during.tcp_stuck >= 0.5 * ev.during.tcp_flows);
	cr_assert_lt(ev.before.tcp_stuck, 0.1 * ev.before.tcp_flows);
	cr_assert_eq(lull_detect_open(f.detect), 1);
	cr_assert_eq(lull_detect_status(f.detect, 1, &status), 0);
	cr_assert(status.state == LULL_SUSPECTED && status.events == 1);
	uint64_t back = now_ns();
	bins(100, 40, 0.03);
	cr_assert_eq(f.n, 3);
	cr_assert_eq(f.events[1].state, LULL_RECOVERING);
	ev = *last();
	cr_assert_eq(ev.state, LULL_ENDED);
	cr_assert(ev.end.lo_ns <= back && back <= ev.end.hi_ns);
	cr_assert_str_eq(ev.id, f.events[0].id);
	cr_assert(ev.rev == 3 && lull_detect_open(f.detect) == 0);
	bins(WARM, 40, 0.03);
	cr_assert_eq(f.n, 3);
}

Test(oneway, a_path_on_which_a_fifth_of_the_flows_repeat_themselves_raises_nothing)
{
	bins(WARM, 50, 0.02);
	bins(6000, 50, 0.1);
	bins(6000, 50, 0.2);
	bins(6000, 12, 0.2);
	cr_assert_eq(f.n, 0);
}

Test(oneway, half_of_the_flows_are_usual_where_they_always_are)
{
	bins(4 * WARM, 50, 0.45);
	cr_assert_eq(f.n, 0);
}

// A flood of repeats from one sender has four voices (stall.h), too few.
Test(oneway, one_sender_alone_raises_nothing)
{
	bins(WARM, 4, 0.0);
	bins(600, 4, 1.0);
	cr_assert_eq(f.n, 0);
	bins(WARM, 12, 0.0); // and beside those who are answered
	for (unsigned i = 0; i < 600; i++)
		bin(16, 4);
	cr_assert_eq(f.n, 0);
}

Test(oneway, nothing_is_said_before_the_warm_up)
{
	bins(2000, 40, 0.03);
	die(40);
	cr_assert_eq(f.n, 0);
}

Test(oneway, one_packet_out_disproves_it)
{
	bins(WARM, 40, 0.03);
	f.packets_out = 1;
	bin(40, 2);
	f.packets_out = 0;
	for (unsigned i = 0; i < 7; i++)
		bin(40, 40);
	cr_assert_eq(f.n, 0);
}

// A target that sends is judged by that: forged flows cannot make it an outage.
Test(oneway, forged_repeats_toward_a_target_that_sends_raise_nothing)
{
	f.packets_out = 20;
	bins(2 * WARM, 40, 0.03);
	bins(WARM, 64, 1.0);
	cr_assert_eq(f.n, 0);
}

// With the packets out gone as well the event is the count's, and says what senders do.
Test(oneway, where_packets_out_tell_of_an_outage_stuck_flows_are_evidence)
{
	f.packets_out = 20;
	bins(2 * WARM, 40, 0.03);
	f.packets_out = 0;
	die(40);
	cr_assert_geq(f.n, 1);
	for (size_t i = 0; i < f.n; i++)
		cr_assert(f.events[i].basis != LULL_FLOWS);
	const struct lull_event *ev = last();
	cr_assert(ev->during.tcp_stuck >= 0.5 * ev->during.tcp_flows);
	cr_assert_str_eq(ev->causes[0].label, "internal-shutdown");
	cr_assert(strstr(ev->causes[0].evidence, "its senders repeat themselves") != NULL);
}

Test(oneway, a_restart_goes_on_with_the_event)
{
	uint8_t *data;
	size_t n;
	bins(WARM, 40, 0.03);
	die(40);
	cr_assert_eq(lull_detect_save(f.detect, &upstreams, &data, &n), 0);
	lull_detect_destroy(f.detect);
	f.detect = lull_detect_create(f.config, f.targets, on_event, &f);
	cr_assert_eq(lull_detect_load(f.detect, &upstreams, data, n), 0);
	free(data);
	cr_assert_eq(lull_detect_open(f.detect), 1);
	bins(100, 40, 0.03);
	cr_assert_eq(f.n, 3);
	cr_assert_str_eq(f.events[2].id, f.events[0].id);
	cr_assert(f.events[2].state == LULL_ENDED && f.events[2].rev == 3);
	cr_assert_eq(f.events[2].basis, LULL_FLOWS);
}

Test(oneway, a_target_that_is_gone_after_a_restart_closes_its_event)
{
	uint8_t *data;
	size_t n;
	bins(WARM, 40, 0.03);
	die(40);
	cr_assert_eq(lull_detect_save(f.detect, &upstreams, &data, &n), 0);
	teardown();
	configure("u=175.45.180.0/24");
	cr_assert_eq(lull_detect_load(f.detect, &upstreams, data, n), 0);
	free(data);
	cr_assert_eq(f.n, 2);
	cr_assert(
		last()->state == LULL_ENDED && last()->target == 0 && last()->basis == LULL_FLOWS);
	cr_assert_eq(lull_detect_open(f.detect), 0);
}

// A budget that chance alone would meet with fewer.
Test(oneway, less_than_half_of_the_flows_is_no_alarm_however_large_the_budget)
{
	f.config->detector.budget_per_day = 1000.0;
	bins(WARM, 64, 0.01);
	for (unsigned i = 0; i < 50; i++)
		bin(64, 31);
	cr_assert_eq(f.n, 0);
	for (unsigned i = 0; i < 50; i++)
		bin(64, 32);
	cr_assert_eq(f.n, 1);
}
