// SPDX-License-Identifier: BSD-3-Clause
// What a series should carry: L = e G lev S[slot], and how far that can be trusted (phi, sigma,
// hence rho). It learns only when told to; who freezes it, and why, is the series' business.

#pragma once

#include <lull/config.h>
#include <stdbool.h>
#include <stdint.h>

#define LULL_PROFILE_SLOTS 168 // hours of a week

// Weekly profile: mean rate of each hour of the week (from the epoch, a Thursday), learnt from
// hours that were clean for at least half their length.
struct lull_profile {
	float rate[LULL_PROFILE_SLOTS];
	uint8_t n[LULL_PROFILE_SLOTS]; // hours folded into the slot, at most 255
	double sum;                    // of rate[]
	unsigned hours, slots;         // folded in all; slots with n > 0
};

struct lull_baseline {
	double lev;        // packets per second, free of profile and common-mode factor
	double seen_s;     // exposure behind lev, at most its time constant
	double learnt_s;   // exposure learnt from in all
	double packets;    // learnt from
	uint64_t bins;     // learnt from
	double fano;       // mean of (difference of ratios)^2 L/2
	double phi;        // max(1, 1.25 fano), with a margin below 300 bins
	double last_ratio; // k/L of the bin before, or NAN
	uint32_t fano_n;
	double sigma2;                    // level noise squared
	double sigma_s;                   // exposure behind it
	double rho;                       // clamp(exp(-4 sigma), 0.03, 0.7)
	double block_k, block_l, block_s; // the block being filled for sigma
	uint64_t hour;                    // hour being summed for the profile
	double hour_k, hour_s;
	struct lull_profile *profile; // NULL until the first clean hour is over
};

void lull_baseline_init(struct lull_baseline *b);
void lull_baseline_finish(struct lull_baseline *b);

// S at a time, interpolated between the middles of the hours; 1 until two weeks are known.
double lull_baseline_profile(const struct lull_baseline *b, uint64_t time_ns);

// Is the weekly profile known, so that nights are expected?
bool lull_baseline_shaped(const struct lull_baseline *b);

// Learn from a clean bin: k packets in exposure_s seconds of exposure (e times length) of which
// the forecast, common-mode factor included, said l; common_s is the sum of G e over its length.
// middle_ns: its middle. 0 or -ENOMEM (the profile's first hour).
int lull_baseline_learn(struct lull_baseline *b, const struct lull_detector_config *config,
	double k, double l, double exposure_s, double common_s, uint64_t middle_ns);

// A break: what pairs up neighbouring bins starts anew. To be called on every hole and freeze.
void lull_baseline_break(struct lull_baseline *b);
// The level is old (hole, recovery): keep it, but believe it no more than keep_s of exposure.
void lull_baseline_doubt(struct lull_baseline *b, double keep_s);
// Forget level, history and profile; keep nothing but phi and sigma as a first guess.
void lull_baseline_restart(struct lull_baseline *b);
// The bins became ratio times as long: phi at the new length has to show itself.
void lull_baseline_rescale(struct lull_baseline *b);
