// SPDX-License-Identifier: BSD-3-Clause
// A candidate: an alarm on its way to being an event. It waits for the control when that can
// still answer, is reported, confirmed or blamed on the tap, recovers, and ends. Every change is
// a revision.

#pragma once

#include "watch.h"
#include <lull/event.h>

struct lull_detect_env;
struct lull_subject;

struct lull_sum {
	double k, l, s; // packets, forecast, seconds
};

struct lull_candidate {
	struct lull_event ev;
	struct lull_subject *subject;
	struct lull_watch *driver; // whose alarm it is
	struct lull_watch
		*figure;      // whose counts it quotes: the target's, or the re-routed upstream's
	uint32_t upstream;    // of a driver that is a branch, else LULL_ALL_UPSTREAMS
	uint64_t after_ns;    // first whole bin after the onset
	uint64_t tap_from_ns; // the control is compared from here on
	struct lull_sum sure, maybe; // since after_ns; maybe: bins in which it may have returned
	struct lull_sum half[2];     // this and the last half of shift_ns, for level shifts
	uint64_t half_ns;            // when the present half began
	uint64_t figure_seen, driver_seen, alarm_seen; // bins judged when last looked
	uint64_t look_ns;                              // when the tap is worth asking again
	double remains_l;   // forecast behind what the driver knows to remain
	uint64_t revise_ns; // when figures may next be worth a revision
	double told_lost;   // as last reported
	enum lull_scope told_scope;
	struct lull_cause told_cause; // the likeliest
	enum lull_state fell_state;   // state to return to on a relapse
	bool reported, dated;         // dated: onset set by silence; it will not get better
	bool sank; // the control fell when it did, and is not back: nothing is confirmed
	bool over; // ended or shifted: to be freed
};

// A new candidate of a series that just alarmed: an outage of the target (upstream `all` or the
// one that fell), or a re-route of the upstream. NULL: out of memory.
struct lull_candidate *lull_candidate_create(struct lull_subject *t, struct lull_watch *driver,
	uint32_t upstream, enum lull_kind kind, const struct lull_detect_env *env);
// Take what the bin brought.
void lull_candidate_step(struct lull_candidate *c, const struct lull_detect_env *env);
// The target's own series took over from a branch.
void lull_candidate_lead(struct lull_candidate *c, struct lull_watch *driver);
// c is what `before` turned out to be: it takes over id, revisions and what was reported.
void lull_candidate_continue(struct lull_candidate *c, const struct lull_candidate *before);
// The end of the input.
void lull_candidate_last(struct lull_candidate *c, const struct lull_detect_env *env);
