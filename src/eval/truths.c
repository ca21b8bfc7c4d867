// SPDX-License-Identifier: BSD-3-Clause
// True events from CSV.

#include "truths.h"

#include "slurp.h"

#include <errno.h>
#include <lull/log.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum column { SERIES, START, END, LOST, COLUMNS };
static const char *const names[COLUMNS] = {"series", "start", "end", "lost"};

#define FIELD_MAX 4096

struct reader {
	const char *file;
	unsigned line;
	int where[COLUMNS]; // which field of a line it is; -1: none
	struct lull_truth_table *table;
};

// The next field of a line; *p is then behind its comma, or NULL at the end of the line.
// false: quotes that are not closed, bytes behind them, or too long.
static bool next_field(const char **p, const char *end, char *out)
{
	const char *c = *p;
	size_t n = 0;
	bool quoted = c < end && *c == '"';
	if (quoted)
		c++;
	for (; c < end && (quoted || *c != ','); c++) {
		if (quoted && *c == '"') {
			if (c + 1 == end || c[1] != '"') {
				quoted = false;
				c++;
				break;
			}
			c++;
		}
		if (n + 1 >= FIELD_MAX || *c == '\0')
			return false;
		out[n++] = *c;
	}
	if (quoted || (c < end && *c != ','))
		return false;
	out[n] = '\0';
	*p = c < end ? c + 1 : NULL;
	return true;
}

static int complain(const struct reader *r, unsigned column, const char *what)
{
	lull_log_error("%s:%u:%u: %s", r->file, r->line, column, what);
	return -EINVAL;
}

static int read_header(struct reader *r, const char *p, const char *end)
{
	char field[FIELD_MAX];
	for (int c = 0; c < COLUMNS; c++)
		r->where[c] = -1;
	for (int i = 0; p != NULL; i++) {
		if (!next_field(&p, end, field))
			return complain(r, 1, "not CSV; expected a header: series,start,end");
		for (int c = 0; c < COLUMNS; c++)
			if (strcmp(field, names[c]) == 0 && r->where[c] < 0)
				r->where[c] = i;
	}
	if (r->where[SERIES] < 0 || r->where[START] < 0 || r->where[END] < 0)
		return complain(r, 1, "expected a header with the columns series, start and end");
	return 0;
}

static int take_number(const char *text, double *v)
{
	char *end;
	*v = strtod(text, &end);
	return end == text || *end != '\0' || !isfinite(*v) ? -EINVAL : 0;
}

static int take_time(const char *text, uint64_t *ns)
{
	double s;
	if (lull_time_parse(text, ns) == 0)
		return 0;
	if (take_number(text, &s) < 0 || s < 0.0 || s >= 1.8e10)
		return -EINVAL;
	*ns = (uint64_t)s * LULL_NS_PER_SECOND + (uint64_t)((s - floor(s)) * 1e9);
	return 0;
}

static int take_field(
	struct reader *r, int column, const char *text, unsigned at, struct lull_truth_row *row)
{
	struct lull_truth *t = &row->truth;
	switch (column) {
	case SERIES:
		row->series = strdup(text);
		return row->series != NULL ? 0 : -ENOMEM;
	case START:
		return take_time(text, &t->start_ns) == 0
			       ? 0
			       : complain(r, at,
					 "start: expected a time, such as "
					 "2019-11-16T20:00:00Z");
	case END:
		if (text[0] == '\0' || take_time(text, &t->end_ns) == 0)
			return 0;
		return complain(r, at, "end: expected a time, or nothing when it is still open");
	case LOST:
		if (text[0] == '\0')
			return 0;
		if (take_number(text, &t->lost) < 0 || t->lost > 1.0)
			return complain(r, at, "lost: expected the share gone, at most 1");
		t->way = t->lost < 0.0 ? LULL_TRUTH_RISE : LULL_TRUTH_FALL;
		return 0;
	}
	return 0;
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

static int read_row(struct reader *r, const char *p, const char *end)
{
	const char *line = p;
	char field[FIELD_MAX];
	struct lull_truth_row row = {.line = r->line, .truth = {.end_ns = LULL_TIME_NONE}};
	unsigned seen = 0;
	int e = 0;
	row.truth.lost = NAN;
	for (int i = 0; e == 0 && p != NULL; i++) {
		unsigned at = (unsigned)(p - line) + 1;
		if (!next_field(&p, end, field)) {
			e = complain(r, at, "not a field of CSV (quotes? over 4,095 bytes?)");
			break;
		}
		for (int c = 0; e == 0 && c < COLUMNS; c++) {
			if (r->where[c] != i)
				continue;
			seen |= 1u << c;
			e = take_field(r, c, field, at, &row);
		}
	}
	if (e == 0 && (~seen & (1u << SERIES | 1u << START | 1u << END)))
		e = complain(r, 1, "a field is missing; write a comma before an empty end");
	if (e == 0 && row.truth.end_ns <= row.truth.start_ns)
		e = complain(r, 1, "the end is not after the start");
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

int lull_truths_parse(const char *text, size_t n, const char *file, struct lull_truth_table *t)
{
	struct reader r = {.file = file, .table = t};
	const char *end = text + n;
	int e = 0;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) // a byte order mark
		text += 3;
	while (e == 0 && text < end) {
		const char *feed = memchr(text, '\n', (size_t)(end - text));
		const char *stop = feed != NULL ? feed : end;
		const char *last = stop > text && stop[-1] == '\r' ? stop - 1 : stop;
		r.line++;
		if (r.line == 1)
			e = read_header(&r, text, last);
		else if (last > text)
			e = read_row(&r, text, last);
		text = feed != NULL ? feed + 1 : end;
	}
	if (e == 0 && r.line == 0) {
		r.line = 1;
		e = complain(&r, 1, "empty; expected a header: series,start,end");
	}
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
