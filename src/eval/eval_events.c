// SPDX-License-Identifier: BSD-3-Clause
// lull eval --events: series and the events in them, both from CSV.

#include "eval.h"
#include "truths.h"

#include <errno.h>
#include <lull/log.h>
#include <stdlib.h>
#include <string.h>

struct labelled {
	struct lull_timeseries_set set;
	struct lull_truth_table table;
	const char *name; // of the dataset
};

static bool can_be_seen(const struct lull_truth *t, const struct lull_timeseries *s)
{
	return t->start_ns < s->start_ns + s->n * s->bin_ns && t->end_ns > s->start_ns;
}

// The truths of a series, in an array of their own. NULL: memory is out.
static struct lull_truth *truths_of(
	const struct labelled *l, const struct lull_timeseries *s, size_t *n)
{
	size_t n_rows;
	const struct lull_truth_row *rows = lull_truths_of(&l->table, s->name, &n_rows);
	struct lull_truth *t = calloc(n_rows + 1, sizeof(*t));
	*n = 0;
	for (size_t i = 0; t != NULL && i < n_rows; i++)
		if (can_be_seen(&rows[i].truth, s))
			t[(*n)++] = rows[i].truth;
	return t;
}

// Whoever read an event off a series saw no more of its start than the bin.
static int score_one(struct lull_eval *e, const struct labelled *l, const char *detector,
	const struct lull_timeseries *s, const struct lull_claims *claims, struct lull_score *score)
{
	size_t n;
	struct lull_truth *t = truths_of(l, s, &n);
	int err = t != NULL ? lull_score_add(score, s, t, n, s->bin_ns, claims) : -ENOMEM;
	if (err == 0)
		err = lull_eval_list(e, l->name, detector, s, t, n, claims);
	free(t);
	return err;
}

static int evaluate(struct lull_eval *e, const struct labelled *l, const struct lull_rival *r)
{
	struct lull_score score = {0};
	struct lull_claims *claims = calloc(l->set.n + 1, sizeof(*claims));
	int err = claims != NULL ? lull_eval_judge(e, r, l->set.items, l->set.n, l->name, claims)
				 : -ENOMEM;
	for (size_t i = 0; err == 0 && i < l->set.n; i++)
		err = score_one(e, l, r->name, &l->set.items[i], &claims[i], &score);
	if (err == 0) {
		struct lull_result *row = lull_results_add(e->results, l->name, r->name);
		err = row != NULL ? lull_result_score(row, &score) : -ENOMEM;
	}
	lull_eval_forget(claims, l->set.n);
	lull_score_free(&score);
	return err;
}

static int by_name(const void *a, const void *b)
{
	const struct lull_timeseries *const *x = a, *const *y = b;
	return strcmp((*x)->name, (*y)->name);
}

// What is odd about some events: the first of them, and how many.
struct oddity {
	unsigned line; // of the first in the file; 0: none
	const char *series;
	size_t n;
};

static void note(struct oddity *o, const struct lull_truth_row *row)
{
	if (o->line == 0 || row->line < o->line)
		*o = (struct oddity){row->line, row->series, o->n};
	o->n++;
}

// An event that nobody can find does not count, and that is said. So is what makes two of one.
static int check_events(const struct labelled *l, const char *events)
{
	struct oddity unknown = {0}, outside = {0}, within = {0};
	const struct lull_timeseries **all = calloc(l->set.n + 1, sizeof(*all));
	uint64_t until_ns = 0; // when the events before, of this series, are over
	if (all == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < l->set.n; i++)
		all[i] = &l->set.items[i];
	qsort(all, l->set.n, sizeof(*all), by_name);
	for (size_t i = 0; i < l->table.n; i++) {
		const struct lull_truth_row *row = &l->table.rows[i];
		struct lull_timeseries wanted = {.name = row->series}, *key = &wanted;
		const struct lull_timeseries *const *s =
			bsearch(&key, all, l->set.n, sizeof(*all), by_name);
		if (i == 0 || strcmp(row->series, row[-1].series) != 0)
			until_ns = 0;
		if (s == NULL)
			note(&unknown, row);
		else if (!can_be_seen(&row->truth, *s))
			note(&outside, row);
		else if (row->truth.start_ns < until_ns)
			note(&within, row);
		if (row->truth.end_ns > until_ns)
			until_ns = row->truth.end_ns;
	}
	free(all);
	if (unknown.n > 0)
		lull_log_warning("%s:%u:1: no series '%s'; events without a series, not counted: "
				 "%zu of %zu",
			events, unknown.line, unknown.series, unknown.n, l->table.n);
	if (outside.n > 0)
		lull_log_warning("%s:%u:1: before or after all there is of '%s'; such events, not "
				 "counted: %zu of %zu",
			events, outside.line, outside.series, outside.n, l->table.n);
	if (within.n > 0)
		lull_log_warning("%s:%u:1: begins while another event of '%s' lasts; each counts, "
				 "and is found by a claim of its own only: %zu of %zu",
			events, within.line, within.series, within.n, l->table.n);
	return 0;
}

int lull_eval_events(struct lull_eval *e, const char *series, const char *events)
{
	struct labelled l = {0};
	const struct lull_timeseries_format format = {0};
	const char *slash = strrchr(series, '/');
	l.name = slash != NULL ? slash + 1 : series;
	int err = lull_truths_read(events, &l.table);
	if (err == 0)
		err = lull_timeseries_read(series, &format, &l.set);
	if (err == 0)
		err = check_events(&l, events);
	for (size_t i = 0; err == 0 && i < e->n_rivals; i++)
		err = evaluate(e, &l, e->rivals[i]);
	lull_truths_free(&l.table);
	lull_timeseries_free(&l.set);
	return err;
}
