// SPDX-License-Identifier: BSD-3-Clause
// Poisson, gamma and negative binomial from + - * /, sqrt and the logarithm of synth/random.h.

#include "chance.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define FEW_POISSON 10.0 // PTRS holds from a mean of 10 on
#define FEW_BATCHES 7.0  // above ln(LULL_CHANCE_PHI_MAX), so that the gamma's shape is above 1

// Sizes 1, 2, ... with weights q^k/k, q = 1 - 1/phi, until what is left is below 1e-13.
static int sizes_init(struct lull_chance *c)
{
	double q = 1 - 1 / c->phi, power = 1;
	uint32_t n = 8 + (uint32_t)(32 * c->phi);
	double *weights = calloc(n, sizeof(*weights));
	if (weights == NULL)
		return -ENOMEM;
	for (uint32_t k = 0; k < n; k++) {
		power *= q;
		weights[k] = power / (k + 1);
	}
	int rc = lull_pick_init(&c->sizes, weights, n);
	free(weights);
	return rc;
}

int lull_chance_init(struct lull_chance *c, double phi)
{
	*c = (struct lull_chance){.phi = 1, .batches = 1};
	if (phi < 1 + 1e-6)
		return 0;
	c->phi = phi;
	c->batches = lull_random_ln(phi) / (phi - 1);
	return sizes_init(c);
}

void lull_chance_finish(struct lull_chance *c)
{
	lull_pick_finish(&c->sizes);
}

double lull_chance_ln_factorial(double k)
{
	if (k < 10) {
		double product = 1;
		for (double i = 2; i <= k; i++)
			product *= i;
		return lull_random_ln(product);
	}
	// Stirling at x = k + 1 (Abramowitz, Stegun 1964, 6.1.41)
	double x = k + 1, y = 1 / (x * x);
	return (x - 0.5) * lull_random_ln(x) - x + 0.91893853320467274178 +
	       (1.0 / 12 - (1.0 / 360 - y / 1260) * y) / x;
}

static void ptrs_prepare(struct lull_chance_law *law, double mean)
{
	law->b = 0.931 + 2.53 * sqrt(mean);
	law->a = -0.059 + 0.02483 * law->b;
	law->vr = 0.9277 - 3.6224 / (law->b - 2);
	law->inv = 1.1239 + 1.1328 / (law->b - 3.4);
}

// Poisson with mean >= 10.
static double ptrs_draw(const struct lull_chance_law *law, double mean, struct lull_random *r)
{
	for (;;) {
		double u = lull_random_uniform(r) - 0.5;
		double v = lull_random_uniform(r);
		double us = 0.5 - fabs(u);
		double k = floor((2 * law->a / us + law->b) * u + mean + 0.43);
		if (us >= 0.07 && v <= law->vr)
			return k;
		if (!(k >= 0) || (us < 0.013 && v > us))
			continue;
		double left = lull_random_ln(v * law->inv / (law->a / (us * us) + law->b));
		double right = k * lull_random_ln(mean) - mean - lull_chance_ln_factorial(k);
		if (left <= right)
			return k;
	}
}

// How many factors a product of uniforms needs to fall to exp(-mean): one more than a Poisson.
static uint32_t knuth_draw(double none, struct lull_random *r)
{
	uint32_t n = 0;
	for (double p = lull_random_uniform(r); p > none; p *= lull_random_uniform(r))
		n++;
	return n;
}

static double gamma_draw(const struct lull_chance_law *law, struct lull_random *r)
{
	for (;;) {
		double x = lull_random_normal(r);
		double u = lull_random_uniform(r);
		double v = 1 + law->c * x;
		if (v <= 0)
			continue;
		v = v * v * v;
		double square = x * x;
		if (u < 1 - 0.0331 * square * square)
			return law->d * v;
		if (u > 0 &&
			lull_random_ln(u) < 0.5 * square + law->d * (1 - v + lull_random_ln(v)))
			return law->d * v;
	}
}

void lull_chance_law(const struct lull_chance *c, double mean, struct lull_chance_law *law)
{
	if (!(mean < LULL_CHANCE_MEAN_MAX))
		mean = LULL_CHANCE_MEAN_MAX;
	*law = (struct lull_chance_law){.mean = mean};
	double batches = mean * c->batches;
	bool poisson = c->phi == 1;
	if (batches < (poisson ? FEW_POISSON : FEW_BATCHES)) {
		law->none = lull_random_exp(-batches);
	} else if (poisson) {
		ptrs_prepare(law, mean);
	} else {
		law->d = mean / (c->phi - 1) - 1.0 / 3;
		law->c = 1 / sqrt(9 * law->d);
	}
}

double lull_chance_draw(
	const struct lull_chance *c, const struct lull_chance_law *law, struct lull_random *r)
{
	if (law->none > 0) {
		uint32_t n = knuth_draw(law->none, r);
		if (c->phi == 1)
			return n;
		uint64_t sum = n;
		for (uint32_t i = 0; i < n; i++)
			sum += lull_pick_draw(&c->sizes, r);
		return (double)sum;
	}
	if (c->phi == 1)
		return ptrs_draw(law, law->mean, r);
	double mean = gamma_draw(law, r) * (c->phi - 1);
	if (mean < FEW_POISSON)
		return knuth_draw(lull_random_exp(-mean), r);
	struct lull_chance_law poisson;
	ptrs_prepare(&poisson, mean);
	return ptrs_draw(&poisson, mean, r);
}
