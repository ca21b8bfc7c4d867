// SPDX-License-Identifier: BSD-3-Clause
// Claims against the truth: what was found, when, how exactly, and what was claimed for nothing.
//
// Matching, per series. The span of a true event is [start - 2 bins, end + 2 bins]: labels are
// coarse, and a return is part of what returned. A claim is about a true event when it was made
// within the span, or later but of a stretch [onset, end) that overlaps it; a claim made before
// the span and still standing is about nothing: who always cries has found nothing. Claims in
// order of detection each find the first event not yet found that they were made within, or else
// the first they overlap. Further claims about a found event are `extra`: neither found nor
// false. All others are false. A rise finds no fall, nor a fall a rise.
//
//   tpr         found / events
//   fpr         share of clean bins (present, outside every span) that lie within any claim's
//               [onset, end): an event kept open after its end costs here
//   precision   found / (found + false claims); f1: harmonic mean of it and tpr
//   delay       from the event's start to the end of the bin it was found after, >= 0
//   coverage    share of found events whose start lies within [onset_lo, onset_hi], both ends
//               wider by the truth's precision, or half of what all of them are known to
//   calm        share of series-weeks (7 d each from a series' first bin, the last one perhaps
//               shorter, those without a value left out) in which no false claim was made
//   false alarms per 1,000 series-weeks of bins that are there, with the exact interval of
//               Garwood, Biometrika 28 (1936), 95 %

#pragma once

#include "rival.h"
#include <lull/time.h>

#define LULL_WEEK_NS (UINT64_C(7) * 86400 * LULL_NS_PER_SECOND)

enum lull_truth_way {
	LULL_TRUTH_FALL,
	LULL_TRUTH_RISE,
	LULL_TRUTH_EITHER, // an anomaly, no more is said
};

struct lull_truth {
	uint64_t start_ns, end_ns; // [start, end); LULL_TIME_NONE: still open at the end of the
				   // series
	double lost;               // share gone, or NAN when nobody knows
	enum lull_truth_way way;
	uint64_t precision_ns; // the start may be off by so much either way; 0: by what else is
			       // known of the dataset
};

// Sums over series; one per rival and dataset (or per cell of a grid). Zero-initialised.
struct lull_score {
	size_t series, truths, found, false_claims, extra_claims;
	double weeks; // of bins that are there
	double clean_bins, false_bins;
	double *delays_s;   // n_delays, of found events
	double *onset_bins; // n_delays: |onset - start| in bins
	size_t covered;
	size_t n_delays, cap_delays;
	size_t series_weeks, calm_series_weeks;
};

// What a claim turned out to be: the index of the event it found, or one of
#define LULL_MATCH_FALSE (-1)
#define LULL_MATCH_EXTRA (-2)

// Match the claims (in order of detected_ns) of one series of bins of bin_ns with its n truths
// (in order of start_ns). Writes matches[claims->n]. 0 or -ENOMEM.
int lull_score_match(const struct lull_truth *truths, size_t n, uint64_t bin_ns,
	const struct lull_claims *claims, long *matches);

// Add one series. truth_bin_ns: how exactly the truth is known (0: to the nanosecond).
// 0 or -ENOMEM, the score is then as before.
int lull_score_add(struct lull_score *score, const struct lull_timeseries *s,
	const struct lull_truth *truths, size_t n_truths, uint64_t truth_bin_ns,
	const struct lull_claims *claims);
// Add all that `more` counted, as if its series had been added to `into`. 0 or -ENOMEM.
int lull_score_merge(struct lull_score *into, const struct lull_score *more);
void lull_score_free(struct lull_score *score);

// Quantile q of n values (Hyndman, Fan 1996, type 7); NAN when there is none, or no memory.
double lull_score_quantile(const double *values, size_t n, double q);

// The rates above; NAN where nothing was there to divide by.
struct lull_rates {
	double tpr, fpr, precision, f1, coverage, calm;
	double false_per_1000, false_lo, false_hi;
};
struct lull_rates lull_score_rates(const struct lull_score *score);
