// SPDX-License-Identifier: BSD-3-Clause
// The crew: one thread per worker, for replay with several workers.

#pragma once

#include "engine/worker.h"

#include <pthread.h>
#include <stdatomic.h>

struct lull_crew {
	struct lull_crew_member *members;
	size_t n;
	_Atomic size_t working;
	_Atomic int error;  // first error of any worker
	_Atomic bool leave; // the analyzer gave up: workers end without counting the rest
};

// Start a thread per worker. 0 or -errno; lull_crew_finish() must be called either way.
int lull_crew_start(struct lull_crew *crew, struct lull_worker *const *workers, size_t n);
// True when no worker is at work any more.
bool lull_crew_done(const struct lull_crew *crew);
// Wait a moment for the other side.
void lull_crew_wait(const struct lull_crew *crew);
// Wait for all threads and free. Returns 0 or the first error of a worker. A crew that is not
// done when this is called is told to leave.
int lull_crew_finish(struct lull_crew *crew);
