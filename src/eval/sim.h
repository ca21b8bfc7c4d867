// SPDX-License-Identifier: BSD-3-Clause
// Made-up series whose truth is known to the nanosecond. Same spec and seed: same series, on every
// machine and compiler.
//
// Mean count of a bin = lambda D x day and week x growth x noise x what happens in it:
//   day and week  1 + diurnal cos(2 pi (hour - peak)/24); weekends times `weekend`
//   noise         exp(x - sigma^2/2), x an AR(1) (Ornstein-Uhlenbeck) of sd sigma and correlation
//                 time `memory`, constant over pieces of a 64th of it (at least a bin)
//   what happens  floods and holidays multiply, an outage leaves a share; a bin partly inside one
//                 is changed in proportion
// The count is negative binomial with Fano factor phi (chance.h): an outage takes whole bursts
// away.

#pragma once

#include "score.h"
#include <lull/timeseries.h>

// Something that happens now and then: how often, how long (log-uniform), how strong (uniform).
struct lull_sim_kind {
	double per_week;
	uint64_t lo_ns, hi_ns;
	double lo, hi; // floods, holidays: the factor; outages: the share that remains
};

struct lull_sim_spec {
	double lambda; // packets per second, mean over a working day without growth
	double phi;    // 1 to LULL_CHANCE_PHI_MAX
	double sigma;  // sd of the log level
	double diurnal, peak_hours, weekend;
	double growth; // factor per week
	uint64_t memory_ns, bin_ns, start_ns;
	double weeks; // rounded down to whole bins
	// Spread evenly: the time after settle_ns is cut into as many slots as there are outages,
	// each lasts at most half its slot and keeps a quarter of it from the one before.
	struct lull_sim_kind outages;
	uint64_t settle_ns;
	struct lull_sim_kind floods, missing, holes;
	struct lull_sim_kind holidays; // whole days; the lengths do not matter
};

#define LULL_SIM_START UINT64_C(1704067200000000000) // 2024-01-01, a Monday
#define LULL_SIM_WEEK_NS UINT64_C(604800000000000)

// A quiet link: no outages, no noise; 1 s bins for a week.
struct lull_sim_spec lull_sim_defaults(void);

struct lull_sim {
	struct lull_timeseries series;
	struct lull_truth *truths; // outages in order of time
	double *rates;             // packets per second expected at each one's start, without noise
	size_t n_truths;
};

// Why a spec cannot be made, or NULL. Everything finite and within the bounds of grid.c is fine.
const char *lull_sim_wrong(const struct lull_sim_spec *spec);

// Number of bins of a spec.
size_t lull_sim_bins(const struct lull_sim_spec *spec);

// Make a series; the name is the caller's to give (NULL here). 0; -EINVAL: lull_sim_wrong();
// -ENOMEM. lull_sim_finish() in every case. Any thread.
int lull_sim_make(struct lull_sim *sim, const struct lull_sim_spec *spec, uint64_t seed);
void lull_sim_finish(struct lull_sim *sim);
