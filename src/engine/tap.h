// SPDX-License-Identifier: BSD-3-Clause
// A source and its clock, shared by the workers that read it. Taking a burst and stamping it is
// the one serial step of the packet path: it fixes the order of arrival, so what is late and
// what is a jump does not depend on which worker goes on with the burst.

#pragma once

#include <lull/clock.h>
#include <lull/source.h>
#include <pthread.h>
#include <stdatomic.h>

struct lull_tap {
	struct lull_source *source; // borrowed
	struct lull_clock clock;    // written under lock
	pthread_mutex_t lock;
	bool over;          // under lock: the source has nothing more
	_Atomic bool *stop; // set by whoever wants the work to end early; may be NULL
};

// source must outlive the tap. 0 or -errno.
int lull_tap_init(struct lull_tap *tap, struct lull_source *source, uint64_t bin_ns,
	unsigned reorder_bins, uint64_t jump_ns);
void lull_tap_finish(struct lull_tap *tap);

// Any thread. Whoever wants the work to end early has said so.
bool lull_tap_stopped(const struct lull_tap *tap);

// Any worker. Give back what the burst lent and take the next one, stamped.
// Returns 1: go on (the burst may be empty); 0: over, and the burst is empty.
int lull_tap_take(struct lull_tap *tap, struct lull_burst *burst);
