// SPDX-License-Identifier: BSD-3-Clause
// The hourly minimum of the week: Richter, Padmanabhan, Spring, Berger, Clark, "Advancing the Art
// of Internet Edge Outage Detection", IMC 2018. b0 is the least hourly activity of the past 168 h;
// a block whose b0 is 40 or more can be tracked; activity below 0.5 b0 starts a disruption, 0.8 b0
// ends it, and one that is not over within two weeks is discarded.
//
// Theirs looks ahead a week to tell what is over. Here nothing looks ahead: the first hour at 0.8
// b0 ends it, and a claim two weeks old ends as the new normal, as it cannot be taken back. Hours
// of a disruption do not enter b0, nor do missing ones. Bins of 1 h, or longer where the series'
// are; those above a day, too few for a week, are not judged at all. Rises, mirrored: the greatest
// hourly activity, 1/0.5 and 1/0.8 of it.

#include "alarm.h"
#include "rival.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>

#define HOUR_NS (3600 * LULL_NS_PER_SECOND)
#define DAY_NS (24 * HOUR_NS)
#define WEEK 168
#define TRACKABLE 40.0
#define STARTS 0.5
#define ENDS 0.8

struct week {
	double hours[WEEK]; // the last clean ones
	size_t width, n, at;
	double base; // b0 while a claim is open
};

static void push(struct week *w, double v)
{
	w->hours[w->at] = v;
	w->at = (w->at + 1) % w->width;
	if (w->n < w->width)
		w->n++;
}

static double extreme(const struct week *w, bool greatest)
{
	double x = w->hours[0];
	for (size_t i = 1; i < w->n; i++)
		x = greatest ? fmax(x, w->hours[i]) : fmin(x, w->hours[i]);
	return x;
}

static bool beyond(bool up, double v, double base, double share)
{
	return up ? v > base / share : v < base * share;
}

// Raise a claim where the hour asks for one; returns 1 then, else 0, or -ENOMEM.
static int look(struct lull_alarm *a, struct week *w, size_t i)
{
	double v = a->s->value[i], least = extreme(w, false);
	if (least < TRACKABLE)
		return 0;
	bool up = beyond(true, v, extreme(w, true), STARTS);
	if (!up && !beyond(false, v, least, STARTS))
		return 0;
	w->base = up ? extreme(w, true) : least;
	int e = lull_alarm_raise(a, up, i, i);
	return e < 0 ? e : 1;
}

static int watch(const struct lull_timeseries *s, struct lull_claims *claims)
{
	struct week w = {.width = lull_bins_of(s, 7 * DAY_NS, 1)};
	struct lull_alarm a = {.s = s, .claims = claims};
	size_t patience = lull_bins_of(s, 14 * DAY_NS, 1), last = 0;
	for (size_t i = 0; i < s->n; i++) {
		double v = s->value[i];
		if (isnan(v))
			continue;
		// What was two weeks ago is no base any more.
		if (i - last > patience && !a.open)
			w.n = w.at = 0;
		last = i;
		if (a.open && !beyond(a.up, v, w.base, ENDS)) {
			lull_alarm_end(&a, i, false);
		} else if (a.open && i - a.raised >= patience) {
			lull_alarm_end(&a, i, true);
			w.n = w.at = 0;
		}
		int e = !a.open && w.n == w.width ? look(&a, &w, i) : 0;
		if (e < 0)
			return e;
		if (a.open)
			lull_alarm_count(&a, w.base, v);
		else
			push(&w, v);
	}
	return 0;
}

static int weekmin_judge(const struct lull_timeseries *s, const struct lull_rival_options *o,
	struct lull_claims *claims)
{
	(void)o; // nothing in it has a threshold of the caller's
	if (s->bin_ns > DAY_NS)
		return 0;
	struct lull_timeseries bins;
	double *to_free;
	int e = lull_coarsen(s, HOUR_NS, &bins, &to_free);
	if (e == 0)
		e = watch(&bins, claims);
	free(to_free);
	return e;
}

const struct lull_rival lull_rival_weekmin = {
	.name = "weekmin",
	.what = "an hour below half the least hour of the past week (Richter et al. 2018)",
	.judge = weekmin_judge,
};
