// SPDX-License-Identifier: BSD-3-Clause
// What theory promises, to hold measurements against; and the exact interval of a share.

#pragma once

#include <stddef.h>

// A series whose law is known, and a budget.
struct lull_bound_case {
	double lambda;         // packets per second
	double phi, sigma;     // dispersion; sd of the log level
	double remains;        // share of the rate that an outage leaves
	double bin_s;          // bins of the series
	double budget_per_day; // false alarms on this series
};

struct lull_bound {
	double rho;     // clamp(exp(-4 sigma), 0.03, 0.7): what is normal is at least so much
	double bin_s;   // of the series, or longer: 1, 10, 60, 600 s, at most phi/(rho lambda)
	double h;       // ln 4 + ln(86400/(budget bin_s)): four detectors in the bank
	double delay_s; // h phi/(lambda (rho - s + s ln(s/rho))) for a share s that remains
			// (silence: h phi/(rho lambda), Lorden's bound for phi = rho = 1), at least
			// two bins; INFINITY when s >= rho: not to be told from noise
};

struct lull_bound lull_bound(const struct lull_bound_case *c);

// k of n: the exact 95 % interval of Clopper, Pearson (Biometrika 26, 1934). n = 0: 0 to 1.
void lull_bound_share(size_t k, size_t n, double *lo, double *hi);
