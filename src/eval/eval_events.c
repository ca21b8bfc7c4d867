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

// The truths of a series, in an array of their own. NULL: memory is out.
static struct lull_truth *truths_of(const struct labelled *l, const char *series, size_t *n)
{
	const struct lull_truth_row *rows = lull_truths_of(&l->table, series, n);
	struct lull_truth *t = calloc(*n + 1, sizeof(*t));
	for (size_t i = 0; t != NULL && i < *n; i++)
		t[i] = rows[i].truth;
	return t;
}

// Whoever read an event off a series saw no more of its start than the bin.
static int score_one(struct lull_eval *e, const struct labelled *l, const char *detector,
	const struct lull_timeseries *s, const struct lull_claims *claims, struct lull_score *score)
{
	size_t n;
	struct lull_truth *t = truths_of(l, s->name, &n);
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
		if (row != NULL)
			lull_result_score(row, &score);
		else
			err = -ENOMEM;
	}
	lull_eval_forget(claims, l->set.n);
	lull_score_free(&score);
	return err;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Events of series that are not there cannot be found: they do not count, and that is said.
static int check_names(const struct labelled *l, const char *events)
{
	size_t unknown = 0;
	const char **names = calloc(l->set.n + 1, sizeof(*names));
	const struct lull_truth_row *first = NULL;
	if (names == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < l->set.n; i++)
		names[i] = l->set.items[i].name;
	qsort(names, l->set.n, sizeof(*names), by_name);
	for (size_t i = 0; i < l->table.n; i++) {
		const struct lull_truth_row *row = &l->table.rows[i];
		if (bsearch(&row->series, names, l->set.n, sizeof(*names), by_name) != NULL)
			continue;
		if (first == NULL || row->line < first->line)
			first = row;
		unknown++;
	}
	free(names);
	if (unknown > 0)
		lull_log_warning("%s:%u:1: no series '%s'; events without a series, not counted: "
				 "%zu of %zu",
			events, first->line, first->series, unknown, l->table.n);
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
		err = check_names(&l, events);
	for (size_t i = 0; err == 0 && i < e->n_rivals; i++)
		err = evaluate(e, &l, e->rivals[i]);
	lull_truths_free(&l.table);
	lull_timeseries_free(&l.set);
	return err;
}
