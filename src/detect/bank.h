// SPDX-License-Identifier: BSD-3-Clause
// The bank: one addition and one comparison per member and bin. Once per series and bin, so it
// stands in line.

#pragma once

#include "ecusum.h"
#include "pick.h"
#include <math.h>

// mu = 0 stands first: its logarithm is the hard reset and needs code of its own. The loops over
// all lanes have neither branches nor calls, for the compiler to run side by side; lanes never mix,
// so the sums are the same if it does not.
static const float lull_bank_ln_mu[LULL_ECUSUM_LANES] = {0.0f, -2.3025850930f, -1.2039728043f,
	-0.5108256238f, -0.1625189295f, 0.4054651081f, 1.0986122887f, 2.3025850930f};
// 1 - mu, of the forecast that falls or surges are told from.
static const float lull_bank_fall[LULL_ECUSUM_LANES] = {1.0f, 0.9f, 0.7f, 0.4f, 0.15f};
static const float lull_bank_rise[LULL_ECUSUM_LANES] = {
	0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 1.0f - 1.5f, 1.0f - 3.0f, 1.0f - 10.0f};
// In thresholds: the most a bin may add, the most a sum may come to.
static const float lull_bank_most[LULL_ECUSUM_LANES] = {
	0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 1.0f, 1.0f, 1.0f};
static const float lull_bank_over[LULL_ECUSUM_LANES] = {
	INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, 0.0f, 0.0f, 0.0f}; // and one more

// Note where the members that left zero did so. before: their sums before the bin.
void lull_ecusum_lift(const struct lull_ecusum *e, struct lull_ecusum_starts *starts,
	const float *before, uint64_t start_ns);

// Take one bin: h the threshold, start_ns its start. It adds at most h/2, so that no single bin can
// alarm of a fall.
static inline struct lull_ecusum_tops lull_ecusum_update(struct lull_ecusum *e,
	struct lull_ecusum_starts *starts, struct lull_ecusum_bin bin, float h, uint64_t start_ns)
{
	float before[LULL_ECUSUM_LANES], *c = e->c;
	const float x = bin.x, y = bin.y;
	const float k[LULL_ECUSUM_LANES] = {x, x, x, x, x, y, y, y};
	for (int j = 0; j < LULL_ECUSUM_LANES; j++) {
		float m = bin.low * lull_bank_fall[j] + bin.high * lull_bank_rise[j];
		float step = k[j] * lull_bank_ln_mu[j] + m;
		before[j] = c[j];
		step = lull_greater(c[j], 0.0f) + lull_lesser(step, h * lull_bank_most[j]);
		c[j] = lull_lesser(step, h + lull_bank_over[j]);
	}
	// "Nothing at all remains" is refuted by one packet; without this c[0] would climb on busy
	// series as well.
	if (x > 0.0f)
		c[0] = 0.0f;
	struct lull_ecusum_tops tops = {
		.fall = lull_greater(
			lull_greater(lull_greater(c[0], c[1]), lull_greater(c[2], c[3])), c[4]),
		.surge = lull_greater(lull_greater(c[5], c[6]), c[7]),
	};
	if (tops.fall > 0.0f)
		lull_ecusum_lift(e, starts, before, start_ns);
	return tops;
}
