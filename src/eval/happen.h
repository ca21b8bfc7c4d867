// SPDX-License-Identifier: BSD-3-Clause
// What happens to a simulated series, and when: a list of stretches of time, drawn before any
// count is.

#pragma once

#include "sim.h"
#include "synth/random.h"

// The mean of [start, end) is multiplied by factor.
struct lull_happening {
	uint64_t start_ns, end_ns;
	double factor;
};

struct lull_happenings {
	struct lull_happening *items;
	size_t n, cap;
};

// Most of a kind in one series.
#define LULL_HAPPENINGS 100000.0

// Each adds to the list and says 0 or -ENOMEM.
int lull_happen_outages(
	struct lull_happenings *h, const struct lull_sim_spec *spec, struct lull_random *r);
// Floods, missing rows, holes: at random times (Poisson).
int lull_happen_often(struct lull_happenings *h, const struct lull_sim_spec *spec,
	const struct lull_sim_kind *kind, struct lull_random *r);
int lull_happen_holidays(
	struct lull_happenings *h, const struct lull_sim_spec *spec, struct lull_random *r);

// In order of start; those that start together stay in the order they were added.
int lull_happen_sort(struct lull_happenings *h);
void lull_happen_finish(struct lull_happenings *h);
