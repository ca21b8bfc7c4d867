// SPDX-License-Identifier: BSD-3-Clause
#include "bins.h"
#include "detect/control.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/time.h>
#include <string.h>

#define S LULL_NS_PER_SECOND

static const struct lull_detector_config config = {.budget_per_day = 1.0 / 30.0,
	.warmup_ns = 300 * S,
	.level_ns = 1200 * S,
	.clip = 3.0,
	.onset_delta = 0.05};
static struct lull_ladder ladder;
static const struct lull_watch_env env = {&config, &ladder};
static struct lull_control control;
static struct lull_watch *watches[8];
static size_t n_watches;
static uint64_t now_s;
static struct rng r;

static void add(void *context, struct lull_watch *w)
{
	(void)context;
	watches[n_watches++] = w;
}

static void begin(uint64_t seed)
{
	r.s = seed;
	n_watches = 0;
	now_s = 600000;
	lull_ladder_init(&ladder, S);
	lull_control_init(&control);
}

// One second with these control rates per port; one group may be multiplied.
static double second(const double *pps, size_t n_ports, double first_group)
{
	struct lull_port_bin ports[4];
	memset(ports, 0, sizeof(ports));
	struct lull_bin bin = {.start_ns = now_s * S,
		.len_ns = S,
		.exposure = 1.0,
		.ports = ports,
		.n_ports = n_ports};
	for (size_t p = 0; p < n_ports; p++)
		for (size_t g = 0; g < LULL_CONTROL_GROUPS; g++) {
			double rate = pps[p] / LULL_CONTROL_GROUPS * (g == 0 ? first_group : 1.0);
			ports[p].control[g] = (uint64_t)rng_poisson(&r, rate);
			bin.law.received.packets += ports[p].control[g];
		}
	double common = lull_control_bin(&control, &bin);
	lull_control_start(&control, &env, bin.start_ns, add, NULL);
	lull_ladder_add(&ladder, bin.start_ns, S, 1.0, common);
	for (size_t i = 0; i < n_watches; i++)
		if (lull_ladder_full(&ladder.rungs[watches[i]->rung]))
			lull_watch_judge(watches[i], &env, &ladder.rungs[watches[i]->rung].span);
	for (size_t i = 0; i < ladder.n; i++)
		if (lull_ladder_full(&ladder.rungs[i]))
			lull_ladder_restart(&ladder.rungs[i]);
	now_s++;
	lull_control_tend(&control, &env, now_s * S);
	return common;
}

static double seconds(const double *pps, size_t n_ports, int n)
{
	double least = 1.0;
	for (int i = 0; i < n; i++)
		least = fmin(least, second(pps, n_ports, 1.0));
	return least;
}

Test(control, common_factor_follows_dense_control_and_is_never_above_one)
{
	begin(1);
	cr_assert(epsilon_eq(dbl, seconds((double[]){3200.0}, 1, 600), 1.0, 0.0));
	double g = second((double[]){1600.0}, 1, 1.0);
	cr_assert(lt(dbl, fabs(g - 0.5), 0.1));
	cr_assert(epsilon_eq(dbl, second((double[]){9600.0}, 1, 1.0), 1.0, 0.0));
	lull_control_finish(&control);
}

Test(control, one_loud_flow_moves_one_group_and_not_the_median)
{
	begin(2);
	seconds((double[]){3200.0}, 1, 600);
	cr_assert(epsilon_eq(dbl, second((double[]){3200.0}, 1, 0.0), 1.0, 0.0));
	double g = second((double[]){1600.0}, 1, 50.0);
	cr_assert(lt(dbl, fabs(g - 0.5), 0.1));
	lull_control_finish(&control);
}

Test(control, thin_control_gives_no_factor)
{
	begin(3);
	cr_assert(epsilon_eq(dbl, seconds((double[]){30.0}, 1, 900), 1.0, 0.0));
	cr_assert(epsilon_eq(dbl, seconds((double[]){0.0}, 1, 10), 1.0, 0.0));
	lull_control_finish(&control);
}

Test(control, verdicts_follow_the_ratio)
{
	begin(4);
	seconds((double[]){30.0}, 1, 900);
	uint64_t from = now_s * S;
	seconds((double[]){30.0}, 1, 5);
	struct lull_control_view v = lull_control_since(&control, &env, from);
	cr_assert(eq(int, v.health, LULL_TAP_HEALTHY));
	from = now_s * S;
	seconds((double[]){15.0}, 1, 60);
	v = lull_control_since(&control, &env, from);
	cr_assert(eq(int, v.health, LULL_TAP_DEGRADED));
	cr_assert(lt(dbl, fabs(v.ratio.value - 0.5), 0.1));
	from = now_s * S;
	seconds((double[]){0.0}, 1, 3);
	v = lull_control_since(&control, &env, from);
	cr_assert(eq(int, v.health, LULL_TAP_FAILED));
	lull_control_finish(&control);
}

Test(control, too_little_to_tell_asks_for_patience_only_when_it_would_help)
{
	begin(5);
	seconds((double[]){1.0}, 1, 1200);
	struct lull_control_view v = lull_control_since(&control, &env, (now_s + 1) * S);
	cr_assert(eq(int, v.health, LULL_TAP_UNVERIFIED));
	cr_assert(v.waiting);
	lull_control_finish(&control);
	begin(6);
	seconds((double[]){0.02}, 1, 20000);
	v = lull_control_since(&control, &env, (now_s + 1) * S);
	cr_assert(eq(int, v.health, LULL_TAP_UNVERIFIED));
	cr_assert(not(v.waiting));
	lull_control_finish(&control);
}

Test(control, one_dead_port_of_two_degrades_and_lowers_no_forecast)
{
	begin(7);
	seconds((double[]){3200.0, 3200.0}, 2, 900);
	uint64_t from = now_s * S;
	cr_assert(epsilon_eq(dbl, seconds((double[]){3200.0, 0.0}, 2, 5), 1.0, 0.0));
	struct lull_control_view v = lull_control_since(&control, &env, from);
	cr_assert(eq(int, v.health, LULL_TAP_DEGRADED));
	lull_control_finish(&control);
}

Test(control, is_noted_as_down_only_when_every_port_is)
{
	begin(8);
	seconds((double[]){100.0, 100.0}, 2, 900);
	seconds((double[]){0.0, 100.0}, 2, 20);
	cr_assert(eq(u64, control.down_ns, 0));
	seconds((double[]){0.0, 0.0}, 2, 20);
	cr_assert(eq(u64, control.down_ns, now_s * S));
	lull_control_finish(&control);
}
