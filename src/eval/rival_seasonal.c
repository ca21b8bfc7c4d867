// SPDX-License-Identifier: BSD-3-Clause
// A seasonal forecast with a band: Holt-Winters, additive, as Brutlag made it an alarm ("Aberrant
// Behavior Detection in Time Series for Network Monitoring", LISA 2000; in RRDtool since), with
// RRDtool's settings: alpha 0.1, beta 0.0035, gamma 0.1, band of 2 mean deviations, 7 of 9 bins
// outside. Bins of 5 minutes, or the series' own when they are longer. To compete in earnest it has
// what came later:
//   a season of the week above the one of the day (Taylor, J. Oper. Res. Soc. 54, 2003);
//   values outside the band are learnt from as if they lay on its edge (Gelper, Fried, Croux,
//   J. Forecasting 29, 2010), and none while an alarm stands, as Chocolatine (Guillot et al.
//   2019) puts its forecast in their place.
//
// The first day gives level and season, the second the deviation (of all slots; then each learns
// its own). The first time a slot of the week comes round it takes all of what is off, alarm or
// not: else the first weekend would stand as an alarm for ever, never learnt. Bins above 6 h have
// no season of the day, above a day none at all; then 12 bins stand for a day. A missing bin
// changes nothing. An alarm ends when fewer than 7 of 9 bins are outside, dated by the first
// after the last one outside; after a week it is the new normal, and all is learnt anew.

#include "alarm.h"
#include "rival.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define BIN_NS (300 * LULL_NS_PER_SECOND)
#define DAY_NS (86400 * LULL_NS_PER_SECOND)
#define ALPHA 0.1
#define BETA 0.0035
#define GAMMA 0.1
#define BAND 2.0
#define WIDEST 4.0 // deviations that one value may count for when the deviation is learnt
#define WINDOW 9
#define FAILURES 7
#define LEAST 12

struct slot {
	double season, deviation;
	bool seen;
};

struct seasonal {
	struct lull_alarm alarm;
	size_t n_day, n_week; // slots; 1: no season
	struct slot *day;
	struct slot *week;
	double level, trend;
	size_t need, learnt; // bins
	double deviation;    // mean of the second day
	size_t bins[WINDOW]; // the last ones, newest first
	unsigned outside[2]; // down, up: one bit for each of bins, newest lowest
};

static size_t slots_of(uint64_t period_ns, uint64_t bin_ns)
{
	return (size_t)((period_ns + bin_ns - 1) / bin_ns);
}

static size_t slot_at(const struct lull_timeseries *s, size_t i, uint64_t period_ns, size_t n)
{
	uint64_t ns = s->start_ns + i * s->bin_ns;
	return n > 1 ? (size_t)(ns % period_ns / s->bin_ns) : 0;
}

static void restart(struct seasonal *h)
{
	for (size_t i = 0; i < h->n_day; i++)
		h->day[i] = (struct slot){0};
	for (size_t i = 0; i < h->n_week; i++)
		h->week[i] = (struct slot){0};
	h->level = h->trend = h->deviation = 0.0;
	h->learnt = 0;
	h->outside[0] = h->outside[1] = 0;
}

// The first day: season holds plain values until it is over.
static void begin(struct seasonal *h, struct slot *day, double y)
{
	h->learnt++;
	h->level += (y - h->level) / (double)h->learnt;
	day->season = y;
	day->seen = true;
	for (size_t i = 0; i < h->n_day && h->learnt == h->need; i++)
		h->day[i].season = h->n_day > 1 && h->day[i].seen ? h->day[i].season - h->level : 0;
}

static void learn(struct seasonal *h, struct slot *day, struct slot *week, double y)
{
	double before = h->level;
	h->level = ALPHA * (y - day->season - week->season) + (1.0 - ALPHA) * (before + h->trend);
	h->trend = BETA * (h->level - before) + (1.0 - BETA) * h->trend;
	if (h->n_day > 1)
		day->season += GAMMA * (y - h->level - week->season - day->season);
	if (h->n_week > 1)
		week->season += GAMMA * (y - h->level - day->season - week->season);
}

static void remember(struct seasonal *h, size_t i, bool down, bool up)
{
	for (size_t j = WINDOW - 1; j > 0; j--)
		h->bins[j] = h->bins[j - 1];
	h->bins[0] = i;
	unsigned all = (1U << WINDOW) - 1;
	h->outside[0] = (h->outside[0] << 1 | down) & all;
	h->outside[1] = (h->outside[1] << 1 | up) & all;
}

static unsigned count(unsigned bits)
{
	unsigned n = 0;
	for (; bits != 0; bits &= bits - 1)
		n++;
	return n;
}

// The oldest bin of the window that is outside.
static size_t oldest_outside(const struct seasonal *h, bool up)
{
	size_t j = WINDOW - 1;
	while (j > 0 && (h->outside[up] >> j & 1) == 0)
		j--;
	return h->bins[j];
}

// The first bin after the newest one outside.
static size_t first_inside(const struct seasonal *h, bool up)
{
	size_t j = 0;
	while (j + 1 < WINDOW && (h->outside[up] >> (j + 1) & 1) == 0)
		j++;
	return h->bins[j];
}

static int watch(struct seasonal *h, struct slot *day, struct slot *week, size_t i)
{
	struct lull_alarm *a = &h->alarm;
	double y = a->s->value[i], forecast = h->level + h->trend + day->season + week->season;
	double off = y - forecast;
	// A constant series has no deviation: what is left is rounding.
	double d = fmax(day->deviation, 1e-9 * fabs(forecast));
	bool below = off<-BAND * d, above = off> BAND * d;
	remember(h, i, below, above);
	if (a->open) {
		if (count(h->outside[a->up]) < FAILURES) {
			lull_alarm_end(a, first_inside(h, a->up), false);
			h->outside[0] = h->outside[1] = 0;
		} else if (lull_alarm_old(a, 2 * h->need, i)) {
			lull_alarm_end(a, i + 1, true);
			restart(h);
			return 0;
		}
	} else {
		bool down = count(h->outside[0]) >= FAILURES;
		bool up = count(h->outside[1]) >= FAILURES;
		int e = down || up ? lull_alarm_raise(a, !down, oldest_outside(h, !down), i) : 0;
		if (e < 0)
			return e;
	}
	if (!a->open) {
		learn(h, day, week, forecast + fmin(fmax(off, -BAND * d), BAND * d));
		day->deviation += GAMMA * (fmin(fabs(off), WIDEST * d) - day->deviation);
	} else if (a->up ? above : below) {
		lull_alarm_count(a, forecast, y);
	}
	if (h->n_week > 1 && !week->seen)
		week->season = y - h->level - day->season;
	week->seen = true;
	return 0;
}

static int take(struct seasonal *h, size_t i)
{
	const struct lull_timeseries *s = h->alarm.s;
	struct slot *day = &h->day[slot_at(s, i, DAY_NS, h->n_day)];
	struct slot *week = &h->week[slot_at(s, i, 7 * DAY_NS, h->n_week)];
	double y = s->value[i];
	if (h->learnt < h->need) {
		begin(h, day, y);
		return 0;
	}
	if (!day->seen) { // missing on the first day
		day->seen = true;
		day->season = h->n_day > 1 ? y - h->level : 0.0;
		day->deviation = h->deviation;
		return 0;
	}
	if (h->learnt >= 2 * h->need)
		return watch(h, day, week, i);
	h->learnt++;
	double off = fabs(y - h->level - h->trend - day->season - week->season);
	h->deviation += (off - h->deviation) / (double)(h->learnt - h->need);
	learn(h, day, week, y);
	for (size_t j = 0; j < h->n_day && h->learnt == 2 * h->need; j++)
		h->day[j].deviation = h->deviation;
	return 0;
}

static int seasonal_judge(const struct lull_timeseries *series, const struct lull_rival_options *o,
	struct lull_claims *claims)
{
	(void)o; // nothing in it has a threshold of the caller's
	struct lull_timeseries s;
	double *to_free;
	int e = lull_coarsen(series, BIN_NS, &s, &to_free);
	if (e < 0)
		return e;
	struct seasonal h = {.alarm = {.s = &s, .claims = claims}};
	h.n_day = 4 * s.bin_ns <= DAY_NS ? slots_of(DAY_NS, s.bin_ns) : 1;
	h.n_week = s.bin_ns <= DAY_NS ? slots_of(7 * DAY_NS, s.bin_ns) : 1;
	h.need = lull_bins_of(&s, DAY_NS, LEAST);
	h.day = malloc(h.n_day * sizeof(*h.day));
	h.week = malloc(h.n_week * sizeof(*h.week));
	if (h.day == NULL || h.week == NULL)
		e = -ENOMEM;
	else
		restart(&h);
	for (size_t i = 0; i < s.n && e == 0; i++)
		if (!isnan(s.value[i]))
			e = take(&h, i);
	free(h.day);
	free(h.week);
	free(to_free);
	return e;
}

const struct lull_rival lull_rival_seasonal = {
	.name = "seasonal",
	.what = "Holt-Winters of day and week, 7 of 9 bins outside the band (Brutlag 2000)",
	.judge = seasonal_judge,
};
