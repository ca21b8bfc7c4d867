// SPDX-License-Identifier: BSD-3-Clause
// Charts of the report: the targets of the weightiest events, or else the busiest target.

#include "export/chart.h"
#include "export/report.h"
#include "export/words.h"

#include <lull/time.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHARTS 4
#define SPANS 32
#define ROWS_OUT 6
#define ROWS_IN 3
#define WIDTH_MIN 40
#define WIDTH_MAX 200

// Targets to draw: each once, in order of their weightiest event.
static size_t choose(const struct lull_report *r, uint32_t *targets)
{
	size_t order[SPANS], n = 0;
	size_t n_events = lull_report_rank(r, order, SPANS);
	for (size_t i = 0; i < n_events && n < CHARTS; i++) {
		uint32_t target = r->kept->events[order[i]]->target;
		bool there = !lull_history_has(r->history, target);
		for (size_t j = 0; j < n; j++)
			there |= targets[j] == target;
		if (!there)
			targets[n++] = target;
	}
	if (n == 0 && lull_report_busiest(r, order, 1) == 1) {
		targets[0] = r->summary->targets[order[0]].target;
		n = lull_history_has(r->history, targets[0]);
	}
	return n;
}

static const char *span_word(const struct lull_event *e)
{
	if (e->kind == LULL_TAP || e->state == LULL_MEASUREMENT)
		return "tap fault";
	if (e->state == LULL_LEVEL_SHIFT)
		return "new level";
	if (e->kind == LULL_REROUTE)
		return "moved";
	if (e->kind == LULL_SURGE)
		return "surge";
	return e->lost.value >= 0.95 ? "gone" : "down";
}

struct spans {
	struct lull_chart_span at[SPANS];
	struct lull_text labels[SPANS];
	size_t n;
};

static void add_span(struct spans *s, const struct lull_event *e)
{
	char text[LULL_WORDS];
	bool open = e->end.ns == LULL_TIME_NONE;
	uint64_t until = open ? e->revised_ns : e->end.ns;
	struct lull_text *label = &s->labels[s->n];
	lull_text_add(label, "%s", span_word(e));
	if (until != LULL_TIME_NONE && until > e->onset.ns)
		lull_text_add(label, " %s", lull_duration_format(until - e->onset.ns, text));
	s->at[s->n++] = (struct lull_chart_span){
		.from_ns = e->onset.ns,
		.to_ns = e->end.ns,
		.label = label->failed ? "" : label->data,
	};
}

static int sooner(const void *a, const void *b)
{
	const struct lull_chart_span *x = a, *y = b;
	return x->from_ns < y->from_ns ? -1 : x->from_ns > y->from_ns;
}

static void mark(const struct lull_report *r, const struct lull_chart *c, const uint64_t *times,
	uint32_t target, struct lull_text *t)
{
	struct spans spans = {.n = 0};
	for (size_t i = 0; i < r->kept->n && spans.n < SPANS; i++) {
		const struct lull_event *e = r->kept->events[i];
		if (e->target == target && e->onset.ns != LULL_TIME_NONE)
			add_span(&spans, e);
	}
	qsort(spans.at, spans.n, sizeof(spans.at[0]), sooner);
	lull_chart_spans(c, times, spans.at, spans.n, t);
	for (size_t i = 0; i < spans.n; i++)
		lull_text_finish(&spans.labels[i]);
}

// The level before the first event of the whole target. Without one there is no dashed line: what
// is expected at the end, at night perhaps, says nothing about the days before.
static double expected(const struct lull_report *r, uint32_t target)
{
	for (size_t i = 0; i < r->kept->n; i++)
		if (r->kept->events[i]->target == target &&
			r->kept->events[i]->basis != LULL_FLOWS &&
			!lull_sentence_is_about_one(r->kept->events[i]))
			return r->kept->events[i]->expected_pps;
	return NAN;
}

static void caption(const struct lull_report *r, uint32_t target, const char *what, double level,
	struct lull_text *t)
{
	char text[LULL_WORDS];
	lull_words_plain(t, lull_targets_name(r->options->targets, target), r->style.ascii);
	lull_text_add(t, ": %s", what);
	if (isfinite(level) && r->style.series)
		lull_text_add(t, ", dashes where %s is expected", lull_words_rate(level, text));
	else if (isfinite(level))
		lull_text_add(t, ", dashes where %s are expected", lull_words_rate(level, text));
	lull_text_add(t, "\n");
}

// Packets a second as values of one row, in the unit of the series.
static void turn_back(const struct lull_report *r, uint32_t target, double *points, size_t n)
{
	const double *units = r->options->units;
	double bin_s = (double)r->options->config->bin_ns / 1e9;
	for (size_t i = 0; i < n; i++)
		points[i] *= bin_s / (units != NULL ? units[target - 1] : 1.0);
}

static bool any(const double *points, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (points[i] > 0)
			return true;
	return false;
}

static int draw(const struct lull_report *r, const struct lull_chart *c, uint32_t target,
	struct lull_text *t)
{
	size_t n = lull_chart_points(c);
	double *points = calloc(n, sizeof(*points));
	uint64_t *times = calloc((size_t)c->columns + 1, sizeof(*times));
	if (points != NULL && times != NULL) {
		double level = expected(r, target);
		lull_history_times(r->history, times, (size_t)c->columns);
		lull_history_sample(r->history, target, LULL_OUT, points, n);
		if (r->style.series)
			turn_back(r, target, points, n);
		lull_text_add(t, "\n");
		caption(r, target, r->style.series ? "its values" : "packets a second out of it",
			level, t);
		lull_chart_draw(c, points, ROWS_OUT, level, t);
		lull_history_sample(r->history, target, LULL_IN, points, n);
		if (any(points, n)) {
			caption(r, target, "into it", NAN, t);
			lull_chart_draw(c, points, ROWS_IN, NAN, t);
		}
		lull_chart_axis(c, times, t);
		mark(r, c, times, target, t);
	}
	int failed = points == NULL || times == NULL;
	free(points);
	free(times);
	return failed;
}

void lull_report_charts(const struct lull_report *r, struct lull_text *t)
{
	uint32_t targets[CHARTS];
	int width = r->options->width == 0 ? 80 : r->options->width;
	width = width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
	struct lull_chart c = {
		.columns = width - LULL_CHART_MARGIN - 4, // room for " UTC"
		.ascii = r->options->ascii,
		.color = r->options->color,
	};
	if (lull_history_slots(r->history) == 0)
		return;
	size_t n = choose(r, targets);
	for (size_t i = 0; i < n; i++)
		if (draw(r, &c, targets[i], t) != 0)
			t->failed = 1;
}
