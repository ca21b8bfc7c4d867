// SPDX-License-Identifier: BSD-3-Clause
// Poisson-FOCuS (Ward, Dilillo, Eckley, Fearnhead 2023), downward: over all starts tau and all
// remaining shares mu in [0, 1), the largest log-likelihood ratio
//   sum over bins since tau of  k ln mu + L (1 - mu)
// of "the rate fell to mu L at tau" against "the rate is L". Exact: equal to a scan over all
// starts, at the cost of the few starts that can still win.
//
// For a fixed mu the ratio is linear in the cumulated (L, K) of a start, so only corners of the
// upper concave hull of the path with slopes below 1 can be best for some mu: those are kept.

#pragma once

#include <stddef.h>
#include <stdint.h>

// A start that can still win: counts and forecast cumulated before bin `at`.
struct lull_focus_point {
	double k, l;
	size_t at;
};

struct lull_focus {
	struct lull_focus_point *points; // the caller's
	size_t first, n, cap;            // points[first..n)
	double k, l;                     // cumulated so far
	size_t bins;
};

struct lull_focus_best {
	double ratio; // nats, 0 when nothing fell
	size_t at;    // first bin after the change; meaningful when ratio > 0
	double k, l;  // counts and forecast since
};

// points: room for one more than the bins to come.
void lull_focus_init(struct lull_focus *f, struct lull_focus_point *points, size_t cap);
// Take one bin: k packets where l were expected (l >= 0).
void lull_focus_update(struct lull_focus *f, double k, double l);
// The best start over all bins taken.
struct lull_focus_best lull_focus_best(const struct lull_focus *f);

// k ln(k/l) + l - k for k < l, else 0: the ratio of one stretch at its best mu.
double lull_focus_ratio(double k, double l);
