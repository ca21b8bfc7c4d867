// SPDX-License-Identifier: BSD-3-Clause
// Changes of the level become events: at most one is open.

#include "feed_level.h"
#include "detect/level.h"
#include "feed_event.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>

#define DAY_NS (86400 * LULL_NS_PER_SECOND)
#define ALPHA_MAX 1e-3 // of bins so long that the budget would allow an alarm in every few
#define NOTHING 0.02   // of the former level: as in the detector of traffic, silence stays open

struct feed_level {
	const struct lull_timeseries *s;
	const struct lull_config *config;
	lull_event_fn *on_event;
	void *context;
	struct lull_level level;
	size_t *bins; // of each value taken
	size_t n;     // values taken
	bool open, told;
	struct lull_level_change change; // the open one
	struct lull_event event;
	size_t outages;
};

bool lull_feed_is_level(const struct lull_timeseries *s, const struct lull_config *config)
{
	if (config->model != LULL_MODEL_AUTO)
		return config->model == LULL_MODEL_LEVEL;
	bool level = s->bin_ns >= DAY_NS;
	for (size_t i = 0; i < s->n && !level; i++)
		level = s->value[i] < 0.0;
	return level;
}

static uint64_t starts(const struct feed_level *f, size_t bin)
{
	return f->s->start_ns + bin * f->s->bin_ns;
}

// A bin that a change falls into stands between the two levels; and what is missing hides it.
static struct lull_instant place(const struct feed_level *f, const struct lull_level_change *c)
{
	size_t before = c->lo > 0 ? f->bins[c->lo - 1] : 0;
	return (struct lull_instant){
		starts(f, f->bins[c->at]), starts(f, before), starts(f, f->bins[c->hi] + 1)};
}

// Mean of the values from that of the onset to the one before value `behind`.
static double mean_since(const struct feed_level *f, size_t behind)
{
	double sum = 0.0;
	size_t from = f->change.at;
	for (size_t i = from; i < behind; i++)
		sum += f->s->value[f->bins[i]];
	return behind > from ? sum / (double)(behind - from) : f->change.observed;
}

static void tell(struct feed_level *f, enum lull_state state, size_t behind)
{
	struct lull_event *e = &f->event;
	double observed = mean_since(f, behind);
	e->rev++;
	e->state = state;
	e->revised_ns = starts(f, f->bins[f->n - 1] + 1);
	e->observed_pps = e->during.out_packets = observed;
	e->lost = lull_feed_event_lost(e->expected_pps, observed, f->change.error);
	if (f->told)
		f->on_event(f->context, e);
}

static void begin(struct feed_level *f, const struct lull_level_change *c)
{
	struct lull_event *e = &f->event;
	bool up = c->observed > c->expected;
	f->open = true;
	f->told = !up || f->config->detector.both;
	f->change = *c;
	f->outages += !up;
	*e = lull_feed_event(f->s, f->config, up ? LULL_SURGE : LULL_OUTAGE);
	e->onset = place(f, c);
	e->detected_ns = starts(f, f->bins[f->n - 1] + 1);
	e->expected_pps = e->before.out_packets = c->expected;
	e->evidence = c->evidence;
	e->threshold = c->threshold;
	e->learnt_ns = c->at * f->s->bin_ns;
	lull_feed_event_id(e);
	tell(f, LULL_CONFIRMED, f->n);
}

// The level is back where it was, or on its way: nearer to it than to what it had become.
static bool is_return(const struct feed_level *f, const struct lull_level_change *c)
{
	double was = f->change.expected, became = f->change.observed;
	bool fell = became < was;
	return fell == (c->observed > c->expected) &&
	       fabs(c->observed - was) < fabs(c->observed - became);
}

// Beyond where it was by more than half of what it had moved.
static bool overshoots(const struct feed_level *f, const struct lull_level_change *c)
{
	double was = f->change.expected;
	return fabs(c->observed - was) > 0.5 * fabs(was - f->change.observed);
}

static void follow(struct feed_level *f, const struct lull_level_change *c)
{
	bool back = f->open && is_return(f, c), beyond = f->open && overshoots(f, c);
	double was = f->change.expected;
	if (back)
		f->event.end = place(f, c);
	if (f->open)
		tell(f, back ? LULL_ENDED : LULL_LEVEL_SHIFT, c->at);
	f->open = false;
	if (back && !beyond)
		return;
	struct lull_level_change fresh = *c;
	fresh.expected = back ? was : c->expected;
	begin(f, &fresh);
}

// Long enough at a level that is not next to nothing.
static void settle(struct feed_level *f)
{
	uint64_t stood_ns = starts(f, f->bins[f->n - 1] + 1) - f->event.onset.ns;
	double was = f->change.expected;
	if (stood_ns < f->config->detector.shift_ns)
		return;
	if (was > 0.0 && fabs(mean_since(f, f->n)) < NOTHING * was)
		return;
	tell(f, LULL_LEVEL_SHIFT, f->n);
	f->open = false;
}

static void take(struct feed_level *f, size_t bin)
{
	struct lull_level_change c;
	f->bins[f->n++] = bin;
	if (lull_level_take(&f->level, f->s->value[bin], &c))
		follow(f, &c);
	else if (f->open)
		settle(f);
}

static struct lull_target_status status_of(const struct feed_level *f)
{
	double bin_s = 1e-9 * (double)f->s->bin_ns;
	bool known = f->n >= LULL_LEVEL_WARMUP;
	return (struct lull_target_status){
		.state = !known               ? LULL_LEARNING
			 : f->open && f->told ? f->event.state
					      : LULL_UP,
		.expected_pps = known ? lull_level_forecast(&f->level) : NAN,
		.phi = NAN,
		.sigma = NAN,
		.bin_ns = f->s->bin_ns,
		.learnt_ns = f->n * f->s->bin_ns,
		.detectable_delay_s = known ? bin_s * lull_level_delay(&f->level, 0.0) : NAN,
		.events = f->outages,
	};
}

int lull_feed_level(const struct lull_timeseries *s, const struct lull_config *config,
	lull_event_fn *on_event, void *context, struct lull_target_status *status)
{
	struct feed_level *f = calloc(1, sizeof(*f));
	double alpha = config->detector.budget_per_day * (double)s->bin_ns / (double)DAY_NS;
	if (f != NULL)
		f->bins = calloc(s->n + 1, sizeof(*f->bins));
	if (f == NULL || f->bins == NULL) {
		free(f);
		return -ENOMEM;
	}
	f->s = s;
	f->config = config;
	f->on_event = on_event;
	f->context = context;
	lull_level_init(&f->level, fmin(alpha, ALPHA_MAX));
	for (size_t i = 0; i < s->n; i++)
		if (!isnan(s->value[i]))
			take(f, i);
	if (status != NULL)
		*status = status_of(f);
	free(f->bins);
	free(f);
	return 0;
}
