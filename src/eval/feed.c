// SPDX-License-Identifier: BSD-3-Clause
// Each series has a detector of its own, so a value missing in one is a hole in that one alone.
// They run one after the other; their events are put in order of time at the end.

#include "feed.h"
#include "feed_level.h"
#include "feed_peak.h"
#include <errno.h>
#include <lull/time.h>
#include <lull/upstream.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE_MAX 9007199254740992.0 // 2^53: above it not every whole number is a double
#define UNIT_BITS 20

static const uint64_t keys[] = {0};
static const char *const names[] = {"all"};
static const struct lull_upstreams all = {1, keys, names};

const char *const lull_feed_models[] = {
	[LULL_MODEL_AUTO] = "auto",
	[LULL_MODEL_TRAFFIC] = "traffic",
	[LULL_MODEL_LEVEL] = "level",
	[LULL_MODEL_LEVEL + 1] = NULL,
};

// An event without its parts, which series do not have: a fifth of its size.
struct told {
	uint64_t revised_ns;
	uint32_t target;
	size_t at; // order of telling
	unsigned char head[offsetof(struct lull_event, parts)];
	unsigned char tail[sizeof(struct lull_event) - offsetof(struct lull_event, n_parts)];
};

struct feed {
	const struct lull_config *config;
	struct told *told;
	size_t n, cap;
	// the series at work
	const struct lull_timeseries *s;
	uint32_t target;
	uint64_t phase_ns; // of its grid: the detector's bins lie on multiples of their length
	double unit;
	struct lull_feed_sight *sights; // NULL: rises are not told
	bool common;                    // the surge at work is nothing that was not there before
	int error;
};

struct lull_config *lull_feed_config(const struct lull_timeseries *s, size_t n)
{
	struct lull_config *c = lull_config_create();
	if (c == NULL)
		return NULL;
	c->series = true;
	c->bin_ns = n > 0 ? s[0].bin_ns : LULL_NS_PER_SECOND;
	c->targets = calloc(n > 0 ? n : 1, sizeof(*c->targets));
	int e = c->targets == NULL ? -ENOMEM : 0;
	for (size_t i = 0; i < n && e == 0; i++) {
		c->targets[c->n_targets].name = strdup(s[i].name);
		e = c->targets[c->n_targets++].name == NULL ? -ENOMEM : 0;
	}
	if (e == 0)
		e = lull_config_check(c);
	if (e == 0)
		return c;
	lull_config_destroy(c);
	errno = -e;
	return NULL;
}

double lull_feed_unit(const struct lull_timeseries *s)
{
	double first = 0.0;
	bool whole = true;
	for (size_t i = 0; i < s->n && (whole || first == 0.0); i++) {
		double v = s->value[i];
		if (isnan(v))
			continue;
		whole &= v == floor(v) && fabs(v) <= WHOLE_MAX;
		if (first == 0.0 && v > 0.0)
			first = v;
	}
	if (whole || first == 0.0)
		return 1.0;
	int bits;
	frexp(first, &bits);
	return ldexp(1.0, UNIT_BITS - bits);
}

static uint64_t count_of(double value, double unit)
{
	double k = value * unit;
	return !(k > 0.0) ? 0 : k < WHOLE_MAX ? (uint64_t)llround(k) : (uint64_t)WHOLE_MAX;
}

static void keep(struct feed *f, const struct lull_event *e)
{
	if (f->n == f->cap) {
		size_t cap = f->cap == 0 ? 64 : 2 * f->cap;
		struct told *more = realloc(f->told, cap * sizeof(*more));
		if (more == NULL) {
			f->error = -ENOMEM;
			return;
		}
		f->told = more;
		f->cap = cap;
	}
	struct told *t = &f->told[f->n];
	*t = (struct told){.revised_ns = e->revised_ns, .target = e->target, .at = f->n};
	memcpy(t->head, e, sizeof(t->head));
	memcpy(t->tail, (const unsigned char *)e + offsetof(struct lull_event, n_parts),
		sizeof(t->tail));
	f->n++;
}

static void shift(uint64_t *ns, uint64_t by)
{
	if (*ns != LULL_TIME_NONE)
		*ns += by;
}

static void shift_instant(struct lull_instant *i, uint64_t by)
{
	shift(&i->ns, by);
	shift(&i->lo_ns, by);
	shift(&i->hi_ns, by);
}

// What holds of a series however it was judged.
static void put_event(struct feed *f, struct lull_event *e)
{
	e->target = f->target;
	e->target_name = f->s->name;
	e->budget_per_day = f->config->detector.budget_per_day;
	e->loss = LULL_LOSS_UNKNOWN; // nobody here knows what whoever measured it missed
	e->n_causes = 1;
	e->causes[0] = (struct lull_cause){.label = "unknown",
		.weight = 1.0,
		.evidence = "values of one series alone do not tell causes apart"};
	keep(f, e);
}

static void take_own_event(void *context, const struct lull_event *event)
{
	struct lull_event e = *event;
	put_event(context, &e);
}

// A rise that is nothing rare is not told, nor what becomes of it.
static bool is_common(struct feed *f, const struct lull_event *e)
{
	const struct lull_timeseries *s = f->s;
	if (e->rev == 1 && e->onset.ns >= s->start_ns && e->detected_ns > e->onset.ns)
		f->common =
			!lull_feed_peak_agrees(f->sights, (e->onset.ns - s->start_ns) / s->bin_ns,
				(e->detected_ns - s->start_ns) / s->bin_ns - 1);
	return f->common;
}

// In the words of the series: its times, its unit, and no more about causes than it can tell.
static void take_event(void *context, const struct lull_event *event)
{
	struct feed *f = context;
	struct lull_event e = *event;
	double row = 1e-9 * (double)f->s->bin_ns / f->unit;
	shift(&e.revised_ns, f->phase_ns);
	shift(&e.detected_ns, f->phase_ns);
	shift_instant(&e.onset, f->phase_ns);
	shift_instant(&e.end, f->phase_ns);
	if (f->sights != NULL && e.kind == LULL_SURGE && is_common(f, &e))
		return;
	e.expected_pps *= row;
	e.observed_pps *= row;
	e.before.out_packets *= row;
	e.during.out_packets *= row;
	put_event(f, &e);
}

static int feed_bins(struct feed *f, struct lull_detect *d)
{
	const struct lull_timeseries *s = f->s;
	uint64_t seq = 0, end_ns = 0;
	for (size_t i = 0; i < s->n && f->error == 0; i++) {
		if (isnan(s->value[i]))
			continue;
		struct lull_row row = {.target = 1,
			.direction = LULL_OUT,
			.packets = count_of(s->value[i], f->unit),
			.first_ns = LULL_TIME_NONE, // a value does not say when in its bin
			.last_ns = LULL_TIME_NONE};
		struct lull_bin bin = {.seq = seq,
			.start_ns = s->start_ns - f->phase_ns + i * s->bin_ns,
			.len_ns = s->bin_ns,
			.exposure = 1.0,
			.rows = &row,
			.n_rows = 1,
			.upstreams = &all};
		if (seq++ > 0)
			bin.gap_ns = bin.start_ns - end_ns;
		end_ns = bin.start_ns + bin.len_ns;
		f->error = lull_detect_bin(d, &bin);
	}
	return f->error;
}

static void take_status(
	const struct feed *f, const struct lull_detect *d, struct lull_target_status *status)
{
	double row = 1e-9 * (double)f->s->bin_ns / f->unit;
	lull_detect_status(d, 1, status);
	status->target = f->target;
	status->expected_pps *= row;
	status->packets_out = (uint64_t)((double)status->packets_out / f->unit);
}

// Surges of the series at work, told from place `from` on: when each began and ended.
static size_t surges(const struct feed *f, size_t from, struct lull_feed_span *spans)
{
	size_t n = 0;
	for (size_t i = from; i < f->n; i++) {
		struct lull_event e = {0};
		memcpy(&e, f->told[i].head, sizeof(f->told[i].head));
		if (e.kind != LULL_SURGE)
			continue;
		if (e.rev == 1)
			spans[n++] = (struct lull_feed_span){e.revised_ns, UINT64_MAX};
		else if (n > 0)
			spans[n - 1].to_ns = e.revised_ns; // one is open at a time
	}
	return n;
}

static int tell_peaks(struct feed *f, const struct lull_config *share, size_t from)
{
	struct lull_feed_span *spans = calloc(f->n - from + 1, sizeof(*spans));
	if (spans == NULL)
		return -ENOMEM;
	size_t n = surges(f, from, spans);
	lull_feed_peak(f->s, share, f->sights, spans, n, take_own_event, f);
	free(spans);
	return f->error;
}

// With rises: what is rare is looked for first, since it has a say in what is told of them.
static int look_for_peaks(struct feed *f)
{
	f->common = false;
	f->sights = calloc(f->s->n + 1, sizeof(*f->sights));
	return f->sights == NULL ? -ENOMEM : lull_feed_peak_look(f->s, f->sights);
}

static int judge_level(
	struct feed *f, const struct lull_config *share, struct lull_target_status *status)
{
	int e = lull_feed_level(f->s, share, take_own_event, f, status);
	if (status != NULL)
		status->target = f->target;
	f->error = e < 0 ? e : f->error;
	return f->error;
}

static int judge_traffic(
	struct feed *f, const struct lull_config *share, struct lull_target_status *status)
{
	const char *name = f->s->name;
	size_t from = f->n;
	struct lull_targets *targets = lull_targets_named(&name, 1);
	if (targets == NULL)
		return -ENOMEM;
	struct lull_detect *d = lull_detect_create(share, targets, take_event, f);
	f->error = d == NULL ? -ENOMEM : 0;
	if (f->error == 0 && share->detector.both)
		f->error = look_for_peaks(f);
	if (f->error == 0)
		f->error = feed_bins(f, d);
	if (f->error == 0)
		f->error = lull_detect_finish(d);
	if (f->error == 0 && status != NULL)
		take_status(f, d, status);
	if (f->error == 0 && f->sights != NULL)
		f->error = tell_peaks(f, share, from);
	free(f->sights);
	f->sights = NULL;
	lull_detect_destroy(d);
	lull_targets_destroy(targets);
	return f->error;
}

static int judge(struct feed *f, const struct lull_config *share, struct lull_target_status *status)
{
	return lull_feed_is_level(f->s, f->config) ? judge_level(f, share, status)
						   : judge_traffic(f, share, status);
}

static int by_time(const void *a, const void *b)
{
	const struct told *x = a, *y = b;
	if (x->revised_ns != y->revised_ns)
		return x->revised_ns < y->revised_ns ? -1 : 1;
	if (x->target != y->target)
		return x->target < y->target ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void tell(struct feed *f, lull_event_fn *on_event, void *context)
{
	if (f->n > 1)
		qsort(f->told, f->n, sizeof(*f->told), by_time);
	for (size_t i = 0; i < f->n; i++) {
		struct lull_event e = {0};
		memcpy(&e, f->told[i].head, sizeof(f->told[i].head));
		memcpy((unsigned char *)&e + offsetof(struct lull_event, n_parts), f->told[i].tail,
			sizeof(f->told[i].tail));
		on_event(context, &e);
	}
}

// Bins of all series side by side; a series whose grid is shifted against the first one's stands in
// the bin its own begins in.
static int show_bins(const struct lull_timeseries *s, size_t n,
	void (*on_bin)(void *context, const struct lull_bin *bin), void *context)
{
	struct lull_row *rows = calloc(n, sizeof(*rows));
	double *units = calloc(n, sizeof(*units));
	uint64_t first_ns = UINT64_MAX, last_ns = 0, seq = 0, end_ns = 0;
	int e = rows == NULL || units == NULL ? -ENOMEM : 0;
	for (size_t i = 0; i < n && e == 0; i++) {
		units[i] = lull_feed_unit(&s[i]);
		uint64_t over_ns = s[i].start_ns + s[i].n * s[i].bin_ns;
		first_ns = s[i].start_ns < first_ns ? s[i].start_ns : first_ns;
		last_ns = over_ns > last_ns ? over_ns : last_ns;
	}
	for (uint64_t at = first_ns; e == 0 && at < last_ns; at += s[0].bin_ns) {
		struct lull_bin bin = {.seq = seq,
			.start_ns = at,
			.len_ns = s[0].bin_ns,
			.exposure = 1.0,
			.rows = rows,
			.upstreams = &all};
		for (size_t i = 0; i < n; i++) {
			uint64_t lag = (s[i].start_ns - first_ns) % s[i].bin_ns;
			if (at + lag < s[i].start_ns)
				continue;
			uint64_t j = (at + lag - s[i].start_ns) / s[i].bin_ns;
			if (j >= s[i].n || isnan(s[i].value[j]))
				continue;
			rows[bin.n_rows++] = (struct lull_row){.target = (uint32_t)i + 1,
				.direction = LULL_OUT,
				.packets = count_of(s[i].value[j], units[i]),
				.first_ns = at,
				.last_ns = at};
		}
		if (bin.n_rows == 0)
			continue;
		bin.gap_ns = seq++ > 0 ? at - end_ns : 0;
		end_ns = at + bin.len_ns;
		on_bin(context, &bin);
	}
	free(rows);
	free(units);
	return e;
}

int lull_feed_status(const struct lull_timeseries *s, size_t n, const struct lull_config *config,
	lull_event_fn *on_event, void (*on_bin)(void *context, const struct lull_bin *bin),
	void *context, struct lull_target_status *status)
{
	struct feed f = {.config = config};
	struct lull_config share = *config; // read only: what it points to stays the original's
	share.detector.budget_per_day /= n > 0 ? (double)n : 1.0;
	int e = on_bin != NULL && n > 0 ? show_bins(s, n, on_bin, context) : 0;
	for (size_t i = 0; i < n && e == 0; i++) {
		f.s = &s[i];
		f.target = (uint32_t)i + 1;
		f.phase_ns = s[i].start_ns % s[i].bin_ns;
		f.unit = lull_feed_unit(&s[i]);
		e = judge(&f, &share, status != NULL ? &status[i] : NULL);
	}
	if (e == 0)
		tell(&f, on_event, context);
	free(f.told);
	return e;
}

int lull_feed(const struct lull_timeseries *s, size_t n, const struct lull_config *config,
	lull_event_fn *on_event, void (*on_bin)(void *context, const struct lull_bin *bin),
	void *context)
{
	return lull_feed_status(s, n, config, on_event, on_bin, context, NULL);
}
