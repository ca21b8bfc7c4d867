// SPDX-License-Identifier: BSD-3-Clause
// Two widths, one surge open at a time.

#include "feed_peak.h"
#include "detect/peak.h"
#include "feed_event.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>

#define DAY_NS (86400 * LULL_NS_PER_SECOND)
#define SELDOM 10 // times what was seen
#define ALPHA_MAX 1e-3
#define CALM 12 // bins without another one end a surge

static const size_t widths[] = {1, LULL_PEAK_WIDTH};
#define WIDTHS (sizeof(widths) / sizeof(widths[0]))

struct feed_peak {
	const struct lull_timeseries *s;
	const struct lull_config *config;
	const struct lull_feed_span *spans;
	size_t n_spans, span; // spans[..span) are over
	lull_event_fn *on_event;
	void *context;
	const struct lull_feed_sight *sights;
	double alpha; // of one width and bin
	bool open;
	size_t first, last; // bins: the onset; the last one that was high
	size_t high;        // the last one with a rare sum that ends with it
	struct lull_event event;
};

static uint64_t starts(const struct feed_peak *f, size_t bin)
{
	return f->s->start_ns + bin * f->s->bin_ns;
}

// The bin from which the last `width` stand highest above halfway from the mean to theirs.
static size_t onset_of(const struct feed_peak *f, size_t bin, size_t width, double mean)
{
	double own = 0.0, sum = 0.0, best = -INFINITY;
	size_t at = bin;
	for (size_t i = 0; i < width; i++)
		own += f->s->value[bin - i] / (double)width;
	for (size_t i = 0; i < width; i++) {
		sum += f->s->value[bin - i] - 0.5 * (mean + own);
		if (sum >= best) {
			best = sum;
			at = bin - i;
		}
	}
	return at;
}

static void tell(struct feed_peak *f, enum lull_state state, size_t bin)
{
	struct lull_event *e = &f->event;
	double sum = 0.0, n = 0.0;
	for (size_t i = f->first; i <= f->last; i++)
		if (!isnan(f->s->value[i])) {
			sum += f->s->value[i];
			n += 1.0;
		}
	e->rev++;
	e->state = state;
	e->revised_ns = starts(f, bin + 1);
	e->observed_pps = e->during.out_packets = sum / n;
	e->lost = lull_feed_event_lost(e->expected_pps, e->observed_pps, 0.0);
	f->on_event(f->context, e);
}

static bool told_already(struct feed_peak *f, uint64_t now_ns)
{
	while (f->span < f->n_spans && f->spans[f->span].to_ns <= now_ns)
		f->span++;
	return f->span < f->n_spans && f->spans[f->span].from_ns <= now_ns;
}

static double limit(const struct feed_peak *f, const struct lull_feed_sight *sight)
{
	return fmax(f->alpha, 1.0 / (SELDOM * (sight->seen + 1.0)));
}

static void begin(struct feed_peak *f, size_t bin)
{
	const struct lull_feed_sight *sight = &f->sights[bin];
	struct lull_event *e = &f->event;
	*e = lull_feed_event(f->s, f->config, LULL_SURGE);
	e->expected_pps = e->before.out_packets = sight->mean;
	f->open = true;
	f->first = onset_of(f, bin, sight->width, sight->mean);
	f->last = f->high = bin;
	size_t before = f->first > 0 && !isnan(f->s->value[f->first - 1]) ? 1 : 0;
	e->onset = (struct lull_instant){starts(f, f->first), starts(f, f->first - before),
		starts(f, sight->width > 1 ? bin + 1 : f->first + 1)};
	e->detected_ns = starts(f, bin + 1);
	e->evidence = -log(sight->chance);
	e->threshold = -log(limit(f, sight));
	e->learnt_ns = (uint64_t)sight->seen * f->s->bin_ns;
	lull_feed_event_id(e);
	tell(f, LULL_CONFIRMED, bin);
}

static void finish(struct feed_peak *f, size_t bin)
{
	uint64_t over = starts(f, f->last + 1);
	f->event.end = (struct lull_instant){over, over - f->s->bin_ns, over + f->s->bin_ns};
	tell(f, LULL_ENDED, bin);
	f->open = false;
}

// A sum stays high for as long as it reaches back to what was: the bin itself has to be high, too.
static void go_on(struct feed_peak *f, size_t bin)
{
	f->high = bin;
	if (f->s->value[bin] > 0.5 * (f->event.expected_pps + f->event.observed_pps))
		f->last = bin;
}

static void take(struct feed_peak *f, size_t bin)
{
	const struct lull_feed_sight *sight = &f->sights[bin];
	bool high = sight->seen > 0.0 && sight->chance < limit(f, sight);
	if (high && f->open)
		go_on(f, bin);
	else if (high && !told_already(f, starts(f, bin + 1)))
		begin(f, bin);
	else if (f->open && bin - f->high >= CALM)
		finish(f, bin);
}

static void look(struct lull_peak *p, double value, struct lull_feed_sight *sight)
{
	double mean = lull_peak_mean(p), seen = (double)p->seen;
	double chance = lull_peak_take(p, fmax(value, 0.0));
	if (seen < LULL_PEAK_WARMUP || (sight->seen > 0.0 && chance >= sight->chance))
		return;
	*sight = (struct lull_feed_sight){chance, seen, mean, p->width};
}

int lull_feed_peak_look(const struct lull_timeseries *s, struct lull_feed_sight *sights)
{
	struct lull_peak *p = calloc(WIDTHS, sizeof(*p));
	if (p == NULL)
		return -ENOMEM;
	for (size_t k = 0; k < WIDTHS; k++)
		lull_peak_init(&p[k], widths[k]);
	for (size_t i = 0; i < s->n; i++) {
		sights[i] = (struct lull_feed_sight){.chance = 1.0};
		for (size_t k = 0; k < WIDTHS; k++)
			if (isnan(s->value[i]))
				lull_peak_hole(&p[k]);
			else
				look(&p[k], s->value[i], &sights[i]);
	}
	free(p);
	return 0;
}

bool lull_feed_peak_agrees(const struct lull_feed_sight *sights, size_t first, size_t last)
{
	for (size_t i = last + 1; i-- > first && last - i < LULL_PEAK_WIDTH;)
		if (sights[i].seen * sights[i].chance < 1.0)
			return true;
	return false;
}

void lull_feed_peak(const struct lull_timeseries *s, const struct lull_config *config,
	const struct lull_feed_sight *sights, const struct lull_feed_span *spans, size_t n_spans,
	lull_event_fn *on_event, void *context)
{
	double alpha = config->detector.budget_per_day * (double)s->bin_ns / (double)DAY_NS;
	struct feed_peak f = {
		.s = s,
		.config = config,
		.sights = sights,
		.spans = spans,
		.n_spans = n_spans,
		.on_event = on_event,
		.context = context,
		.alpha = fmin(alpha, ALPHA_MAX) / (double)WIDTHS,
	};
	for (size_t bin = 0; bin < s->n; bin++)
		if (!isnan(s->value[bin]))
			take(&f, bin);
}
