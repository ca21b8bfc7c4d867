// SPDX-License-Identifier: BSD-3-Clause
// Simulated series have the figures they were asked for, and the truth they come with is true.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <eval/sim.h>
#include <lull/time.h>
#include <math.h>
#include <string.h>
#include <synth/random.h>

#define MINUTE (60 * LULL_NS_PER_SECOND)
#define DAY_BINS 86400

static struct lull_sim make(const struct lull_sim_spec *spec, uint64_t seed)
{
	struct lull_sim sim;
	cr_assert(eq(int, lull_sim_make(&sim, spec, seed), 0));
	return sim;
}

static double mean_of(const double *x, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

Test(sim, mean_and_fano_factor_are_those_asked_for)
{
	static const double phis[] = {1, 3, 10, 100};
	for (size_t p = 0; p < 4; p++) {
		struct lull_sim_spec spec = lull_sim_defaults();
		spec.lambda = 20;
		spec.phi = phis[p];
		struct lull_sim sim = make(&spec, 11 + p);
		const struct lull_timeseries *s = &sim.series;
		cr_assert(eq(sz, s->n, 604800));
		double mean = mean_of(s->value, s->n), var = 0;
		for (size_t i = 0; i < s->n; i++)
			var += (s->value[i] - mean) * (s->value[i] - mean) / (double)s->n;
		cr_expect(fabs(mean - 20) < 5 * sqrt(20 * spec.phi / (double)s->n), "%g", mean);
		cr_expect(fabs(var / mean / spec.phi - 1) < 0.03, "%g", var / mean);
		lull_sim_finish(&sim);
	}
}

// Counts so large that the level shows in every one of them.
Test(sim, the_level_has_sd_sigma_mean_one_and_its_correlation_time)
{
	struct lull_sim_spec spec = lull_sim_defaults();
	spec.lambda = 1e6;
	spec.sigma = 0.3;
	spec.memory_ns = 10 * MINUTE;
	spec.weeks = 20;
	spec.bin_ns = 10 * LULL_NS_PER_SECOND;
	struct lull_sim sim = make(&spec, 5);
	size_t n = sim.series.n, lag = 60;
	double *x = sim.series.value, mean = 0, var = 0, cov = 0;
	cr_expect(fabs(mean_of(x, n) / 1e7 - 1) < 0.01);
	for (size_t i = 0; i < n; i++)
		mean += (x[i] = log(x[i] / 1e7)) / (double)n;
	for (size_t i = 0; i < n; i++) {
		var += (x[i] - mean) * (x[i] - mean) / (double)n;
		if (i >= lag)
			cov += (x[i] - mean) * (x[i - lag] - mean) / (double)(n - lag);
	}
	// about n/120 independent values: sd to 0.7 %, mean to 0.3/sqrt(10080)
	cr_expect(fabs(sqrt(var) / 0.3 - 1) < 0.03, "sd %g", sqrt(var));
	cr_expect(fabs(mean + 0.045) < 0.012, "mean %g", mean);
	cr_expect(fabs(cov / var - exp(-1)) < 0.03, "correlation %g", cov / var);
	lull_sim_finish(&sim);
}

Test(sim, the_same_seed_gives_the_same_bytes_everywhere)
{
	struct lull_sim_spec spec = lull_sim_defaults();
	spec.lambda = 30;
	spec.phi = 10;
	spec.sigma = 0.3;
	spec.diurnal = 0.5;
	spec.weekend = 0.8;
	spec.growth = 1.05;
	spec.outages.per_week = 5;
	spec.floods.per_week = 5;
	spec.missing.per_week = 20;
	spec.holes.per_week = 0.5;
	spec.holidays.per_week = 1;
	struct lull_sim a = make(&spec, 1), b = make(&spec, 1), c = make(&spec, 2);
	size_t bytes = a.series.n * sizeof(double);
	cr_assert(eq(int, memcmp(a.series.value, b.series.value, bytes), 0));
	cr_assert(ne(int, memcmp(a.series.value, c.series.value, bytes), 0));
	uint64_t sum = 0, n_missing = 0; // without the bytes of a NAN
	for (size_t i = 0; i < a.series.n; i++) {
		if (isnan(a.series.value[i]))
			n_missing++;
		else
			sum = lull_random_mix(sum ^ (uint64_t)a.series.value[i]);
	}
	cr_expect(eq(u64, sum, UINT64_C(14002889466368656665)));
	cr_expect(eq(u64, n_missing, 960));
	cr_expect(eq(u64, a.truths[0].start_ns, UINT64_C(1704217891103773562)));
	lull_sim_finish(&a);
	lull_sim_finish(&b);
	lull_sim_finish(&c);
}

// A million packets a second date an edge to milliseconds.
Test(sim, an_outage_takes_its_share_from_its_first_nanosecond_to_its_last)
{
	struct lull_sim_spec spec = lull_sim_defaults();
	spec.lambda = 1e6;
	spec.outages = (struct lull_sim_kind){8, 5 * MINUTE, 500 * MINUTE, 0.1, 0.6};
	struct lull_sim sim = make(&spec, 3);
	cr_assert(eq(sz, sim.n_truths, 8));
	const struct lull_timeseries *s = &sim.series;
	for (size_t t = 0; t < sim.n_truths; t++) {
		const struct lull_truth *truth = &sim.truths[t];
		size_t bin = (size_t)((truth->start_ns - s->start_ns) / s->bin_ns);
		double into = (double)((truth->start_ns - s->start_ns) % s->bin_ns) / 1e9;
		double remains = 1 - truth->lost;
		cr_expect(truth->lost >= 0.4 && truth->lost <= 0.9);
		cr_expect(fabs(s->value[bin - 1] - 1e6) < 6e3);
		cr_expect(fabs(s->value[bin] - 1e6 * (into + (1 - into) * remains)) < 6e3);
		cr_expect(fabs(s->value[bin + 1] - 1e6 * remains) < 6e3);
		bin = (size_t)((truth->end_ns - s->start_ns) / s->bin_ns);
		into = (double)((truth->end_ns - s->start_ns) % s->bin_ns) / 1e9;
		cr_expect(fabs(s->value[bin - 1] - 1e6 * remains) < 6e3);
		cr_expect(fabs(s->value[bin] - 1e6 * (into * remains + 1 - into)) < 6e3);
		cr_expect(fabs(s->value[bin + 1] - 1e6) < 6e3);
		cr_expect(eq(dbl, sim.rates[t], 1e6));
	}
	lull_sim_finish(&sim);
}

Test(sim, outages_leave_room_before_and_between_them)
{
	struct lull_sim_spec spec = lull_sim_defaults();
	spec.lambda = 0.1;
	spec.bin_ns = MINUTE;
	spec.weeks = 52;
	spec.outages = (struct lull_sim_kind){3.5, LULL_NS_PER_SECOND, 7 * 24 * 60 * MINUTE, 0, 0};
	struct lull_sim sim = make(&spec, 9);
	uint64_t free_ns = spec.start_ns + spec.settle_ns, open = free_ns;
	double slot = (52.0 * (double)LULL_SIM_WEEK_NS - (double)spec.settle_ns) / 182;
	size_t longest = 0;
	cr_assert(eq(sz, sim.n_truths, 182));
	for (size_t t = 0; t < sim.n_truths; t++) {
		cr_expect(sim.truths[t].start_ns - open >= (uint64_t)(0.2499 * slot));
		double ns = (double)(sim.truths[t].end_ns - sim.truths[t].start_ns);
		cr_expect(ns >= 0.999e9 && ns <= slot / 2);
		longest += ns > 0.99 * slot / 2;
		open = sim.truths[t].end_ns;
	}
	cr_expect(open < spec.start_ns + 52 * LULL_SIM_WEEK_NS);
	cr_expect(longest > 10 && longest < 60); // log-uniform: ln(7 d/1 d)/ln(7 d/1 s) = 15 %
	lull_sim_finish(&sim);
}

Test(sim, rows_are_missing_as_often_and_as_long_as_asked)
{
	struct lull_sim_spec spec = lull_sim_defaults();
	spec.lambda = 0.1;
	spec.bin_ns = 10 * LULL_NS_PER_SECOND;
	spec.weeks = 50;
	spec.missing = (struct lull_sim_kind){40, MINUTE, MINUTE, 0, 0};
	struct lull_sim sim = make(&spec, 4);
	size_t gone = 0, runs = 0;
	for (size_t i = 0; i < sim.series.n; i++) {
		gone += isnan(sim.series.value[i]) != 0;
		runs += isnan(sim.series.value[i]) && !(i > 0 && isnan(sim.series.value[i - 1]));
	}
	cr_expect(runs > 1800 && runs < 2200, "%zu", runs); // 2000 +- 45, a few run together
	cr_expect(gone > 11000 && gone <= 13000, "%zu", gone);
	lull_sim_finish(&sim);
	spec.missing.per_week = 0;
	spec.holes.per_week = 0.2;
	sim = make(&spec, 4);
	gone = 0;
	for (size_t i = 0; i < sim.series.n; i++)
		gone += isnan(sim.series.value[i]) != 0;
	cr_expect(
		gone > 5 * 8640 && gone < 30 * 8640, "%zu", gone); // ten holes of one to three days
	lull_sim_finish(&sim);
}

Test(sim, days_weekends_holidays_and_growth_have_their_factors)
{
	struct lull_sim_spec spec = lull_sim_defaults();
	spec.lambda = 1e4;
	spec.diurnal = 0.5;
	spec.peak_hours = 14;
	spec.weekend = 0.7;
	struct lull_sim sim = make(&spec, 6);
	const double *x = sim.series.value;
	for (size_t day = 0; day < 7; day++) {
		double level = day < 5 ? 1 : 0.7; // the series starts on a Monday
		cr_expect(fabs(mean_of(x + day * DAY_BINS, DAY_BINS) / 1e4 / level - 1) < 1e-3);
		cr_expect(fabs(mean_of(x + day * DAY_BINS + 14 * 3600 - 300, 600) / 1e4 / level -
				  1.5) < 0.003);
		cr_expect(fabs(mean_of(x + day * DAY_BINS + 2 * 3600 - 300, 600) / 1e4 / level -
				  0.5) < 0.003);
	}
	lull_sim_finish(&sim);
	spec = lull_sim_defaults();
	spec.lambda = 1e4;
	spec.growth = 1.5;
	spec.weeks = 2;
	spec.holidays = (struct lull_sim_kind){7, 0, 0, 0.25, 0.25}; // every day
	sim = make(&spec, 6);
	for (size_t day = 0; day < 14; day++) {
		double want = 2500 * pow(1.5, ((double)day + 0.5) / 7);
		cr_expect(fabs(mean_of(sim.series.value + day * DAY_BINS, DAY_BINS) / want - 1) <
			  2e-3);
	}
	lull_sim_finish(&sim);
}

Test(sim, floods_add_and_are_no_outages)
{
	struct lull_sim_spec spec = lull_sim_defaults();
	spec.lambda = 1000;
	spec.floods = (struct lull_sim_kind){10, 10 * MINUTE, 10 * MINUTE, 5, 5};
	spec.weeks = 4;
	struct lull_sim sim = make(&spec, 8);
	size_t above = 0, between = 0;
	for (size_t i = 0; i < sim.series.n; i++) {
		above += sim.series.value[i] > 4500;
		between += sim.series.value[i] < 700;
	}
	cr_expect(eq(sz, sim.n_truths, 0));
	cr_expect(eq(sz, between, 0));
	cr_expect(above > 25 * 600 && above < 55 * 600, "%zu", above);
	lull_sim_finish(&sim);
}

Test(sim, absurd_specs_are_refused)
{
	struct lull_sim_spec good = lull_sim_defaults(), spec;
	struct lull_sim sim;
	cr_assert(lull_sim_wrong(&good) == NULL);
#define REFUSED(change)                                                                            \
	spec = good;                                                                               \
	change;                                                                                    \
	cr_expect(eq(int, lull_sim_make(&sim, &spec, 1), -EINVAL), #change);                       \
	lull_sim_finish(&sim)
	REFUSED(spec.lambda = NAN);
	REFUSED(spec.lambda = -1);
	REFUSED(spec.phi = 0.5);
	REFUSED(spec.sigma = INFINITY);
	REFUSED(spec.weeks = 0);
	REFUSED(spec.weeks = 1e9);
	REFUSED(spec.bin_ns = 1);
	REFUSED(spec.bin_ns = 2 * LULL_SIM_WEEK_NS);
	REFUSED(spec.outages.hi = 1.5);
	REFUSED(spec.outages.per_week = 1e12);
	REFUSED(spec.floods.hi_ns = 0);
	REFUSED(spec.floods.hi_ns = UINT64_MAX);
	REFUSED(spec.growth = 0);
	REFUSED(spec.start_ns = UINT64_MAX);
}
