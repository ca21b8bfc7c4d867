// SPDX-License-Identifier: BSD-3-Clause
// Simulated series: time for one bin, from few packets to many and from calm to bursty, and the
// mean over all of these. The floor is a step of the generator of random numbers.

#include "bench.h"

#include <eval/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <synth/random.h>

#define CASES 20

static uint64_t step(void *context, uint64_t ops)
{
	struct lull_random *r = context;
	uint64_t sum = 0;
	for (uint64_t i = 0; i < ops; i++)
		sum += lull_random_next(r);
	return sum;
}

static void make(const struct lull_sim_spec *spec, uint64_t bins, uint64_t *sum)
{
	struct lull_sim sim;
	struct lull_sim_spec s = *spec;
	s.weeks = (double)bins / 604800.0;
	if (lull_sim_make(&sim, &s, 1) != 0)
		abort();
	*sum += (uint64_t)sim.series.value[sim.series.n / 2];
	lull_sim_finish(&sim);
}

// One operation is one bin; all cases in turn share the bins.
static uint64_t make_all(void *context, uint64_t ops)
{
	const struct lull_sim_spec *specs = context;
	uint64_t sum = 0;
	for (size_t i = 0; i < CASES; i++)
		make(&specs[i], ops / CASES, &sum);
	return sum;
}

static uint64_t make_one(void *context, uint64_t ops)
{
	uint64_t sum = 0;
	make(context, ops, &sum);
	return sum;
}

int main(int argc, char **argv)
{
	static const double lambdas[] = {1.0 / 60, 1, 10, 100, 1000}, phis[] = {1, 3, 10, 100};
	struct lull_sim_spec specs[CASES];
	struct lull_random r;
	struct bench b;
	bench_init(&b, argc, argv);
	lull_random_init(&r, 1, 1);
	struct bench_result floor = bench_run(&b, "sim/random", step, &r, 1000000, NULL, NULL);
	for (size_t i = 0; i < CASES; i++) {
		specs[i] = lull_sim_defaults();
		specs[i].lambda = lambdas[i / 4];
		specs[i].phi = phis[i % 4];
		specs[i].sigma = 0.3;
		specs[i].diurnal = 0.3;
	}
	for (size_t i = 0; i < CASES; i++) {
		char name[64];
		snprintf(name, sizeof(name), "sim/lambda_%.3g_phi_%g", specs[i].lambda,
			specs[i].phi);
		bench_run(&b, name, make_one, &specs[i], 100000, "sim/random", &floor);
	}
	bench_run(&b, "sim/all", make_all, specs, 2000000, "sim/random", &floor);
	return 0;
}
