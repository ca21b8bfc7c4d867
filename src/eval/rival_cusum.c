// SPDX-License-Identifier: BSD-3-Clause
// The plain CUSUM: Page, "Continuous inspection schemes", Biometrika 41, 1954 (Page-Hinkley in
// streams), on values standardised with the mean and standard deviation of what came before, with
// the customary k = 0.5 and h = 5 (Montgomery, "Introduction to Statistical Quality Control", 9.1).
//   down = max(0, down - z - k), up = max(0, up + z - k); alarm at h
//
// Mean and deviation: of all clean bins so far, a week's memory (30 bins at least); a day of them
// (30 at least) before the first alarm. No alarm is learnt from. A standard chart has no word for
// the end of an alarm. Here the sum stands at h at most and the claim ends when it is back at 0,
// dated by the bin it began to fall at. A claim a week old (30 bins at least) is the new normal:
// its own mean and deviation are taken over.

#include "alarm.h"
#include "rival.h"
#include <float.h>
#include <lull/time.h>
#include <math.h>

#define DAY_NS (86400 * LULL_NS_PER_SECOND)
#define K 0.5
#define H 5.0
#define LEAST 30

struct moments {
	double n, mean, var;
};

struct cusum {
	struct lull_alarm alarm;
	struct moments normal, during; // in general; while a claim is open
	double memory;                 // bins
	double sum[2];                 // down, up
	size_t since[2];               // bin that lifted the sum from 0
	size_t falls;                  // bin at which the sum of the open claim began to fall
};

static void learn(struct moments *m, double v, double memory)
{
	m->n = fmin(m->n + 1.0, memory);
	double d = v - m->mean;
	m->mean += d / m->n;
	m->var += (d * (v - m->mean) - m->var) / m->n;
}

static double standardise(const struct moments *m, double v)
{
	double d = v - m->mean;
	// A constant series has no deviation: any departure is a great one.
	double sd = fmax(sqrt(fmax(m->var, 0.0)), fmax(1e-9 * fabs(m->mean), DBL_MIN));
	return fmin(fmax(d / sd, -DBL_MAX), DBL_MAX);
}

static void add(struct cusum *c, bool up, double z, size_t i)
{
	double *sum = &c->sum[up];
	if (*sum == 0.0)
		c->since[up] = i;
	*sum = fmax(0.0, *sum + (up ? z : -z) - K);
}

static void restart(struct cusum *c)
{
	c->sum[0] = c->sum[1] = 0.0;
	c->during = (struct moments){0};
}

static void go_on(struct cusum *c, double v, double z, size_t i)
{
	struct lull_alarm *a = &c->alarm;
	add(c, a->up, z, i);
	double *sum = &c->sum[a->up];
	*sum = fmin(*sum, H);
	if (*sum >= H) {
		c->falls = i + 1;
		lull_alarm_count(a, c->normal.mean, v);
	}
	if (*sum == 0.0) {
		lull_alarm_end(a, c->falls, false);
		restart(c);
		return;
	}
	learn(&c->during, v, c->memory);
	if (lull_alarm_old(a, LEAST, i)) {
		lull_alarm_end(a, i + 1, true);
		if (c->during.n >= LEAST)
			c->normal = c->during;
		else
			c->normal = (struct moments){0};
		restart(c);
	}
}

static int watch(struct cusum *c, double v, double z, size_t i)
{
	add(c, false, z, i);
	add(c, true, z, i);
	bool down = c->sum[0] >= H;
	if (!down && c->sum[1] < H) {
		learn(&c->normal, v, c->memory);
		return 0;
	}
	int e = lull_alarm_raise(&c->alarm, !down, c->since[!down], i);
	if (e < 0)
		return e;
	c->falls = i + 1;
	c->sum[!down] = H;
	learn(&c->during, v, c->memory);
	lull_alarm_count(&c->alarm, c->normal.mean, v);
	return 0;
}

static int cusum_judge(const struct lull_timeseries *s, const struct lull_rival_options *o,
	struct lull_claims *claims)
{
	(void)o; // nothing in it has a threshold of the caller's
	struct cusum c = {.alarm = {.s = s, .claims = claims}};
	c.memory = (double)lull_bins_of(s, 7 * DAY_NS, LEAST);
	double need = (double)lull_bins_of(s, DAY_NS, LEAST);
	int e = 0;
	for (size_t i = 0; i < s->n && e == 0; i++) {
		double v = s->value[i];
		if (isnan(v))
			continue;
		if (c.alarm.open)
			go_on(&c, v, standardise(&c.normal, v), i);
		else if (c.normal.n < need)
			learn(&c.normal, v, c.memory);
		else
			e = watch(&c, v, standardise(&c.normal, v), i);
	}
	return e;
}

const struct lull_rival lull_rival_cusum = {
	.name = "cusum",
	.what = "CUSUM of standardised values, k = 0.5, h = 5 (Page 1954)",
	.judge = cusum_judge,
};
