// SPDX-License-Identifier: BSD-3-Clause
// Sort, drop what is there twice, find the distance of rows, fill in.

#include "timeseries_grid.h"
#include "base/config_complain.h"
#include <errno.h>
#include <lull/log.h>
#include <lull/text.h>
#include <lull/time.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

// A grid is refused when it is long and nearly empty: then the bin is not what the rows mean.
#define LONG_GRID 65536
#define EMPTY_GRID 256 // bins per row
#define MANY_BINS ((uint64_t)1 << 24)
#define LONG_BIN (3653 * 86400 * LULL_NS_PER_SECOND)

static int order(const void *a, const void *b)
{
	const struct lull_cell *x = a, *y = b;
	if (x->series != y->series)
		return x->series < y->series ? -1 : 1;
	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static void sort(struct lull_cell *cells, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (order(&cells[i - 1], &cells[i]) > 0) {
			qsort(cells, n, sizeof(*cells), order);
			return;
		}
}

// Of cells with one series and time the last one stays. Returns how many stay.
static size_t drop_doubles(struct lull_cell *cells, size_t n, const char *file)
{
	size_t kept = 0, doubles = 0;
	unsigned line = 0;
	for (size_t i = 0; i < n; i++) {
		bool same = kept > 0 && cells[kept - 1].series == cells[i].series &&
			    cells[kept - 1].ns == cells[i].ns;
		if (same && cells[i].series != LULL_CELL_WATCHED && doubles++ == 0)
			line = cells[i].line;
		kept -= same;
		cells[kept++] = cells[i];
	}
	char count[28];
	if (doubles > 0)
		lull_log_warning("%s:%u: %s row%s repeat%s a time of the same series; the last "
				 "one counts",
			file, line, lull_text_count(doubles, count), doubles == 1 ? "" : "s",
			doubles == 1 ? "s" : "");
	return kept;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

// The commonest distance of neighbours, the shortest of several; 0: there are no neighbours.
static int find_bin(const struct lull_cell *cells, size_t n, uint64_t *bin_ns)
{
	uint64_t *gaps = malloc((n + 1) * sizeof(*gaps));
	size_t n_gaps = 0, best = 0;
	if (gaps == NULL)
		return -ENOMEM;
	for (size_t i = 1; i < n; i++)
		if (cells[i].series == cells[i - 1].series)
			gaps[n_gaps++] = cells[i].ns - cells[i - 1].ns;
	qsort(gaps, n_gaps, sizeof(*gaps), ascending);
	*bin_ns = 0;
	for (size_t i = 0, from = 0; i < n_gaps; i++) {
		if (gaps[i] != gaps[from])
			from = i;
		if (i + 1 - from > best) {
			best = i + 1 - from;
			*bin_ns = gaps[i];
		}
	}
	free(gaps);
	return 0;
}

static int lay_grid(struct lull_timeseries *s, const struct lull_cell *cells, size_t n,
	uint64_t bin_ns, const char *file)
{
	struct lull_place place = {.file = file};
	char bin[LULL_TIME_TEXT], bins[28], rows[28];
	uint64_t len = (cells[n - 1].ns - cells[0].ns) / bin_ns + 1;
	s->start_ns = cells[0].ns;
	s->bin_ns = bin_ns;
	if (len > LULL_TIMESERIES_BINS || (len > LONG_GRID && len / EMPTY_GRID > n))
		return lull_complain(&place,
			"%s rows of '%.64s' would be spread over %s bins of %s; check the times, "
			"or "
			"give --bin",
			lull_text_count(n, rows), s->name, lull_text_count(len, bins),
			lull_duration_format(bin_ns, bin));
	s->value = malloc((size_t)len * sizeof(*s->value));
	if (s->value == NULL)
		return -ENOMEM;
	s->n = (size_t)len;
	for (size_t i = 0; i < s->n; i++)
		s->value[i] = NAN;
	return 0;
}

// The mean of the rows of each bin that have a value.
static void fill(struct lull_timeseries *s, const struct lull_cell *cells, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t bin = (size_t)((cells[i].ns - s->start_ns) / s->bin_ns), known = 0;
		double mean = 0.0;
		for (; i < n && (size_t)((cells[i].ns - s->start_ns) / s->bin_ns) == bin; i++)
			if (!isnan(cells[i].value)) {
				known++; // so that no sum overflows
				mean *= (double)(known - 1) / (double)known;
				mean += cells[i].value / (double)known;
			}
		if (known > 0)
			s->value[bin] = mean;
	}
}

// Silent where something else was seen; the series goes on to the last such bin.
static int watched(struct lull_timeseries *s, const struct lull_cell *cells, size_t n)
{
	if (n == 0 || cells[n - 1].ns < s->start_ns)
		return 0;
	uint64_t len = (cells[n - 1].ns - s->start_ns) / s->bin_ns + 1;
	if (len > LULL_TIMESERIES_BINS)
		return 0; // its own rows are fewer: it is left as it is
	if (len > s->n) {
		double *more = realloc(s->value, (size_t)len * sizeof(*more));
		if (more == NULL)
			return -ENOMEM;
		s->value = more;
		while (s->n < len)
			s->value[s->n++] = NAN;
	}
	for (size_t i = 0; i < n; i++) {
		if (cells[i].ns < s->start_ns)
			continue;
		size_t bin = (size_t)((cells[i].ns - s->start_ns) / s->bin_ns);
		if (isnan(s->value[bin]))
			s->value[bin] = 0.0;
	}
	return 0;
}

int lull_grid_fill(struct lull_cell *cells, size_t n, uint64_t bin_ns, const char *file,
	struct lull_timeseries_set *set)
{
	struct lull_place place = {.file = file};
	sort(cells, n);
	n = drop_doubles(cells, n, file);
	if (bin_ns == 0) {
		int e = find_bin(cells, n, &bin_ns);
		if (e < 0)
			return e;
	}
	if (bin_ns > LONG_BIN)
		return lull_complain(
			&place, "bins of more than ten years; check the times, or give --bin");
	if (bin_ns == 0)
		return lull_complain(&place, "no series has two rows, so nobody can say how long a "
					     "bin is; give --bin");
	size_t seen = 0;
	uint64_t total = 0;
	while (seen < n && cells[seen].series == LULL_CELL_WATCHED)
		seen++;
	for (size_t i = seen; i < n;) {
		size_t from = i;
		while (i < n && cells[i].series == cells[from].series)
			i++;
		struct lull_timeseries *s = &set->items[cells[from].series - 1];
		int e = lay_grid(s, cells + from, i - from, bin_ns, file);
		if (e < 0)
			return e;
		total += s->n;
		if (total > MANY_BINS && total / EMPTY_GRID > n)
			return lull_complain(&place, "the rows are few and far apart: nearly every "
						     "bin would be empty; check the times, or give "
						     "--bin");
		fill(s, cells + from, i - from);
		e = watched(s, cells, seen);
		if (e < 0)
			return e;
	}
	return 0;
}
