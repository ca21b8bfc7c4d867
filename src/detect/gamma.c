// SPDX-License-Identifier: BSD-3-Clause
// Only called for open events, so plain and right beats fast.

#include "gamma.h"
#include <math.h>

#define TERMS 2000
#define TAIL 0.025 // each side of a 95 % interval

double lull_gamma_p(double a, double x)
{
	int sign; // lgamma() would write it to a global
	if (x <= 0.0)
		return 0.0;
	double scale = exp(a * log(x) - x - lgamma_r(a, &sign));
	if (x < a + 1.0) {
		double term = 1.0 / a, sum = term;
		for (int n = 1; n < TERMS && term > sum * 1e-16; n++) {
			term *= x / (a + n);
			sum += term;
		}
		return scale * sum;
	}
	// Lentz's method from the top: b_n = x + 2n + 1 - a, a_n = -n (n - a).
	double b = x + 1.0 - a, c = 1e300, d = 1.0 / b, f = d;
	for (int n = 1; n < TERMS; n++) {
		double an = -n * (n - a);
		b += 2.0;
		d = 1.0 / (an * d + b);
		c = b + an / c;
		f *= c * d;
		if (fabs(c * d - 1.0) < 1e-15)
			break;
	}
	return 1.0 - scale * f;
}

// The normal quantile is needed at two points only.
static double normal_quantile(double p)
{
	double lo = -9.0, hi = 9.0;
	for (int i = 0; i < 60; i++) {
		double z = 0.5 * (lo + hi);
		if (0.5 * erfc(-z * 0.70710678118654752) < p)
			lo = z;
		else
			hi = z;
	}
	return 0.5 * (lo + hi);
}

double lull_gamma_quantile(double a, double p)
{
	if (a <= 0.0)
		return 0.0;
	if (a == 1.0)
		return -log1p(-p); // silence, the common case
	if (a > 200.0) {
		double g = 1.0 / (9.0 * a), t = 1.0 - g + normal_quantile(p) * sqrt(g);
		return a * t * t * t;
	}
	double lo = 0.0, hi = a + 12.0 * sqrt(a) + 40.0;
	for (int i = 0; i < 70; i++) {
		double x = 0.5 * (lo + hi);
		if (lull_gamma_p(a, x) < p)
			lo = x;
		else
			hi = x;
	}
	return 0.5 * (lo + hi);
}

struct lull_estimate lull_gamma_share(double k, double l, double phi)
{
	if (!(l > 0.0))
		return (struct lull_estimate){NAN, 0.0, INFINITY};
	return (struct lull_estimate){
		.value = k / l,
		.lo = lull_gamma_quantile(k / phi, TAIL) * phi / l,
		.hi = lull_gamma_quantile(k / phi + 1.0, 1.0 - TAIL) * phi / l,
	};
}
