// SPDX-License-Identifier: BSD-3-Clause
// One target with traffic: its series, and the candidates they raised.

#pragma once

#include "blind.h"
#include "candidate.h"
#include "control.h"
#include "keen.h"
#include "signals.h"
#include "watch.h"
#include <lull/targets.h>

struct lull_surge;

// What one upstream carries of a target.
struct lull_branch {
	uint32_t upstream; // index in the registry
	bool absorbed;     // its fall belongs to an event of the target
	uint64_t packets, first_ns;
	struct lull_watch *out; // NULL until it has shown a few packets
	struct lull_candidate *reroute;
};

// Begins at a line of 64 bytes, as the series in it does; see there.
struct lull_subject {
	_Alignas(64) struct lull_signals_log signals;
	bool hold;     // suspicion or an open outage: no series of the target learns
	bool wait;     // the keen series suspects or alarms: `out` does not learn
	bool listed;   // among the subjects that want lull_subject_step()
	bool bursty;   // there is a keen series, or a trial whether there should be one
	bool branched; // there are branches
	_Alignas(64) struct lull_watch out; // judged: all upstreams, packets out
	uint32_t target;
	uint32_t outages; // events of kind outage that are over
	uint32_t n_branches, cap_branches;
	struct lull_branch *branches;  // sorted by upstream
	struct lull_candidate *outage; // of the target as a whole, or NULL
	struct lull_surge *surge;      // a rise that was told, or NULL
	struct lull_keen *keen;        // NULL unless packets come in bursts
	struct lull_watch *in;         // evidence only: packets in; NULL until there were any
};

// What every subject needs to know of the whole.
struct lull_detect_env {
	struct lull_watch_env watch;
	const struct lull_config *config;
	const struct lull_targets *targets;
	struct lull_upstreams upstreams; // of the present bin: a copy, as the bin itself goes
	struct lull_control *control;
	const struct lull_blind *blind;
	uint64_t now_ns; // end of the present bin
	void (*on_event)(void *context, const struct lull_event *event);
	void *context;
};

void lull_subject_finish(struct lull_subject *t);

// The branch of an upstream, made when new. NULL: out of memory.
struct lull_branch *lull_subject_branch(struct lull_subject *t, uint32_t upstream);

// After the series of the bin were judged: open, step and close candidates. 0 or -ENOMEM.
int lull_subject_step(struct lull_subject *t, const struct lull_detect_env *env);
// The series of its keener feature, or NULL.
struct lull_watch *lull_subject_keen(const struct lull_subject *t);
// Is anything of it in doubt, so that no series of it may learn?
bool lull_subject_doubts(const struct lull_subject *t);
// Does it have anything to step?
bool lull_subject_busy(const struct lull_subject *t);
// Does one of its upstreams fall while the whole is calm, or is a re-route open?
bool lull_subject_diverted(const struct lull_subject *t);
// No more bins: last revisions.
void lull_subject_last(struct lull_subject *t, const struct lull_detect_env *env);
