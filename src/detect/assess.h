// SPDX-License-Identifier: BSD-3-Clause
// The figures of an event: how much is lost, over which upstreams, is the tap to be trusted, why.

#pragma once

#include "candidate.h"
#include "subject.h"

// onset, after_ns and the sums since, from the driver's history.
void lull_assess_onset(struct lull_candidate *c, const struct lull_detect_env *env);
// What its driver counts.
void lull_assess_basis(struct lull_candidate *c);
// id, from target, upstream, onset and configuration digest.
void lull_assess_id(struct lull_event *ev, const struct lull_detect_env *env);
// Fraction lost, rates, evidence.
void lull_assess_loss(struct lull_candidate *c);
// What the ports may have lost since the onset.
void lull_assess_missed(struct lull_candidate *c, const struct lull_detect_env *env);
// Scope and its parts.
void lull_assess_scope(struct lull_candidate *c, const struct lull_detect_env *env);
// Health of the tap since tap_from_ns; returns the view it rests on.
struct lull_control_view lull_assess_tap(
	struct lull_candidate *c, const struct lull_detect_env *env);
// Without control traffic: does other traffic show that the tap still sees?
bool lull_assess_seen(const struct lull_candidate *c, const struct lull_detect_env *env);
// Where did the traffic of a fallen branch go?
enum lull_gone {
	LULL_GONE_UNCLEAR, // the total is too noisy to tell
	LULL_GONE_MOVED,   // to other upstreams (connections): the total kept most of it
	LULL_GONE_LOST,    // nowhere: the total is down
};
enum lull_gone lull_assess_gone(const struct lull_subject *t, const struct lull_watch *branch,
	uint64_t from_ns, const struct lull_detect_env *env);
// A feature of the target that packets may go on without fell: what do they say of it since then?
enum lull_gone lull_assess_stopped(const struct lull_subject *t, const struct lull_watch *feature,
	const struct lull_detect_env *env);
// Signals and causes, in cause.c.
void lull_assess_cause(struct lull_candidate *c, const struct lull_detect_env *env);
// The same of an event that rests on flows, from what was counted of its target.
void lull_assess_cause_of_flows(struct lull_event *ev, const struct lull_signals_log *log,
	const struct lull_detect_env *env);
// The label of a cause as this program spells it, or NULL when there is no such.
const char *lull_cause_label(const char *text);
