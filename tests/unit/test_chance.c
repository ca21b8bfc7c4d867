// SPDX-License-Identifier: BSD-3-Clause
// Draws against the laws they are of, on every path through the sampler.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <eval/chance.h>
#include <math.h>
#include <stdlib.h>

#define DRAWS 200000

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

// P(count = 0), 1, 2, ... by recursion from logarithms: nothing of the sampler's.
static double first(double mean, double phi)
{
	return phi == 1 ? -mean : -mean / (phi - 1) * log(phi);
}

static double next(double log_p, double k, double mean, double phi)
{
	if (phi == 1)
		return log_p + log(mean / (k + 1));
	double r = mean / (phi - 1);
	return log_p + log((k + r) / (k + 1) * (1 - 1 / phi));
}

// Kolmogorov's distance between sorted draws and the law, times sqrt(n); beyond 2.2 once in 10^4.
static double distance(const double *x, size_t n, double mean, double phi)
{
	double log_p = first(mean, phi), cdf = 0, worst = 0;
	size_t i = 0;
	for (double k = 0; k <= x[n - 1]; k++) {
		cdf += exp(log_p);
		log_p = next(log_p, k, mean, phi);
		while (i < n && x[i] <= k)
			i++;
		worst = fmax(worst, fabs((double)i / (double)n - cdf));
	}
	return worst * sqrt((double)n);
}

Test(chance, counts_follow_their_law_on_every_path)
{
	static const double laws[][2] = {{0.3, 1}, {9.9, 1}, {10.1, 1}, {40, 1}, {1000, 1},
		{0.02, 100}, {1, 3}, {12, 3}, {14, 3}, {100, 3}, {300, 10}, {140, 100}, {155, 100},
		{5000, 100}, {1100, 1000}, {20, 1.01}};
	double *x = malloc(DRAWS * sizeof(*x));
	for (size_t l = 0; l < sizeof(laws) / sizeof(laws[0]); l++) {
		double mean = laws[l][0], phi = laws[l][1], sum = 0, squares = 0;
		struct lull_chance c;
		struct lull_chance_law law;
		struct lull_random r;
		cr_assert(eq(int, lull_chance_init(&c, phi), 0));
		lull_chance_law(&c, mean, &law);
		lull_random_init(&r, 7, l);
		for (size_t i = 0; i < DRAWS; i++) {
			x[i] = lull_chance_draw(&c, &law, &r);
			cr_assert(x[i] >= 0 && x[i] == floor(x[i]));
			sum += x[i];
			squares += (x[i] - mean) * (x[i] - mean);
		}
		qsort(x, DRAWS, sizeof(*x), by_value);
		double d = distance(x, DRAWS, mean, phi);
		cr_expect(d < 2.2, "mean %g, phi %g: distance %g", mean, phi, d);
		double off = (sum / DRAWS - mean) / sqrt(mean * phi / DRAWS);
		cr_expect(fabs(off) < 4, "mean %g, phi %g: off by %g", mean, phi, off);
		// a negative binomial's kurtosis: 3 + (6 (phi-1)^2 + 6 phi - 5)/(mean phi) at most
		double kurtosis = 3 + (6 * (phi - 1) * (phi - 1) + 6 * phi) / (mean * phi);
		double fano = squares / DRAWS / mean;
		cr_expect(fabs(fano - phi) < 4 * phi * sqrt((kurtosis - 1) / DRAWS),
			"mean %g: phi %g is %g", mean, phi, fano);
		lull_chance_finish(&c);
	}
	free(x);
}

Test(chance, a_mean_of_nothing_gives_nothing_and_an_absurd_one_stays_exact)
{
	struct lull_chance c;
	struct lull_chance_law law;
	struct lull_random r;
	lull_random_init(&r, 1, 1);
	for (double phi = 1; phi <= 100; phi *= 10) {
		cr_assert(eq(int, lull_chance_init(&c, phi), 0));
		lull_chance_law(&c, 0, &law);
		for (int i = 0; i < 1000; i++)
			cr_assert(eq(dbl, lull_chance_draw(&c, &law, &r), 0));
		lull_chance_law(&c, INFINITY, &law);
		double k = lull_chance_draw(&c, &law, &r);
		cr_assert(k > 0.99e13 && k < 1.01e13 && k == floor(k));
		lull_chance_finish(&c);
	}
}

Test(chance, ln_factorial_is_right_on_both_sides_of_stirling)
{
	for (double k = 0; k < 60; k++)
		cr_expect(fabs(lull_chance_ln_factorial(k) - lgamma(k + 1)) < 1e-9 * (k + 1));
	cr_expect(fabs(lull_chance_ln_factorial(1e6) - lgamma(1e6 + 1)) < 1e-5);
}
