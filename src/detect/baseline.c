// SPDX-License-Identifier: BSD-3-Clause
// Level, dispersion, level noise and weekly profile of one series.

#include "baseline.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>

#define HOUR_NS (3600 * LULL_NS_PER_SECOND)
// Bins whose mean is taken as it is: a clip against a level of a few bins would clip noise.
#define RAW_BINS 30
// A bin teaches the level at most clip L + clip phi, and phi at most clip L + TAIL phi: the
// second term lets a level of 0 grow, and keeps the batches that are phi.
#define TAIL 8.0
// phi's memory in bins. Its relative error is about sqrt(3/300) = 10 %, inside the 1.25.
#define FANO_BINS 300
// The level is read from at least about 30 phi packets (18 % noise), within 6 time constants.
#define LEVEL_PACKETS 30.0
#define LEVEL_STRETCH 6.0
// Level noise assumed before it is seen, and how long a history outweighs the assumption.
#define SIGMA_PRIOR 0.15
#define SIGMA_PRIOR_S 300.0
#define SIGMA_MIN_BLOCKS 30.0
#define BLOCK_PACKETS 20.0 // times phi: below it Poisson error hides the level noise
// The profile counts once (nearly) two whole weeks are in it.
#define PROFILE_HOURS 320
#define PROFILE_FLOOR 0.02

static double clamp(double x, double lo, double hi)
{
	return fmin(fmax(x, lo), hi);
}

static void set_rho(struct lull_baseline *b)
{
	b->rho = clamp(exp(-4.0 * sqrt(b->sigma2)), 0.03, 0.7);
}

void lull_baseline_init(struct lull_baseline *b)
{
	*b = (struct lull_baseline){.fano = 1.0,
		.phi = 1.25,
		.last_ratio = NAN,
		.sigma2 = SIGMA_PRIOR * SIGMA_PRIOR,
		.sigma_s = SIGMA_PRIOR_S};
	set_rho(b);
}

void lull_baseline_finish(struct lull_baseline *b)
{
	free(b->profile);
	b->profile = NULL;
}

static bool profile_known(const struct lull_profile *p)
{
	return p && p->slots == LULL_PROFILE_SLOTS && p->hours >= PROFILE_HOURS && p->sum > 0.0;
}

bool lull_baseline_shaped(const struct lull_baseline *b)
{
	return profile_known(b->profile);
}

double lull_baseline_profile(const struct lull_baseline *b, uint64_t time_ns)
{
	const struct lull_profile *p = b->profile;
	if (!profile_known(p))
		return 1.0;
	uint64_t half = time_ns + HOUR_NS / 2; // slots are read at their middles
	size_t next = (size_t)(half / HOUR_NS % LULL_PROFILE_SLOTS);
	size_t slot = (next + LULL_PROFILE_SLOTS - 1) % LULL_PROFILE_SLOTS;
	double f = (double)(half % HOUR_NS) / (double)HOUR_NS;
	double rate = (1.0 - f) * (double)p->rate[slot] + f * (double)p->rate[next];
	return fmax(rate * LULL_PROFILE_SLOTS / p->sum, PROFILE_FLOOR);
}

// Close the hour that was summed. The level is rescaled so that the forecast does not jump when
// the profile begins to count or moves.
static int fold_hour(struct lull_baseline *b, uint64_t now_ns)
{
	if (b->hour_s < 1800.0)
		return 0;
	if (!b->profile && !(b->profile = calloc(1, sizeof(*b->profile))))
		return -ENOMEM;
	struct lull_profile *p = b->profile;
	double before = lull_baseline_profile(b, now_ns);
	size_t slot = (size_t)(b->hour % LULL_PROFILE_SLOTS);
	double rate = b->hour_k / b->hour_s, old = (double)p->rate[slot];
	if (p->n[slot] == 0)
		p->slots++;
	p->n[slot] += p->n[slot] < UINT8_MAX;
	p->hours++;
	// A mean of the first weeks, then a memory of about four.
	p->rate[slot] = (float)(old + (rate - old) * fmax(1.0 / p->n[slot], 0.25));
	p->sum = 0.0; // summed anew: no rounding drifts in over the years
	for (size_t i = 0; i < LULL_PROFILE_SLOTS; i++)
		p->sum += (double)p->rate[i];
	b->lev *= before / lull_baseline_profile(b, now_ns);
	return 0;
}

static int learn_profile(struct lull_baseline *b, double k, double common_s, uint64_t middle_ns)
{
	uint64_t hour = middle_ns / HOUR_NS;
	if (hour != b->hour) {
		int err = fold_hour(b, middle_ns);
		b->hour = hour;
		b->hour_k = b->hour_s = 0.0;
		if (err)
			return err;
	}
	b->hour_k += k;
	b->hour_s += common_s;
	return 0;
}

// Difference estimator: slow changes of the level cancel between neighbours.
static void learn_phi(
	struct lull_baseline *b, const struct lull_detector_config *config, double k, double l)
{
	if (b->bins >= RAW_BINS)
		k = fmin(k, config->clip * l + TAIL * b->phi);
	double ratio = k / l;
	if (!isnan(b->last_ratio)) {
		double d = ratio - b->last_ratio;
		b->fano_n += b->fano_n < FANO_BINS;
		b->fano += (d * d * l * 0.5 - b->fano) / b->fano_n;
		// Few differences of heavy-tailed counts fall short more often than not.
		double margin = 1.5 / sqrt(b->fano_n) - 1.5 / sqrt(FANO_BINS);
		b->phi = fmax(1.0, 1.25 * b->fano * (1.0 + margin));
	}
	b->last_ratio = ratio;
}

// Level noise from blocks large enough that Poisson error (phi/E, subtracted) does not hide it.
static void learn_sigma(struct lull_baseline *b, const struct lull_detector_config *config,
	double k, double l, double exposure_s)
{
	b->block_k += k;
	b->block_l += l;
	b->block_s += exposure_s;
	if (b->block_l < BLOCK_PACKETS * b->phi)
		return;
	double r = log((b->block_k + 0.5) / (b->block_l + 0.5));
	double noise = fmax(0.0, r * r - b->phi / b->block_l);
	double memory = fmax(3e-9 * (double)config->level_ns, SIGMA_MIN_BLOCKS * b->block_s);
	b->sigma_s = fmin(b->sigma_s + b->block_s, memory);
	b->sigma2 += (noise - b->sigma2) * b->block_s / b->sigma_s;
	b->block_k = b->block_l = b->block_s = 0.0;
	set_rho(b);
}

// Arithmetic mean until a time constant has been seen, exponential from then on.
static void learn_level(struct lull_baseline *b, const struct lull_detector_config *config,
	double k, double l, double common_s, double profile)
{
	double level_s = 1e-9 * (double)config->level_ns, memory = LEVEL_STRETCH * level_s;
	if (b->lev > 0.0)
		memory = clamp(LEVEL_PACKETS * b->phi / b->lev, level_s, memory);
	if (b->bins >= RAW_BINS)
		k = fmin(k, config->clip * (l + b->phi));
	double w = 1.0 - exp(-common_s / memory);
	if (b->seen_s + common_s < memory)
		w = common_s / (b->seen_s + common_s);
	b->seen_s = fmin(b->seen_s + common_s, memory);
	b->lev += w * (k / (common_s * profile) - b->lev);
}

int lull_baseline_learn(struct lull_baseline *b, const struct lull_detector_config *config,
	double k, double l, double exposure_s, double common_s, uint64_t middle_ns)
{
	if (!(common_s > 0.0))
		return 0;
	double profile = lull_baseline_profile(b, middle_ns);
	// The first forecasts rest on nothing: they teach the level and no more.
	if (l > 0.0 && b->bins >= 5) {
		learn_sigma(b, config, k, l, exposure_s);
		learn_phi(b, config, k, l);
	}
	learn_level(b, config, k, l, common_s, profile);
	b->bins++;
	b->packets += k;
	b->learnt_s += exposure_s;
	return learn_profile(b, k, common_s, middle_ns);
}

void lull_baseline_break(struct lull_baseline *b)
{
	b->last_ratio = NAN;
	b->block_k = b->block_l = b->block_s = 0.0;
}

void lull_baseline_doubt(struct lull_baseline *b, double keep_s)
{
	lull_baseline_break(b);
	b->seen_s = fmin(b->seen_s, keep_s);
}

void lull_baseline_restart(struct lull_baseline *b)
{
	lull_baseline_break(b);
	free(b->profile);
	b->profile = NULL;
	b->lev = b->seen_s = b->learnt_s = b->packets = b->hour_k = b->hour_s = 0.0;
	b->bins = 0;
	b->fano_n = b->fano_n < 30 ? b->fano_n : 30;
	b->sigma_s = fmin(b->sigma_s, SIGMA_PRIOR_S);
}

void lull_baseline_rescale(struct lull_baseline *b)
{
	lull_baseline_break(b);
	b->fano_n = b->fano_n < 10 ? b->fano_n : 10;
}
