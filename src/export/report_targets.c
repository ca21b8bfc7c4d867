// SPDX-License-Identifier: BSD-3-Clause
// The table of targets: those with events and the busiest first, the rest counted.

#include "export/report.h"
#include "export/table.h"
#include "export/words.h"

#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 20

static bool before(const struct lull_target_status *a, const struct lull_target_status *b)
{
	if ((a->events > 0) != (b->events > 0))
		return a->events > 0;
	return a->packets_out + a->packets_in > b->packets_out + b->packets_in;
}

size_t lull_report_busiest(const struct lull_report *r, size_t *order, size_t limit)
{
	const struct lull_target_status *targets = r->summary->targets;
	size_t n = 0;
	for (size_t i = 0; i < r->summary->n_targets; i++) {
		size_t at = n;
		while (at > 0 && before(&targets[i], &targets[order[at - 1]]))
			at--;
		if (at >= limit)
			continue;
		n += n < limit;
		memmove(order + at + 1, order + at, (n - at - 1) * sizeof(*order));
		order[at] = i;
	}
	return n;
}

static void name(struct lull_table *table, const char *text, bool ascii)
{
	struct lull_text plain = {0};
	lull_words_plain(&plain, text, ascii);
	lull_table_add(table, plain.data != NULL ? plain.data : "");
	table->failed |= plain.failed;
	lull_text_finish(&plain);
}

static const char *state(enum lull_state s)
{
	return s == LULL_NOT_MEASURABLE ? "not measurable"
	       : s == LULL_LEVEL_SHIFT  ? "level shift"
					: lull_state_name(s);
}

static void row(
	struct lull_table *table, const struct lull_report *r, const struct lull_target_status *s)
{
	char text[LULL_WORDS];
	name(table, lull_targets_name(r->options->targets, s->target), r->style.ascii);
	lull_table_add(table, state(s->state));
	if (!r->style.series) {
		lull_table_add(table, lull_text_count(s->packets_out, text));
		lull_table_add(table, lull_text_count(s->packets_in, text));
	}
	lull_table_add(
		table, isfinite(s->expected_pps) ? lull_words_rate(s->expected_pps, text) : "-");
	lull_table_add(table,
		isnan(s->detectable_delay_s) ? "-" : lull_words_delay(s->detectable_delay_s, text));
	lull_table_add(table, s->learnt_ns > 0 ? lull_duration_format(s->learnt_ns, text) : "-");
	lull_table_add(table, s->events > 0 ? lull_text_count(s->events, text) : "-");
}

static void heads(struct lull_table *table, bool series)
{
	static const char *const of_targets[] = {
		"target", "state", "out", "in", "expected", "noticed in", "learnt from", "outages"};
	static const char *const of_series[] = {
		"series", "state", "expected", "noticed in", "learnt from", "outages"};
	size_t n = series ? 6 : 8;
	lull_table_init(table, series ? "llrrrr" : "llrrrrrr");
	for (size_t i = 0; i < n; i++)
		lull_table_add(table, series ? of_series[i] : of_targets[i]);
}

void lull_report_targets(const struct lull_report *r, struct lull_text *t)
{
	struct lull_table table;
	size_t order[SHOWN], n = lull_report_busiest(r, order, SHOWN);
	char text[LULL_WORDS];
	if (r->summary->n_targets == 0)
		return;
	lull_text_add(t, "%s",
		r->style.series
			? "\nSeries: the value expected of a row, how soon silence is noticed\n"
			: "\nTargets: packets out and in, packets/s expected, how soon silence is "
			  "noticed\n");
	heads(&table, r->style.series);
	for (size_t i = 0; i < n; i++)
		row(&table, r, &r->summary->targets[order[i]]);
	lull_table_draw(&table, t);
	lull_table_finish(&table);
	if (r->summary->n_targets > n)
		lull_text_add(t, "  ... %s more%s\n",
			lull_text_count(r->summary->n_targets - n, text),
			r->style.series ? "" : ": --stats has them all");
}
