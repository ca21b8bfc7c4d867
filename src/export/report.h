// SPDX-License-Identifier: BSD-3-Clause
// The text report, section by section: what happened, charts, targets, the count law, inputs, how
// long it took. All but the last section depends on the input and the configuration alone.

#pragma once

#include "export/history.h"
#include "export/kept.h"
#include "export/sentence.h"

#include <lull/export.h>
#include <lull/summary.h>
#include <lull/text.h>

struct lull_report {
	const struct lull_export_options *options;
	const struct lull_history *history;
	const struct lull_kept *kept;
	const struct lull_summary *summary;
	struct lull_sentence_style style;
};

// In report_events.c.
void lull_report_events(const struct lull_report *r, struct lull_text *t);
// In report_together.c: of series, a line about those that fell together.
void lull_report_together(const struct lull_report *r, struct lull_text *t);
// In report_charts.c.
void lull_report_charts(const struct lull_report *r, struct lull_text *t);
// In report_targets.c.
void lull_report_targets(const struct lull_report *r, struct lull_text *t);
// In report_counts.c: the count law, the inputs, and how long it took.
void lull_report_law(const struct lull_report *r, struct lull_text *t);
void lull_report_inputs(const struct lull_report *r, struct lull_text *t);
void lull_report_work(const struct lull_report *r, struct lull_text *t);

// An outage, and nothing milder.
bool lull_report_is_outage(const struct lull_event *e);

// Numbers of the kept events worth showing, the weightiest first: outages by packets lost a
// second, then the others. order: room for limit. Returns how many.
size_t lull_report_rank(const struct lull_report *r, size_t *order, size_t limit);

// Targets with events first, then the busiest; of equals the lower id. order: room for limit
// indices into summary->targets. Returns how many.
size_t lull_report_busiest(const struct lull_report *r, size_t *order, size_t limit);
