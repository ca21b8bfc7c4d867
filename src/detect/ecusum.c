// SPDX-License-Identifier: BSD-3-Clause
// The bank; what every bin of every series needs of it is in bank.h.

#include "bank.h"
#include "pick.h"
#include <lull/time.h>
#include <math.h>

void lull_ecusum_reset_falls(struct lull_ecusum *e)
{
	for (int j = 0; j < LULL_ECUSUM_J; j++)
		e->c[j] = 0.0f;
}

void lull_ecusum_reset(struct lull_ecusum *e)
{
	*e = (struct lull_ecusum){.c = {0.0f}};
}

void lull_ecusum_lift(const struct lull_ecusum *e, struct lull_ecusum_starts *starts,
	const float *before, uint64_t start_ns)
{
	for (int j = 0; j < LULL_ECUSUM_J; j++)
		if (before[j] <= 0.0f && e->c[j] > 0.0f)
			starts->tau_ns[j] = start_ns;
}

double lull_ecusum_stretch(double x, double m)
{
	double top = 0.0;
	for (int j = x > 0.0; j < LULL_ECUSUM_J; j++)
		top = fmax(top, x * (double)lull_bank_ln_mu[j] + m * (double)lull_bank_fall[j]);
	return top;
}

uint64_t lull_ecusum_tau(
	const struct lull_ecusum *e, const struct lull_ecusum_starts *starts, double above)
{
	uint64_t tau = LULL_TIME_NONE;
	for (int j = 0; j < LULL_ECUSUM_J; j++)
		if ((double)e->c[j] > above && starts->tau_ns[j] < tau)
			tau = starts->tau_ns[j];
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
