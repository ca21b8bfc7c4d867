// SPDX-License-Identifier: BSD-3-Clause
// The trial of the features, and what a row counts for the one that won it.

#include "keen.h"
#include "pick.h"
#include <math.h>
#include <string.h>

#define BURSTY 2.0f       // phi of packets from which there may be something to win
#define TRIAL_BINS 30     // behind a choice
#define TRIAL_S 7200.0    // and so long: level noise of minutes must not decide
#define TRIAL_MEMORY 7200 // bins
#define BETTER 1.5f // times the lambda/phi of packets: a second series halves the budget of each
#define ERROR 3.0f  // margin of an estimated phi, times 1/sqrt(n): as baseline.c has it
// Counts that vary less than this times Poisson counts are crowded: hardly more than so many can be
// there, so they no longer follow the level. Noise and falls in part do not show in them, and once
// they thin out they vary as never before.
#define CROWDED 0.8f

bool lull_keen_wanted(const struct lull_watch *out)
{
	return out->state != LULL_LEARNING && out->base.phi >= BURSTY;
}

static uint64_t count_of(enum lull_feature feature, const struct lull_row *row)
{
	switch (feature) {
	case LULL_SOURCES:
		return row->distinct;
	case LULL_ACTIVE_BINS:
		return row->packets > 0;
	case LULL_SYNS:
		return row->syn + row->synack;
	default:
		return row->packets;
	}
}

void lull_keen_count(struct lull_keen *k, const struct lull_row *row)
{
	for (size_t i = 0; i < LULL_FEATURES; i++)
		k->trials[i].now += (float)count_of((enum lull_feature)i, row);
	if (k->feature != LULL_PACKETS)
		lull_watch_count(&k->watch, count_of((enum lull_feature)k->feature, row),
			row->first_ns, row->last_ns);
}

static void learn(struct lull_trial *t, unsigned n, bool paired)
{
	t->mean += (t->now - t->mean) / (float)n;
	float d = t->now - t->last;
	if (paired)
		t->half += (0.5f * d * d - t->half) / (float)n;
	t->last = t->now;
}

// Variance over mean, with its margin.
static float dispersion(const struct lull_trial *t, unsigned n)
{
	return t->half / t->mean * (1.0f + ERROR / sqrtf((float)n));
}

// lambda/phi, per bin.
static float keenness(const struct lull_trial *t, unsigned n)
{
	return t->mean > 0.0f ? t->mean / lull_greater(dispersion(t, n), 1.0f) : 0.0f;
}

static bool crowded(const struct lull_trial *t, unsigned n)
{
	return t->mean > 0.0f && dispersion(t, n) < CROWDED;
}

static enum lull_feature choose(const struct lull_keen *k)
{
	enum lull_feature best = LULL_PACKETS;
	float most = BETTER * keenness(&k->trials[LULL_PACKETS], k->n);
	for (size_t i = LULL_PACKETS + 1; i < LULL_FEATURES; i++) {
		const struct lull_trial *t = &k->trials[i];
		if (crowded(t, k->n) || !(keenness(t, k->n) > most))
			continue;
		most = keenness(t, k->n);
		best = (enum lull_feature)i;
	}
	return best;
}

// Does what was chosen still earn its half of the budget?
static bool worth(const struct lull_keen *k)
{
	const struct lull_trial *t = &k->trials[k->feature];
	return !crowded(t, k->n) && keenness(t, k->n) > keenness(&k->trials[LULL_PACKETS], k->n);
}

enum lull_feature lull_keen_close(struct lull_keen *k, bool calm, double bin_s)
{
	if (!calm) {
		lull_keen_drop(k);
		return (enum lull_feature)k->feature;
	}
	k->n += k->n < TRIAL_MEMORY;
	for (size_t i = 0; i < LULL_FEATURES; i++) {
		learn(&k->trials[i], k->n, k->paired);
		k->trials[i].now = 0.0f;
	}
	k->paired = true;
	if (k->over || k->n < fmax(TRIAL_BINS, TRIAL_S / bin_s))
		return (enum lull_feature)k->feature;
	if (k->feature == LULL_PACKETS)
		return choose(k);
	return worth(k) ? (enum lull_feature)k->feature : LULL_PACKETS;
}

void lull_keen_drop(struct lull_keen *k)
{
	for (size_t i = 0; i < LULL_FEATURES; i++)
		k->trials[i].now = 0.0f;
	k->paired = false;
}

void lull_keen_restart(struct lull_keen *k)
{
	memset(k->trials, 0, sizeof(k->trials));
	k->n = 0;
	k->paired = false;
}

void lull_keen_end(struct lull_keen *k)
{
	if (k->feature != LULL_PACKETS)
		lull_watch_finish(&k->watch);
	k->feature = LULL_PACKETS;
}

struct lull_watch_seed lull_keen_seed(
	const struct lull_keen *k, enum lull_feature feature, double bin_s)
{
	const struct lull_trial *t = &k->trials[feature];
	double rate = (double)t->mean / bin_s, seen_s = k->n * bin_s;
	return (struct lull_watch_seed){.packets = rate * seen_s, .seen_s = seen_s, .rate = rate};
}
