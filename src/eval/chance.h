// SPDX-License-Identifier: BSD-3-Clause
// Counts of bursty traffic: negative binomial with a given mean and Fano factor phi (variance over
// mean), Poisson for phi = 1. Bit for bit the same everywhere, like synth/random.h below it.
//
// A negative binomial is a compound Poisson: batches arrive at random, ln(phi)/(phi - 1) for every
// count, their sizes logarithmic with parameter 1 - 1/phi (Quenouille 1949). So the count of a
// part of a bin, or of several bins, has the same phi, and a share of the talkers gone is the same
// law with a smaller mean.

#pragma once

#include "synth/random.h"

#define LULL_CHANCE_PHI_MAX 1000.0
#define LULL_CHANCE_MEAN_MAX 1e13 // larger means are this one: counts stay exact

struct lull_chance {
	double phi;
	double batches;         // batches per count
	struct lull_pick sizes; // of a batch, less 1; empty for phi = 1
};

// phi: 1 to LULL_CHANCE_PHI_MAX; less than 1 + 1e-6 is 1. 0 or -ENOMEM.
int lull_chance_init(struct lull_chance *c, double phi);
void lull_chance_finish(struct lull_chance *c);

// What does not change while the mean stays: prepare once, draw often.
struct lull_chance_law {
	double mean;
	double none;          // few batches: the chance of none; 0: many
	double a, b, vr, inv; // Poisson by rejection (phi = 1)
	double d, c;          // gamma by rejection (phi > 1)
};

// mean >= 0.
void lull_chance_law(const struct lull_chance *c, double mean, struct lull_chance_law *law);

// One count, a whole number. Few batches: Poisson by multiplication (Knuth 1969) and sizes by
// alias; many: a Poisson number with gamma mean, by transformed rejection (Hoermann 1993, PTRS)
// and Marsaglia, Tsang (2000).
double lull_chance_draw(
	const struct lull_chance *c, const struct lull_chance_law *law, struct lull_random *r);

// ln k! for whole k >= 0, to 1e-10.
double lull_chance_ln_factorial(double k);
