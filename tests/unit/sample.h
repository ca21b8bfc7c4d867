// SPDX-License-Identifier: BSD-3-Clause
// Events to test exporters with: the June 2025 story and its relatives.

#pragma once

#include <lull/event.h>
#include <lull/time.h>
#include <math.h>
#include <stdio.h>

#define SAMPLE_ONSET UINT64_C(1749266047123456789) // 2025-06-07T03:14:07.123456789Z
#define SAMPLE_MS UINT64_C(1000000)
#define SAMPLE_S LULL_NS_PER_SECOND
#define SAMPLE_H (3600 * LULL_NS_PER_SECOND)

// All routes of kp gone at 03:14:07, back at 12:20:41.
static inline struct lull_event sample_outage(void)
{
	uint64_t end = UINT64_C(1749298841) * SAMPLE_S; // 12:20:41
	return (struct lull_event){
		.id = "00c0ffee00c0ffee",
		.rev = 4,
		.state = LULL_ENDED,
		.kind = LULL_OUTAGE,
		.target = 1,
		.target_name = "kp",
		.upstream = "all",
		.revised_ns = end + 60 * SAMPLE_S,
		.onset = {SAMPLE_ONSET, SAMPLE_ONSET - 400 * SAMPLE_MS,
			SAMPLE_ONSET + 300 * SAMPLE_MS},
		.end = {end, end - 500 * SAMPLE_MS, end + 500 * SAMPLE_MS},
		.detected_ns = UINT64_C(1749266052) * SAMPLE_S, // 03:14:12
		.expected_pps = 101.4,
		.observed_pps = 0.2,
		.lost = {0.998, 0.9951, 0.9992},
		.evidence = 512.25,
		.threshold = 17.2,
		.budget_per_day = 1 / 30.4375,
		.before = {101.4, 61000, 210, 120, 70000, 900, 30, 29, 0.1, 0.2, 0, 0, 0, 1, 40, 2},
		.during = {0.2, 90, 0.1, 95, 40000, 700, 28, 0, 0, 0, 3.2, 0, 0.004, 28, 12.5, 11},
		.scope = LULL_SCOPE_ALL,
		.parts = {{"unicom", 60, 0.1, 0.998}, {"ttk", 41.4, 0.1, 0.9976}},
		.n_parts = 2,
		.causes = {{"internal-shutdown", 0.7, "all routes at once; no surge before"},
			{"upstream-failure", 0.3, "two upstreams failing together is rare"}},
		.n_causes = 2,
		.tap = LULL_TAP_HEALTHY,
		.control_ratio = 0.99,
		.loss = LULL_LOSS_NONE,
		.bin_ns = SAMPLE_S,
		.learnt_ns = 300 * SAMPLE_S,
		.config_digest = "0123456789abcdef",
	};
}

// The same, still going on, one revision earlier than the end.
static inline struct lull_event sample_open(enum lull_state state)
{
	struct lull_event e = sample_outage();
	e.state = state;
	e.rev = state == LULL_SUSPECTED ? 1 : 2;
	e.end = (struct lull_instant){LULL_TIME_NONE, LULL_TIME_NONE, LULL_TIME_NONE};
	return e;
}

// Traffic that moved from unicom to ttk.
static inline struct lull_event sample_moved(void)
{
	struct lull_event e = sample_open(LULL_CONFIRMED);
	snprintf(e.id, sizeof(e.id), "%s", "00000000000000bb");
	e.kind = LULL_REROUTE;
	e.upstream = "unicom";
	e.scope = LULL_SCOPE_MOVED;
	e.parts[1] = (struct lull_scope_part){"ttk", 41.4, 100.9, -1.4372};
	return e;
}

// Everything fell, the tap too.
static inline struct lull_event sample_fault(void)
{
	struct lull_event e = sample_open(LULL_MEASUREMENT);
	snprintf(e.id, sizeof(e.id), "%s", "00000000000000cc");
	e.kind = LULL_TAP;
	e.tap = LULL_TAP_FAILED;
	e.control_ratio = 0.02;
	return e;
}

// Six tenths gone, not precisely known, over one of two upstreams, tap unverified.
static inline struct lull_event sample_partial(void)
{
	struct lull_event e = sample_open(LULL_SUSPECTED);
	snprintf(e.id, sizeof(e.id), "%s", "00000000000000dd");
	e.onset.lo_ns = SAMPLE_ONSET - 12 * SAMPLE_S;
	e.observed_pps = 40.5;
	e.lost = (struct lull_estimate){0.6, 0.55, 0.652};
	e.scope = LULL_SCOPE_SOME;
	e.parts[1] = (struct lull_scope_part){"ttk", 41.4, 40.4, 0.024};
	e.tap = LULL_TAP_UNVERIFIED;
	e.control_ratio = NAN;
	e.loss = LULL_LOSS_UNKNOWN;
	e.evidence = 19;
	return e;
}

// A new steady level.
static inline struct lull_event sample_shift(void)
{
	struct lull_event e = sample_partial();
	snprintf(e.id, sizeof(e.id), "%s", "00000000000000ee");
	e.state = LULL_LEVEL_SHIFT;
	return e;
}

// Nothing known that need not be, and names nobody should have chosen.
static inline struct lull_event sample_hostile(void)
{
	struct lull_event e = sample_open(LULL_SUSPECTED);
	snprintf(e.id, sizeof(e.id), "%s", "00000000000000ff");
	e.target_name = "a\033[31m\"b\",\n\xff\xc2\x9b"
			"z";
	e.upstream = "";
	e.onset = (struct lull_instant){LULL_TIME_NONE, LULL_TIME_NONE, LULL_TIME_NONE};
	e.detected_ns = LULL_TIME_NONE;
	e.expected_pps = NAN;
	e.observed_pps = INFINITY;
	e.lost = (struct lull_estimate){NAN, NAN, NAN};
	e.evidence = INFINITY;
	e.budget_per_day = NAN;
	e.before = e.during = (struct lull_signals){
		NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
	e.parts[0] = (struct lull_scope_part){"\xf0\x9f", NAN, NAN, NAN};
	e.causes[0].weight = NAN;
	e.causes[0].label = NULL;
	e.loss = LULL_LOSS_KNOWN;
	e.lost_packets = UINT64_MAX;
	e.config_digest = NULL;
	return e;
}
