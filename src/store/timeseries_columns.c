// SPDX-License-Identifier: BSD-3-Clause
// Names first, then what the values look like. What stays unclear is asked back, not guessed.

#include "timeseries_columns.h"
#include "base/config_complain.h"
#include "timeseries_time.h"
#include "timeseries_value.h"
#include <errno.h>
#include <lull/text.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const time_names[] = {
	"time", "timestamp", "datetime", "date", "time_ns", "date_time", "ts", "epoch", "ds", NULL};
static const char *const series_names[] = {"series", "target", "name", "id", "entity", "label",
	"country", "region", "asn", "network", "prefix", NULL};
static const char *const value_names[] = {
	"value", "count", "packets", "val", "y", "n", "hits", NULL};

static size_t find_name(const struct lull_csv *record, const char *name)
{
	for (size_t i = 0; i < record->n; i++)
		if (strcasecmp(record->fields[i].text, name) == 0)
			return i;
	return LULL_NO_COLUMN;
}

static size_t find_any(const struct lull_csv *record, const char *const *names)
{
	for (; *names != NULL; names++) {
		size_t i = find_name(record, *names);
		if (i != LULL_NO_COLUMN)
			return i;
	}
	return LULL_NO_COLUMN;
}

static bool is_time(const char *text)
{
	uint64_t ns;
	return lull_timeseries_time(text, &ns) == NULL;
}

static bool is_value(const char *text)
{
	double v;
	return lull_timeseries_value(text, &v) == NULL;
}

static int complain_column(const char *file, const struct lull_csv *first, const char *word)
{
	struct lull_place place = {.file = file, .line = first->n > 0 ? first->fields[0].line : 0};
	const char **names = calloc(first->n + 1, sizeof(*names));
	for (size_t i = 0; i < first->n && names != NULL; i++)
		names[i] = first->fields[i].text;
	const char *near = names != NULL
				   ? lull_text_nearest(word, names, first->n < 64 ? first->n : 64)
				   : NULL;
	place.column = 1;
	if (near != NULL)
		lull_complain(&place, "no column '%.64s'; did you mean '%.64s'?", word, near);
	else
		lull_complain(&place,
			"no column '%.64s'; name one of the header, or its number (1 to %zu)", word,
			first->n);
	free(names);
	return -EINVAL;
}

// One word of the spec: a name of the header, or a number.
static size_t spec_column(
	const struct lull_columns *c, const struct lull_csv *first, const char *word)
{
	size_t i = c->header ? find_name(first, word) : LULL_NO_COLUMN;
	if (i != LULL_NO_COLUMN || word[0] == '\0' || strspn(word, "0123456789") != strlen(word))
		return i;
	unsigned long n = strtoul(word, NULL, 10);
	return n >= 1 && n <= first->n ? n - 1 : LULL_NO_COLUMN;
}

static int take_spec(
	struct lull_columns *c, const char *file, const char *spec, const struct lull_csv *first)
{
	struct lull_place whole = {.file = "--columns"};
	char *copy = strdup(spec), *rest = copy, *word;
	size_t at[3], n = 0, e = 0;
	if (copy == NULL)
		return -ENOMEM;
	// With a number for the time the first row may be data.
	while ((word = strsep(&rest, ",")) != NULL && e == 0) {
		word += strspn(word, " ");
		if (n == 3) {
			n = 4;
			break;
		}
		at[n] = spec_column(c, first, word);
		if (at[n++] == LULL_NO_COLUMN)
			e = (size_t)complain_column(file, first, word);
	}
	free(copy);
	if (e != 0)
		return -EINVAL;
	if (n != 2 && n != 3)
		return lull_complain(
			&whole, "'%.64s': write TIME,VALUE or TIME,SERIES,VALUE", spec);
	c->time = at[0];
	c->value = at[n - 1];
	c->series = n == 3 ? at[1] : LULL_NO_COLUMN;
	c->shape = n == 3 ? LULL_SHAPE_LONG : LULL_SHAPE_PAIR;
	return 0;
}

// What lull itself writes: rows of paths and directions, of which one is the target's traffic.
static bool take_own(struct lull_columns *c, const struct lull_csv *first)
{
	c->time = find_name(first, "time_ns");
	c->series = find_name(first, "target");
	c->upstream = find_name(first, "upstream");
	c->direction = find_name(first, "direction");
	c->value = find_name(first, "packets");
	c->shape = LULL_SHAPE_LULL;
	return c->header && c->time != LULL_NO_COLUMN && c->series != LULL_NO_COLUMN &&
	       c->upstream != LULL_NO_COLUMN && c->direction != LULL_NO_COLUMN &&
	       c->value != LULL_NO_COLUMN;
}

// The one column (beside the time) that holds text, or values; 0 or several: none.
static size_t only(const struct lull_columns *c, const struct lull_csv *row, bool text)
{
	size_t found = LULL_NO_COLUMN, n = 0;
	for (size_t i = 0; i < row->n && i < c->n; i++) {
		if (i == c->time || is_value(row->fields[i].text) == text)
			continue;
		found = i;
		n++;
	}
	return n == 1 ? found : LULL_NO_COLUMN;
}

static int find_out(struct lull_columns *c, const char *file, const struct lull_csv *first,
	const struct lull_csv *row)
{
	struct lull_place place = {.file = file, .line = first->fields[0].line, .column = 1};
	if (first->n < 2)
		return lull_complain(&place,
			"one column only; write a time and a value a line, with "
			"a comma between them");
	c->time = c->header ? find_any(first, time_names) : LULL_NO_COLUMN;
	for (size_t i = 0; i < row->n && c->time == LULL_NO_COLUMN; i++)
		if (i < c->n && is_time(row->fields[i].text))
			c->time = i;
	if (c->time == LULL_NO_COLUMN)
		return row->n == 0 ? lull_complain(&place, "no row follows the header")
				   : lull_complain(&place, "no column holds times; write "
							   "2019-11-16T20:00:00Z or seconds since "
							   "1970-01-01, or say where: --columns "
							   "TIME,VALUE");
	c->series = c->value = LULL_NO_COLUMN;
	if (first->n == 2) {
		c->shape = LULL_SHAPE_PAIR;
		c->value = 1 - c->time;
		return 0;
	}
	c->series = c->header ? find_any(first, series_names) : LULL_NO_COLUMN;
	if (c->series == LULL_NO_COLUMN || c->series == c->time)
		c->series = only(c, row, true);
	if (c->series == LULL_NO_COLUMN) {
		c->shape = LULL_SHAPE_WIDE;
		return 0;
	}
	c->shape = LULL_SHAPE_LONG;
	c->value = c->header ? find_any(first, value_names) : LULL_NO_COLUMN;
	if (c->value == LULL_NO_COLUMN && first->n == 3)
		c->value = 3 - c->time - c->series;
	if (c->value == LULL_NO_COLUMN)
		c->value = only(c, row, false);
	if (c->value == LULL_NO_COLUMN || c->value == c->series)
		return lull_complain(&place, "which column holds the values? Say it: --columns "
					     "TIME,SERIES,VALUE");
	return 0;
}

// A header names the time, or at least holds none.
static bool has_header(const struct lull_csv *first)
{
	if (find_any(first, time_names) != LULL_NO_COLUMN)
		return true;
	for (size_t i = 0; i < first->n; i++)
		if (is_time(first->fields[i].text))
			return false;
	return true;
}

int lull_columns_find(struct lull_columns *c, const char *file, const char *spec,
	const struct lull_csv *first, const struct lull_csv *second)
{
	*c = (struct lull_columns){.n = first->n, .header = has_header(first)};
	c->heads = calloc(first->n, sizeof(*c->heads));
	if (c->heads == NULL)
		return -ENOMEM;
	memcpy(c->heads, first->fields, first->n * sizeof(*c->heads));
	if (spec != NULL)
		return take_spec(c, file, spec, first);
	if (take_own(c, first))
		return 0;
	return find_out(c, file, first, c->header ? second : first);
}

void lull_columns_finish(struct lull_columns *c)
{
	free(c->heads);
	*c = (struct lull_columns){0};
}
