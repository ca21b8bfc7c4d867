// SPDX-License-Identifier: BSD-3-Clause
// The text forms of metrics. Formats: Prometheus text exposition 0.0.4; OpenMetrics 1.0.0
// (draft-richih-opsawg-openmetrics-00). printf is kept off the paths of integers and labels: a
// page has ten thousand of them.

#include "page.h"

#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_TEXT 40

static void put(struct lull_page *p, const char *text)
{
	lull_text_add_bytes(p->out, text, strlen(text));
}

// Digits of v, at the end of out; returns the first.
static char *digits(char out[NUMBER_TEXT], uint64_t v)
{
	char *at = out + NUMBER_TEXT - 1;
	*at = '\0';
	do
		*--at = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	return at;
}

static void put_u64(struct lull_page *p, uint64_t v)
{
	char text[NUMBER_TEXT];
	char *first = digits(text, v);
	lull_text_add_bytes(p->out, first, (size_t)(text + NUMBER_TEXT - 1 - first));
}

static void put_ns(struct lull_page *p, uint64_t ns)
{
	if (ns == LULL_TIME_NONE) {
		put(p, "NaN");
		return;
	}
	put_u64(p, ns / LULL_NS_PER_SECOND);
	char fraction[12];
	int n = snprintf(fraction, sizeof(fraction), ".%09u", (unsigned)(ns % LULL_NS_PER_SECOND));
	while (n > 1 && fraction[n - 1] == '0')
		n--;
	if (n > 1)
		lull_text_add_bytes(p->out, fraction, (size_t)n);
}

static void put_double(struct lull_page *p, double v)
{
	char text[NUMBER_TEXT];
	if (isnan(v) || isinf(v)) {
		put(p, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf");
	} else if (v >= 0 && v < 1e15 && v == (double)(uint64_t)v) {
		put_u64(p, (uint64_t)v);
	} else {
		for (int precision = 15; precision <= 17; precision++) {
			snprintf(text, sizeof(text), "%.*g", precision, v);
			if (strtod(text, NULL) == v)
				break;
		}
		put(p, text);
	}
}

void lull_page_escape(struct lull_text *out, const char *text)
{
	const char *end = text + strlen(text);
	for (const char *p = text, *start = p; p < end; start = p) {
		uint32_t c = lull_text_rune(&p, end);
		if (c == LULL_NO_RUNE)
			lull_text_add_bytes(out, "\xef\xbf\xbd", 3);
		else if (c == '\n')
			lull_text_add_bytes(out, "\\n", 2);
		else if (c == '\\' || c == '"') {
			lull_text_add_bytes(out, "\\", 1);
			lull_text_add_bytes(out, start, 1);
		} else
			lull_text_add_bytes(out, start, (size_t)(p - start));
	}
}

void lull_labels_add(struct lull_labels *l, const char *name, const char *value)
{
	int n = snprintf(l->text + l->len, sizeof(l->text) - l->len, "%s%s=\"%s\"",
		l->len > 0 ? "," : "", name, value);
	if (n > 0 && (size_t)n < sizeof(l->text) - l->len) // a label cut in two is worse than none
		l->len += (size_t)n;
	l->text[l->len] = '\0';
}

void lull_labels_number(struct lull_labels *l, const char *name, unsigned value)
{
	char text[NUMBER_TEXT];
	lull_labels_add(l, name, digits(text, value));
}

// `name<suffix>{labels[,le="bound"]} `
static void begin(
	struct lull_page *p, const struct lull_labels *l, const char *suffix, const char *bound)
{
	put(p, p->family->name);
	put(p, suffix);
	bool any = l->raw_len > 0 || l->len > 0 || bound != NULL;
	if (any)
		put(p, "{");
	if (l->raw_len > 0)
		lull_text_add_bytes(p->out, l->raw, l->raw_len);
	if (l->raw_len > 0 && l->len > 0)
		put(p, ",");
	lull_text_add_bytes(p->out, l->text, l->len);
	if (bound != NULL) {
		put(p, l->raw_len > 0 || l->len > 0 ? ",le=\"" : "le=\"");
		put(p, bound);
		put(p, "\"");
	}
	put(p, any ? "} " : " ");
}

static void created(struct lull_page *p, const struct lull_labels *l)
{
	if (p->format != LULL_METRICS_OPENMETRICS)
		return;
	begin(p, l, "_created", NULL);
	put_ns(p, p->view->started_ns);
	put(p, "\n");
}

static void begin_value(struct lull_page *p, const struct lull_labels *l)
{
	static const char *const suffix[] = {
		[LULL_METRIC_COUNTER] = "_total",
		[LULL_METRIC_GAUGE] = "",
		[LULL_METRIC_HISTOGRAM] = "",
		[LULL_METRIC_INFO] = "_info",
	};
	begin(p, l, suffix[p->family->type], NULL);
}

static void end_value(struct lull_page *p, const struct lull_labels *l)
{
	put(p, "\n");
	if (p->family->type == LULL_METRIC_COUNTER)
		created(p, l);
}

void lull_page_u64(struct lull_page *p, const struct lull_labels *l, uint64_t value)
{
	begin_value(p, l);
	put_u64(p, value);
	end_value(p, l);
}

void lull_page_i64(struct lull_page *p, const struct lull_labels *l, int64_t value)
{
	begin_value(p, l);
	if (value < 0)
		put(p, "-");
	put_u64(p, value < 0 ? -(uint64_t)value : (uint64_t)value);
	end_value(p, l);
}

void lull_page_double(struct lull_page *p, const struct lull_labels *l, double value)
{
	begin_value(p, l);
	put_double(p, value);
	end_value(p, l);
}

void lull_page_ns(struct lull_page *p, const struct lull_labels *l, uint64_t ns)
{
	begin_value(p, l);
	put_ns(p, ns);
	end_value(p, l);
}

void lull_page_histogram(struct lull_page *p, const struct lull_labels *l, const uint64_t *counts,
	const char *const *bounds, size_t n, double sum)
{
	uint64_t below = 0;
	for (size_t i = 0; i < n; i++) {
		below += counts[i];
		begin(p, l, "_bucket", bounds[i]);
		put_u64(p, below);
		put(p, "\n");
	}
	if (n == 0 || strcmp(bounds[n - 1], "+Inf") != 0) {
		begin(p, l, "_bucket", "+Inf");
		put_u64(p, below);
		put(p, "\n");
	}
	begin(p, l, "_sum", NULL);
	put_double(p, sum);
	put(p, "\n");
	begin(p, l, "_count", NULL);
	put_u64(p, below);
	put(p, "\n");
	created(p, l);
}

// A line of metadata: `# WORD name text`.
static void describe(struct lull_page *p, const char *word, const char *suffix, const char *text)
{
	put(p, "# ");
	put(p, word);
	put(p, " ");
	put(p, p->family->name);
	put(p, suffix);
	put(p, " ");
	put(p, text);
	put(p, "\n");
}

void lull_page_family(struct lull_page *p, const struct lull_family *f)
{
	static const char *const types[] = {"counter", "gauge", "histogram", "info"};
	p->family = f;
	bool open = p->format == LULL_METRICS_OPENMETRICS;
	const char *type = !open && f->type == LULL_METRIC_INFO ? "gauge" : types[f->type];
	const char *suffix = open                             ? ""
			     : f->type == LULL_METRIC_COUNTER ? "_total"
			     : f->type == LULL_METRIC_INFO    ? "_info"
							      : "";
	if (open) {
		describe(p, "TYPE", suffix, type);
		if (f->unit != NULL)
			describe(p, "UNIT", suffix, f->unit);
		describe(p, "HELP", suffix, f->help);
	} else {
		describe(p, "HELP", suffix, f->help);
		describe(p, "TYPE", suffix, type);
	}
	f->emit(p, f);
}
