// SPDX-License-Identifier: BSD-3-Clause
// Shrinkage instead of thresholds: each slot counts as much as it has shown, so the shape grows
// from the second day on, and the first Sunday is a day before it is a Sunday.

#include "profile.h"
#include "pick.h"
#include <lull/time.h>
#include <math.h>

#define HOUR_NS (3600 * LULL_NS_PER_SECOND)
#define OWN 0.5   // weeks that the same hour of other days counts for
#define FLAT 0.25 // days that a flat day counts for
// How much the same hour differs between days, and hours from each other: variances relative to the
// mean. The noise of a rate, thin, is weighed against them.
#define OWN_VARIANCE 0.03
#define FLAT_VARIANCE 0.1
#define FLOOR 0.02f
// What one hour may exceed the median of its hour of the day by: beyond it, it was a flood until
// the next week has shown it again.
#define USUAL 1.5
#define USUAL_ERRORS 3.0
#define WEEK_DAYS 7
#define WEEKS 4.0 // memory of a slot's rate, in weeks
#define DAYS 14.0 // memory of an hour's noise, in days

static double surplus(const struct lull_profile *p)
{
	return USUAL * (1.0 + USUAL_ERRORS * sqrt((double)p->thin));
}

static double slot_rate(const struct lull_profile *p, size_t slot)
{
	size_t hour = slot % LULL_PROFILE_HOURS;
	double day = (double)p->day[hour], n = p->n[slot], seen = p->seen[hour];
	double thin = (double)p->thin;
	double own = fmin((double)p->rate[slot], surplus(p) * n * day);
	double rate = day + (own - day) * n / (n + OWN + thin / OWN_VARIANCE);
	return p->mean + (rate - p->mean) * seen / (seen + FLAT + thin / FLAT_VARIANCE);
}

// Of the days that were seen.
static float least_rate(const struct lull_profile *p, size_t slot)
{
	float least = INFINITY;
	for (size_t i = slot % LULL_PROFILE_HOURS; i < LULL_PROFILE_SLOTS; i += LULL_PROFILE_HOURS)
		if (p->n[i] > 0)
			least = lull_lesser(least, p->rate[i]);
	return least;
}

struct lull_middles lull_profile_middles(const struct lull_profile *p, uint64_t hour)
{
	struct lull_middles m = {.at = 1.0f, .next = 1.0f};
	if (!p || p->days == 0 || !(p->mean > 0.0))
		return m;
	size_t slot = (size_t)(hour % LULL_PROFILE_SLOTS);
	size_t before = (slot + LULL_PROFILE_SLOTS - 1) % LULL_PROFILE_SLOTS;
	m.at = (float)(slot_rate(p, before) / p->mean);
	m.next = (float)(slot_rate(p, slot) / p->mean);
	if (p->days >= WEEK_DAYS)
		m.least = lull_lesser(least_rate(p, before), least_rate(p, slot));
	return m;
}

struct lull_shape lull_profile_between(const struct lull_middles *m, float f)
{
	return (struct lull_shape){
		.at = lull_greater((1.0f - f) * m->at + f * m->next, FLOOR),
		.low = lull_greater(lull_lesser(m->at, m->next), FLOOR),
		.least = m->least,
	};
}

struct lull_shape lull_profile_at(const struct lull_profile *p, uint64_t time_ns)
{
	uint64_t half = time_ns + HOUR_NS / 2; // slots are read at their middles
	struct lull_middles m = lull_profile_middles(p, half / HOUR_NS);
	return lull_profile_between(&m, (float)(half % HOUR_NS) / (float)HOUR_NS);
}

// The upper one of two: a slot without a fall in it.
static double median(const struct lull_profile *p, size_t hour)
{
	float sorted[LULL_PROFILE_SLOTS / LULL_PROFILE_HOURS];
	size_t n = 0;
	for (size_t slot = hour; slot < LULL_PROFILE_SLOTS; slot += LULL_PROFILE_HOURS) {
		if (p->n[slot] == 0)
			continue;
		size_t i = n++;
		for (; i > 0 && sorted[i - 1] > p->rate[slot]; i--)
			sorted[i] = sorted[i - 1];
		sorted[i] = p->rate[slot];
	}
	return n > 0 ? (double)sorted[n / 2] : 0.0;
}

static void derive_hour(struct lull_profile *p, size_t hour)
{
	double sum = 0.0, most = surplus(p) * median(p, hour);
	unsigned seen = 0;
	for (size_t slot = hour; slot < LULL_PROFILE_SLOTS; slot += LULL_PROFILE_HOURS) {
		sum += fmin((double)p->rate[slot], most) * p->n[slot];
		seen += p->n[slot];
	}
	p->seen[hour] = (uint16_t)seen;
	p->day[hour] = seen > 0 ? (float)(sum / seen) : 0.0f;
}

// Summed anew each time: no rounding drifts in over the years.
static void derive_mean(struct lull_profile *p)
{
	double sum = 0.0;
	p->days = p->seen[0];
	for (size_t i = 0; i < LULL_PROFILE_HOURS; i++) {
		sum += (double)p->day[i];
		p->days = p->seen[i] < p->days ? p->seen[i] : p->days;
	}
	p->mean = sum / LULL_PROFILE_HOURS;
}

void lull_profile_derive(struct lull_profile *p)
{
	for (size_t i = 0; i < LULL_PROFILE_HOURS; i++)
		derive_hour(p, i);
	derive_mean(p);
}

void lull_profile_fold(struct lull_profile *p, uint64_t hour, double rate, double noise, double phi)
{
	size_t slot = (size_t)(hour % LULL_PROFILE_SLOTS), of_day = slot % LULL_PROFILE_HOURS;
	double old = (double)p->rate[slot], seen = 1.0 + p->seen[of_day];
	double most = surplus(p) * (double)p->day[of_day];
	if (p->mean > 0.0)
		p->thin = (float)(phi / (3600.0 * p->mean));
	if (p->seen[of_day] > p->n[slot] && old > most && rate <= most)
		p->n[slot] = 0;
	p->n[slot] += p->n[slot] < UINT8_MAX;
	p->rate[slot] = (float)(old + (rate - old) * fmax(1.0 / p->n[slot], 1.0 / WEEKS));
	// Errors of a forecast that knew no nights yet say nothing about the nights to come.
	if (!isnan(noise) && seen > 2.0) {
		old = (double)p->noise[of_day];
		p->noise[of_day] =
			(float)(old + (noise - old) * fmax(1.0 / (seen - 2.0), 1.0 / DAYS));
	}
	lull_profile_derive(p);
}

void lull_profile_hold(struct lull_profile *p, uint64_t hour, double rate)
{
	if (p->n_held == LULL_PROFILE_HOURS || hour != p->held_from + (uint64_t)p->n_held) {
		// More than a day, or not in a row: what is older explains nothing any more.
		p->held_from = (uint32_t)hour;
		p->n_held = 0;
	}
	p->held[p->n_held++] = (float)rate;
}

void lull_profile_release(struct lull_profile *p, unsigned most, double phi)
{
	for (uint32_t i = 0; i < p->n_held && p->n_held <= most; i++)
		lull_profile_fold(p, p->held_from + (uint64_t)i, (double)p->held[i], NAN, phi);
	p->n_held = 0;
}

void lull_profile_scale(struct lull_profile *p, double f)
{
	for (size_t i = 0; i < LULL_PROFILE_SLOTS; i++)
		p->rate[i] = (float)((double)p->rate[i] * f);
	lull_profile_derive(p);
}

double lull_profile_noise(const struct lull_profile *p, uint64_t hour)
{
	return p ? (double)p->noise[hour % LULL_PROFILE_HOURS] : 0.0;
}
