// SPDX-License-Identifier: BSD-3-Clause
// Levels, dispersion and level noise of one series.

#include "floor.h"
#include "hear.h"
#include "pick.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>

#define HOUR_NS (3600 * LULL_NS_PER_SECOND)
// phi's memory in bins, and how many times 1/sqrt(n) its error may be: for Poisson counts that is
// sqrt(3/n), for bursts more.
#define FANO_ERROR 3.0f
#define FANO_BINS 1200
// A level is read from at least about 30 phi packets (18 % noise), within 6 time constants.
#define LEVEL_PACKETS 30.0f
#define LEVEL_STRETCH 6.0f
// The fast level remembers a twentieth of what the slow one does, and at least four bins; once
// frozen it says half as much after two of its time constants.
#define FAST 0.025f
#define FAST_BINS 4.0f
#define FORGET 0.3f
// One bin teaches the profile at most this many times what it says.
#define SURPLUS 1.5f
#define SHAPED_DAYS 2   // days behind a shape that is relied on
#define LEAST_S 1800.0f // exposure that makes an hour of the profile
#define NIGHT_HOURS 16  // a fall that is over sooner may have been a night

static float clamp(float x, float lo, float hi)
{
	return lull_lesser(lull_greater(x, lo), hi);
}

void lull_baseline_derive(struct lull_baseline *b)
{
	unsigned days = b->profile ? b->profile->days : 0;
	b->days = (uint8_t)(days < UINT8_MAX ? days : UINT8_MAX);
	b->kept = b->profile && b->profile->n_held > 0;
	b->between = 0;
}

void lull_baseline_near(struct lull_baseline *b, uint64_t time_ns)
{
	uint32_t hour = (uint32_t)((time_ns + HOUR_NS / 2) / HOUR_NS);
	if (hour == b->between || b->days == 0)
		return;
	b->middles = lull_profile_middles(b->profile, hour);
	b->between = hour;
}

struct lull_shape lull_floor_shape(const struct lull_baseline *b, uint64_t time_ns)
{
	if (b->days == 0)
		return (struct lull_shape){.at = 1.0f, .low = 1.0f};
	uint64_t half = time_ns + HOUR_NS / 2, hour = half / HOUR_NS;
	struct lull_middles m = b->middles;
	if (hour != b->between)
		m = lull_profile_middles(b->profile, hour);
	return lull_profile_between(&m, (float)(half - hour * HOUR_NS) / (float)HOUR_NS);
}

void lull_baseline_init(struct lull_baseline *b)
{
	*b = (struct lull_baseline){
		.fano = 1.0f, .phi = 1.25f, .last_ratio = NAN, .ask = 1.0f, .ask_fast = 1.0f};
	lull_noise_init(&b->slow);
	lull_noise_init(&b->quick);
	lull_floor_set(b);
	lull_floor_set_fast(b);
}

void lull_baseline_finish(struct lull_baseline *b)
{
	free(b->profile);
	b->profile = NULL;
}

double lull_baseline_sigma(const struct lull_baseline *b)
{
	return sqrt(fmax((double)b->slow.sigma2, 0.0));
}

bool lull_baseline_shaped(const struct lull_baseline *b)
{
	return b->days >= SHAPED_DAYS;
}

float lull_baseline_profile(const struct lull_baseline *b, uint64_t time_ns)
{
	return lull_floor_shape(b, time_ns).at;
}

// Fold the hour that was summed into the profile, or keep it aside when it was frozen for the most
// part. While the shape appears, the level is rescaled so that the forecast does not jump. Later
// only as far as the mean moves: what one hour learns is news about that hour of the week, and a
// level that made up for it would take it into all hours to come.
static void fold_hour(struct lull_baseline *b, uint64_t now_ns)
{
	struct lull_profile *p = b->profile;
	if (b->hour_s < LEAST_S) {
		if (b->hour_s + b->held_s >= LEAST_S)
			lull_profile_hold(p, b->hour,
				(double)(b->hour_k + b->held_k) / (double)(b->hour_s + b->held_s));
		return;
	}
	if (b->old_lev > 0.0f && b->lev > 0.0f)
		lull_profile_scale(p, (double)(b->lev / b->old_lev));
	b->old_lev = 0.0f;
	unsigned days = p->days;
	bool shaped = days >= SHAPED_DAYS;
	float before = shaped ? (float)p->mean : lull_profile_at(p, now_ns).at;
	float noise =
		b->hour_blocks > 0.0f ? lull_greater(b->hour_noise / b->hour_blocks, 0.0f) : NAN;
	lull_profile_fold(
		p, b->hour, (double)(b->hour_k / b->hour_s), (double)noise, (double)b->phi);
	// What was noise while there was no shape is shape now: the old noise counts for little.
	if (p->days != days && p->days <= SHAPED_DAYS) {
		b->slow.s *= FORGET;
		b->quick.s *= FORGET;
	}
	float rescale = before / lull_profile_at(p, now_ns).at;
	if (shaped)
		rescale = before > 0.0f ? (float)p->mean / before : 1.0f;
	b->lev *= rescale;
	b->fast *= rescale;
}

// Is it another hour? Then close the old one. 0 or -ENOMEM.
static int turn_hour(struct lull_baseline *b, uint64_t middle_ns)
{
	uint32_t hour = (uint32_t)(middle_ns / HOUR_NS);
	if (hour == b->hour)
		return 0;
	if (b->hour_s + b->held_s >= LEAST_S) {
		if (!b->profile && !(b->profile = calloc(1, sizeof(*b->profile))))
			return -ENOMEM;
		fold_hour(b, middle_ns);
		lull_baseline_derive(b);
	}
	b->hour = hour;
	b->hour_k = b->hour_s = b->hour_noise = b->hour_blocks = b->held_k = b->held_s = 0.0f;
	lull_floor_set(b);
	return 0;
}

int lull_baseline_hold(struct lull_baseline *b, float k, float l, double exposure_s,
	double common_s, uint64_t middle_ns, bool doubt)
{
	float of;
	b->last_ratio = NAN;
	b->aimed = false;
	lull_noise_break(&b->quick);
	if (!doubt) {
		lull_noise_break(&b->slow);
		b->doubted = (struct lull_doubted){0};
	} else {
		float noise = lull_noise_block(&b->slow, b->phi, k, l, (float)exposure_s, &of);
		if (!isnan(noise)) {
			b->doubted.noise += noise * of;
			b->doubted.of += of;
		}
	}
	int err = turn_hour(b, middle_ns);
	b->held_k += k;
	b->held_s += (float)common_s;
	return err;
}

// The suspicion came to nothing: what strayed so far was noise. Without this the noise is learnt
// from what remains when its own excursions are left out.
static void learn_doubted(struct lull_baseline *b, const struct lull_detector_config *config)
{
	struct lull_doubted *d = &b->doubted;
	lull_noise_take(&b->slow, 1e-9f * (float)config->level_ns, d->noise / d->of, d->of);
	b->hour_noise += d->noise;
	b->hour_blocks += d->of;
	*d = (struct lull_doubted){0};
	lull_floor_set(b);
}

void lull_baseline_release(struct lull_baseline *b, const struct lull_detector_config *config)
{
	if (b->doubted.of > 0.0f)
		learn_doubted(b, config);
	if (!b->kept)
		return;
	lull_profile_release(b->profile, lull_baseline_shaped(b) ? 0 : NIGHT_HOURS, (double)b->phi);
	lull_baseline_derive(b);
}

static void learn_phi(struct lull_baseline *b)
{
	float n = b->heard.n_pairs;
	if (b->heard.n_pairs == 0)
		return;
	unsigned seen = b->fano_n + b->heard.n_pairs;
	b->fano_n = (uint16_t)(seen < FANO_BINS ? seen : FANO_BINS);
	b->fano += (b->heard.pairs - n * b->fano) / (float)b->fano_n;
	// Few differences of heavy-tailed counts fall short more often than not.
	float margin = FANO_ERROR / sqrtf((float)b->fano_n);
	b->phi = lull_greater(1.0f, b->fano * (1.0f + margin));
}

// What was heard, against share times its forecast. Where one bin is a block, the last one, k of l,
// speaks for all.
static float learn_noise(const struct lull_baseline *b, const struct lull_detector_config *config,
	struct lull_noise *n, float share, float k, float l)
{
	const struct lull_heard *h = &b->heard;
	float level_s = 1e-9f * (float)config->level_ns;
	float phi = lull_floor_coarse(b, h->exposure_s / (float)h->bins) ? 0.0f : b->phi;
	if (h->bins == 1 || !(share * l >= LULL_BLOCK_PACKETS * phi))
		return lull_noise_learn(n, level_s, phi, h->k, share * h->l, h->exposure_s);
	n->k = n->l = 0.0f;
	return lull_noise_learn(n, level_s, phi, k, share * l, h->exposure_s);
}

// 1 - e^-x.
static float forgotten(float x)
{
	if (x > 0.05f)
		return 1.0f - expf(-x);
	return x * (1.0f - x * (0.5f - x * (1.0f / 6.0f - x * (1.0f / 24.0f))));
}

// One memory of the level: arithmetic mean until `memory` has been seen, exponential from then on.
static void remember(float *lev, float *seen_s, float memory, float rate, float common_s)
{
	float seen = *seen_s + common_s;
	float w = seen < memory ? common_s / seen : forgotten(common_s / memory);
	*seen_s = lull_lesser(seen, memory);
	*lev += w * (rate - *lev);
}

static void learn_levels(
	struct lull_baseline *b, const struct lull_detector_config *config, float profile)
{
	float level_s = 1e-9f * (float)config->level_ns, memory = LEVEL_STRETCH * level_s;
	float common_s = b->heard.common_s, bin_s = common_s / (float)b->heard.bins;
	float fast_s = lull_greater(FAST * level_s, FAST_BINS * bin_s), enough = memory;
	if (b->lev > 0.0f)
		enough = lull_lesser(LEVEL_PACKETS * b->phi / b->lev, 1e30f);
	// Where the shape of the day is known, the level has no mornings to follow.
	if (!lull_baseline_shaped(b))
		memory = clamp(enough, level_s, memory);
	b->fast_full = lull_greater(enough, fast_s);
	if (b->fast_full > 0.5f * memory)
		b->fast_full = 0.0f;
	lull_floor_ask(b, level_s, fast_s);
	float rate = b->heard.level_k / (common_s * profile);
	remember(&b->lev, &b->seen_s, memory, rate, common_s);
	if (b->fast_full > 0.0f)
		remember(&b->fast, &b->fast_s, b->fast_full, rate, common_s);
	else
		b->fast_s = 0.0f;
}

static void learn_noises(
	struct lull_baseline *b, const struct lull_detector_config *config, float k, float l)
{
	float of = b->slow.of + b->heard.exposure_s;
	float noise = learn_noise(b, config, &b->slow, 1.0f, k, l);
	if (!isnan(noise)) {
		b->hour_noise += noise * of;
		b->hour_blocks += of;
		lull_floor_follow(b);
	}
	if (!(b->fast_full > 0.0f) || b->fast_s < b->fast_full)
		return;
	float share = lull_lesser(b->fast / b->lev, 1.0f);
	noise = learn_noise(b, config, &b->quick, share, k, l);
	if (!isnan(noise))
		lull_floor_follow_fast(b);
}

// Packets the hour may be taught by what was heard: a flood is no part of any day.
static float most_of_hour(const struct lull_baseline *b, const struct lull_detector_config *config)
{
	if (b->bins < LULL_RAW_BINS)
		return INFINITY;
	float most = lull_baseline_shaped(b) ? SURPLUS : (float)config->clip;
	return most * b->heard.l + LULL_TAIL * b->phi;
}

// The level is learnt from what was heard once the rest of it was.
static void close_heard(
	struct lull_baseline *b, const struct lull_detector_config *config, float profile)
{
	struct lull_heard *h = &b->heard;
	learn_levels(b, config, profile);
	b->bins = b->bins < UINT32_MAX - h->bins ? b->bins + h->bins : UINT32_MAX;
	b->packets += h->k;
	b->learnt_s += (double)h->exposure_s;
	b->hour_k += lull_lesser(h->k, most_of_hour(b, config));
	b->hour_s += h->common_s;
	*h = (struct lull_heard){0};
	b->aimed = false;
}

// k, l: of the last bin.
static void learn_spread(
	struct lull_baseline *b, const struct lull_detector_config *config, float k, float l)
{
	if (!(b->heard.l > 0.0f) || b->bins < LULL_FIRST_BINS)
		return;
	learn_noises(b, config, k, l);
	learn_phi(b);
}

int lull_baseline_learn(struct lull_baseline *b, const struct lull_detector_config *config,
	double packets, double forecast, double exposure_s, double common_s, uint64_t middle_ns)
{
	float k = (float)packets, l = (float)forecast;
	if (!((float)common_s > 0.0f))
		return 0;
	int err = turn_hour(b, middle_ns);
	if (err)
		return err;
	lull_baseline_count(b, config, k, l, (float)exposure_s, (float)common_s);
	learn_spread(b, config, k, l);
	lull_baseline_hear_level(b, config, k, l);
	close_heard(b, config, lull_floor_shape(b, middle_ns).at);
	return 0;
}

int lull_baseline_catch_up(
	struct lull_baseline *b, const struct lull_detector_config *config, uint64_t time_ns)
{
	if (b->heard.bins == 0)
		return 0;
	int err = turn_hour(b, time_ns);
	if (err)
		return err;
	learn_spread(b, config, 0.0f, 0.0f);
	close_heard(b, config, lull_floor_shape(b, time_ns).at);
	return 0;
}

void lull_baseline_break(struct lull_baseline *b)
{
	b->last_ratio = NAN;
	b->doubted = (struct lull_doubted){0};
	b->aimed = false;
	lull_noise_break(&b->slow);
	lull_noise_break(&b->quick);
}

void lull_baseline_doubt(struct lull_baseline *b, double keep_s)
{
	lull_baseline_break(b);
	b->seen_s = lull_lesser(b->seen_s, (float)keep_s);
	b->fast_s = 0.0;
}

void lull_baseline_shift(struct lull_baseline *b)
{
	if (b->days == 0) {
		lull_baseline_restart(b);
		return;
	}
	b->old_lev = b->old_lev > 0.0 ? b->old_lev : b->lev;
	b->profile->n_held = 0;
	b->kept = false;
	lull_baseline_doubt(b, 0.0);
}

void lull_baseline_restart(struct lull_baseline *b)
{
	lull_baseline_break(b);
	free(b->profile);
	b->profile = NULL;
	lull_baseline_derive(b);
	b->heard = (struct lull_heard){0};
	b->lev = b->seen_s = b->fast = b->fast_s = b->packets = 0.0f;
	b->learnt_s = 0.0;
	b->hour_k = b->hour_s = b->hour_noise = b->hour_blocks = 0.0f;
	b->held_k = b->held_s = b->old_lev = 0.0f;
	b->bins = 0;
	b->fano_n = b->fano_n < 30 ? b->fano_n : 30;
	b->slow.s = lull_lesser(b->slow.s, LULL_NOISE_PRIOR_S);
	b->quick.s = lull_lesser(b->quick.s, LULL_NOISE_PRIOR_S);
}

void lull_baseline_rescale(struct lull_baseline *b)
{
	lull_baseline_break(b);
	b->fast_s = 0.0;
	b->fano_n = b->fano_n < 10 ? b->fano_n : 10;
}
