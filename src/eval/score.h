// SPDX-License-Identifier: BSD-3-Clause
// Claims against the truth: what was found, when, how exactly, and what was claimed for nothing.
//
// Matching, per series, in order of time: a claim belongs to the first true event not yet found
// whose span [start - 2 bins, end + 2 bins] holds its detection or overlaps [onset, end) of the
// claim; further claims within a true event's span (and its return) are neither found nor false.
// Any other claim is false. Rises (claim.up) count only where the truth is about rises too.
// FPR: share of clean bins (outside every true event's span) that lie within a false claim.

#pragma once

#include "rival.h"

struct lull_truth {
	uint64_t start_ns, end_ns; // LULL_TIME_NONE: still open at the end of the series
	double lost;               // share gone, or NAN when nobody knows
};

// Sums over series; one per rival and dataset (or per cell of a grid). Zero-initialised.
struct lull_score {
	size_t series, truths, found, false_claims, extra_claims;
	double weeks; // of bins that are there
	double clean_bins, false_bins;
	double *delays_s;   // detected - start, of found events
	double *onset_bins; // |onset - start| in bins
	size_t covered;     // start within [onset_lo, onset_hi], a half bin of the truth's own
			    // coarseness on either side when truth_bin_ns says so
	size_t n_delays, cap_delays;
	size_t clean_series_weeks,
		calm_series_weeks; // series-weeks without truth; without claim too
};

// truth_bin_ns: how exactly the truth is known (0: to the nanosecond). 0 or -ENOMEM.
int lull_score_add(struct lull_score *score, const struct lull_timeseries *s,
	const struct lull_truth *truths, size_t n_truths, uint64_t truth_bin_ns,
	const struct lull_claims *claims);
void lull_score_free(struct lull_score *score);

// Quantile q of delays or onset errors; NAN when empty.
double lull_score_quantile(const double *values, size_t n, double q);
