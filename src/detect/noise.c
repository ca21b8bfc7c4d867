// SPDX-License-Identifier: BSD-3-Clause
// Blocks: as many bins as chance leaves readable. One number each.

#include "noise.h"
#include "pick.h"
#include <math.h>

#define PRIOR 0.15f
#define MIN_BLOCKS 30.0f
#define LEVELS 18.0f // memory, in time constants of the level
// Standard deviations above and below the forecast that count in full: bursts, and the first bins
// of a fall, are no news about the noise.
#define UPWARD 2.0f
#define DOWNWARD 3.0f
#define LEAST 0.05f

void lull_noise_init(struct lull_noise *n)
{
	*n = (struct lull_noise){.sigma2 = PRIOR * PRIOR, .s = LULL_NOISE_PRIOR_S};
}

void lull_noise_break(struct lull_noise *n)
{
	n->k = n->l = n->of = 0.0f;
}

// Poisson error phi/E is part of r^2 and is taken out of the mean, not of each block: a block below
// it is news as well.
float lull_noise_block(
	struct lull_noise *n, float phi, float k, float l, float exposure_s, float *of)
{
	n->k += k;
	n->l += l;
	n->of += exposure_s;
	if (!(n->l >= LULL_BLOCK_PACKETS * phi))
		return NAN;
	float r = logf((n->k + 0.5f) / (n->l + 0.5f)), error = phi / n->l;
	float most = (r < 0.0f ? DOWNWARD * DOWNWARD : UPWARD * UPWARD) *
		     (lull_greater(n->sigma2, LEAST * LEAST) + error);
	*of = n->of;
	lull_noise_break(n);
	return lull_lesser(r * r, most) - error;
}

void lull_noise_take(struct lull_noise *n, float level_s, float noise, float of)
{
	float memory = lull_greater(LEVELS * level_s, MIN_BLOCKS * of);
	n->s = lull_lesser(n->s + of, memory);
	n->sigma2 += (noise - n->sigma2) * of / n->s;
}

float lull_noise_learn(
	struct lull_noise *n, float level_s, float phi, float k, float l, float exposure_s)
{
	float of, noise = lull_noise_block(n, phi, k, l, exposure_s, &of);
	if (!isnan(noise))
		lull_noise_take(n, level_s, noise, of);
	return noise;
}
