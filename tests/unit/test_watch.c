// SPDX-License-Identifier: BSD-3-Clause
#include "bins.h"
#include "detect/watch.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/time.h>

#define S LULL_NS_PER_SECOND

static struct lull_detector_config config = {.budget_per_day = 1.0 / 30.0,
	.warmup_ns = 300 * S,
	.level_ns = 1200 * S,
	.clip = 3.0,
	.shift_ns = 7 * 86400 * S,
	.onset_delta = 0.05};
static struct lull_ladder ladder;
static const struct lull_watch_env env = {&config, &ladder};
static struct lull_watch w;
static uint64_t now_s;

// A 1 s base bin with k packets through the ladder, as lull_detect_bin() does it.
static void bin(double k, double exposure)
{
	uint64_t start = now_s++ * S;
	lull_watch_count(&w, (uint64_t)k, start, start + S - 1);
	lull_ladder_add(&ladder, start, S, exposure, 1.0);
	struct lull_rung *rung = &ladder.rungs[w.rung];
	if (lull_ladder_full(rung))
		cr_assert(eq(int, lull_watch_judge(&w, &env, &rung->span), 0));
	for (size_t r = 0; r < ladder.n; r++)
		if (lull_ladder_full(&ladder.rungs[r]))
			lull_ladder_restart(&ladder.rungs[r]);
	if (w.wanted != w.rung && ladder.rungs[w.rung].span.len_ns == 0)
		lull_watch_move(&w, &env);
}

static void begin(double rate)
{
	now_s = 600000;
	lull_ladder_init(&ladder, S);
	struct lull_watch_seed seed = {.rate = rate};
	lull_watch_init(&w, &env, 1.0, &seed, now_s * S);
}

static void run(struct rng *r, double rate, int bins)
{
	for (int i = 0; i < bins; i++)
		bin(rng_poisson(r, rate), 1.0);
}

Test(watch, learns_for_the_warm_up_and_is_up_after)
{
	struct rng r = {1};
	begin(50.0);
	run(&r, 50.0, 299);
	cr_assert(eq(int, w.state, LULL_LEARNING));
	run(&r, 50.0, 2);
	cr_assert(eq(int, w.state, LULL_UP));
	cr_assert(eq(int, w.rung, 0));
	// h = ln 5 + ln(30 * 86400) for one series, one false alarm a month.
	cr_assert(epsilon_eq(dbl, w.h, log(5.0) + log(2592000.0), 1e-5));
	cr_assert(epsilon_eq(dbl, lull_watch_delay(&w, &env, now_s * S),
		fmax(2.0, w.h * w.base.phi / (w.base.rho * w.base.lev)), 1e-9));
}

Test(watch, bins_grow_until_they_hold_a_seventh_of_an_effective_packet)
{
	const double rates[] = {20.0, 0.5, 0.02};
	const uint64_t bins[] = {1, 1, 10};
	for (size_t i = 0; i < 3; i++) {
		struct rng r = {2 + i};
		begin(20.0); // a wrong first guess: it has to climb
		run(&r, rates[i], 6 * 3600);
		cr_assert(eq(int, w.state, LULL_UP));
		cr_assert(ge(u64, ladder.rungs[w.rung].bin_ns, bins[i] * S));
		cr_assert(le(u64, ladder.rungs[w.rung].bin_ns, 10 * bins[i] * S));
		lull_watch_finish(&w);
	}
}

Test(watch, too_little_traffic_is_not_measurable_unless_min_rate_says_so)
{
	struct rng r = {5};
	begin(0.002);
	run(&r, 0.002, 40000);
	cr_assert(eq(int, w.state, LULL_NOT_MEASURABLE));
	cr_assert(gt(dbl, lull_watch_delay(&w, &env, now_s * S), 7200.0));
	config.min_rate = 0.0005;
	run(&r, 0.002, 1200);
	cr_assert(eq(int, w.state, LULL_UP));
	config.min_rate = 10.0;
	run(&r, 0.002, 1200);
	cr_assert(eq(int, w.state, LULL_NOT_MEASURABLE));
	config.min_rate = 0.0;
}

Test(watch, level_phi_and_sigma_freeze_from_the_first_suspicion)
{
	// Falls to 40 % of what is expected: without the freeze the level follows within
	// minutes, the alarm never comes or ends itself, and the wild bins inflate phi.
	struct rng r = {6};
	begin(20.0);
	run(&r, 20.0, 3600);
	struct lull_baseline before = w.base;
	run(&r, 8.0, 3600);
	cr_assert(w.alarmed && !w.recovered);
	cr_assert(lt(dbl, fabs(w.base.lev - before.lev), 0.02 * before.lev));
	cr_assert(lt(dbl, fabs(w.base.phi - before.phi), 0.05 * before.phi));
	cr_assert(lt(dbl, fabs(w.base.slow.sigma2 - before.slow.sigma2), 0.01));
	double lev = w.base.lev;
	for (int i = 0; i < 600; i++) // whatever comes: nothing is learnt while it is open
		bin(i % 2 ? 30.0 : 0.0, 1.0);
	cr_assert(epsilon_eq(dbl, w.base.lev, lev, 0.0));
}

Test(watch, owner_can_hold_the_learning)
{
	struct rng r = {7};
	begin(20.0);
	run(&r, 20.0, 600);
	w.held = true;
	double lev = w.base.lev;
	run(&r, 16.0, 600);
	cr_assert(epsilon_eq(dbl, w.base.lev, lev, 0.0));
	w.held = false;
	run(&r, 16.0, 600);
	cr_assert(lt(dbl, w.base.lev, lev));
}

Test(watch, a_hole_of_an_hour_resets_the_statistic_and_a_shorter_one_is_no_evidence)
{
	struct rng r = {8};
	begin(2.0);
	run(&r, 2.0, 3600);
	while (lull_ecusum_tau(&w.bank, &w.starts, 0.6 * w.h) == LULL_TIME_NONE)
		bin(0.0, 1.0);
	lull_ladder_break(&ladder);
	lull_watch_gap(&w, &env, 60 * S, now_s * S);
	cr_assert(ne(u64, lull_ecusum_tau(&w.bank, &w.starts, 0.6 * (double)w.h), LULL_TIME_NONE));
	cr_assert(eq(int, w.state, LULL_UP)); // a minute: the level is still good
	lull_watch_gap(&w, &env, 7200 * S, now_s * S);
	cr_assert(eq(u64, lull_ecusum_tau(&w.bank, &w.starts, 0.0), LULL_TIME_NONE));
	cr_assert(eq(int, w.state, LULL_LEARNING)); // hours: it is not
}

Test(watch, missing_is_not_zero)
{
	// Nothing arrives because a hundredth of each bin was seen: no silence to speak of.
	struct rng r = {9};
	begin(20.0);
	run(&r, 20.0, 900);
	for (int i = 0; i < 60; i++)
		bin(rng_poisson(&r, 0.2), 0.01);
	cr_assert(not(w.alarmed));
	for (int i = 0; i < 3; i++)
		bin(0.0, 1.0); // the same silence, seen
	cr_assert(w.alarmed);
}

Test(watch, one_empty_bin_never_alarms_two_do)
{
	struct rng r = {10};
	begin(500.0);
	run(&r, 500.0, 900);
	bin(0.0, 1.0);
	cr_assert(not(w.alarmed));
	bin(0.0, 1.0);
	cr_assert(w.alarmed);
}

Test(watch, recovery_is_dated_to_the_first_packet_and_stray_ones_do_not_count)
{
	struct rng r = {11};
	begin(50.0);
	run(&r, 50.0, 900);
	for (int i = 0; i < 100; i++)
		bin(i % 30 == 29 ? 1.0 : 0.0, 1.0);
	cr_assert(w.alarmed && !w.recovered);
	uint64_t back = now_s * S;
	run(&r, 50.0, 3);
	cr_assert(w.recovered);
	cr_assert(eq(u64, w.episode->recovery.first_ns, back));
	cr_assert(eq(int, lull_watch_settled(&w, 10 * S, now_s * S), 0));
	run(&r, 50.0, 10);
	cr_assert(eq(int, lull_watch_settled(&w, 10 * S, now_s * S), 1));
}

Test(watch, a_short_return_is_a_relapse)
{
	struct rng r = {12};
	begin(50.0);
	run(&r, 50.0, 900);
	run(&r, 0.0, 60);
	run(&r, 50.0, 3);
	cr_assert(w.recovered);
	run(&r, 0.0, 5);
	cr_assert(w.alarmed && !w.recovered);
}

Test(watch, a_surge_is_evidence_and_teaches_nothing_for_six_hours)
{
	struct rng r = {13};
	begin(10.0);
	run(&r, 10.0, 1800);
	double lev = w.base.lev;
	run(&r, 200.0, 3600);
	cr_assert(w.surging);
	cr_assert(gt(dbl, w.episode->surge_peak, 15.0));
	cr_assert(lt(dbl, w.base.lev, 1.02 * lev));
	run(&r, 200.0, 6 * 3600);
	cr_assert(gt(dbl, w.base.lev, 150.0));
}

// An hour of k packets, base bins being as long.
static void hour(double k)
{
	uint64_t start = now_s * S, len = 3600 * S;
	now_s += 3600;
	lull_watch_count(&w, (uint64_t)k, start, start + S);
	lull_ladder_add(&ladder, start, len, 1.0, 1.0);
	cr_assert(eq(int, lull_watch_judge(&w, &env, &ladder.rungs[0].span), 0));
	lull_ladder_restart(&ladder.rungs[0]);
}

Test(watch, an_hour_of_silence_alarms_alone_once_a_week_is_known)
{
	struct rng r = {77};
	config.level_ns = 36000 * S;
	now_s = 604800;
	lull_ladder_init(&ladder, 3600 * S);
	struct lull_watch_seed seed = {.rate = 300.0};
	lull_watch_init(&w, &env, 1.0, &seed, now_s * S);
	for (int i = 0; i < 300; i++)
		hour(1e6 * exp(0.1 * rng_normal(&r)));
	cr_assert(eq(int, w.state, LULL_UP));
	cr_assert(not(w.alarmed));
	struct lull_watch calm = w;
	hour(0.0);
	cr_assert(w.alarmed);
	lull_watch_finish(&w);
	w = calm;
	w.base.profile = NULL; // the other one freed it: nothing of a week is known
	w.base.days = 0;
	hour(0.0);
	cr_assert(not(w.alarmed));
	hour(0.0);
	cr_assert(w.alarmed);
	lull_watch_finish(&w);
}
