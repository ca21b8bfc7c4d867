// SPDX-License-Identifier: BSD-3-Clause
// The bank: one addition and one comparison per member and bin.

#include "ecusum.h"
#include "pick.h"
#include <lull/time.h>
#include <math.h>

// mu = 0 stands first: its logarithm is the hard reset and needs code of its own. The loops over
// all lanes are laid out for the compiler to run side by side; lanes never mix, so the sums are
// the same if it does not.
static const float ln_mu[LULL_ECUSUM_LANES] = {0.0f, -2.3025850930f, -1.2039728043f, -0.5108256238f,
	-0.1625189295f, 0.4054651081f, 1.0986122887f, 2.3025850930f};
// 1 - mu.
static const float gain[LULL_ECUSUM_LANES] = {
	1.0f, 0.9f, 0.7f, 0.4f, 0.15f, 1.0f - 1.5f, 1.0f - 3.0f, 1.0f - 10.0f};

void lull_ecusum_reset_falls(struct lull_ecusum *e)
{
	for (int j = 0; j < LULL_ECUSUM_J; j++)
		e->c[j] = 0.0f;
}

void lull_ecusum_reset(struct lull_ecusum *e)
{
	*e = (struct lull_ecusum){.c = {0.0f}};
}

static void lift(struct lull_ecusum *e, const float *before, uint64_t start_ns)
{
	for (int j = 0; j < LULL_ECUSUM_J; j++)
		if (before[j] <= 0.0f && e->c[j] > 0.0f)
			e->tau_ns[j] = start_ns;
}

struct lull_ecusum_tops lull_ecusum_update(
	struct lull_ecusum *e, struct lull_ecusum_bin bin, float h, uint64_t start_ns)
{
	const float x = bin.x, low = bin.low, y = bin.y, high = bin.high;
	const float k[LULL_ECUSUM_LANES] = {x, x, x, x, x, y, y, y};
	const float m[LULL_ECUSUM_LANES] = {low, low, low, low, low, high, high, high};
	float half = 0.5f * h, before[LULL_ECUSUM_LANES];
	const float most[LULL_ECUSUM_LANES] = {half, half, half, half, half, h, h, h};
	unsigned lifted = 0;
	for (int j = 0; j < LULL_ECUSUM_LANES; j++) {
		float step = lull_lesser(k[j] * ln_mu[j] + m[j] * gain[j], most[j]);
		before[j] = e->c[j];
		e->c[j] = lull_greater(before[j], 0.0f) + step;
	}
	// "Nothing at all remains" is refuted by one packet; without this c[0] would climb on busy
	// series as well.
	if (x > 0.0f)
		e->c[0] = 0.0f;
	for (int j = 0; j < LULL_ECUSUM_J; j++)
		lifted |= (unsigned)(before[j] <= 0.0f) & (unsigned)(e->c[j] > 0.0f);
	if (lifted)
		lift(e, before, start_ns);
	float *up = e->c + LULL_ECUSUM_J;
	for (int j = 0; j < LULL_ECUSUM_UP_J; j++)
		up[j] = lull_lesser(up[j], h);
	float a = lull_greater(e->c[0], e->c[1]), b = lull_greater(e->c[2], e->c[3]);
	return (struct lull_ecusum_tops){
		.fall = lull_greater(lull_greater(a, b), e->c[4]),
		.surge = lull_greater(lull_greater(up[0], up[1]), up[2]),
	};
}

double lull_ecusum_stretch(double x, double m)
{
	double top = 0.0;
	for (int j = x > 0.0; j < LULL_ECUSUM_J; j++)
		top = fmax(top, x * (double)ln_mu[j] + m * (double)gain[j]);
	return top;
}

uint64_t lull_ecusum_tau(const struct lull_ecusum *e, double above)
{
	uint64_t tau = LULL_TIME_NONE;
	for (int j = 0; j < LULL_ECUSUM_J; j++)
		if ((double)e->c[j] > above && e->tau_ns[j] < tau)
			tau = e->tau_ns[j];
	return tau;
}

double lull_ecusum_alpha(double budget_per_day, double weight, double bin_s)
{
	return budget_per_day * weight * bin_s / 86400.0;
}

double lull_ecusum_threshold(double alpha)
{
	return log((double)LULL_ECUSUM_J) - log(alpha);
}
