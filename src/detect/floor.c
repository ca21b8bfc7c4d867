// SPDX-License-Identifier: BSD-3-Clause
// How far below the forecast a normal rate may lie, and in what unit proof of less is counted.

#include "floor.h"
#include "pick.h"
#include <math.h>

#define FAST_FADE 6.0f
#define DEVIATIONS 4.0f
// Where differences of neighbours are level noise: bins of a minute that expect 75 phi, and of half
// an hour that expect 5 (float seconds: a little less than is meant), unless they are long because
// bursts want them so; and how little a grain is of what they expect.
#define COARSE_S 59.0f
#define COARSE_PACKETS 75.0f
#define LONG_S 1799.0f
#define LONG_PACKETS 5.0f
#define GRAIN 0.001f
#define PLAIN 0.5f // share of the floor below which an hour needs no second
// Of the fast forecast: an excursion of the level lasts seconds, and the less traffic there is in
// them, the deeper it has to be to alarm.
#define FAST_DEVIATIONS_LEAST 3.0f
#define FAST_DEVIATIONS_PER_DECADE 0.5f
#define FAST_PACKETS 300.0f // times phi in the fast memory, up to which the least is enough
#define RHO 0.7f            // a normal rate may lie this far below any forecast
#define RHO_LEAST 0.03f
#define RHO_DAY_OFF 0.6f  // below the emptiest day
#define RHO_WEEKDAYS 0.5f // and this far while no weekend has been seen
#define EVENING_S 3600.0f // in which an evening halves traffic, at most
#define ASK_S 5.0f        // bins below it
#define ASK_BINS 16
#define MOVED 0.01f // of the noise, before rho is worked out anew
// What the level may exceed the mean of all days by, and how many of its standard errors more.
#define LASTING 1.1f
#define LASTING_ERRORS 2.0f
#define WEEK_DAYS 7

static float clamp(float x, float lo, float hi)
{
	return lull_lesser(lull_greater(x, lo), hi);
}

// The largest share of a forecast that may be asked for.
static float most_normal(const struct lull_baseline *b)
{
	return b->days > 0 && b->days < WEEK_DAYS ? RHO_WEEKDAYS : RHO;
}

static float rho_of(float sigma2, float deviations, float most)
{
	return clamp(expf(-deviations * sqrtf(lull_greater(sigma2, 0.0f))), RHO_LEAST, most);
}

// The noise of a past hour of the day counts where it was larger than lately.
void lull_floor_set(struct lull_baseline *b)
{
	float noise = (float)lull_profile_noise(b->profile, b->hour);
	b->rho_of[0] = b->slow.sigma2;
	b->rho = rho_of(lull_greater(b->slow.sigma2, noise), DEVIATIONS, most_normal(b));
}

void lull_floor_set_fast(struct lull_baseline *b)
{
	float packets = b->lev * b->fast_full / b->phi;
	float decades = log10f(lull_greater(packets / FAST_PACKETS, 1.0f));
	float deviations = FAST_DEVIATIONS_LEAST + FAST_DEVIATIONS_PER_DECADE * decades;
	b->rho_of[1] = b->quick.sigma2;
	b->rho_fast = rho_of(b->quick.sigma2, lull_lesser(deviations, DEVIATIONS), RHO);
}

// Has the noise moved by a hundredth since rho was worked out?
static bool moved(float sigma2, float since)
{
	return fabsf(sigma2 - since) > MOVED * since;
}

void lull_floor_follow(struct lull_baseline *b)
{
	if (moved(b->slow.sigma2, b->rho_of[0]))
		lull_floor_set(b);
}

void lull_floor_follow_fast(struct lull_baseline *b)
{
	if (moved(b->quick.sigma2, b->rho_of[1]))
		lull_floor_set_fast(b);
}

bool lull_floor_coarse(const struct lull_baseline *b, float bin_s)
{
	float packets = bin_s >= LONG_S ? LONG_PACKETS : COARSE_PACKETS;
	return b->shortest && bin_s >= COARSE_S && b->lev * bin_s > packets * b->phi;
}

float lull_baseline_grain(const struct lull_baseline *b, float bin_s)
{
	if (!lull_floor_coarse(b, bin_s))
		return b->phi;
	return clamp(GRAIN * b->lev * bin_s, 1.0f, b->phi);
}

bool lull_baseline_plain(const struct lull_baseline *b, float k, float normal)
{
	return b->days >= WEEK_DAYS && k < PLAIN * normal;
}

// The least that any day of the week has shown, a day off included, as long as the level is about
// what it is on all days: a morning that comes by half is a fall, though the level follows it down.
static float day_off(const struct lull_baseline *b, const struct lull_shape *s)
{
	if (!(b->ask < LULL_ASK_MOST) || !(b->lev > 0.0f))
		return 0.0f;
	float share = lull_lesser(b->rho, RHO_DAY_OFF) * s->least / (b->lev * s->at);
	return lull_lesser(share, RHO);
}

float lull_baseline_floor(const struct lull_baseline *b, uint64_t time_ns, double age_s)
{
	struct lull_shape s = lull_floor_shape(b, time_ns);
	float low = s.low / s.at, floor = lull_lesser(b->rho, b->ask) * low;
	if (lull_baseline_shaped(b)) {
		low *= lull_lesser(b->ask, 1.0f);
		floor = lull_greater(b->rho * low, day_off(b, &s));
	}
	if (!(b->fast_full > 0.0f) || b->fast_s < b->fast_full || !(b->lev > 0.0f))
		return floor;
	float quick =
		lull_lesser(b->rho_fast, b->ask_fast) * lull_lesser(b->fast / b->lev, 1.0f) * low;
	if (age_s > 0.0)
		quick *= expf(-(float)age_s / (FAST_FADE * b->fast_full));
	return lull_greater(floor, quick);
}

float lull_baseline_delay(const struct lull_baseline *b, uint64_t time_ns, float h, uint64_t bin_ns)
{
	float normal =
		lull_baseline_floor(b, time_ns, 0.0) * b->lev * lull_baseline_profile(b, time_ns);
	if (!(normal > 0.0f))
		return INFINITY;
	float bin_s = 1e-9f * (float)bin_ns, least_s = 2.0f * bin_s;
	if (bin_ns >= LULL_PLAIN_NS && lull_baseline_plain(b, 0.0f, normal))
		least_s = bin_s;
	return lull_greater(h * lull_baseline_grain(b, bin_s) / normal, least_s);
}

// The share of the level that all days together stand for, give or take its own error: the end of
// a flood that became the level is no fall.
static float lasting(const struct lull_baseline *b)
{
	if (!(b->lev > 0.0f))
		return 1.0f;
	float room = LASTING + LASTING_ERRORS * sqrtf(b->phi / (b->lev * b->seen_s));
	return lull_lesser(room * (float)b->profile->mean / b->lev, LULL_ASK_MOST);
}

// An evening, or the morning of a day off that the shape does not know of, may halve traffic within
// an hour, and a morning that does not come in a third of it: the longer ago what a forecast
// remembers, the less of it can be asked for. Sparse series remember longer, and their proof takes
// longer. Once the level is known that stands for long, so dense series look seldom.
void lull_floor_ask(struct lull_baseline *b, float level_s, float fast_s)
{
	unsigned bins = b->heard.bins;
	bool seldom = b->heard.common_s < ASK_S * (float)bins && b->seen_s >= level_s;
	if (seldom && b->bins % ASK_BINS >= bins)
		return;
	bool week = b->days >= WEEK_DAYS;
	float seen_s = lull_lesser(b->seen_s, level_s);
	b->ask = lull_baseline_shaped(b) ? lasting(b) : exp2f(-seen_s / EVENING_S);
	b->ask_fast = week ? 1.0f : exp2f(-3.0f * fast_s / EVENING_S);
}
