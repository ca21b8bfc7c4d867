// SPDX-License-Identifier: BSD-3-Clause
// Replay: capture files through the same packet path and analyzer as a live tap, to the end.

#pragma once

#include <lull/config.h>
#include <lull/export.h>
#include <lull/siphash.h>
#include <lull/summary.h>
#include <lull/targets.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define LULL_WORKERS_MAX 64

struct lull_replay {
	const struct lull_config *config;
	const struct lull_targets *targets;
	const char *const *paths;
	size_t n_paths;
	unsigned workers;       // 1..LULL_WORKERS_MAX; with 1 everything runs in the calling thread
	const char *filter;     // BPF expression or NULL
	struct lull_sipkey key; // of sketches and control groups: fixed, so that results repeat
	const struct lull_exporter_ops *exporter;
	struct lull_export_options export;
	FILE *series; // NULL: none
	bool zeros;
	FILE *stats;        // NULL: none
	_Atomic bool *stop; // set (by a signal handler) to end early and report what was read
	bool progress;      // show progress on stderr
};

struct lull_replay_result {
	bool damaged;   // an input was damaged; what was readable is counted
	bool unlawful;  // the count law does not hold: a bug, already reported
	size_t outages; // as lull_summary.outages
};

// Run to the end. 0, or -errno after a message: -ENOENT and friends (an input cannot be opened),
// -EINVAL (filter), -ENOMEM, or a write error. Called from one thread.
int lull_replay_run(const struct lull_replay *replay, struct lull_replay_result *result);
