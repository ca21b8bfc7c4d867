// SPDX-License-Identifier: BSD-3-Clause
// Time is cut into slices of constant rate; an exponential amount of "expected arrivals" is used
// up across them, which is a Poisson process with that rate.

#include "level.h"

#include <math.h>

#define SECOND 1000000000.0
#define DAY_NS UINT64_C(86400000000000)

static double day_and_week(const struct lull_scene_level *l, uint64_t ns)
{
	double hours = (double)(ns % DAY_NS) / (3600 * SECOND);
	double rate = 1 + l->amplitude * lull_random_cos_turns((hours - l->peak_hours) / 24);
	uint64_t weekday = (ns / DAY_NS + 4) % 7; // the epoch was a Thursday; 0 is Sunday
	return weekday == 0 || weekday == 6 ? rate * l->weekend : rate;
}

static void enter_slice(struct lull_arrivals *a, uint64_t start_ns)
{
	double sigma = a->level->sigma, factor = 1;
	a->slice_end = start_ns + a->slice_ns;
	if (sigma > 0) {
		double n = lull_random_normal(a->random);
		a->noise = a->keep * a->noise + a->fresh * n;
		factor = lull_random_exp(sigma * a->noise - sigma * sigma / 2);
	}
	uint64_t middle = start_ns + a->slice_ns / 2;
	a->lambda = a->rate / SECOND * factor * day_and_week(a->level, middle);
}

void lull_arrivals_init(struct lull_arrivals *a, struct lull_random *random,
	const struct lull_scene_level *level, double rate, uint64_t start_ns, uint64_t end_ns)
{
	bool flat = level->sigma <= 0 && level->amplitude <= 0 && level->weekend == 1;
	double slice = flat ? 86400 * SECOND : (double)level->memory_ns / 20;
	if (!flat && (slice > SECOND || level->sigma <= 0))
		slice = SECOND;
	*a = (struct lull_arrivals){.random = random,
		.level = level,
		.rate = rate,
		.slice_ns = (uint64_t)slice,
		.now_ns = start_ns,
		.end_ns = end_ns};
	a->keep = lull_random_exp(-slice / (double)level->memory_ns);
	a->fresh = sqrt(1 - a->keep * a->keep);
	if (level->sigma > 0)
		a->noise = lull_random_normal(random);
	enter_slice(a, start_ns);
}

uint64_t lull_arrivals_next(struct lull_arrivals *a)
{
	if (a->rate <= 0)
		return UINT64_MAX;
	double budget = lull_random_exponential(a->random);
	for (;;) {
		double room = a->lambda * (double)(a->slice_end - a->now_ns);
		if (budget < room) {
			a->now_ns += (uint64_t)(budget / a->lambda);
			return a->now_ns < a->end_ns ? a->now_ns : UINT64_MAX;
		}
		budget -= room;
		a->now_ns = a->slice_end;
		if (a->now_ns >= a->end_ns)
			return UINT64_MAX;
		enter_slice(a, a->now_ns);
	}
}
