// SPDX-License-Identifier: BSD-3-Clause
// The ratio to a moving median, as IODA alerts (Internet Outage Detection and Analysis, CAIDA, now
// Georgia Tech: ioda.inetintel.cc.gatech.edu): a value below a fraction of the median of the past.
// IODA has one setting per source of data: BGP 0.99 of the median of a day, active probing 0.8 of
// the median of 7 days, telescope 0.25 of the median of 7 days. Here: the telescope's, as it alone
// is about traffic; the others would alarm every night. Bins of 5 minutes, as the telescope's.
//
// The median is of what was, outages included, so a fall that lasts half the window becomes the new
// normal by itself. A median of 0 says nothing. Rises, mirrored: above median / 0.25.

#include "alarm.h"
#include "rival.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BIN_NS (300 * LULL_NS_PER_SECOND)
#define DAY_NS (86400 * LULL_NS_PER_SECOND)
#define FRACTION 0.25
#define LEAST 24 // bins of the window and of its first filling, when bins are long

// The last `width` bins, missing ones included, and what is known of them in order.
struct window {
	double *ring, *sorted;
	size_t width, n, at;
};

// First index whose value is not below v.
static size_t place(const struct window *w, double v)
{
	size_t lo = 0, hi = w->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (w->sorted[mid] < v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void push(struct window *w, double v)
{
	double old = w->ring[w->at];
	if (!isnan(old)) {
		double *gone = &w->sorted[place(w, old)];
		w->n--;
		memmove(gone, gone + 1, (size_t)(w->sorted + w->n - gone) * sizeof(double));
	}
	w->ring[w->at] = v;
	w->at = (w->at + 1) % w->width;
	if (isnan(v))
		return;
	double *here = &w->sorted[place(w, v)];
	memmove(here + 1, here, (size_t)(w->sorted + w->n - here) * sizeof(double));
	*here = v;
	w->n++;
}

static double median(const struct window *w)
{
	size_t half = w->n / 2;
	return w->n % 2 == 1 ? w->sorted[half] : (w->sorted[half - 1] + w->sorted[half]) / 2.0;
}

static bool outside(bool up, double v, double median)
{
	return median > 0.0 && (up ? v > median / FRACTION : v < median * FRACTION);
}

static int step(struct lull_alarm *a, double *before, double m, size_t i)
{
	double v = a->s->value[i];
	// Back, or the median came after it: the new normal.
	if (a->open && !outside(a->up, v, m))
		lull_alarm_end(a, i, outside(a->up, v, *before));
	if (!a->open) {
		bool down = outside(false, v, m);
		if (!down && !outside(true, v, m))
			return 0;
		*before = m;
		int e = lull_alarm_raise(a, !down, i, i);
		if (e < 0)
			return e;
	}
	lull_alarm_count(a, *before, v);
	return 0;
}

static int watch(const struct lull_timeseries *s, struct lull_claims *claims)
{
	size_t need = lull_bins_of(s, DAY_NS, LEAST);
	struct window w = {.width = lull_bins_of(s, 7 * DAY_NS, LEAST)};
	w.ring = malloc(w.width * sizeof(double));
	w.sorted = malloc(w.width * sizeof(double));
	int e = w.ring == NULL || w.sorted == NULL ? -ENOMEM : 0;
	for (size_t i = 0; i < w.width && e == 0; i++)
		w.ring[i] = NAN;
	struct lull_alarm a = {.s = s, .claims = claims};
	double before = 0.0; // the median when the claim was raised
	for (size_t i = 0; i < s->n && e == 0; i++) {
		if (w.n >= need && !isnan(s->value[i]))
			e = step(&a, &before, median(&w), i);
		push(&w, s->value[i]);
	}
	free(w.ring);
	free(w.sorted);
	return e;
}

static int median_judge(const struct lull_timeseries *s, const struct lull_rival_options *o,
	struct lull_claims *claims)
{
	(void)o; // nothing in it has a threshold of the caller's
	struct lull_timeseries bins;
	double *to_free;
	int e = lull_coarsen(s, BIN_NS, &bins, &to_free);
	if (e == 0)
		e = watch(&bins, claims);
	free(to_free);
	return e;
}

const struct lull_rival lull_rival_median = {
	.name = "median",
	.what = "below 0.25 of the median of 7 days, bins of 5 min (IODA's telescope alert)",
	.judge = median_judge,
};
