// SPDX-License-Identifier: BSD-3-Clause
// The whole detector, for the files that wire it (detect.c) and that save and load it (state*.c).

#pragma once

#include "oneway.h"
#include "slab.h"
#include "subject.h"
#include <lull/detect.h>

struct lull_watch_list {
	struct lull_watch **items; // items[i]->place == i
	size_t n, cap;
};

// What is known of a target before, and beside, its series.
struct lull_face {
	uint64_t packets_out, packets_in;
	uint64_t first_ns; // start of the first bin with a packet out
	struct lull_subject *subject;
	struct lull_oneway *oneway; // or NULL
};

struct lull_detect {
	struct lull_detect_env env;
	struct lull_ladder ladder;
	struct lull_control control;
	struct lull_blind blind;
	struct lull_watch_list rungs[LULL_RUNGS];
	struct lull_face *faces; // by target
	size_t n_targets;
	struct lull_slab subjects;
	struct lull_subject **busy; // sorted by target
	size_t n_busy, cap_busy;
	struct lull_oneway **oneways; // all there are, as they came
	size_t n_oneways, cap_oneways;
	size_t n_movers;                  // series judged in this bin that want another rung
	double weight_all, weight_branch; // shares of the budget
	uint64_t seen_ns;                 // exposure so far, in nanoseconds
	bool failed;                      // out of memory inside a callback
};

// Put a series on the list of its rung. 0 or -ENOMEM.
int lull_detect_enlist(struct lull_detect *d, struct lull_watch *s);
// Put a subject among those that want a step. 0 or -ENOMEM.
int lull_detect_mark_busy(struct lull_detect *d, struct lull_subject *t);
// Put a target that is watched by its flows on the list of them. 0 or -ENOMEM.
int lull_detect_watch_flows(struct lull_detect *d, struct lull_oneway *o);
// detect_flows.c. A row of upstream `all` of the bin that starts at start_ns; after all rows of
// the bin, what they come to. 0 or -ENOMEM.
int lull_detect_flows_row(struct lull_detect *d, const struct lull_row *row, uint64_t start_ns);
int lull_detect_flows_step(struct lull_detect *d, double exposure);
// As fresh from lull_detect_create().
void lull_detect_wipe(struct lull_detect *d);
