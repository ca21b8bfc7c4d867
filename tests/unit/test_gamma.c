// SPDX-License-Identifier: BSD-3-Clause
#include "detect/gamma.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

Test(gamma, incomplete_gamma_equals_closed_forms)
{
	cr_assert(epsilon_eq(dbl, lull_gamma_p(1.0, 1.0), 1.0 - exp(-1.0), 1e-13));
	cr_assert(epsilon_eq(dbl, lull_gamma_p(0.5, 0.5), erf(sqrt(0.5)), 1e-13));
	cr_assert(epsilon_eq(dbl, lull_gamma_p(2.0, 5.0), 1.0 - 6.0 * exp(-5.0), 1e-13));
	cr_assert(epsilon_eq(dbl, lull_gamma_p(3.0, 0.0), 0.0, 0.0));
}

Test(gamma, quantile_inverts_on_both_sides_of_the_approximation)
{
	const double shapes[] = {0.3, 1.0, 4.0, 150.0, 201.0, 5000.0};
	const double ps[] = {0.025, 0.5, 0.975};
	for (size_t i = 0; i < 6; i++)
		for (size_t j = 0; j < 3; j++) {
			double x = lull_gamma_quantile(shapes[i], ps[j]);
			cr_assert(epsilon_eq(dbl, lull_gamma_p(shapes[i], x), ps[j], 1e-4),
				"shape %g", shapes[i]);
		}
}

Test(gamma, share_has_the_interval_of_garwood)
{
	// Exact Poisson limits for 0 and 10 counts: [0, 3.689] and [4.795, 18.390].
	struct lull_estimate none = lull_gamma_share(0.0, 100.0, 1.0);
	cr_assert(epsilon_eq(dbl, none.hi, 0.036889, 1e-6));
	cr_assert(epsilon_eq(dbl, none.lo, 0.0, 0.0));
	struct lull_estimate ten = lull_gamma_share(10.0, 100.0, 1.0);
	cr_assert(epsilon_eq(dbl, ten.lo, 0.04795, 1e-5));
	cr_assert(epsilon_eq(dbl, ten.hi, 0.18390, 1e-5));
	// Dispersion 4: as 10 counts of 100, each four packets.
	struct lull_estimate four = lull_gamma_share(40.0, 400.0, 4.0);
	cr_assert(epsilon_eq(dbl, four.hi, ten.hi, 1e-12));
	cr_assert(isnan(lull_gamma_share(3.0, 0.0, 1.0).value));
}
