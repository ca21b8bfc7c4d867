// SPDX-License-Identifier: BSD-3-Clause
// A page of metrics under construction: families, samples, labels, numbers, in the text form of
// Prometheus (0.0.4) or OpenMetrics (1.0.0). What the families are is metrics.c's business.

#pragma once

#include "process.h"

#include <lull/metrics.h>

enum lull_metric_type {
	LULL_METRIC_COUNTER,
	LULL_METRIC_GAUGE,
	LULL_METRIC_HISTOGRAM,
	LULL_METRIC_INFO, // a gauge that is always 1 in the text format
};

// One row of the table. The name is that of OpenMetrics: without `_total` and `_info`.
struct lull_page;
struct lull_family {
	const char *name;
	enum lull_metric_type type;
	const char *unit; // ends the name: "seconds", "bytes", "ratio"; NULL: none
	const char *help;
	void (*emit)(struct lull_page *p, const struct lull_family *f);
	size_t at; // offset of the figure in the struct that emit goes through
};

struct lull_page {
	struct lull_text *out;
	enum lull_metrics_format format;
	const struct lull_metrics_view *view;
	const struct lull_process *process;
	size_t n_targets;        // shown
	struct lull_text labels; // `target="..."` of every target shown
	size_t *label_at;        // n_targets + 1 offsets into labels
	const struct lull_family *family;
};

// HELP, TYPE and UNIT of a family, and its samples.
void lull_page_family(struct lull_page *p, const struct lull_family *f);

// Write a label's value or a help text with what the formats want escaped; bytes that are not
// UTF-8 become U+FFFD, because a scraper refuses a whole page for one of them.
void lull_page_escape(struct lull_text *out, const char *text);

// One sample of the family at hand is begun, given labels and ended by a value:
//   begin, label..., value. In OpenMetrics lull_page_*_value() adds `_created` to a counter.
struct lull_labels {
	char text[1024]; // without braces; long ones go to `raw`
	size_t len;
	const char *raw; // labels written beforehand, first of all; may be NULL
	size_t raw_len;
};
// Add name="value"; value needs no escaping.
void lull_labels_add(struct lull_labels *l, const char *name, const char *value);
void lull_labels_number(struct lull_labels *l, const char *name, unsigned value);

void lull_page_u64(struct lull_page *p, const struct lull_labels *l, uint64_t value);
void lull_page_i64(struct lull_page *p, const struct lull_labels *l, int64_t value);
// Shortest decimal that reads back the same; NaN, +Inf, -Inf.
void lull_page_double(struct lull_page *p, const struct lull_labels *l, double value);
// Nanoseconds as seconds, exact; LULL_TIME_NONE: NaN.
void lull_page_ns(struct lull_page *p, const struct lull_labels *l, uint64_t ns);

// A histogram: counts of n buckets that are not cumulated, bounds[i] the text of the upper bound
// of bucket i ("+Inf" is added when the last is another).
void lull_page_histogram(struct lull_page *p, const struct lull_labels *l, const uint64_t *counts,
	const char *const *bounds, size_t n, double sum);
