// SPDX-License-Identifier: BSD-3-Clause
// The crew: one thread per worker, for replay with several workers and for live taps.

#pragma once

#include "engine/worker.h"

#include <pthread.h>
#include <stdatomic.h>

// What a thread does beside stepping; both may be NULL.
struct lull_crew_plan {
	int (*begin)(void *context, size_t i); // in the thread, first; 0 or -errno, after a message
	void (*end)(void *context, size_t i);  // in the thread, last
	void *context;
	bool live; // a worker whose analyzer is behind tries again at once
};

struct lull_crew {
	struct lull_crew_plan plan;
	struct lull_crew_member *members;
	size_t n;
	_Atomic size_t working;
	_Atomic int error;  // first error of any worker
	_Atomic bool leave; // the analyzer gave up: workers end without counting the rest
};

// Start a thread per worker, named lull-w0 and so on, with all signals blocked. plan: NULL for
// replay. 0 or -errno; lull_crew_finish() must be called either way.
int lull_crew_start(struct lull_crew *crew, struct lull_worker *const *workers, size_t n,
	const struct lull_crew_plan *plan);
// The thread of worker i, which was started.
pthread_t lull_crew_thread(const struct lull_crew *crew, size_t i);
// True when no worker is at work any more.
bool lull_crew_done(const struct lull_crew *crew);
// Wait a moment for the other side.
void lull_crew_wait(const struct lull_crew *crew);
// Wait for all threads and free. Returns 0 or the first error of a worker. A crew that is not
// done when this is called is told to leave.
int lull_crew_finish(struct lull_crew *crew);
