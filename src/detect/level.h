// SPDX-License-Identifier: BSD-3-Clause
// Changes of the level of a series that is no count of traffic: indices, shares, temperatures,
// anything that may be negative. Online and causal: values in, one by one, changes out.
//
// Within a segment the values are a constant, or a straight line where that explains them better,
// plus noise. Over all places tau of a change within the segment the likelihood ratio
//   cost(segment) - cost(before tau) - cost(from tau on)
//   cost = min{ kappa RSS(constant) / (2 sigma^2), kappa RSS(line) / (2 sigma^2) + 8 }
// is compared with ln(1/alpha) + ln(values in the segment); above it there is a change, and a new
// segment begins at the best place. For independent Gaussian noise that is FOCuS with unknown mean
// (Romano, Eckley, Fearnhead, Rigaill 2023), here by scanning the whole segment, since lines and
// clipping leave its pruning no ground. What the noise is taken for, all over the last values kept:
//   v_1, v_2  variances of differences one and two apart, winsorized: beyond three robust
//             deviations, unless one value in twenty lies there
//   rho       v_2/v_1 - 1 within [0, 0.9]: of an AR(1), as in DeCAFS (Romano et al. 2022)
//   kappa     (1 - rho)/(1 + rho): independent values that a value is worth
//   sigma^2   v_1 / (2 (1 - rho)), at least a quarter of the variance of all values kept, times
//             1 + 3/sqrt(n) for its own error
// A value counts at most three sigma away from the line before it: an outlier is no change, and a
// change takes at least three values.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_LEVEL_SPAN 1024 // values kept
#define LULL_LEVEL_WARMUP 10 // values before any change can be told

// Of a stretch of values.
struct lull_level_sums {
	double n, t, tt, x, xx, tx;
};

struct lull_level {
	double alpha;
	double x[LULL_LEVEL_SPAN], y[LULL_LEVEL_SPAN]; // values as they came; clipped
	size_t n, start;  // kept; where the present segment begins in them
	uint64_t dropped; // values before the first one kept
	size_t fresh;     // values since the noise was looked at
	double sigma, rho, kappa;
	// scratch: sums before each value of the segment; the ratio of a change there
	struct lull_level_sums sums[LULL_LEVEL_SPAN + 1];
	double ratio[LULL_LEVEL_SPAN];
	double sorted[LULL_LEVEL_SPAN];
};

struct lull_level_change {
	uint64_t at;                // first value of the new segment; values are counted from 0
	uint64_t lo, hi;            // places whose likelihood is within 3 nats (95 %) of it
	double expected;            // mean of the values since, had nothing changed
	double observed;            // mean of the values since
	double error;               // standard error of observed - expected
	double evidence, threshold; // nats
};

// alpha: false alarms allowed per value, < 1.
void lull_level_init(struct lull_level *l, double alpha);
// Take a finite value. True: there is a change, and *change says which.
bool lull_level_take(struct lull_level *l, double value, struct lull_level_change *change);

// What the present segment says of the next value; NAN before the first.
double lull_level_forecast(const struct lull_level *l);
// Values it takes until a fall to `value` is noticed; INFINITY: never.
double lull_level_delay(const struct lull_level *l, double value);

// The largest ratio over all places of the present segment, by the definition above and without
// any of the short cuts; for the tests.
double lull_level_scan(const struct lull_level *l, size_t *at);
