// SPDX-License-Identifier: BSD-3-Clause
// A generation: everything that follows from one reading of the configuration, and that a reload
// replaces as a whole at the edge of a bin.

#pragma once

#include "engine/worker.h"

#include <lull/config.h>
#include <lull/detect.h>
#include <lull/state.h>
#include <lull/targets.h>

struct lull_generation {
	struct lull_config *config;
	bool lent; // the configuration outlives it: ports and HTTP go on using the first one
	struct lull_targets *targets;
	struct lull_match *match;
	struct lull_upstream_rules *rules;
	struct lull_path path; // points to the three above
	struct lull_merge *merge;
	struct lull_detect *detect;
};

// From a checked configuration, which it takes over, also on failure. NULL and errno; messages
// about targets are out.
struct lull_generation *lull_generation_create(
	struct lull_config *config, lull_event_fn *on_event, void *context);
void lull_generation_destroy(struct lull_generation *g);

// What the detector and the upstreams of g remember, with the end of its last bin left to the
// caller. 0 or -ENOMEM; lull_saved_finish() either way.
int lull_generation_save(const struct lull_generation *g, struct lull_saved *saved);
// Before its first bin: go on from there. 0; -EBADMSG: not readable, everything starts anew;
// -ENOMEM.
int lull_generation_load(struct lull_generation *g, const struct lull_saved *saved);
