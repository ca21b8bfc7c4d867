// SPDX-License-Identifier: BSD-3-Clause
// Levels, dispersion and level noise of one series.

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
// phi's memory in bins, and how many times 1/sqrt(n) its error may be: for Poisson counts that is
// sqrt(3/n), for bursts more.
#define FANO_ERROR 3.0
#define FANO_BINS 1200
// A level is read from at least about 30 phi packets (18 % noise), within 6 time constants.
#define LEVEL_PACKETS 30.0
#define LEVEL_STRETCH 6.0
// The fast level remembers a twentieth of what the slow one does, and at least four bins; once
// frozen it says half as much after two of its time constants.
#define FAST 0.025
#define FAST_BINS 4.0
#define FAST_FADE 6.0
// Level noise assumed before it is seen, and how long a history outweighs the assumption.
#define SIGMA_PRIOR 0.15
#define SIGMA_PRIOR_S 300.0
#define SIGMA_MIN_BLOCKS 30.0
#define SIGMA_LEVELS 18.0  // memory of the noise, in time constants of the level
#define BLOCK_PACKETS 20.0 // times phi: below it Poisson error hides the level noise
// Standard deviations above and below the forecast that count in full: bursts, and the first bins
// of a fall, are no news about the noise.
#define UPWARD 2.0
#define DOWNWARD 3.0
#define SIGMA_LEAST 0.05
#define DEVIATIONS 4.0
// Of the fast forecast: an excursion of the level lasts seconds, and the less traffic there is in
// them, the deeper it has to be to alarm.
#define FAST_DEVIATIONS_LEAST 3.0
#define FAST_DEVIATIONS_PER_DECADE 0.5
#define FAST_PACKETS 300.0 // times phi in the fast memory, up to which the least is enough
#define RHO 0.7            // a normal rate may lie this far below any forecast
#define RHO_WEEKDAYS 0.5   // and this far while no weekend has been seen
#define FORGET 0.3
#define EVENING_S 3600.0 // in which an evening halves traffic, at most
#define WEEK_DAYS 7
#define SHAPED_DAYS 2  // days behind a shape that is relied on
#define LEAST_S 1800.0 // exposure that makes an hour of the profile
#define NIGHT_HOURS 16 // a fall that is over sooner may have been a night

static double clamp(double x, double lo, double hi)
{
	return fmin(fmax(x, lo), hi);
}

// The largest share of a forecast that may be asked for.
static double most_normal(const struct lull_baseline *b)
{
	bool no_weekend = b->profile && b->profile->days > 0 && b->profile->days < WEEK_DAYS;
	return no_weekend ? RHO_WEEKDAYS : RHO;
}

static double rho_of(double sigma2, double deviations, double most)
{
	return clamp(exp(-deviations * sqrt(fmax(sigma2, 0.0))), 0.03, most);
}

static void noise_init(struct lull_noise *n)
{
	*n = (struct lull_noise){.sigma2 = SIGMA_PRIOR * SIGMA_PRIOR, .s = SIGMA_PRIOR_S};
}

static void noise_break(struct lull_noise *n)
{
	n->k = n->l = n->of = 0.0;
}

// The noise of a past hour of the day counts where it was larger than lately.
static void set_rho(struct lull_baseline *b)
{
	b->rho = rho_of(fmax(b->slow.sigma2, lull_profile_noise(b->profile, b->hour)), DEVIATIONS,
		most_normal(b));
}

static void set_rho_fast(struct lull_baseline *b)
{
	double decades = log10(fmax(b->lev * b->fast_full / b->phi / FAST_PACKETS, 1.0));
	double deviations = FAST_DEVIATIONS_LEAST + FAST_DEVIATIONS_PER_DECADE * decades;
	b->rho_fast = rho_of(b->quick.sigma2, fmin(deviations, DEVIATIONS), RHO);
}

void lull_baseline_init(struct lull_baseline *b)
{
	*b = (struct lull_baseline){
		.fano = 1.0, .phi = 1.25, .last_ratio = NAN, .ask = 1.0, .ask_fast = 1.0};
	noise_init(&b->slow);
	noise_init(&b->quick);
	set_rho(b);
	set_rho_fast(b);
}

void lull_baseline_finish(struct lull_baseline *b)
{
	free(b->profile);
	b->profile = NULL;
}

double lull_baseline_sigma(const struct lull_baseline *b)
{
	return sqrt(fmax(b->slow.sigma2, 0.0));
}

bool lull_baseline_shaped(const struct lull_baseline *b)
{
	return b->profile && b->profile->days >= SHAPED_DAYS;
}

double lull_baseline_profile(const struct lull_baseline *b, uint64_t time_ns)
{
	return lull_profile_at(b->profile, time_ns).at;
}

double lull_baseline_floor(const struct lull_baseline *b, uint64_t time_ns, double age_s)
{
	struct lull_shape shape = lull_profile_at(b->profile, time_ns);
	double floor = fmin(b->rho, b->ask) * shape.low / shape.at;
	if (!(b->fast_full > 0.0) || b->fast_s < b->fast_full || !(b->lev > 0.0))
		return floor;
	double quick =
		fmin(b->rho_fast, b->ask_fast) * fmin(b->fast / b->lev, 1.0) * shape.low / shape.at;
	if (age_s > 0.0)
		quick *= exp(-age_s / (FAST_FADE * b->fast_full));
	return fmax(floor, quick);
}

// Fold the hour that was summed into the profile, or keep it aside when it was frozen for the most
// part. The level is rescaled so that the forecast does not jump when the profile moves.
static void fold_hour(struct lull_baseline *b, uint64_t now_ns)
{
	struct lull_profile *p = b->profile;
	if (b->hour_s < LEAST_S) {
		if (b->hour_s + b->held_s >= LEAST_S)
			lull_profile_hold(
				p, b->hour, (b->hour_k + b->held_k) / (b->hour_s + b->held_s));
		return;
	}
	if (b->old_lev > 0.0 && b->lev > 0.0)
		lull_profile_scale(p, b->lev / b->old_lev);
	b->old_lev = 0.0;
	unsigned days = p->days;
	double before = lull_profile_at(p, now_ns).at;
	double noise = b->hour_blocks > 0.0 ? fmax(b->hour_noise / b->hour_blocks, 0.0) : NAN;
	lull_profile_fold(p, b->hour, b->hour_k / b->hour_s, noise, b->phi);
	// What was noise while there was no shape is shape now: the old noise counts for little.
	if (p->days != days && p->days <= SHAPED_DAYS) {
		b->slow.s *= FORGET;
		b->quick.s *= FORGET;
	}
	double rescale = before / lull_profile_at(p, now_ns).at;
	b->lev *= rescale;
	b->fast *= rescale;
}

// Is it another hour? Then close the old one. 0 or -ENOMEM.
static int turn_hour(struct lull_baseline *b, uint64_t middle_ns)
{
	uint64_t hour = middle_ns / HOUR_NS;
	if (hour == b->hour)
		return 0;
	if (b->hour_s + b->held_s >= LEAST_S) {
		if (!b->profile && !(b->profile = calloc(1, sizeof(*b->profile))))
			return -ENOMEM;
		fold_hour(b, middle_ns);
	}
	b->hour = hour;
	b->hour_k = b->hour_s = b->hour_noise = b->hour_blocks = b->held_k = b->held_s = 0.0;
	set_rho(b);
	return 0;
}

int lull_baseline_hold(struct lull_baseline *b, double k, double common_s, uint64_t middle_ns)
{
	lull_baseline_break(b);
	int err = turn_hour(b, middle_ns);
	b->held_k += k;
	b->held_s += common_s;
	return err;
}

void lull_baseline_release(struct lull_baseline *b)
{
	if (b->profile)
		lull_profile_release(b->profile, lull_baseline_shaped(b) ? 0 : NIGHT_HOURS, b->phi);
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
		double margin = FANO_ERROR / sqrt(b->fano_n);
		b->phi = fmax(1.0, b->fano * (1.0 + margin));
	}
	b->last_ratio = ratio;
}

// Fill a block; when it is full, learn from it and return its noise, else NAN. Poisson error phi/E
// is part of r^2 and is taken out of the mean, not of each block: a block below it is news as well.
static double learn_noise(struct lull_noise *n, const struct lull_detector_config *config,
	double phi, double k, double l, double exposure_s)
{
	n->k += k;
	n->l += l;
	n->of += exposure_s;
	if (!(n->l >= BLOCK_PACKETS * phi))
		return NAN;
	double r = log((n->k + 0.5) / (n->l + 0.5));
	double sigma = fmax(sqrt(fmax(n->sigma2, 0.0)), SIGMA_LEAST), error = phi / n->l;
	double most = (r < 0.0 ? DOWNWARD : UPWARD) * sqrt(sigma * sigma + error);
	double noise = fmin(r * r, most * most) - error;
	double memory =
		fmax(SIGMA_LEVELS * 1e-9 * (double)config->level_ns, SIGMA_MIN_BLOCKS * n->of);
	n->s = fmin(n->s + n->of, memory);
	n->sigma2 += (noise - n->sigma2) * n->of / n->s;
	noise_break(n);
	return noise;
}

// One memory of the level: arithmetic mean until `memory` has been seen, exponential from then on.
static void remember(double *lev, double *seen_s, double memory, double rate, double common_s)
{
	double w = *seen_s + common_s < memory ? common_s / (*seen_s + common_s)
					       : 1.0 - exp(-common_s / memory);
	*seen_s = fmin(*seen_s + common_s, memory);
	*lev += w * (rate - *lev);
}

// An evening, or the morning of a day off that the shape does not know of, may halve traffic within
// an hour, and a morning that does not come in a third of it: the longer ago what a forecast
// remembers, the less of it can be asked for. Sparse series remember longer, and their proof takes
// longer.
static void ask(struct lull_baseline *b, double level_s, double fast_s)
{
	bool week = b->profile && b->profile->days >= WEEK_DAYS;
	b->ask = lull_baseline_shaped(b) ? 1.0 : exp2(-fmin(b->seen_s, level_s) / EVENING_S);
	b->ask_fast = week ? 1.0 : exp2(-3.0 * fast_s / EVENING_S);
}

static void learn_levels(struct lull_baseline *b, const struct lull_detector_config *config,
	double k, double l, double common_s, double profile)
{
	double level_s = 1e-9 * (double)config->level_ns, memory = LEVEL_STRETCH * level_s;
	double fast_s = fmax(FAST * level_s, FAST_BINS * common_s), enough = memory;
	if (b->lev > 0.0)
		enough = LEVEL_PACKETS * b->phi / b->lev;
	// Where the shape of the day is known, the level has no mornings to follow.
	if (!lull_baseline_shaped(b))
		memory = clamp(enough, level_s, memory);
	b->fast_full = fmax(enough, fast_s);
	if (b->fast_full > 0.5 * memory)
		b->fast_full = 0.0;
	ask(b, level_s, fast_s);
	if (b->bins >= RAW_BINS)
		k = fmin(k, config->clip * (l + b->phi));
	if (b->bins >= RAW_BINS && l >= BLOCK_PACKETS * b->phi)
		k = fmax(k, b->rho * l);
	double rate = k / (common_s * profile);
	remember(&b->lev, &b->seen_s, memory, rate, common_s);
	if (b->fast_full > 0.0)
		remember(&b->fast, &b->fast_s, b->fast_full, rate, common_s);
	else
		b->fast_s = 0.0;
}

static void learn_noises(struct lull_baseline *b, const struct lull_detector_config *config,
	double k, double l, double exposure_s)
{
	double of = b->slow.of + exposure_s;
	double noise = learn_noise(&b->slow, config, b->phi, k, l, exposure_s);
	if (!isnan(noise)) {
		b->hour_noise += noise * of;
		b->hour_blocks += of;
		set_rho(b);
	}
	if (!(b->fast_full > 0.0) || b->fast_s < b->fast_full)
		return;
	l *= fmin(b->fast / b->lev, 1.0);
	if (!isnan(learn_noise(&b->quick, config, b->phi, k, l, exposure_s)))
		set_rho_fast(b);
}

int lull_baseline_learn(struct lull_baseline *b, const struct lull_detector_config *config,
	double k, double l, double exposure_s, double common_s, uint64_t middle_ns)
{
	if (!(common_s > 0.0))
		return 0;
	int err = turn_hour(b, middle_ns);
	if (err)
		return err;
	double profile = lull_baseline_profile(b, middle_ns);
	// The first forecasts rest on nothing: they teach the level and no more.
	if (l > 0.0 && b->bins >= 5) {
		learn_noises(b, config, k, l, exposure_s);
		learn_phi(b, config, k, l);
	}
	learn_levels(b, config, k, l, common_s, profile);
	b->bins++;
	b->packets += k;
	b->learnt_s += exposure_s;
	b->hour_k += k;
	b->hour_s += common_s;
	return 0;
}

void lull_baseline_break(struct lull_baseline *b)
{
	b->last_ratio = NAN;
	noise_break(&b->slow);
	noise_break(&b->quick);
}

void lull_baseline_doubt(struct lull_baseline *b, double keep_s)
{
	lull_baseline_break(b);
	b->seen_s = fmin(b->seen_s, keep_s);
	b->fast_s = 0.0;
}

void lull_baseline_shift(struct lull_baseline *b)
{
	if (!b->profile || b->profile->days == 0) {
		lull_baseline_restart(b);
		return;
	}
	b->old_lev = b->old_lev > 0.0 ? b->old_lev : b->lev;
	b->profile->n_held = 0;
	lull_baseline_doubt(b, 0.0);
}

void lull_baseline_restart(struct lull_baseline *b)
{
	lull_baseline_break(b);
	free(b->profile);
	b->profile = NULL;
	b->lev = b->seen_s = b->fast = b->fast_s = b->learnt_s = b->packets = 0.0;
	b->hour_k = b->hour_s = b->hour_noise = b->hour_blocks = 0.0;
	b->held_k = b->held_s = b->old_lev = 0.0;
	b->bins = 0;
	b->fano_n = b->fano_n < 30 ? b->fano_n : 30;
	b->slow.s = fmin(b->slow.s, SIGMA_PRIOR_S);
	b->quick.s = fmin(b->quick.s, SIGMA_PRIOR_S);
}

void lull_baseline_rescale(struct lull_baseline *b)
{
	lull_baseline_break(b);
	b->fast_s = 0.0;
	b->fano_n = b->fano_n < 10 ? b->fano_n : 10;
}
