// SPDX-License-Identifier: BSD-3-Clause
// Intervals for the rate behind a count.

#pragma once

#include <lull/event.h>

// P(shape, x), the regularised lower incomplete gamma function (Abramowitz, Stegun 1964, 6.5:
// series 6.5.29 below shape + 1, Legendre's continued fraction 6.5.31 above). shape > 0, x >= 0.
double lull_gamma_p(double shape, double x);

// x with P(shape, x) = p, for 0 < p < 1: bisection up to shape 200, beyond it the cube of
// Wilson and Hilferty (1931), which is then right to 1e-5 of the value. shape <= 0 gives 0.
double lull_gamma_quantile(double shape, double p);

// k counts where l were expected, dispersion phi: the ratio k/l with the 95 % interval of
// Garwood (1936), counts and forecast both divided by phi. l <= 0: {NAN, 0, INFINITY}.
struct lull_estimate lull_gamma_share(double k, double l, double phi);
