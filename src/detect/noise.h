// SPDX-License-Identifier: BSD-3-Clause
// How far the level of a series strays below a forecast, beyond what chance arrivals explain.

#pragma once

#define LULL_BLOCK_PACKETS 20.0f  // times phi: below it Poisson error hides the level noise
#define LULL_NOISE_PRIOR_S 300.0f // how long a history outweighs what is assumed before

// Downward level noise against one forecast, from blocks of expected packets.
struct lull_noise {
	float sigma2;   // level noise squared, Poisson error taken out: may fall below 0
	float s;        // exposure behind it
	float k, l, of; // the block being filled: packets, forecast, exposure
};

void lull_noise_init(struct lull_noise *n);
// What follows is no neighbour of what came: the block being filled is dropped.
void lull_noise_break(struct lull_noise *n);
// The same without learning from it: the exposure of a full block is in *of.
float lull_noise_block(
	struct lull_noise *n, float phi, float k, float l, float exposure_s, float *of);
// Learn from blocks of so much exposure, whose mean is noise.
void lull_noise_take(struct lull_noise *n, float level_s, float noise, float of);
// Fill a block with k packets of which the forecast said l; when it is full, learn from it and
// return its noise, else NAN. level_s: time constant of the level.
float lull_noise_learn(
	struct lull_noise *n, float level_s, float phi, float k, float l, float exposure_s);
