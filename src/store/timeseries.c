// SPDX-License-Identifier: BSD-3-Clause
// Tables of series: text to records (csv.c), records to cells (here), cells to grids
// (timeseries_grid.c). Knows nothing of the detector.

#include <lull/timeseries.h>

#include "base/config_complain.h"
#include "packet/names.h"
#include "timeseries_columns.h"
#include "timeseries_grid.h"
#include "timeseries_time.h"
#include "timeseries_value.h"
#include <errno.h>
#include <fcntl.h>
#include <lull/log.h>
#include <lull/text.h>
#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMPLAINTS 20
#define FILE_BYTES ((size_t)16 << 30) // longest table read
#define NAME_BYTES 128

struct table {
	const char *file;
	struct lull_columns columns;
	struct lull_names names;
	char *stem;     // name of the series of a table with one
	uint32_t *wide; // series of each column, or 0
	struct lull_cell *cells;
	size_t n, cap;
	size_t complaints;
	int error; // -ENOMEM
};

static void complain(struct table *t, const struct lull_csv_field *f, const char *what)
{
	struct lull_place place = {t->file, f->line, f->column};
	if (t->complaints++ < COMPLAINTS)
		lull_complain(&place, "'%.40s' %s", f->text, what);
}

static void add(struct table *t, uint32_t series, uint64_t ns, double value, unsigned line)
{
	if (t->n == t->cap) {
		size_t cap = t->cap == 0 ? 1024 : 2 * t->cap;
		struct lull_cell *more = realloc(t->cells, cap * sizeof(*more));
		if (more == NULL) {
			t->error = -ENOMEM;
			return;
		}
		t->cells = more;
		t->cap = cap;
	}
	t->cells[t->n++] = (struct lull_cell){ns, value, series, line};
}

// The number of a series; 0 after a complaint.
static uint32_t series_of(struct table *t, const struct lull_csv_field *f)
{
	uint32_t id = lull_names_find(&t->names, f->text, strlen(f->text));
	if (id != 0)
		return id;
	const char *problem = lull_config_name_problem(f->text);
	if (problem == NULL && t->names.n == LULL_TIMESERIES_MAX)
		problem = "is one series too many: 4,194,304 a file is the most";
	if (problem != NULL) {
		char text[160];
		snprintf(text, sizeof(text), "as the name of a series %s", problem);
		complain(t, f, t->names.n == LULL_TIMESERIES_MAX ? problem : text);
		return 0;
	}
	id = lull_names_intern(&t->names, f->text, strlen(f->text));
	if (id == 0)
		t->error = -ENOMEM;
	return id;
}

static void name_wide(struct table *t)
{
	const struct lull_columns *c = &t->columns;
	t->wide = calloc(c->n, sizeof(*t->wide));
	if (t->wide == NULL) {
		t->error = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < c->n; i++) {
		char number[32];
		struct lull_csv_field f = c->heads[i];
		if (i == c->time)
			continue;
		snprintf(number, sizeof(number), "column %zu", i + 1);
		if (!c->header || f.text[0] == '\0')
			f.text = number;
		uint32_t before = t->names.n;
		t->wide[i] = series_of(t, &f);
		if (t->wide[i] != 0 && t->names.n == before)
			complain(t, &f, "names two columns; rename one");
	}
}

static void take_values(struct table *t, const struct lull_csv *r, uint64_t ns)
{
	const struct lull_columns *c = &t->columns;
	for (size_t i = 0; i < c->n; i++) {
		if (t->wide[i] == 0)
			continue;
		double value = NAN;
		const char *wrong = NULL;
		if (i < r->n)
			wrong = lull_timeseries_value(r->fields[i].text, &value);
		if (wrong != NULL)
			complain(t, &r->fields[i], wrong);
		else
			add(t, t->wide[i], ns, value, r->fields[0].line);
	}
}

static bool is_field(const struct lull_csv *r, size_t i, const char *text)
{
	return i < r->n && strcmp(r->fields[i].text, text) == 0;
}

static void take_value(struct table *t, const struct lull_csv *r, uint64_t ns)
{
	const struct lull_columns *c = &t->columns;
	unsigned line = r->fields[0].line;
	if (c->shape == LULL_SHAPE_LULL) {
		add(t, LULL_CELL_WATCHED, ns, NAN, line);
		if (!is_field(r, c->upstream, "all") || !is_field(r, c->direction, "out"))
			return;
	}
	double value = NAN;
	const char *wrong = NULL;
	if (c->value < r->n)
		wrong = lull_timeseries_value(r->fields[c->value].text, &value);
	if (wrong != NULL) {
		complain(t, &r->fields[c->value], wrong);
		return;
	}
	struct lull_csv_field name = {t->stem, line, 1};
	if (c->series != LULL_NO_COLUMN && c->series >= r->n) {
		complain(t, &r->fields[0],
			"is all there is on this line; add the series and its value");
		return;
	}
	uint32_t series = series_of(t, c->series == LULL_NO_COLUMN ? &name : &r->fields[c->series]);
	if (series != 0)
		add(t, series, ns, value, line);
}

static void take_row(struct table *t, const struct lull_csv *r)
{
	const struct lull_columns *c = &t->columns;
	uint64_t ns;
	if (r->n > c->n) {
		complain(t, &r->fields[c->n],
			"is one field more than the first line has; quote fields "
			"that hold separators");
		return;
	}
	if (c->time >= r->n) {
		complain(t, &r->fields[0], "is all there is on this line; add the time");
		return;
	}
	const char *wrong = lull_timeseries_time(r->fields[c->time].text, &ns);
	if (wrong != NULL)
		complain(t, &r->fields[c->time], wrong);
	else if (c->shape == LULL_SHAPE_WIDE)
		take_values(t, r, ns);
	else
		take_value(t, r, ns);
}

static int broken(struct table *t, const struct lull_csv *csv, int e)
{
	struct lull_place place = {t->file, csv->line, csv->column};
	return e == -EINVAL ? lull_complain(&place, "%s", csv->problem) : e;
}

// Which column is what, from the first two records. The second is read again as a row.
static int find_columns(struct table *t, const struct lull_csv *first, struct lull_csv csv,
	const struct lull_timeseries_format *format)
{
	int e = lull_columns_find(&t->columns, t->file, format->columns, first, &csv);
	if (e == 0 && t->columns.shape == LULL_SHAPE_WIDE)
		name_wide(t);
	// One column of several, chosen by name, is called by it.
	size_t v = t->columns.value;
	if (e == 0 && t->columns.shape == LULL_SHAPE_PAIR && t->columns.n > 2 &&
		t->columns.header) {
		free(t->stem);
		t->stem = strdup(t->columns.heads[v].text);
		if (t->stem == NULL)
			e = -ENOMEM;
	}
	return e < 0 ? e : t->error;
}

static int take_records(
	struct table *t, char *text, size_t n, const struct lull_timeseries_format *format)
{
	struct lull_csv csv, first = {0};
	lull_csv_init(&csv, text, n);
	int e = lull_csv_next(&csv), found = 0;
	struct lull_place whole = {.file = t->file};
	if (e == 0)
		e = lull_complain(&whole, "is empty; write a header and a time and a value a line");
	else if (e > 0) {
		first = csv; // its fields; csv gets new ones
		csv.fields = NULL;
		csv.cap = 0;
		e = lull_csv_next(&csv);
	}
	if (e >= 0)
		found = find_columns(t, &first, csv, format);
	e = found < 0 ? found : e;
	if (e >= 0 && !t->columns.header)
		take_row(t, &first);
	for (; e > 0 && t->error == 0; e = lull_csv_next(&csv))
		take_row(t, &csv);
	if (e < 0 && csv.problem != NULL)
		e = broken(t, &csv, e);
	lull_csv_finish(&first);
	lull_csv_finish(&csv);
	return e < 0 ? e : t->error;
}

// "data/isp_2005.csv" -> "isp_2005".
static char *stem_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = strcmp(file, "-") == 0 ? "series" : slash != NULL ? slash + 1 : file;
	size_t n = strlen(name);
	const char *dot = strrchr(name, '.');
	if (dot != NULL && dot > name)
		n = (size_t)(dot - name);
	if (n > NAME_BYTES)
		n = NAME_BYTES;
	char *stem = strndup(name, n);
	if (stem != NULL && lull_config_name_problem(stem) != NULL)
		strcpy(stem, n >= 6 ? "series" : "x");
	return stem;
}

static int make_set(const struct table *t, struct lull_timeseries_set *set)
{
	set->items = calloc((size_t)t->names.n + 1, sizeof(*set->items));
	if (set->items == NULL)
		return -ENOMEM;
	for (; set->n < t->names.n; set->n++) {
		const char *name = lull_names_text(&t->names, (uint32_t)set->n + 1);
		set->items[set->n].name = strdup(name);
		if (set->items[set->n].name == NULL)
			return -ENOMEM;
	}
	return 0;
}

static int end_complaints(const struct table *t)
{
	char text[28];
	struct lull_place whole = {.file = t->file};
	if (t->complaints > COMPLAINTS)
		lull_complain(&whole, "%s more like these",
			lull_text_count(t->complaints - COMPLAINTS, text));
	if (t->complaints > 0)
		return -EINVAL;
	if (t->names.n == 0 || t->n == 0)
		return lull_complain(
			&whole, "holds no row with a value; write a time and a value a line");
	return 0;
}

// text[0..n) is used up; text[n] can be written to.
static int parse(char *text, size_t n, const char *file,
	const struct lull_timeseries_format *format, struct lull_timeseries_set *set)
{
	struct table t = {.file = file, .stem = stem_of(file)};
	struct lull_place whole = {.file = file};
	*set = (struct lull_timeseries_set){0};
	int e = t.stem == NULL ? -ENOMEM : 0;
	if (e == 0 && memchr(text, '\0', n) != NULL)
		e = lull_complain(
			&whole, "is no text (it holds bytes of 0); save it as CSV in UTF-8");
	if (e == 0)
		e = take_records(&t, text, n, format);
	if (e == 0)
		e = end_complaints(&t);
	if (e == 0)
		e = make_set(&t, set);
	if (e == 0)
		e = lull_grid_fill(t.cells, t.n, format->bin_ns, file, set);
	if (e < 0)
		lull_timeseries_free(set);
	lull_columns_finish(&t.columns);
	lull_names_finish(&t.names);
	free(t.stem);
	free(t.wide);
	free(t.cells);
	return e;
}

int lull_timeseries_parse(const char *text, size_t n, const char *file,
	const struct lull_timeseries_format *format, struct lull_timeseries_set *set)
{
	*set = (struct lull_timeseries_set){0};
	char *copy = malloc(n + 1);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, text, n);
	int e = parse(copy, n, file, format, set);
	free(copy);
	return e;
}

static int read_all(int fd, struct lull_text *text)
{
	char buffer[65536];
	for (;;) {
		ssize_t n = read(fd, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : text->failed ? -ENOMEM : 0;
		lull_text_add_bytes(text, buffer, (size_t)n);
		if (text->failed || text->len > FILE_BYTES)
			return text->failed ? -ENOMEM : -EFBIG;
	}
}

int lull_timeseries_read(const char *path, const struct lull_timeseries_format *format,
	struct lull_timeseries_set *set)
{
	struct lull_text text = {0};
	struct lull_place whole = {.file = path};
	bool standard = strcmp(path, "-") == 0;
	*set = (struct lull_timeseries_set){0};
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int e = fd < 0 ? -errno : read_all(fd, &text);
	if (fd >= 0 && !standard)
		close(fd);
	if (e < 0)
		lull_complain(&whole, "%s", strerror(-e));
	else
		e = parse(
			text.data != NULL ? text.data : (char[1]){0}, text.len, path, format, set);
	lull_text_finish(&text);
	return e;
}

void lull_timeseries_free(struct lull_timeseries_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		free(set->items[i].name);
		free(set->items[i].value);
	}
	free(set->items);
	*set = (struct lull_timeseries_set){0};
}
