// SPDX-License-Identifier: BSD-3-Clause
#include "bins.h"
#include "detect/bank.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/time.h>

// Falls alone.
static struct lull_ecusum_starts starts;

static double update(struct lull_ecusum *e, double x, double m, double h, uint64_t start_ns)
{
	struct lull_ecusum_bin bin = {.x = (float)x, .low = (float)m};
	return (double)lull_ecusum_update(e, &starts, bin, (float)h, start_ns).fall;
}

static double surge(struct lull_ecusum *e, double x, double m, double h)
{
	struct lull_ecusum_bin bin = {.y = (float)x, .high = (float)m};
	return (double)lull_ecusum_update(e, &starts, bin, (float)h, 1).surge;
}

Test(ecusum, threshold_is_ln_j_plus_ln_one_over_alpha)
{
	// Three prefixes, one false alarm a month, 1 s bins; a million series, one a day.
	double three = lull_ecusum_alpha(1.0 / 30.0, 1.0 / 3.0, 1.0);
	cr_assert(epsilon_eq(dbl, three, 1.0 / 7776000.0, 1e-15));
	cr_assert(epsilon_eq(dbl, lull_ecusum_threshold(three), 1.6094379 + 15.8665538, 1e-5));
	double million = lull_ecusum_alpha(1.0, 1e-6, 1.0);
	cr_assert(epsilon_eq(dbl, lull_ecusum_threshold(million), 1.6094379 + 25.1823, 1e-3));
}

Test(ecusum, steps_equal_hand_computed_values)
{
	struct lull_ecusum e;
	lull_ecusum_reset(&e);
	// k = 3, phi = 2, rho L = 10: x = 1.5, m = 5.
	double top = update(&e, 1.5, 5.0, 1e9, 100);
	cr_assert(epsilon_eq(dbl, e.c[0], 0.0, 0.0)); // a packet came
	cr_assert(epsilon_eq(dbl, e.c[1], 4.5 - 1.5 * 2.302585093, 1e-5));
	cr_assert(epsilon_eq(dbl, e.c[2], 3.5 - 1.5 * 1.203972804, 1e-5));
	cr_assert(epsilon_eq(dbl, e.c[3], 2.0 - 1.5 * 0.510825624, 1e-5));
	cr_assert(epsilon_eq(dbl, e.c[4], 0.75 - 1.5 * 0.162518929, 1e-5));
	cr_assert(epsilon_eq(dbl, top, e.c[2], 0.0));
	// A full bin: k = 20, x = 10: mu = 0.1 falls below 0 and starts anew in the bin after.
	update(&e, 10.0, 5.0, 1e9, 200);
	cr_assert(lt(dbl, e.c[1], 0.0));
	update(&e, 0.0, 5.0, 1e9, 300);
	cr_assert(epsilon_eq(dbl, e.c[1], 4.5, 1e-5));
	cr_assert(epsilon_eq(dbl, e.c[0], 5.0, 1e-5));
	cr_assert(eq(u64, starts.tau_ns[1], 300));
}

Test(ecusum, a_packet_resets_mu_zero_even_on_a_busy_series)
{
	// 50 of 100 expected, rho = 0.5: exactly the null. Without the reset c[0] climbs 50 nats a
	// bin.
	struct lull_ecusum e;
	lull_ecusum_reset(&e);
	double top = 0.0;
	for (int i = 0; i < 1000; i++)
		top = fmax(top, update(&e, 50.0, 50.0, 1e9, 1));
	cr_assert(lt(dbl, top, 1e-9));
}

Test(ecusum, one_bin_can_never_alarm)
{
	struct lull_ecusum e;
	lull_ecusum_reset(&e);
	cr_assert(epsilon_eq(dbl, update(&e, 0.0, 1e6, 20.0, 1), 10.0, 1e-5));
	cr_assert(epsilon_eq(dbl, update(&e, 0.0, 1e6, 20.0, 2), 20.0, 1e-5));
	cr_assert(eq(u64, lull_ecusum_tau(&e, &starts, 5.0), 1));
}

Test(ecusum, silence_takes_h_phi_over_rho_lambda)
{
	// lambda = 8/s, phi = 4, rho = 0.5: m = 1 a second; h = 17.5: the 18th bin.
	struct lull_ecusum e;
	lull_ecusum_reset(&e);
	int bins = 1;
	while (update(&e, 0.0, 0.5 * 8.0 / 4.0, 17.5, 1) < 17.5)
		bins++;
	cr_assert(eq(int, bins, 18));
}

Test(ecusum, surges_lift_the_mirrored_bank_and_calm_lowers_it)
{
	struct lull_ecusum e;
	lull_ecusum_reset(&e);
	double h = 20.0;
	surge(&e, 100.0, 20.0, h); // five times the ceiling of the null
	// One bin is enough, and no more than enough.
	cr_assert(epsilon_eq(dbl, e.c[LULL_ECUSUM_J + 1], h, 1e-5));
	for (int i = 0; i < 3; i++)
		surge(&e, 10.0, 20.0, h);
	cr_assert(lt(dbl, surge(&e, 10.0, 20.0, h), 0.0));
}

// Mean bins to a false alarm at the edge of the null: mean rate exactly m phi, Fano phi.
static double run_length(uint64_t seed, double m, double phi, double alpha, int runs)
{
	struct rng r = {seed};
	double h = lull_ecusum_threshold(alpha), total = 0.0;
	for (int i = 0; i < runs; i++) {
		struct lull_ecusum e;
		lull_ecusum_reset(&e);
		int bins = 1;
		while (update(&e, rng_compound(&r, m * phi, phi) / phi, m, h, 1) < h &&
			bins < 100000)
			bins++;
		total += bins;
	}
	return total / runs;
}

Test(ecusum, average_run_length_is_at_least_one_over_alpha)
{
	// The guarantee is for the worst null, so rates and burstiness at its very edge.
	const double ms[] = {0.3, 1.0, 5.0, 40.0}, phis[] = {1.0, 3.0, 10.0};
	double alpha = 0.01, least = 1e9;
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 3; j++)
			least = fmin(
				least, run_length(1000 + i * 8 + j, ms[i], phis[j], alpha, 100));
	cr_log_info("least average run length %.0f bins at alpha %.3f\n", least, alpha);
	cr_assert(ge(dbl, least, 1.0 / alpha));
}

Test(ecusum, without_phi_bursty_traffic_alarms_far_too_often)
{
	// The control of the test above: the same traffic, phi believed to be 1.
	struct rng r = {7};
	double h = lull_ecusum_threshold(1e-4);
	int alarms = 0;
	struct lull_ecusum e;
	lull_ecusum_reset(&e);
	for (int i = 0; i < 20000; i++)
		if (update(&e, rng_compound(&r, 10.0, 10.0), 10.0, h, 1) >= h) {
			alarms++;
			lull_ecusum_reset(&e);
		}
	cr_assert(gt(int, alarms, 20)); // 2 would be the budget
}

Test(ecusum, falls_and_surges_count_in_units_of_their_own)
{
	struct lull_ecusum e;
	lull_ecusum_reset(&e);
	// Ten thousand times the forecast of falls, and what surges expect to the packet.
	struct lull_ecusum_bin bin = {.x = 1e6f, .low = 100.0f, .y = 100.0f, .high = 100.0f};
	cr_assert(le(flt, lull_ecusum_update(&e, &starts, bin, 20.0f, 1).surge, 0.0f));
}
