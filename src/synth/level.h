// SPDX-License-Identifier: BSD-3-Clause
// Poisson arrivals whose rate follows the day, the week and a noise that has a memory.

#pragma once

#include "random.h"
#include "scenario.h"

struct lull_arrivals {
	struct lull_random *random;
	const struct lull_scene_level *level;
	double rate;        // arrivals per second at level 1
	double noise;       // of the log level, standard deviations of the AR(1)
	double keep, fresh; // one slice on: noise = keep noise + fresh N(0, 1)
	double lambda;      // arrivals per ns in this slice
	uint64_t slice_ns, slice_end, now_ns, end_ns;
};

// Arrivals from start to end; random and level must outlive it.
void lull_arrivals_init(struct lull_arrivals *a, struct lull_random *random,
	const struct lull_scene_level *level, double rate, uint64_t start_ns, uint64_t end_ns);

// The next arrival, or UINT64_MAX: no more.
uint64_t lull_arrivals_next(struct lull_arrivals *a);
