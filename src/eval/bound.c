// SPDX-License-Identifier: BSD-3-Clause
// The detectable delay when everything is known, and Clopper-Pearson by bisection.

#include "bound.h"

#include "chance.h"
#include <math.h>
#include <stdbool.h>

#define BANK 4.0
#define DAY_S 86400.0

static double clamp(double x, double lo, double hi)
{
	return x < lo ? lo : x > hi ? hi : x;
}

static double bin_of(const struct lull_bound_case *c, double rho)
{
	static const double ladder[] = {1, 10, 60, 600};
	double best = c->bin_s;
	for (size_t i = 0; i < sizeof(ladder) / sizeof(ladder[0]); i++)
		if (ladder[i] > best && ladder[i] * rho * c->lambda <= c->phi)
			best = ladder[i];
	return best;
}

struct lull_bound lull_bound(const struct lull_bound_case *c)
{
	struct lull_bound b = {
		.rho = clamp(lull_random_exp(-4 * c->sigma), 0.03, 0.7), .delay_s = INFINITY};
	b.bin_s = bin_of(c, b.rho);
	double per_bin = fmin(c->budget_per_day * b.bin_s / DAY_S, 1);
	b.h = lull_random_ln(BANK / fmax(per_bin, 1e-300));
	double s = c->remains;
	if (s >= b.rho || c->lambda <= 0)
		return b;
	double drift = b.rho - s + (s > 0 ? s * lull_random_ln(s / b.rho) : 0);
	b.delay_s = fmax(b.h * c->phi / (c->lambda * drift), 2 * b.bin_s);
	return b;
}

// P(X = k), X binomial(n, p), 0 < p < 1.
static double point(size_t k, size_t n, double p)
{
	double a = (double)k, b = (double)(n - k);
	return exp(lull_chance_ln_factorial((double)n) - lull_chance_ln_factorial(a) -
		   lull_chance_ln_factorial(b) + a * log(p) + b * log1p(-p));
}

// P(X >= k) for p <= k/n, P(X <= k) for p >= k/n: terms fall away from k.
static double tail(size_t k, size_t n, double p, bool up)
{
	double term = point(k, n, p), sum = 0, odds = p / (1 - p);
	while (term > 1e-18 * (sum + 1e-30)) {
		sum += term;
		if (k == (up ? n : 0))
			break;
		if (up)
			term *= (double)(n - k) / (double)(k + 1) * odds, k++;
		else
			term *= (double)k / (double)(n - k + 1) / odds, k--;
	}
	return sum;
}

static double solve(size_t k, size_t n, bool up)
{
	double in = (double)k / (double)n, out = up ? 0 : 1;
	for (int i = 0; i < 60; i++) {
		double p = (in + out) / 2;
		if (tail(k, n, p, up) > 0.025)
			in = p;
		else
			out = p;
	}
	return (in + out) / 2;
}

void lull_bound_share(size_t k, size_t n, double *lo, double *hi)
{
	*lo = k > 0 ? solve(k, n, true) : 0;
	*hi = k < n ? solve(k, n, false) : 1;
}
