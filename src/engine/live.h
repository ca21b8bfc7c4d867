// SPDX-License-Identifier: BSD-3-Clause
// Inside a live run: what live.c puts together, and what reload.c replaces while it runs.

#pragma once

#include "engine/analyzer.h"
#include "engine/change.h"
#include "engine/crew.h"
#include "engine/drift.h"
#include "engine/gauges.h"
#include "engine/generation.h"
#include "engine/keeper.h"
#include "engine/losses.h"
#include "engine/posts.h"
#include "engine/teller.h"

#include <lull/http.h>
#include <lull/live.h>
#include <lull/ports.h>
#include <lull/store.h>

struct lull_reload {
	struct lull_generation *next; // waiting for its bin
	struct lull_generation *old;  // a worker may still go by its path
	bool again;                   // asked for once more meanwhile
};

struct lull_run {
	const struct lull_live *live;
	struct lull_config *config; // of the start: ports, HTTP and state go by it to the end
	struct lull_ports *ports;
	struct lull_generation *generation; // the present one
	struct lull_reload reload;
	struct lull_change change;
	size_t n; // workers
	struct lull_tap *taps;
	struct lull_worker **workers;
	struct lull_analyzer analyzer;
	struct lull_crew crew;
	_Atomic bool leave; // told to the taps: no more packets
	struct lull_losses losses;
	struct lull_gauges gauges;
	struct lull_teller teller;
	struct lull_keeper keeper;
	struct lull_drift drift;
	struct lull_posts posts;
	struct lull_series *series;
	struct lull_http *http;
	bool crowded; // there were more upstreams than may be learnt, and it was told
	bool well;    // every worker moves; as last told
	uint64_t published_ns;
	uint64_t start_ns;
	uint64_t gap_ns;               // before it: since the last bin of the run before
	uint64_t end_ns;               // of the last bin shown
	uint64_t detect_ns, export_ns; // spent in this bin's listeners
};

// Callback of the detector; context is the run.
void lull_run_event(void *context, const struct lull_event *event);

// SIGHUP: read the configuration; on success it waits for its bin. Counted either way.
void lull_reload_begin(struct lull_run *r);
// Between two bins: ask the workers, or, at the edge, put the new generation in place. 0 or
// -ENOMEM.
int lull_reload_step(struct lull_run *r);
