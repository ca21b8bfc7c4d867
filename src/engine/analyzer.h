// SPDX-License-Identifier: BSD-3-Clause
// The analyzer: takes closed bins in order, merges the workers' slots into one record, and shows
// the record to whoever listens: series file, report, detector.

#pragma once

#include "engine/worker.h"

#include <lull/bin.h>
#include <lull/count.h>

// Someone who wants to see every closed bin, in order of seq. 0 or -errno.
struct lull_listener {
	int (*bin)(void *state, const struct lull_bin *bin);
	void *state;
};

#define LULL_LISTENERS 8

struct lull_analyzer {
	struct lull_worker *const *workers;
	size_t n_workers;
	struct lull_merge *merge; // borrowed; may be replaced between two steps
	struct lull_slot **slots; // owned: by worker, then those that are there
	struct lull_listener listeners[LULL_LISTENERS];
	size_t n_listeners;
	uint64_t next; // seq of the next bin to merge
	uint64_t gaps;
	struct lull_law law; // over all bins so far
	// live only
	bool live;            // silence is covered time: the taps look from start_ns on
	uint64_t start_ns;    // when they began to look
	uint64_t gap_ns;      // time without counts before the next bin that is shown
	uint64_t overwritten; // bins lost: the analyzer was too far behind, or memory ran out
	// Shown every bin, also one that is not whole, before the listeners; may add to it. Or
	// NULL.
	void (*merged)(void *state, struct lull_bin *bin);
	void *merged_state;
};

// The grid of bins is that of the first worker's clock, whose tap may be its own or shared; live,
// all are laid on the same grid. workers and merge must outlive the analyzer. 0 or -errno.
int lull_analyzer_init(struct lull_analyzer *a, struct lull_worker *const *workers,
	size_t n_workers, struct lull_merge *merge);
void lull_analyzer_finish(struct lull_analyzer *a);

// Add a listener, before the first step. They are called in the order added.
void lull_analyzer_listen(
	struct lull_analyzer *a, int (*bin)(void *, const struct lull_bin *), void *state);

// Take one closed bin, if there is one. Returns 1: one was taken; 0: none is closed yet;
// -errno: out of memory, or what a listener returned.
int lull_analyzer_step(struct lull_analyzer *a);
