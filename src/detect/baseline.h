// SPDX-License-Identifier: BSD-3-Clause
// What a series should carry: L = e G lev S, and how far below it a normal rate may lie. It learns
// only when told to; who freezes it, and why, is the series' business.
//
// Two forecasts, one floor. The slow level knows what is usual, the fast one what was just so; each
// has its own noise, and "normal" means a true rate of at least the larger of
// rho L and rho_fast min(fast, lev)/lev L. Level noise that is correlated over a minute is large
// against the slow level and small against the fast one, so the fast floor finds partial falls
// that the slow one cannot tell from noise; a flood cannot lift it, as the slow level bounds it.

#pragma once

#include "noise.h"
#include "profile.h"
#include <lull/config.h>
#include <lull/time.h>
#include <stdbool.h>
#include <stdint.h>

#define LULL_ASK_MOST 1.4f

// Floats: what is learnt is known to a few percent, and a million series have to fit in memory.

// What was heard since it last learnt: a bin, or the bins of a few seconds.
struct lull_heard {
	float k, l;                 // packets, forecast
	float level_k;              // packets as far as the level may learn from them
	float exposure_s, common_s; // as lull_baseline_learn() takes them
	float pairs;                // sum of (difference of neighbouring ratios)^2 L/2
	uint16_t bins, n_pairs;
};

// Level noise under a suspicion: not learnt yet.
struct lull_doubted {
	float noise, of; // noise of its blocks times their exposure; their exposure
};

// What every bin needs comes first.
struct lull_baseline {
	struct lull_heard heard;
	float last_ratio; // k/L of the bin before, or NAN
	float phi;        // max(1, 1.25 fano), with a margin below 300 bins
	float rho;        // clamp(exp(-4 sigma), 0.03, 0.7), the hour's own noise included
	uint32_t bins;    // learnt from, at most 2^32 - 1
	bool aimed;       // its user's: nothing but time changed what it says since it was asked
	uint16_t fano_n;
	uint8_t days;  // derived: whole days behind the profile, at most 255
	bool kept;     // derived: the profile holds hours back
	bool shortest; // its bins are as short as can be had, so that nothing shorter tells bursts
		       // from level noise
	float lev;                     // packets per second, free of profile and common-mode factor
	float seen_s;                  // exposure behind lev, at most its time constant
	float fast;                    // the same, remembered for about a minute
	float fast_s;                  // exposure behind fast
	float fast_full;               // its time constant; 0: the series is too sparse to have one
	float fano;                    // mean of (difference of ratios)^2 L/2
	struct lull_noise slow, quick; // against lev and against fast
	float rho_fast;                // of the fast forecast
	// Most that may be asked of either while days are not known; later ask is what the mean of
	// all days stands for as a share of the level, at most LULL_ASK_MOST.
	float ask, ask_fast;
	float rho_of[2]; // the noise that either was last worked out for
	struct lull_doubted doubted;
	struct lull_middles middles; // of the two hours that `between` says
	uint32_t between;            // derived: begins half an hour before the later middle
	uint32_t hour;               // hour being summed for the profile
	float hour_k, hour_s;
	float hour_noise, hour_blocks; // noise and exposure of its blocks
	float held_k, held_s;          // of its bins that nothing was learnt from
	float old_lev;   // level before it moved for good, until it is known anew; or 0
	float packets;   // learnt from, as long as that matters
	double learnt_s; // exposure learnt from in all
	struct lull_profile *profile; // NULL until the first clean hour is over
};

void lull_baseline_init(struct lull_baseline *b);
void lull_baseline_finish(struct lull_baseline *b);
// After a load: fill in what is derived.
void lull_baseline_derive(struct lull_baseline *b);
// Bins around this time come next: what the profile says of it is kept at hand. Changes nothing.
void lull_baseline_near(struct lull_baseline *b, uint64_t time_ns);

// Level noise against the slow forecast: the standard deviation of its logarithm.
double lull_baseline_sigma(const struct lull_baseline *b);

// Packets that count as one in proof of a fall, in bins of that length. phi, but from bins of a
// minute on, where they hold several phi: what neighbours differ by there is level noise, which
// sigma covers in full (and which no longer bin would average out), so little of it counts.
float lull_baseline_grain(const struct lull_baseline *b, float bin_s);

// Does a bin of k packets, LULL_PLAIN_NS long or longer, speak for two? A hiccup is shorter than an
// hour: one that holds less than half of `normal`, the least that is, needs no second once a week
// is known.
#define LULL_PLAIN_NS (3600 * LULL_NS_PER_SECOND)
bool lull_baseline_plain(const struct lull_baseline *b, float k, float normal);

// Seconds of silence at a time until h nats are there, in bins of that length.
float lull_baseline_delay(
	const struct lull_baseline *b, uint64_t time_ns, float h, uint64_t bin_ns);

// S at a time; 1 until a day is known.
float lull_baseline_profile(const struct lull_baseline *b, uint64_t time_ns);

// Is the shape of a day known, so that nights are expected?
bool lull_baseline_shaped(const struct lull_baseline *b);

// The least share of the forecast that is normal at a time. age_s: since when the fast level has
// been frozen; the older it is, the less it says.
float lull_baseline_floor(const struct lull_baseline *b, uint64_t time_ns, double age_s);

// Learn from a clean bin: k packets in exposure_s seconds of exposure (e times length) of which
// the forecast, common-mode factor included, said l; common_s is the sum of G e over its length.
// middle_ns: its middle. 0 or -ENOMEM (the profile's first hour).
int lull_baseline_learn(struct lull_baseline *b, const struct lull_detector_config *config,
	double k, double l, double exposure_s, double common_s, uint64_t middle_ns);
// Learn what was heard so far (hear.h), where no bin follows that is learnt from. 0 or -ENOMEM.
int lull_baseline_catch_up(
	struct lull_baseline *b, const struct lull_detector_config *config, uint64_t time_ns);

// A bin, as lull_baseline_learn() takes it, that nothing may be learnt from now; doubt: for no
// other reason than a suspicion. 0 or -ENOMEM.
int lull_baseline_hold(struct lull_baseline *b, float k, float l, double exposure_s,
	double common_s, uint64_t middle_ns, bool doubt);
// What froze it is over and was not the end of the old normal: while the shape of a day is not
// known, hours held back (at most 16 in a row) belong to it: the first night looks like a fall.
void lull_baseline_release(struct lull_baseline *b, const struct lull_detector_config *config);

// A break: what pairs up neighbouring bins starts anew. To be called on every hole and freeze.
void lull_baseline_break(struct lull_baseline *b);
// The level is old (hole, recovery): keep it, but believe it no more than keep_s of exposure.
void lull_baseline_doubt(struct lull_baseline *b, double keep_s);
// The level moved for good: learn it anew, keep the shape of the week if it is known.
void lull_baseline_shift(struct lull_baseline *b);
// Forget level, history and profile; keep nothing but phi and sigma as a first guess.
void lull_baseline_restart(struct lull_baseline *b);
// The bins became ratio times as long: phi at the new length has to show itself.
void lull_baseline_rescale(struct lull_baseline *b);
