// SPDX-License-Identifier: BSD-3-Clause
// The bank: one addition and one comparison per member and bin.

#include "ecusum.h"
#include <float.h>
#include <lull/time.h>
#include <math.h>
#include <string.h>

// mu = 0 stands first: its logarithm is the hard reset and needs code of its own.
static const double mu[LULL_ECUSUM_J] = {0.0, 0.1, 0.3, 0.6, 0.85};
static const double ln_mu[LULL_ECUSUM_J] = {
	0.0, -2.3025850929940457, -1.2039728043259360, -0.51082562376599068, -0.16251892949777494};
static const double mu_up[LULL_ECUSUM_UP_J] = {1.5, 3.0, 10.0};
static const double ln_mu_up[LULL_ECUSUM_UP_J] = {
	0.40546510810816438, 1.0986122886681098, 2.3025850929940457};

void lull_ecusum_reset(struct lull_ecusum *e)
{
	for (int j = 0; j < LULL_ECUSUM_J; j++) {
		e->c[j] = 0.0;
		e->tau_ns[j] = LULL_TIME_NONE;
	}
}

double lull_ecusum_update(struct lull_ecusum *e, double x, double m, double h, uint64_t start_ns)
{
	double top = -DBL_MAX;
	for (int j = 0; j < LULL_ECUSUM_J; j++) {
		double step = fmin(x * ln_mu[j] + m * (1.0 - mu[j]), 0.5 * h);
		if (e->c[j] <= 0.0) {
			e->c[j] = 0.0;
			e->tau_ns[j] = start_ns;
		}
		// "Nothing at all remains" is refuted by one packet; without this c[0] would
		// climb on busy series as well.
		e->c[j] = j == 0 && x > 0.0 ? 0.0 : e->c[j] + step;
		top = fmax(top, e->c[j]);
	}
	return top;
}

double lull_ecusum_stretch(double x, double m)
{
	double top = 0.0;
	for (int j = x > 0.0; j < LULL_ECUSUM_J; j++)
		top = fmax(top, x * ln_mu[j] + m * (1.0 - mu[j]));
	return top;
}

uint64_t lull_ecusum_tau(const struct lull_ecusum *e, double above)
{
	uint64_t tau = LULL_TIME_NONE;
	for (int j = 0; j < LULL_ECUSUM_J; j++)
		if (e->c[j] > above && e->tau_ns[j] < tau)
			tau = e->tau_ns[j];
	return tau;
}

double lull_ecusum_surge(struct lull_ecusum_up *e, double x, double m, double h)
{
	double top = -DBL_MAX;
	for (int j = 0; j < LULL_ECUSUM_UP_J; j++) {
		double step = x * ln_mu_up[j] - m * (mu_up[j] - 1.0);
		e->c[j] = fmin(fmax(e->c[j], 0.0) + step, h);
		top = fmax(top, e->c[j]);
	}
	return top;
}

double lull_ecusum_alpha(double budget_per_day, double weight, double bin_s)
{
	return budget_per_day * weight * bin_s / 86400.0;
}

double lull_ecusum_threshold(double alpha)
{
	return log((double)LULL_ECUSUM_J) - log(alpha);
}
