// SPDX-License-Identifier: BSD-3-Clause
// What a clean bin adds to what was heard since the baseline last learnt. Once per series and bin,
// so it stands in line.

#pragma once

#include "baseline.h"
#include "pick.h"
#include <math.h>

#define LULL_FIRST_BINS 5 // whose forecasts rest on nothing
// Bins whose mean is taken as it is: a clip against a level of a few bins would clip noise.
#define LULL_RAW_BINS 30
// A bin teaches the level at most clip L + clip phi, and phi at most clip L + TAIL phi: the
// second term lets a level of 0 grow, and keeps the batches that are phi.
#define LULL_TAIL 8.0f
#define LULL_RATIO_MOST 1e9f

// Difference estimator: slow changes of the level cancel between neighbours.
static inline void lull_baseline_hear_pair(
	struct lull_baseline *b, const struct lull_detector_config *config, float k, float l)
{
	if (b->bins >= LULL_RAW_BINS)
		k = lull_lesser(k, (float)config->clip * l + LULL_TAIL * b->phi);
	float ratio = lull_lesser(k / l, LULL_RATIO_MOST);
	if (!isnan(b->last_ratio)) {
		float d = ratio - b->last_ratio;
		b->heard.pairs += d * d * l * 0.5f;
		b->heard.n_pairs++;
	}
	b->last_ratio = ratio;
}

static inline void lull_baseline_count(struct lull_baseline *b,
	const struct lull_detector_config *config, float k, float l, float exposure_s,
	float common_s)
{
	struct lull_heard *h = &b->heard;
	h->bins++;
	h->k += k;
	h->l += l;
	h->exposure_s += exposure_s;
	h->common_s += common_s;
	// The first forecasts teach the level and no more.
	if (l > 0.0f && b->bins >= LULL_FIRST_BINS)
		lull_baseline_hear_pair(b, config, k, l);
}

// A level that moved for good is read off as it is: clips against the old one would only drag it.
static inline void lull_baseline_hear_level(
	struct lull_baseline *b, const struct lull_detector_config *config, float k, float l)
{
	bool raw = b->bins < LULL_RAW_BINS || b->old_lev > 0.0f;
	if (!raw)
		k = lull_lesser(k, (float)config->clip * (l + b->phi));
	if (!raw && l >= LULL_BLOCK_PACKETS * b->phi)
		k = lull_greater(k, b->rho * l);
	b->heard.level_k += k;
}

static inline void lull_baseline_hear(struct lull_baseline *b,
	const struct lull_detector_config *config, float k, float l, float exposure_s,
	float common_s)
{
	lull_baseline_count(b, config, k, l, exposure_s, common_s);
	lull_baseline_hear_level(b, config, k, l);
}
