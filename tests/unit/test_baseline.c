// SPDX-License-Identifier: BSD-3-Clause
#include "bins.h"
#include "detect/baseline.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/time.h>

static const struct lull_detector_config config = {
	.level_ns = 1200 * LULL_NS_PER_SECOND,
	.clip = 3.0,
	.warmup_ns = 300 * LULL_NS_PER_SECOND,
};

// One bin of s seconds at full exposure, as a series would teach it.
static void teach(struct lull_baseline *b, double k, double s, uint64_t start_ns)
{
	uint64_t middle = start_ns + (uint64_t)(5e8 * s);
	double l = b->lev * lull_baseline_profile(b, middle) * s;
	cr_assert(eq(int, lull_baseline_learn(b, &config, k, l, s, s, middle), 0));
}

Test(baseline, level_is_a_mean_first_and_exponential_later)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	teach(&b, 10.0, 1.0, 0);
	teach(&b, 20.0, 1.0, 1);
	teach(&b, 33.0, 1.0, 2);
	cr_assert(epsilon_eq(dbl, b.lev, 21.0, 1e-5));
	b.seen_s = 1200.0;
	b.lev = 100.0;
	teach(&b, 160.0, 1.0, 3);
	cr_assert(epsilon_eq(dbl, b.lev, 100.0 + 60.0 * (1.0 - exp(-1.0 / 1200.0)), 1e-4));
	lull_baseline_finish(&b);
}

Test(baseline, exposure_and_common_mode_divide_out)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	// Half the bin seen, and the tap lost half of that: 5 packets mean 20 a second.
	lull_baseline_learn(&b, &config, 5.0, 0.0, 0.5, 0.25, 0);
	cr_assert(epsilon_eq(dbl, b.lev, 20.0, 1e-5));
	lull_baseline_finish(&b);
}

// Half of what was expected for ten minutes, held back; then what held it back is over.
static double sigma_after(bool doubt, bool alarm)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	b.lev = 10.0f;
	b.slow.s = 3600.0f;
	for (uint64_t i = 0; i < 600; i++)
		lull_baseline_hold(&b, 5.0f, 10.0f, 1.0, 1.0, i * LULL_NS_PER_SECOND, doubt);
	if (alarm)
		lull_baseline_hold(&b, 5.0f, 10.0f, 1.0, 1.0, 0, false);
	lull_baseline_release(&b, &config);
	double sigma = lull_baseline_sigma(&b);
	lull_baseline_finish(&b);
	return sigma;
}

Test(baseline, a_suspicion_that_came_to_nothing_was_level_noise)
{
	double before = sigma_after(false, false);
	cr_expect(gt(dbl, sigma_after(true, false), 1.2 * before));
	cr_expect(eq(dbl, sigma_after(true, true), before), "an alarm: no noise");
}

Test(baseline, phi_is_the_difference_estimator)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	b.bins = 1000;
	b.lev = 10.0;
	b.seen_s = 1200.0;
	b.fano = 3.0;
	b.fano_n = 1200;
	b.last_ratio = 0.8;
	teach(&b, 14.0, 1.0, 0); // (1.4 - 0.8)^2 * 10 / 2 = 1.8
	cr_assert(epsilon_eq(dbl, b.fano, 3.0 + (1.8 - 3.0) / 1200.0, 1e-5));
	cr_assert(epsilon_eq(dbl, b.phi, b.fano * (1.0 + 3.0 / sqrt(1200.0)), 1e-5));
	lull_baseline_break(&b); // neighbours of a hole are no neighbours
	double fano = b.fano;
	teach(&b, 0.0, 1.0, 0);
	cr_assert(epsilon_eq(dbl, b.fano, fano, 0.0));
	lull_baseline_finish(&b);
}

Test(baseline, sigma_is_level_noise_beyond_poisson_error)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	b.bins = 1000;
	b.lev = 25.0;
	b.phi = 1.0;
	b.seen_s = 1200.0;
	teach(&b, 20.0, 1.0, 0);
	double r = log(20.5 / 25.5), noise = r * r - 1.0 / 25.0;
	double sigma2 = 0.0225 + (noise - 0.0225) / 301.0;
	cr_assert(epsilon_eq(dbl, b.slow.sigma2, sigma2, 1e-7));
	b.slow.sigma2 = 0.0625;
	b.lev = 25.0;
	b.phi = 1.0;
	teach(&b, 25.0, 1.0, 0); // below Poisson error: less noise than none
	sigma2 = 0.0625 + (-1.0 / 25.0 - 0.0625) / 302.0;
	cr_assert(epsilon_eq(dbl, b.slow.sigma2, sigma2, 1e-7));
	cr_assert(epsilon_eq(dbl, b.rho, exp(-4.0 * sqrt(sigma2)), 1e-5));
	lull_baseline_finish(&b);
}

Test(baseline, one_block_moves_the_noise_by_two_deviations_up_and_three_down_at_most)
{
	// Else the first bins of a fall would teach that falls are normal.
	const double counts[] = {0.0, 1e6}, most[] = {9.0, 4.0};
	for (size_t i = 0; i < 2; i++) {
		struct lull_baseline b;
		lull_baseline_init(&b);
		b.bins = 1000;
		b.lev = 1000.0;
		b.phi = 1.0;
		b.seen_s = 1200.0;
		b.slow.sigma2 = 0.01;
		teach(&b, counts[i], 1.0, 0);
		double noise = most[i] * (0.01 + 0.001) - 0.001;
		cr_assert(epsilon_eq(dbl, b.slow.sigma2, 0.01 + (noise - 0.01) / 301.0, 1e-7));
		lull_baseline_finish(&b);
	}
}

Test(baseline, rho_stays_between_its_clamps)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	b.bins = 1000;
	b.lev = 1000.0;
	b.seen_s = 1200.0;
	b.slow.sigma2 = 4.0;
	teach(&b, 1000.0, 1.0, 0);
	cr_assert(epsilon_eq(dbl, b.rho, 0.03, 1e-7));
	b.slow.sigma2 = 0.0;
	teach(&b, 1000.0, 1.0, 1);
	cr_assert(epsilon_eq(dbl, b.rho, 0.7, 1e-7));
	lull_baseline_finish(&b);
}

Test(baseline, sparse_traffic_is_not_taken_for_noisy)
{
	// Without the subtraction blocks of 20 packets would look like sigma 0.22, rho 0.41.
	struct lull_baseline b;
	struct rng r = {11};
	lull_baseline_init(&b);
	for (uint64_t i = 0; i < 20000; i++)
		teach(&b, rng_poisson(&r, 1.0), 1.0, i * LULL_NS_PER_SECOND);
	cr_assert(lt(dbl, lull_baseline_sigma(&b), 0.19));
	cr_assert(lt(dbl, fabs(b.lev - 1.0), 0.1));
	lull_baseline_finish(&b);
}

Test(baseline, estimates_find_the_truth)
{
	const double phis[] = {1.0, 3.0, 10.0}, sigmas[] = {0.05, 0.3};
	for (size_t p = 0; p < 3; p++)
		for (size_t q = 0; q < 2; q++) {
			struct lull_baseline b;
			struct rng r = {20 + p * 2 + q};
			double level = 0.0;
			lull_baseline_init(&b);
			for (uint64_t i = 0; i < 20000; i++) {
				double corr = exp(-1.0 / 60.0);
				level = corr * level +
					sigmas[q] * sqrt(1.0 - corr * corr) * rng_normal(&r);
				teach(&b, rng_compound(&r, 200.0 * exp(level), phis[p]), 1.0,
					i * LULL_NS_PER_SECOND);
			}
			// phi never too small (that would cost the guarantee), at most twice.
			cr_assert(ge(dbl, b.phi, phis[p]));
			cr_assert(le(dbl, b.phi, 2.0 * phis[p] + 1.0));
			cr_assert(ge(dbl, lull_baseline_sigma(&b), 0.6 * sigmas[q] - 0.05));
			cr_assert(le(dbl, lull_baseline_sigma(&b), 1.4 * sigmas[q] + 0.15));
			lull_baseline_finish(&b);
		}
}

Test(baseline, the_clip_keeps_a_flood_out_of_the_level)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	for (uint64_t i = 0; i < 1200; i++)
		teach(&b, 10.0, 1.0, i * LULL_NS_PER_SECOND);
	for (uint64_t i = 1200; i < 1215; i++)
		teach(&b, 10000.0, 1.0, i * LULL_NS_PER_SECOND);
	// 15 s at a thousandfold: without the clip the level would stand at 134.
	cr_assert(lt(dbl, b.lev, 10.6));
	lull_baseline_finish(&b);
}

Test(baseline, a_level_of_zero_can_grow)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	for (uint64_t i = 0; i < 600; i++)
		teach(&b, 0.0, 1.0, i * LULL_NS_PER_SECOND);
	for (uint64_t i = 600; i < 8000; i++)
		teach(&b, 50.0, 1.0, i * LULL_NS_PER_SECOND);
	cr_assert(gt(dbl, b.lev, 30.0));
	lull_baseline_finish(&b);
}

// A day of 24 hours between 4 and 36 packets a second, in bins of a minute.
static double daily(uint64_t minute)
{
	double hour = (double)(minute % 1440) / 60.0;
	return 20.0 * (1.0 + 0.8 * cos((hour - 12.5) * 0.26179938779914944));
}

Test(baseline, the_shape_of_a_day_counts_after_two_days_and_never_makes_the_forecast_jump)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	uint64_t minute = 60 * LULL_NS_PER_SECOND;
	double before = 0.0, worst = 0.0;
	for (uint64_t i = 0; i < 21 * 1440; i++) {
		teach(&b, daily(i) * 60.0, 60.0, i * minute);
		double now = b.lev * lull_baseline_profile(&b, (i + 1) * minute);
		if (i > 1440)
			worst = fmax(worst, fabs(now - before) / before);
		before = now;
		if (i == 2 * 1440 - 30)
			cr_assert(not(lull_baseline_shaped(&b)));
		if (i == 2 * 1440 + 60)
			cr_assert(lull_baseline_shaped(&b));
	}
	cr_assert(lt(dbl, worst, 0.05));
	// Noon against midnight, from the middles of their hours.
	double noon = lull_baseline_profile(&b, 12 * 60 * minute + 30 * minute);
	double night = lull_baseline_profile(&b, 30 * minute);
	cr_assert(epsilon_eq(dbl, noon / night, 9.0, 0.6));
	lull_baseline_finish(&b);
}

Test(baseline, a_weekend_is_known_the_second_time)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	uint64_t minute = 60 * LULL_NS_PER_SECOND;
	for (uint64_t i = 0; i < 28 * 1440; i++) {
		bool weekend = i / 1440 % 7 >= 5;
		teach(&b, daily(i) * (weekend ? 20.0 : 60.0), 60.0, i * minute);
	}
	double friday = lull_baseline_profile(&b, (4 * 1440 + 750) * minute);
	double saturday = lull_baseline_profile(&b, (5 * 1440 + 750) * minute);
	cr_assert(epsilon_eq(dbl, friday / saturday, 3.0, 0.6));
	lull_baseline_finish(&b);
}

Test(baseline, hours_held_back_belong_to_the_shape_until_it_is_known)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	uint64_t hour = 3600 * LULL_NS_PER_SECOND;
	for (uint64_t i = 0; i < 4 * 24; i++) {
		bool night = i % 24 >= 18;
		double l = b.lev * lull_baseline_profile(&b, i * hour + hour / 2) * 3600.0;
		double k = night ? 36000.0 : 360000.0;
		if (night && i < 24)
			lull_baseline_hold(
				&b, (float)k, (float)k, 3600.0, 3600.0, i * hour + hour / 2, false);
		else
			lull_baseline_learn(&b, &config, k, l, 3600.0, 3600.0, i * hour + hour / 2);
		if (i % 24 == 0)
			lull_baseline_release(&b, &config);
	}
	cr_assert(lull_baseline_shaped(&b));
	double night = lull_baseline_profile(&b, 20 * hour + hour / 2);
	cr_assert(lt(dbl, night / lull_baseline_profile(&b, 12 * hour + hour / 2), 0.3));
	lull_baseline_finish(&b);
}

Test(baseline, the_fast_floor_sees_through_slow_noise_and_fades_when_frozen)
{
	struct lull_baseline b;
	struct rng r = {31};
	double level = 0.0, corr = exp(-1.0 / 60.0), slow = 0.0, fast = 0.0, faded = 0.0;
	lull_baseline_init(&b);
	for (uint64_t i = 0; i < 40000; i++) {
		level = corr * level + 0.3 * sqrt(1.0 - corr * corr) * rng_normal(&r);
		teach(&b, rng_poisson(&r, 20.0 * exp(level)), 1.0, i * LULL_NS_PER_SECOND);
		if (i < 20000)
			continue;
		slow += b.rho;
		fast += lull_baseline_floor(&b, i * LULL_NS_PER_SECOND, 0.0);
		faded += lull_baseline_floor(&b, i * LULL_NS_PER_SECOND, 3600.0);
	}
	cr_assert(gt(dbl, fast, 1.3 * slow));
	cr_assert(lt(dbl, fabs(faded - slow), 0.02 * slow));
	lull_baseline_finish(&b);
}

Test(baseline, a_flood_does_not_lift_the_floor)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	for (uint64_t i = 0; i < 3600; i++)
		teach(&b, 100.0, 1.0, i * LULL_NS_PER_SECOND);
	double before = b.lev * lull_baseline_floor(&b, 3600 * LULL_NS_PER_SECOND, 0.0);
	for (uint64_t i = 3600; i < 3660; i++)
		teach(&b, 250.0, 1.0, i * LULL_NS_PER_SECOND);
	double after = b.lev * lull_baseline_floor(&b, 3660 * LULL_NS_PER_SECOND, 0.0);
	cr_assert(lt(dbl, after, 1.1 * before));
	lull_baseline_finish(&b);
}

// Hours of a million packets, their level noise sigma independent from hour to hour.
static void teach_hours(struct lull_baseline *b, uint64_t from, uint64_t to, double factor)
{
	struct lull_detector_config slow = config;
	struct rng r = {7 + from};
	slow.level_ns = 36000 * LULL_NS_PER_SECOND;
	for (uint64_t i = from; i < to; i++) {
		uint64_t middle = i * 3600 * LULL_NS_PER_SECOND + 1800 * LULL_NS_PER_SECOND;
		double l = b->lev * lull_baseline_profile(b, middle) * 3600.0;
		double k = floor(1e6 * factor * exp(0.1 * rng_normal(&r)));
		lull_baseline_learn(b, &slow, k, l, 3600.0, 3600.0, middle);
	}
}

Test(baseline, level_noise_of_long_bins_is_no_burst)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	b.shortest = true;
	teach_hours(&b, 0, 400, 1.0);
	// Neighbours differ by the level noise: that is worth 10,000 packets of a million.
	cr_assert(gt(dbl, b.phi, 5000.0));
	cr_assert(lt(dbl, lull_baseline_grain(&b, 3600.0f), 1100.0));
	cr_assert(eq(flt, lull_baseline_grain(&b, 1.0f), b.phi));
	b.shortest = false; // bursts of a base bin, seen through a longer one, are bursts
	cr_assert(eq(flt, lull_baseline_grain(&b, 3600.0f), b.phi));
	b.shortest = true; // and so are ten a minute
	b.phi = b.lev * 60.0f / 10.0f;
	cr_assert(eq(flt, lull_baseline_grain(&b, 60.0f), b.phi));
	// All of it is level noise, and none is lost between the two.
	cr_assert(epsilon_eq(dbl, lull_baseline_sigma(&b), 0.1, 0.03));
	lull_baseline_finish(&b);
}

Test(baseline, a_flood_that_became_the_level_does_not_lift_the_floor)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	teach_hours(&b, 0, 400, 1.0);
	uint64_t now = 410 * 3600 * LULL_NS_PER_SECOND;
	double before = b.lev * lull_baseline_floor(&b, now, 0.0);
	lull_baseline_doubt(&b, 0.0); // a hole, and the level is read from a flood
	teach_hours(&b, 400, 405, 3.0);
	cr_assert(gt(dbl, b.lev, 700.0));
	cr_assert(lt(dbl, b.lev * lull_baseline_floor(&b, now, 0.0), 1.3 * before));
	lull_baseline_finish(&b);
}

Test(baseline, one_bin_teaches_the_profile_little_beyond_what_it_says)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	teach_hours(&b, 0, 100, 1.0);
	teach_hours(&b, 100, 101, 9.0);
	cr_assert(lt(dbl, b.hour_k, 2e6));
	lull_baseline_finish(&b);
}

Test(baseline, an_hour_of_silence_needs_no_second_once_a_week_is_known)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	teach_hours(&b, 0, 150, 1.0);
	uint64_t now = 400 * 3600 * LULL_NS_PER_SECOND;
	cr_assert(not(lull_baseline_plain(&b, 0.0f, 5e5f)));
	teach_hours(&b, 150, 400, 1.0);
	cr_assert(lull_baseline_plain(&b, 0.0f, 5e5f));
	cr_assert(not(lull_baseline_plain(&b, 3e5f, 5e5f)));
	uint64_t hour = LULL_PLAIN_NS;
	cr_assert(epsilon_eq(flt, lull_baseline_delay(&b, now, 12.0f, hour), 3600.0f, 1.0f));
	cr_assert(epsilon_eq(flt, lull_baseline_delay(&b, now, 12.0f, hour / 2), 3600.0f, 1.0f));
	lull_baseline_finish(&b);
}

Test(baseline, a_day_that_differs_is_no_level)
{
	// A Saturday of a third: what its hours teach the week must not lift the level meanwhile.
	struct lull_baseline b;
	lull_baseline_init(&b);
	teach_hours(&b, 0, 240, 1.0);
	double before = b.lev;
	teach_hours(&b, 240, 264, 0.6);
	cr_assert(lt(dbl, b.lev, 1.02 * before));
	lull_baseline_finish(&b);
}

Test(baseline, a_morning_that_comes_by_half_is_below_every_day)
{
	struct lull_baseline b;
	lull_baseline_init(&b);
	teach_hours(&b, 0, 400, 1.0);
	uint64_t now = 401 * 3600 * LULL_NS_PER_SECOND;
	b.fast_s = 0.0f; // the slow floor alone
	// The level followed it down by a fifth, and what it is asked for did not.
	double usual = b.lev;
	b.lev *= 0.8f;
	b.ask = 1.3f;
	b.rho = 0.5f;
	struct lull_shape shape = lull_profile_at(b.profile, now);
	double floor = b.lev * lull_baseline_floor(&b, now, 0.0) * shape.at;
	cr_assert(gt(dbl, shape.least, 0.7 * usual));
	cr_assert(epsilon_eq(dbl, floor, 0.5 * shape.least, 1e-3 * usual));
	b.ask = LULL_ASK_MOST; // but where the level is known to be another, that is what counts
	floor = b.lev * lull_baseline_floor(&b, now, 0.0);
	cr_assert(lt(dbl, floor, 0.401 * usual));
	lull_baseline_finish(&b);
}
