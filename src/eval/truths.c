// SPDX-License-Identifier: BSD-3-Clause
// True events from CSV.

#include "truths.h"

#include "slurp.h"
#include "store/csv.h"
#include "store/timeseries_time.h"

#include <errno.h>
#include <lull/log.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum column { SERIES, START, END, LOST, PRECISION, COLUMNS };
static const char *const names[COLUMNS] = {"series", "start", "end", "lost", "precision"};

struct reader {
	const char *file;
	struct lull_csv csv;
	int where[COLUMNS]; // which field of a record it is; -1: none
	struct lull_truth_table *table;
};

static int complain(const struct reader *r, unsigned line, unsigned column, const char *what)
{
	lull_log_error("%s:%u:%u: %s", r->file, line, column, what);
	return -EINVAL;
}

// As times in SERIES are read. hint: what else may stand here.
static int take_time(const struct reader *r, int column, uint64_t *ns, const char *hint)
{
	const struct lull_csv_field *f = &r->csv.fields[r->where[column]];
	const char *wrong = lull_timeseries_time(f->text, ns);
	if (wrong == NULL)
		return 0;
	lull_log_error("%s:%u:%u: %s: '%.40s' %s%s", r->file, f->line, f->column, names[column],
		f->text, wrong, hint);
	return -EINVAL;
}

static int read_header(struct reader *r)
{
	for (int c = 0; c < COLUMNS; c++) {
		r->where[c] = -1;
		for (size_t i = r->csv.n; i-- > 0;)
			if (strcasecmp(r->csv.fields[i].text, names[c]) == 0)
				r->where[c] = (int)i;
	}
	if (r->where[SERIES] < 0 || r->where[START] < 0 || r->where[END] < 0)
		return complain(r, r->csv.fields[0].line, 1,
			"expected a header with the columns series, start and end");
	return 0;
}

static int take_number(const char *text, double *v)
{
	char *end;
	*v = strtod(text, &end);
	return end == text || *end != '\0' || !isfinite(*v) ? -EINVAL : 0;
}

static int take_field(struct reader *r, int column, struct lull_truth_row *row)
{
	const struct lull_csv_field *f = &r->csv.fields[r->where[column]];
	struct lull_truth *t = &row->truth;
	const char *what = NULL;
	switch (column) {
	case SERIES:
		row->line = f->line;
		row->series = strdup(f->text);
		return row->series != NULL ? 0 : -ENOMEM;
	case START:
		return take_time(r, START, &t->start_ns, "");
	case END:
		if (f->text[0] != '\0' &&
			take_time(r, END, &t->end_ns, ", or nothing when it is still open") < 0)
			return -EINVAL;
		if (t->end_ns <= t->start_ns)
			what = "the end is not after the start";
		break;
	case LOST:
		if (f->text[0] == '\0')
			break;
		if (take_number(f->text, &t->lost) < 0 || t->lost > 1.0)
			what = "lost: expected the share gone, at most 1";
		t->way = t->lost < 0.0 ? LULL_TRUTH_RISE : LULL_TRUTH_FALL;
		break;
	case PRECISION:
		if (f->text[0] != '\0' && lull_duration_parse(f->text, &t->precision_ns) < 0)
			what = "precision: expected how far the start may be off, such as 4h";
		break;
	}
	return what == NULL ? 0 : complain(r, f->line, f->column, what);
}

static int add_row(struct lull_truth_table *t, const struct lull_truth_row *row)
{
	if (t->n == t->cap) {
		size_t cap = t->cap > 0 ? 2 * t->cap : 64;
		struct lull_truth_row *grown = realloc(t->rows, cap * sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		t->rows = grown;
		t->cap = cap;
	}
	t->rows[t->n++] = *row;
	return 0;
}

static int read_row(struct reader *r)
{
	struct lull_truth_row row = {.truth = {.end_ns = LULL_TIME_NONE, .lost = NAN}};
	int e = 0;
	for (int c = 0; e == 0 && c < COLUMNS; c++) {
		if (r->where[c] < 0)
			continue;
		if ((size_t)r->where[c] < r->csv.n)
			e = take_field(r, c, &row);
		else if (c < LOST)
			e = complain(r, r->csv.fields[0].line, 1,
				"a field is missing; write a comma before an empty end");
	}
	if (e == 0)
		e = add_row(r->table, &row);
	if (e < 0)
		free(row.series);
	return e;
}

static int order(const void *a, const void *b)
{
	const struct lull_truth_row *x = a, *y = b;
	int c = strcmp(x->series, y->series);
	if (c == 0)
		c = (x->truth.start_ns > y->truth.start_ns) -
		    (x->truth.start_ns < y->truth.start_ns);
	return c != 0 ? c : (x->line > y->line) - (x->line < y->line);
}

static int read_all(struct reader *r)
{
	int e = lull_csv_next(&r->csv);
	if (e == 0)
		return complain(r, 1, 1, "empty; expected a header: series,start,end");
	if (e > 0)
		e = read_header(r);
	while (e == 0 && (e = lull_csv_next(&r->csv)) > 0)
		e = read_row(r);
	if (r->csv.problem != NULL)
		complain(r, r->csv.line, r->csv.column, r->csv.problem);
	return e;
}

int lull_truths_parse(const char *text, size_t n, const char *file, struct lull_truth_table *t)
{
	struct reader r = {.file = file, .table = t};
	char *copy = malloc(n + 1); // reading overwrites it
	if (copy == NULL)
		return -ENOMEM;
	if (n > 0)
		memcpy(copy, text, n);
	lull_csv_init(&r.csv, copy, n);
	int e = read_all(&r);
	lull_csv_finish(&r.csv);
	free(copy);
	if (e < 0)
		lull_truths_free(t);
	else if (t->n > 1)
		qsort(t->rows, t->n, sizeof(*t->rows), order);
	return e;
}

int lull_truths_read(const char *path, struct lull_truth_table *t)
{
	struct lull_text text = {0};
	int e = lull_slurp(path, &text);
	if (e == 0)
		e = lull_truths_parse(text.data, text.len, path, t);
	lull_text_finish(&text);
	return e;
}

void lull_truths_free(struct lull_truth_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->rows[i].series);
	free(t->rows);
	*t = (struct lull_truth_table){0};
}

const struct lull_truth_row *lull_truths_of(
	const struct lull_truth_table *t, const char *series, size_t *n)
{
	size_t lo = 0, hi = t->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (strcmp(t->rows[mid].series, series) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (hi = lo; hi < t->n && strcmp(t->rows[hi].series, series) == 0; hi++)
		;
	*n = hi - lo;
	return hi > lo ? &t->rows[lo] : NULL;
}
