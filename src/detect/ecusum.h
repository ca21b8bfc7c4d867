// SPDX-License-Identifier: BSD-3-Clause
// The primary statistic: a bank of log-CUSUM e-detectors (Shin, Ramdas, Rinaldo 2023) for counts
// of packets. It sees one count and one forecast per bin and nothing else.
//
// Null: compound-Poisson arrivals with mean at least rho L and Fano factor at most phi. Then
// exp((k/phi) ln mu + (rho L/phi)(1 - mu)) has mean <= 1 for every mu in [0, 1): with batch
// sizes s, E = exp(Lambda E[mu^(s/phi) - 1]), and (1 - mu^(s/phi))/s is convex in s, so Jensen
// under the size-biased law gives E[1 - mu^(s/phi)] / E[s] >= (1 - mu)/phi. So each bank member
// is a CUSUM e-detector, their mean is one, and max_j c_j >= ln J + ln(1/alpha) has an average
// run length of at least 1/alpha bins, whatever the sample size.

#pragma once

#include <stdint.h>

#define LULL_ECUSUM_J 5    // shares of the null rate that remain: 0, 0.1, 0.3, 0.6, 0.85
#define LULL_ECUSUM_UP_J 3 // multiples of the null rate: 1.5, 3, 10

#define LULL_ECUSUM_LANES (LULL_ECUSUM_J + LULL_ECUSUM_UP_J)

// Behind the bank stands its mirror image, for surges. No bound on its false alarms holds for
// bursty traffic (the convexity above works the other way), so it is evidence and never an outage.
struct lull_ecusum {
	float c[LULL_ECUSUM_LANES]; // nats; those of surges at most the threshold
};

// Apart, as most bins have no use for it.
struct lull_ecusum_starts {
	uint64_t tau_ns[LULL_ECUSUM_J]; // start of the bin that lifted c[j] from 0, while c[j] > 0
};

struct lull_ecusum_tops {
	float fall, surge; // max c of either
};

void lull_ecusum_reset(struct lull_ecusum *e);       // all of it
void lull_ecusum_reset_falls(struct lull_ecusum *e); // all but the mirror image

// One bin in effective packets: x = k/phi and low = rho L/phi for falls, y = k/phi and
// high = L/(rho phi) for surges; either may have a phi of its own.
struct lull_ecusum_bin {
	float x, low, y, high;
};

// The largest c a single stretch of bins comes to: x = k/phi and m = rho L/phi, summed over it.
double lull_ecusum_stretch(double x, double m);

// Earliest tau over the members that stand above `above` nats; LULL_TIME_NONE when none does.
uint64_t lull_ecusum_tau(
	const struct lull_ecusum *e, const struct lull_ecusum_starts *starts, double above);

// alpha_i = B w_i D_i / 86400: false alarms per bin that are this series' share of the budget.
double lull_ecusum_alpha(double budget_per_day, double weight, double bin_s);
// h = ln J + ln(1/alpha).
double lull_ecusum_threshold(double alpha);
