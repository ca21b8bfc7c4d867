// SPDX-License-Identifier: BSD-3-Clause
// A worker: takes a burst, reads its headers, matches, counts. Live, a thread per queue loops
// over lull_worker_step(); replay drives the same function.

#pragma once

#include "engine/tap.h"

#include <lull/count.h>
#include <lull/decode.h>
#include <lull/match.h>

// What every worker of a run shares, read-only.
struct lull_path {
	const struct lull_match *match;
	struct lull_filter *filter; // NULL: none
	unsigned decap;             // mask of enum lull_decap
};

struct lull_worker {
	struct lull_tap *tap;
	const struct lull_path *path;
	struct lull_counter *counter; // owned
	uint32_t counted;             // packets of the burst already counted
	struct lull_burst burst;
	struct lull_headers headers[LULL_BURST];
	struct lull_matched matched[LULL_BURST];
	uint8_t filtered[LULL_BURST];
};

// NULL and errno on failure. tap, path and rules must outlive the worker.
struct lull_worker *lull_worker_create(struct lull_tap *tap, const struct lull_path *path,
	const struct lull_upstream_rules *rules, const struct lull_sipkey *key);
void lull_worker_destroy(struct lull_worker *w);

// One burst through the packet path.
// Returns 1: go on; 0: the source is over and all is counted and closed;
// -EAGAIN: the analyzer is too far behind, call again when it moved on; -ENOMEM.
int lull_worker_step(struct lull_worker *w);
