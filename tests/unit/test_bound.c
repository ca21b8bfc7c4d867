// SPDX-License-Identifier: BSD-3-Clause
// The delays theory promises, and exact intervals of shares against published ones.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <eval/bound.h>
#include <math.h>

#define NEAR(a, b, tolerance) cr_expect(fabs((a) - (b)) <= (tolerance), "%.6g, not %.6g", a, b)

// A million series at one false alarm a day, rho = 0.5: h = 26.6.
Test(bound, thresholds_and_delays_are_those_of_the_design)
{
	struct lull_bound_case c = {10, 1, 0.1732868, 0, 1, 1e-6};
	NEAR(lull_bound(&c).rho, 0.5, 1e-6);
	NEAR(lull_bound(&c).h, 26.6, 0.05);
	NEAR(lull_bound(&c).delay_s, 5.3, 0.02);
	c.lambda = 1;
	NEAR(lull_bound(&c).delay_s, 53.1, 0.1);
	c.phi = 10;
	c.lambda = 10; // what counts is lambda/phi
	NEAR(lull_bound(&c).delay_s, 53.1, 0.1);
	c.lambda = 1e6;
	NEAR(lull_bound(&c).delay_s, 2.0, 0.0); // no less than two bins
	c.lambda = 1.0 / 60;
	c.phi = 1;
	NEAR(lull_bound(&c).bin_s, 60.0, 0.0); // rho lambda D/phi = 0.5
	NEAR(lull_bound(&c).h, 26.57 - log(60), 0.01);
}

Test(bound, what_remains_slows_and_hides)
{
	struct lull_bound_case c = {10, 1, 0.3, 0.2, 1, 1 / 90.0};
	double rho = exp(-1.2), drift = rho - 0.2 + 0.2 * log(0.2 / rho);
	NEAR(lull_bound(&c).delay_s, lull_bound(&c).h / (10 * drift), 1e-9);
	cr_expect(lull_bound(&c).delay_s < 120);
	c.remains = 0.31;
	cr_expect(isinf(lull_bound(&c).delay_s));
	c.remains = 0;
	c.sigma = 0;
	NEAR(lull_bound(&c).rho, 0.7, 0.0);
	c.sigma = 3;
	NEAR(lull_bound(&c).rho, 0.03, 0.0);
}

Test(bound, shares_have_the_intervals_of_clopper_and_pearson)
{
	// R 4.2, binom.test(): 0 of 10, 5 of 10, 95 of 100, 10 of 10
	static const double want[][4] = {{0, 10, 0, 0.3084971}, {5, 10, 0.187086, 0.812914},
		{95, 100, 0.8871651, 0.9835681}, {10, 10, 0.6915029, 1}};
	double lo, hi;
	for (size_t i = 0; i < 4; i++) {
		lull_bound_share((size_t)want[i][0], (size_t)want[i][1], &lo, &hi);
		NEAR(lo, want[i][2], 2e-6);
		NEAR(hi, want[i][3], 2e-6);
	}
	lull_bound_share(0, 0, &lo, &hi);
	cr_expect(lo == 0 && hi == 1);
	lull_bound_share(950000, 1000000, &lo, &hi);
	NEAR(lo, 0.95 - 1.96 * sqrt(0.95 * 0.05 / 1e6), 2e-6);
	NEAR(hi, 0.95 + 1.96 * sqrt(0.95 * 0.05 / 1e6), 2e-6);
}
