// SPDX-License-Identifier: BSD-3-Clause
// The exact generalised likelihood ratio of Poisson counts (Lorden, Ann. Math. Stat. 42, 1971):
// over all starts within the last 2,048 bins and all rates,
//   max over starts of  K ln(K/L) - K + L,   K counted, L expected since the start,
// against ln(1/alpha), alpha the share of the budget of one bin. It knows no dispersion and no
// level noise: what it loses against lull's detector is what ignoring them costs. Values are
// counts, as they are; below 0 is 0.
//
// Expected: a level of 20 minutes (30 bins at least) times the shape of the day (24 hours, each the
// mean of its own, interpolated), learnt from a day of bins (30 at least) before the first alarm
// and frozen while the statistic is above half its threshold. The end: a CUSUM of the likelihood of
// the normal rate against that of the event, against the same threshold, dated by the bin that
// lifted it from 0. A claim a week old (30 bins at least) is the new normal.

#include "alarm.h"
#include "glr.h"
#include "rival.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define HOUR_NS (3600 * LULL_NS_PER_SECOND)
#define DAY_NS (24 * HOUR_NS)
#define LEAST 30
#define SHAPE_DAYS 7.0 // memory of the shape

struct level {
	double k, shape, memory; // means of counts and of the shape over `memory` bins
	double hour[24], days[24];
	double hour_k, hour_n; // of the hour being summed
	uint64_t now;          // it, since the epoch
	double mean;           // of hour[]; 0 until all are known
	double n;              // bins learnt from
};

struct glr {
	struct lull_alarm alarm;
	struct level level;
	double h, need;
	struct lull_glr scan;
	double during_k, during_shape, during_n; // sums of the open claim
	double mu, back;                         // its share that remains; the CUSUM of its end
	size_t since;                            // bin that lifted it from 0
};

static double shape_at(const struct level *v, uint64_t middle_ns)
{
	if (v->mean <= 0.0)
		return 1.0;
	double at = (double)(middle_ns % DAY_NS) / (double)HOUR_NS + 23.5;
	double share = at - floor(at);
	size_t hour = (size_t)at;
	return ((1.0 - share) * v->hour[hour % 24] + share * v->hour[(hour + 1) % 24]) / v->mean;
}

static void close_hour(struct level *v)
{
	size_t at = v->now % 24;
	if (v->hour_n > 0.0) {
		v->days[at] = fmin(v->days[at] + 1.0, SHAPE_DAYS);
		v->hour[at] += (v->hour_k / v->hour_n - v->hour[at]) / v->days[at];
	}
	bool known = v->mean > 0.0, whole = true;
	double sum = 0.0;
	for (size_t i = 0; i < 24; i++) {
		sum += v->hour[i];
		whole &= v->days[i] > 0.0;
	}
	v->mean = whole ? sum / 24.0 : 0.0;
	if (!known && v->mean > 0.0) { // the level so far was that of its hours, shape and all
		v->k = v->mean;
		v->shape = 1.0;
	}
	v->hour_k = v->hour_n = 0.0;
}

static void learn(struct level *v, double k, double shape, uint64_t middle_ns)
{
	uint64_t hour = middle_ns / HOUR_NS;
	if (hour != v->now)
		close_hour(v);
	v->now = hour;
	v->hour_k += k;
	v->hour_n += 1.0;
	v->n += 1.0;
	double n = fmin(v->n, v->memory);
	v->k += (k - v->k) / n;
	v->shape += (shape - v->shape) / n;
}

static double expected(const struct level *v, double shape)
{
	return shape * (v->shape > 0.0 ? v->k / v->shape : v->k);
}

static int raise(struct glr *g, bool up, const struct lull_glr_peak *p, size_t i)
{
	int e = lull_alarm_raise(&g->alarm, up, p->bin, i);
	g->mu = up ? fmax(p->mu, 1.01) : fmin(fmax(p->mu, 0.01), 0.99);
	g->back = 0.0;
	g->during_k = g->during_shape = g->during_n = 0.0;
	return e;
}

static void go_on(struct glr *g, size_t i, double k, double shape)
{
	struct lull_alarm *a = &g->alarm;
	double l = expected(&g->level, shape);
	if (g->back <= 0.0)
		g->since = i;
	g->back = fmax(0.0, g->back - k * log(g->mu) - l * (1.0 - g->mu));
	if (g->back >= g->h) {
		lull_alarm_end(a, g->since, false);
		lull_glr_restart(&g->scan);
		return;
	}
	if (g->back <= 0.0)
		lull_alarm_count(a, l, k);
	g->during_k += k;
	g->during_shape += shape;
	g->during_n += 1.0;
	if (lull_alarm_old(a, LEAST, i)) {
		lull_alarm_end(a, i + 1, true);
		lull_glr_restart(&g->scan);
		g->level.k = g->during_k / g->during_n;
		g->level.shape = g->during_shape / g->during_n;
	}
}

static int take(struct glr *g, size_t i)
{
	const struct lull_timeseries *s = g->alarm.s;
	double k = fmax(s->value[i], 0.0);
	uint64_t middle_ns = s->start_ns + i * s->bin_ns + s->bin_ns / 2;
	double shape = shape_at(&g->level, middle_ns);
	if (g->alarm.open) {
		go_on(g, i, k, shape);
		return 0;
	}
	if (g->level.n < g->need) {
		learn(&g->level, k, shape, middle_ns);
		return 0;
	}
	double l = expected(&g->level, shape);
	// Less than half a packet in all its memory: a series as good as silent has no rate.
	if (l < 0.5 / g->level.memory) {
		lull_glr_restart(&g->scan);
		learn(&g->level, k, shape, middle_ns);
		return 0;
	}
	lull_glr_add(&g->scan, i, k, l);
	const struct lull_glr_peak down = lull_glr_scan(&g->scan, false, g->h / 2);
	const struct lull_glr_peak up = lull_glr_scan(&g->scan, true, g->h / 2);
	bool rose = up.value > down.value;
	const struct lull_glr_peak *p = rose ? &up : &down;
	if (p->value >= g->h)
		return raise(g, rose, p, i);
	if (p->value <= 0.0)
		learn(&g->level, k, shape, middle_ns);
	return 0;
}

static int glr_judge(const struct lull_timeseries *s, const struct lull_rival_options *o,
	struct lull_claims *claims)
{
	struct glr *g = calloc(1, sizeof(*g));
	if (g == NULL)
		return -ENOMEM;
	double alpha = o->budget_per_day * ((double)s->bin_ns / (double)DAY_NS);
	g->alarm = (struct lull_alarm){.s = s, .claims = claims};
	g->h = fmax(-log(fmax(alpha, 1e-300)), 1.0);
	g->need = (double)lull_bins_of(s, DAY_NS, LEAST);
	g->level.memory = (double)lull_bins_of(s, HOUR_NS / 3, LEAST);
	int e = 0;
	for (size_t i = 0; i < s->n && e == 0; i++)
		if (!isnan(s->value[i]))
			e = take(g, i);
	free(g);
	return e;
}

const struct lull_rival lull_rival_glr = {
	.name = "glr",
	.what = "exact Poisson likelihood ratio over all starts, no dispersion (Lorden 1971)",
	.judge = glr_judge,
};
