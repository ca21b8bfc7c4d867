// SPDX-License-Identifier: BSD-3-Clause
// Scenarios through the whole detector. Rules were tuned on seeds below 10,000 and measured on
// seeds from 1,000,000; these here were first run when the rules stood.
#include "scene.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>

#define SEEDS 20

static struct scene s;

static bool blamed(const struct lull_event *ev, const char *label)
{
	return ev->n_causes > 0 && !strcmp(ev->causes[0].label, label);
}

static void finish(void)
{
	cr_assert(eq(int, lull_detect_finish(s.detect), 0));
	scene_close(&s);
}

// Counts over seeds, printed with every failure.
struct score {
	int found, false_events, covered, late;
	double worst_delay;
};

// What holds for every revision of every event.
static void check(const struct lull_event *ev)
{
	double weights = 0.0;
	for (size_t i = 0; i < ev->n_causes; i++) {
		weights += ev->causes[i].weight;
		cr_assert(ne(int, ev->causes[i].evidence[0], 0));
	}
	cr_assert(epsilon_eq(dbl, weights, 1.0, 1e-12));
	cr_assert(ev->onset.lo_ns <= ev->onset.ns && ev->onset.ns <= ev->onset.hi_ns);
	cr_assert(ev->end.lo_ns <= ev->end.ns && ev->end.ns <= ev->end.hi_ns);
	cr_assert(ev->lost.lo <= ev->lost.value && ev->lost.value <= ev->lost.hi);
	cr_assert(ge(dbl, ev->evidence, ev->threshold));
	cr_assert(lt(u64, ev->onset.ns, ev->detected_ns));
	cr_assert(le(u64, ev->detected_ns, ev->revised_ns));
	cr_assert(eq(sz, strlen(ev->id), 16));
}

// Events that are not (the one) about target 1 since onset_s are false.
static void judge(struct score *score, double onset_s, enum lull_kind kind)
{
	const struct lull_event *first = NULL;
	for (size_t i = 0; i < s.n_events; i++) {
		const struct lull_event *ev = &s.events[i];
		bool right = ev->target == 1 && ev->kind == kind &&
			     scene_s(&s, ev->detected_ns) > onset_s &&
			     (!first || !strcmp(ev->id, first->id));
		check(ev);
		score->false_events += !right;
		if (right && !first)
			first = ev;
	}
	if (!first)
		return;
	score->found++;
	double delay = scene_s(&s, first->detected_ns) - onset_s;
	score->worst_delay = fmax(score->worst_delay, delay);
	score->covered += scene_s(&s, first->onset.lo_ns) <= onset_s &&
			  scene_s(&s, first->onset.hi_ns) >= onset_s;
}

static void print(const char *name, const struct score *score)
{
	cr_log_info("%s: found %d of %d, false revisions %d, onset covered %d, slowest %.1f s\n",
		name, score->found, SEEDS, score->false_events, score->covered, score->worst_delay);
}

Test(detect, all_paths_at_once_is_one_confirmed_outage_of_scope_all)
{
	struct score score = {0};
	for (int i = 0; i < SEEDS; i++) {
		scene_open(&s, 2009100 + i, "1s", 2, 2, 50, 100);
		scene_phase(&s, 0, 400.37, 700.2, 0.0);
		scene_run(&s, 900);
		judge(&score, 400.37, LULL_OUTAGE);
		const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
		cr_assert(ev != NULL);
		cr_assert(eq(int, ev->state, LULL_ENDED));
		cr_assert(eq(int, ev->scope, LULL_SCOPE_ALL));
		cr_assert(eq(int, ev->tap, LULL_TAP_HEALTHY));
		cr_assert(eq(sz, ev->n_parts, 2));
		cr_assert(gt(dbl, ev->lost.lo, 0.98));
		cr_assert(lt(dbl, fabs(scene_s(&s, ev->end.ns) - 700.2), 0.5));
		cr_assert(blamed(ev, "internal-shutdown"));
		finish();
	}
	print("all at once", &score);
	cr_assert(eq(int, score.found, SEEDS));
	cr_assert(eq(int, score.false_events, 0));
	cr_assert(le(dbl, score.worst_delay, 3.0));
	cr_assert(ge(int, score.covered, SEEDS - 3));
}

Test(detect, states_go_from_suspected_to_ended_and_revisions_count_up)
{
	scene_open(&s, 4711, "1s", 1, 1, 50, 100);
	scene_phase(&s, 0, 400.37, 700.2, 0.0);
	scene_run(&s, 900);
	static const enum lull_state states[] = {
		LULL_SUSPECTED, LULL_CONFIRMED, LULL_RECOVERING, LULL_ENDED};
	cr_assert(eq(sz, s.n_events, 4));
	for (size_t i = 0; i < 4; i++) {
		cr_assert(eq(int, s.events[i].state, states[i]));
		cr_assert(eq(u32, s.events[i].rev, (uint32_t)i + 1));
		cr_assert(eq(str, s.events[i].id, s.events[0].id));
	}
	finish();
}

Test(detect, losing_one_upstream_is_an_outage_of_scope_some)
{
	struct score score = {0};
	for (int i = 0; i < SEEDS; i++) {
		scene_open(&s, 2009200 + i, "1s", 2, 2, 50, 100);
		flow_phase(&s.out[0][0], 400.37, 700.2, 0.0);
		scene_run(&s, 900);
		judge(&score, 400.37, LULL_OUTAGE);
		const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
		cr_assert(ev && ev->scope == LULL_SCOPE_SOME && ev->state == LULL_ENDED);
		cr_assert(lt(dbl, fabs(ev->lost.value - 0.5), 0.1));
		cr_assert(blamed(ev, "upstream-failure"));
		finish();
	}
	print("one upstream lost", &score);
	cr_assert(eq(int, score.found, SEEDS));
	cr_assert(eq(int, score.false_events, 0));
}

Test(detect, traffic_that_moved_is_a_reroute_and_no_outage)
{
	struct score score = {0};
	for (int i = 0; i < SEEDS; i++) {
		scene_open(&s, 2009300 + i, "1s", 2, 2, 50, 100);
		flow_phase(&s.out[0][0], 400.37, 700.2, 0.0);
		flow_phase(&s.out[0][1], 400.37, 700.2, 2.0);
		scene_run(&s, 900);
		judge(&score, 400.37, LULL_REROUTE);
		const struct lull_event *ev = scene_last(&s, 1, LULL_REROUTE);
		cr_assert(ev && ev->scope == LULL_SCOPE_MOVED);
		cr_assert(eq(int, strcmp(ev->upstream, "u1"), 0));
		// The signals are the whole target's: they go on over the other upstream.
		cr_assert(ev->during.out_packets > 0.8 * ev->before.out_packets);
		cr_assert(ev->during.in_packets > 0.8 * ev->before.in_packets);
		struct lull_target_status status;
		lull_detect_status(s.detect, 1, &status);
		cr_assert(eq(sz, status.events, 0));
		finish();
	}
	print("moved", &score);
	cr_assert(eq(int, score.found, SEEDS));
	cr_assert(eq(int, score.false_events, 0));
}

Test(detect, flood_degradation_silence_is_an_attack)
{
	struct score score = {0};
	for (int i = 0; i < SEEDS; i++) {
		scene_open(&s, 2009400 + i, "1s", 2, 2, 50, 100);
		s.syn.pps = 5;
		flow_phase(&s.syn, 500, 900, 60);
		flow_phase(&s.in[0], 500, 900, 20);
		scene_phase(&s, 0, 700, 900, 0.5);
		scene_phase(&s, 0, 900, 2000, 0.0);
		scene_run(&s, 1800);
		judge(&score, 700, LULL_OUTAGE);
		const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
		cr_assert(ev && ev->state == LULL_CONFIRMED);
		cr_assert(blamed(ev, "attack"));
		cr_assert(gt(dbl, ev->causes[0].weight, 0.5));
		finish();
	}
	print("attack", &score);
	cr_assert(eq(int, score.found, SEEDS));
	cr_assert(eq(int, score.false_events, 0));
}

Test(detect, flood_that_stops_is_no_outage)
{
	// Answers to the flood lift the traffic out; its end is not a loss. Both below and far
	// above the clip, for minutes and for hours.
	for (int i = 0; i < SEEDS; i++) {
		double lasts = i % 2 ? 600 : 9000, factor = i % 4 < 2 ? 2.5 : 40;
		scene_open(&s, 2009500 + i, "1s", 1, 1, 20, 50);
		scene_phase(&s, 0, 900, 900 + lasts, factor);
		flow_phase(&s.in[0], 900, 900 + lasts, factor);
		scene_run(&s, 900 + lasts + 1800);
		if (factor > 3)
			cr_assert(eq(sz, scene_count(&s, LULL_KINDS), 0), "seed %d", 2009500 + i);
		finish();
	}
}

// How 80 % gone fares at a level noise: found within two minutes, events that are false. One true
// fall reported in two parts is neither.
static void fare(double sigma, uint64_t seed, int *found, int *wrong)
{
	*found = *wrong = 0;
	for (int i = 0; i < SEEDS; i++) {
		scene_open(&s, seed + i, "1s", 2, 2, 20, 100);
		s.sigma = sigma;
		scene_phase(&s, 0, 1500.5, 2700, 0.2);
		scene_run(&s, 2600);
		bool quick = false;
		for (size_t e = 0; e < s.n_events; e++) {
			double at = scene_s(&s, s.events[e].detected_ns);
			*wrong += s.events[e].target != 1 || at < 1500.5;
			quick |= s.events[e].target == 1 && at >= 1500.5 && at <= 1620.5;
		}
		*found += quick;
		finish();
	}
	cr_log_info("80 %% gone, sigma %.1f: %d of %d within 2 min, %d false\n", sigma, *found,
		SEEDS, *wrong);
}

Test(detect, eighty_percent_gone_is_found_within_two_minutes_where_the_level_is_steady)
{
	int found, wrong;
	for (int g = 1; g <= 2; g++) {
		fare(0.1 * g, 2009600 + 100 * g, &found, &wrong);
		cr_assert(ge(int, found, SEEDS - 1));
		cr_assert(eq(int, wrong, 0));
	}
	// rho is 0.3 here and 0.2 remains: hardly a fall. Measured on 200 seeds: 73 %.
	fare(0.3, 2009900, &found, &wrong);
	cr_assert(ge(int, found, SEEDS / 2));
	cr_assert(eq(int, wrong, 0));
}

Test(detect, tap_fault_is_measurement_and_never_an_outage)
{
	for (int i = 0; i < SEEDS; i++) {
		scene_open(&s, 2009700 + i, "1s", 3, 2, 50, i % 2 ? 100 : 2);
		for (size_t t = 0; t < 3; t++) {
			scene_phase(&s, t, 700.37, 1000.2, 0.0);
			flow_phase(&s.in[t], 700.37, 1000.2, 0.0);
		}
		flow_phase(&s.control, 700.37, 1000.2, 0.0);
		scene_run(&s, 1300);
		cr_assert(eq(sz, scene_count(&s, LULL_OUTAGE), 0), "seed %d", 2009700 + i);
		cr_assert(eq(sz, scene_count(&s, LULL_REROUTE), 0));
		cr_assert(eq(sz, scene_count(&s, LULL_TAP), 3));
		const struct lull_event *ev = scene_last(&s, 2, LULL_TAP);
		cr_assert(eq(int, ev->tap, LULL_TAP_FAILED));
		cr_assert(blamed(ev, "measurement"));
		finish();
	}
}

Test(detect, capture_that_begins_in_an_outage_never_alarms)
{
	for (int i = 0; i < SEEDS; i++) {
		scene_open(&s, 34 + i, "1s", 1, 1, 50, 100);
		scene_phase(&s, 0, 0, 600, i % 2 ? 0.0 : 0.02);
		scene_run(&s, 590);
		struct lull_target_status status;
		lull_detect_status(s.detect, 1, &status);
		if (i % 2)
			cr_assert(ne(int, status.state, LULL_UP));
		// Back at 600 s. From nothing: learnt anew, then watched. From a little: that
		// may be a flood, so the old level is kept for six hours.
		scene_run(&s, i % 2 ? 1500 : 600 + 6 * 3600 + 900);
		lull_detect_status(s.detect, 1, &status);
		cr_assert(eq(int, status.state, LULL_UP));
		cr_assert(lt(dbl, fabs(status.expected_pps - 50.0), 5.0));
		cr_assert(eq(sz, s.n_events, 0));
		finish();
	}
}

Test(detect, target_without_packets_out_is_not_measurable)
{
	scene_open(&s, 70, "1s", 2, 1, 50, 100);
	s.out[1][0].pps = 0;
	scene_run(&s, 200);
	struct lull_target_status status;
	cr_assert(eq(int, lull_detect_status(s.detect, 2, &status), 0));
	cr_assert(eq(int, status.state, LULL_LEARNING));
	scene_run(&s, 400);
	lull_detect_status(s.detect, 2, &status);
	cr_assert(eq(int, status.state, LULL_NOT_MEASURABLE));
	cr_assert(isinf(status.detectable_delay_s));
	cr_assert(gt(u64, status.packets_in, 0));
	cr_assert(eq(int, lull_detect_status(s.detect, 3, &status), -EINVAL));
	cr_assert(eq(int, lull_detect_status(s.detect, 0, &status), -EINVAL));
	finish();
}

Test(detect, a_hole_of_days_relearns_before_it_judges)
{
	// Traffic is a fifth of what it was before the hole: a stale level would alarm at once.
	scene_open(&s, 71, "1s", 1, 1, 50, 100);
	scene_run(&s, 900);
	struct lull_upstreams up = {1, (const uint64_t[]){0}, (const char *const[]){"all"}};
	uint64_t hole = 19 * 86400 * LULL_NS_PER_SECOND;
	struct lull_bin bin = {.seq = s.seq++,
		.start_ns = s.start_ns + 900 * LULL_NS_PER_SECOND + hole,
		.len_ns = LULL_NS_PER_SECOND,
		.gap_ns = hole,
		.exposure = 1.0,
		.upstreams = &up};
	lull_detect_bin(s.detect, &bin);
	struct lull_target_status status;
	lull_detect_status(s.detect, 1, &status);
	cr_assert(eq(int, status.state, LULL_LEARNING));
	s.gap_s = 19 * 86400.0;
	s.out[0][0].pps = 10;
	scene_run(&s, 19 * 86400.0 + 2400);
	cr_assert(eq(sz, s.n_events, 0));
	lull_detect_status(s.detect, 1, &status);
	cr_assert(eq(int, status.state, LULL_UP));
	finish();
}

Test(detect, silence_stays_open_and_a_steady_lower_level_becomes_a_shift)
{
	for (int silent = 0; silent < 2; silent++) {
		scene_open(&s, 72, "10s", 1, 1, 5, 20);
		s.config->detector.shift_ns = 86400 * LULL_NS_PER_SECOND;
		scene_phase(&s, 0, 3600, 1e9, silent ? 0.0 : 0.3);
		scene_run(&s, 3600 + 3 * 86400);
		const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
		cr_assert(ev && ev->state == (silent ? LULL_CONFIRMED : LULL_LEVEL_SHIFT));
		cr_assert(eq(sz, scene_count(&s, LULL_KINDS), 1));
		finish();
	}
}

Test(detect, a_diurnal_week_at_low_rate_without_outage_has_no_event)
{
	for (int i = 0; i < 10; i++) {
		scene_open(&s, 2007300 + i, "60s", 3, 2, i % 2 ? 0.05 : 1.0, 2.0);
		s.day = 0.8; // the night carries a fifth of the day
		s.sigma = 0.1;
		for (size_t t = 0; t < 3; t++)
			s.out[t][0].phi = s.out[t][1].phi = 1.0 + 2.0 * (double)t;
		scene_run(&s, 7 * 86400);
		cr_assert(eq(sz, s.n_events, 0), "seed %d: %zu events", 2007300 + i, s.n_events);
		finish();
	}
}

Test(detect, the_same_bins_give_the_same_events)
{
	static struct lull_event first[SCENE_EVENTS];
	size_t n = 0;
	for (int i = 0; i < 2; i++) {
		scene_open(&s, 74, "1s", 2, 2, 50, 100);
		scene_phase(&s, 0, 400.37, 700.2, 0.1);
		scene_run(&s, 900);
		finish();
		if (i == 0) {
			n = s.n_events;
			memcpy(first, s.events, sizeof(first));
		}
	}
	cr_assert(gt(sz, n, 0));
	cr_assert(eq(sz, n, s.n_events));
	for (size_t i = 0; i < n; i++) {
		cr_assert(eq(str, first[i].id, s.events[i].id));
		cr_assert(eq(dbl, first[i].lost.value, s.events[i].lost.value));
		cr_assert(eq(dbl, first[i].evidence, s.events[i].evidence));
	}
}

Test(detect, silence_for_600000_bins_is_quick)
{
	scene_open(&s, 75, "1s", 4, 2, 20, 0);
	for (size_t t = 0; t < 4; t++) {
		scene_phase(&s, t, 900, 1e9, 0.0);
		flow_phase(&s.in[t], 900, 1e9, 0.0);
	}
	scene_run(&s, 1000);
	struct lull_upstreams up = {
		3, (const uint64_t[]){0, 1, 2}, (const char *const[]){"all", "u1", "u2"}};
	for (int i = 0; i < 600000; i++) {
		struct lull_bin bin = {.seq = s.seq,
			.start_ns = s.start_ns + s.seq * LULL_NS_PER_SECOND,
			.len_ns = LULL_NS_PER_SECOND,
			.exposure = 1.0,
			.upstreams = &up};
		s.seq++;
		lull_detect_bin(s.detect, &bin);
	}
	finish(); // four targets open, none ended, no flood of revisions
	cr_assert(eq(sz, scene_count(&s, LULL_KINDS), 4));
	cr_assert(lt(sz, s.n_events, 60));
}

Test(detect, a_rise_is_an_event_only_when_asked_for)
{
	for (int both = 0; both < 2; both++) {
		scene_open(&s, 2009700, "1s", 1, 1, 50, 100);
		s.config->detector.both = both;
		scene_phase(&s, 0, 400.37, 500.2, 5.0);
		scene_run(&s, 900);
		finish();
		cr_assert(eq(sz, s.n_events, both ? 2 : 0));
		if (!both)
			continue;
		const struct lull_event *first = &s.events[0], *last = &s.events[1];
		cr_assert(first->kind == LULL_SURGE && first->state == LULL_CONFIRMED);
		cr_assert(last->kind == LULL_SURGE && last->state == LULL_ENDED);
		cr_assert(eq(str, (char *)first->id, (char *)last->id));
		cr_assert(le(dbl, scene_s(&s, first->onset.lo_ns), 400.37));
		cr_assert(ge(dbl, scene_s(&s, first->onset.hi_ns), 400.37));
		cr_assert(lt(dbl, fabs(scene_s(&s, last->end.ns) - 500.2), 2.0));
		cr_assert(lt(dbl, fabs(last->lost.value + 4.0), 0.3));
	}
}

Test(detect, a_second_outage_soon_after_the_first_is_dated_after_it)
{
	int apart = 0;
	for (int i = 0; i < SEEDS; i++) {
		scene_open(&s, 2009800 + i, "1s", 1, 1, 50, 100);
		scene_phase(&s, 0, 400.37, 440.2, 0.0);
		scene_phase(&s, 0, 470.4, 600.2, 0.0);
		scene_run(&s, 900);
		const struct lull_event *first = &s.events[0];
		const struct lull_event *ev = &s.events[s.n_events - 1];
		apart += strcmp(first->id, ev->id) != 0;
		if (strcmp(first->id, ev->id) == 0) { // not yet over for good when it fell again
			finish();
			continue;
		}
		cr_assert(le(dbl, scene_s(&s, ev->onset.lo_ns), 470.5));
		cr_assert(ge(dbl, scene_s(&s, ev->onset.lo_ns), 465.0));
		cr_assert(gt(dbl, ev->lost.lo, 0.95));
		cr_assert(lt(dbl, fabs(scene_s(&s, ev->end.ns) - 600.2), 0.5));
		finish();
	}
	cr_assert(ge(int, apart, SEEDS / 2));
}
