// SPDX-License-Identifier: BSD-3-Clause
// The generalised likelihood ratio of Poisson counts, exactly: over all starts within the last
// 2,048 bins and all rates, the largest
//   K ln(K/L) - K + L,   K counted, L expected since the start
// of those with K < L (a fall), or with K > L (a rise).

#pragma once

#include <stdbool.h>
#include <stddef.h>

#define LULL_GLR_STARTS 2048
#define LULL_GLR_BLOCK 32

// What was counted and expected before a bin.
struct lull_glr_start {
	double k, l;
	size_t bin;
};

// All zeros is one that has seen nothing.
struct lull_glr {
	double k, l; // since the first start kept
	size_t n;
	struct lull_glr_start starts[2 * LULL_GLR_STARTS];
	// of l - k in each block of starts
	double least[2 * LULL_GLR_STARTS / LULL_GLR_BLOCK];
	double most[2 * LULL_GLR_STARTS / LULL_GLR_BLOCK];
};

struct lull_glr_peak {
	double value; // nats; 0: none above the floor
	double mu;    // K/L
	size_t bin;   // the start
};

void lull_glr_restart(struct lull_glr *g);
// A bin more: k >= 0 counted where l > 0 were expected.
void lull_glr_add(struct lull_glr *g, size_t bin, double k, double l);
// The largest ratio above floor > 0, the earliest start among equals.
struct lull_glr_peak lull_glr_scan(const struct lull_glr *g, bool up, double floor);
