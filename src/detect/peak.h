// SPDX-License-Identifier: BSD-3-Clause
// Spikes and bursts: sums of `width` values that are higher than the tail of all before lets
// expect.
//
// Peaks over a threshold: u is a high quantile of the remembered sums (the 2 % above it, at least
// 24); sums above it no more than 12 and `width` apart are one cluster, and of each the highest
// counts. The m of them are taken for exponential, above u (light tails) or in ln(x/u) (heavy
// ones: Hill 1975), each weighted by its likelihood; with the scale as uncertain as m peaks leave
// it
//   P(a sum reaches x) = m/n { w (1 + ln(x/u)/S)^-m + (1 - w) (1 + (x - u)/E)^-m }
// E and S the sums of x - u and of ln(x/u) over the peaks, n the sums remembered.

#pragma once

#include <stddef.h>
#include <stdint.h>

#define LULL_PEAK_MEMORY 4096 // sums remembered: two weeks of five minutes
#define LULL_PEAK_WARMUP 200  // sums before any is judged
#define LULL_PEAK_WIDTH 12    // the longest: an hour of five minutes

struct lull_peak {
	size_t width;
	double window[LULL_PEAK_WIDTH];      // the last values, a ring
	size_t filled;                       // of them in a row, since the last hole
	double sums[LULL_PEAK_MEMORY];       // a ring
	size_t n, next;                      // remembered; where the next one goes
	double total;                        // of the remembered sums
	uint64_t seen;                       // sums in all
	size_t age;                          // sums since the tail was looked at
	double u, rate, scale, shape, heavy; // threshold; m/n, E, S, w
	double m;                            // peaks; 0: too few to say anything
	double sorted[LULL_PEAK_MEMORY];     // scratch
};

// width: 1 to LULL_PEAK_WIDTH.
void lull_peak_init(struct lull_peak *p, size_t width);
// Take a value (finite, >= 0). Returns the probability that a sum is as high as the one that ends
// with it, by those before it; 1 while nothing is known, or below the tail.
double lull_peak_take(struct lull_peak *p, double value);
// A value is missing: no sum goes over it.
void lull_peak_hole(struct lull_peak *p);
// Mean value by the remembered sums; NAN without any.
double lull_peak_mean(const struct lull_peak *p);
