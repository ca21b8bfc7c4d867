// SPDX-License-Identifier: BSD-3-Clause
// The chart. It draws what it is given: resampling is the history's, wording the report's.

#include "export/chart.h"
#include "export/words.h"

#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS_MAX 512
#define DAY_NS (86400 * LULL_NS_PER_SECOND)
#define COLOR_SPAN "\033[31m"
#define COLOR_DIM "\033[2m"
#define COLOR_OFF "\033[0m"

size_t lull_chart_points(const struct lull_chart *c)
{
	return (size_t)c->columns * (c->ascii ? 1 : 2);
}

// The smallest of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is >= highest.
static double scale_top(double highest)
{
	static const double steps[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10};
	if (!(highest > 0) || highest > 1e300)
		return 1;
	double power = pow(10, floor(log10(highest)));
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (highest <= steps[i] * power * (1 + 1e-9))
			return steps[i] * power;
	return 10 * power;
}

// "1.2 k" for 1200: scale_top() gives two digits at most, so %g says them all.
static char *top_label(double top, char *out)
{
	static const char prefixes[] = " kMGTPE";
	int k = 0;
	for (; top >= 1000 && prefixes[k + 1] != '\0'; k++)
		top /= 1000;
	snprintf(out, LULL_WORDS, k > 0 ? "%.3g %c" : "%.3g", top, prefixes[k]);
	return out;
}

static double highest(const double *points, size_t n, double expected)
{
	double top = isfinite(expected) ? expected : 0;
	for (size_t i = 0; i < n; i++)
		if (isfinite(points[i]) && points[i] > top)
			top = points[i];
	return top;
}

// Height in steps of 1/steps of the chart; a packet that was seen is never drawn as none.
static int height(double value, double top, int steps)
{
	if (!isfinite(value) || value <= 0)
		return 0;
	int h = (int)lround(fmin(value / top, 1) * steps);
	return h < 1 ? 1 : h;
}

// One character of the row whose lowest dot is `base` dots above the ground. level: height of the
// dashed line in dots, 0: none.
static void draw_braille(const double *pair, double top, int rows, int base, int level, bool dash,
	struct lull_text *t)
{
	static const unsigned char dots[2][4] = {
		{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}};
	unsigned bits = 0;
	for (int side = 0; side < 2; side++) {
		int h = height(pair[side], top, rows * 4);
		for (int y = 0; y < 4; y++)
			if (h > base + y || (dash && level == base + y + 1))
				bits |= dots[side][y];
	}
	if (bits == 0)
		lull_text_add_bytes(t, " ", 1);
	else
		lull_text_add(
			t, "\xe2%c%c", (char)(0xa0 | bits >> 6), (char)(0x80 | (bits & 0x3f)));
}

static void draw_ascii(
	double value, double top, int rows, int row, int level, bool dash, struct lull_text *t)
{
	static const char fills[] = " .:#";
	int h = height(value, top, rows * 3) - row * 3;
	char c = fills[h < 0 ? 0 : h > 3 ? 3 : h];
	if (c == ' ' && dash && level > row * 3 && level <= row * 3 + 3)
		c = '-';
	lull_text_add_bytes(t, &c, 1);
}

static void margin(const struct lull_chart *c, const char *label, struct lull_text *t)
{
	lull_text_add(t, "%*s %s", LULL_CHART_MARGIN - 2, label, c->ascii ? "|" : "│");
}

static size_t trimmed(const char *data, size_t from, size_t len)
{
	while (len > from && data[len - 1] == ' ')
		len--;
	return len;
}

// Cut the spaces a line ends in, then end it.
static void end_line(struct lull_text *t, size_t start)
{
	if (!t->failed && t->data != NULL) {
		t->len = trimmed(t->data, start, t->len);
		t->data[t->len] = '\0';
	}
	lull_text_add_bytes(t, "\n", 1);
}

void lull_chart_draw(const struct lull_chart *c, const double *points, int rows, double expected,
	struct lull_text *out)
{
	double top = scale_top(highest(points, lull_chart_points(c), expected));
	int level = height(expected, top, rows * (c->ascii ? 3 : 4));
	char label[LULL_WORDS];
	for (int row = rows - 1; row >= 0; row--) {
		size_t start = out->len;
		const char *text = row == rows - 1 ? top_label(top, label) : row == 0 ? "0" : "";
		margin(c, text, out);
		for (int x = 0; x < c->columns; x++) {
			bool dash = level > 0 && x % 2 == 0;
			if (c->ascii)
				draw_ascii(points[x], top, rows, row, level, dash, out);
			else
				draw_braille(points + 2 * x, top, rows, row * 4, level, dash, out);
		}
		end_line(out, start);
	}
}

// Steps of the time axis.
static uint64_t tick_step(uint64_t per_column, int label_columns)
{
	static const uint32_t tenths[] = {1, 2, 5, 10, 20, 50, 100, 150, 300, 600, 1200, 3000, 6000,
		9000, 18000, 36000, 72000, 108000, 216000, 432000, 864000, 1728000, 6048000,
		25920000, 315360000};
	const size_t n = sizeof(tenths) / sizeof(tenths[0]);
	for (size_t i = 0; i < n; i++) {
		uint64_t step = tenths[i] * (LULL_NS_PER_SECOND / 10);
		if (step / (uint64_t)label_columns >= per_column)
			return step;
	}
	return tenths[n - 1] * (LULL_NS_PER_SECOND / 10);
}

// "03:14", "03:14:07", "03:14:07.1", or the date of a day that begins: "06-08".
static void tick_label(uint64_t ns, uint64_t step, bool new_day, char *out)
{
	char text[LULL_TIME_TEXT];
	lull_time_plain(ns, 1, text); // "2025-06-07 03:14:07.1"
	if (new_day)
		snprintf(out, 16, "%.5s", text + 5);
	else if (step >= 60 * LULL_NS_PER_SECOND)
		snprintf(out, 16, "%.5s", text + 11);
	else
		snprintf(out, 16, "%.*s", step >= LULL_NS_PER_SECOND ? 8 : 10, text + 11);
}

// The usual width of a column in time; columns with a jump of the clock are wider.
static uint64_t column_ns(const struct lull_chart *c, const uint64_t *times)
{
	uint64_t sum = 0, least = UINT64_MAX;
	for (int x = 0; x < c->columns; x++) {
		uint64_t w = times[x + 1] > times[x] ? times[x + 1] - times[x] : 0;
		sum += w / (uint64_t)c->columns;
		if (w > 0 && w < least)
			least = w;
	}
	if (least == UINT64_MAX)
		return 1;
	return sum > 4 * least ? least : sum;
}

// Write a label around column x where there is room for it, and a space on both sides.
static bool place(char *labels, int n, int x, const char *label)
{
	int len = (int)strlen(label), at = x - len / 2;
	if (at < 0 || at + len > n)
		return false;
	for (int i = at > 0 ? at - 1 : 0; i <= at + len && i < n; i++)
		if (labels[i] != ' ')
			return false;
	memcpy(labels + at, label, (size_t)len);
	return true;
}

// A tick stands in the column in which its time lies. Dates go first: a day that begins, or a
// jump of the clock, matters more than the hours around it.
static void place_ticks(const uint64_t *times, int n, uint64_t step, char *labels, bool *ticks)
{
	for (int dates = 1; dates >= 0; dates--) {
		for (int x = 1; x < n; x++) {
			char label[16];
			bool new_day = times[x] / DAY_NS != times[x - 1] / DAY_NS;
			if (dates && step < DAY_NS ? !new_day
						   : times[x] / step == times[x - 1] / step)
				continue;
			tick_label(times[x] / step * step, step, new_day, label);
			ticks[x] |= place(labels, n, x, label);
		}
	}
}

void lull_chart_axis(const struct lull_chart *c, const uint64_t *times, struct lull_text *out)
{
	char labels[COLUMNS_MAX];
	bool ticks[COLUMNS_MAX] = {false};
	int n = c->columns < COLUMNS_MAX ? c->columns : COLUMNS_MAX;
	memset(labels, ' ', sizeof(labels));
	place_ticks(times, n, tick_step(column_ns(c, times), 11), labels, ticks);
	lull_text_add(out, "%*s%s", LULL_CHART_MARGIN - 1, "", c->ascii ? "+" : "└");
	for (int x = 0; x < n; x++)
		lull_text_add(
			out, "%s", ticks[x] ? (c->ascii ? "+" : "┬") : (c->ascii ? "-" : "─"));
	lull_text_add_bytes(out, "\n", 1);
	size_t len = trimmed(labels, 0, (size_t)n);
	lull_text_add(out, "%*s%.*s UTC\n", LULL_CHART_MARGIN, "", (int)len, labels);
}

static int column_of(const struct lull_chart *c, const uint64_t *times, uint64_t ns)
{
	for (int x = 0; x < c->columns; x++)
		if (ns >= times[x] && ns < times[x + 1])
			return x;
	return ns < times[0] ? 0 : c->columns - 1;
}

// A span of columns from..to with its label inside where there is room, beside it where not.
static int draw_span(const struct lull_chart *c, int from, int to, bool open, const char *label,
	struct lull_text *t)
{
	const char *line = c->ascii ? "-" : "─";
	int width = to - from + 1, len = (int)lull_words_columns(label);
	if (width == 1) {
		lull_text_add(t, "%s %s", c->ascii ? "^" : "▲", label);
		return from + 2 + len;
	}
	bool inside = width >= len + 6;
	int left = inside ? (width - 2 - len - 2) / 2 : width - 2;
	int right = inside ? width - 2 - len - 2 - left : 0;
	lull_text_add(t, "%s", c->ascii ? "|" : "├");
	for (int i = 0; i < left; i++)
		lull_text_add(t, "%s", line);
	if (inside)
		lull_text_add(t, " %s ", label);
	for (int i = 0; i < right; i++)
		lull_text_add(t, "%s", line);
	lull_text_add(t, "%s", open ? (c->ascii ? ">" : "▶") : (c->ascii ? "|" : "┤"));
	if (!inside)
		lull_text_add(t, " %s", label);
	return inside ? to + 1 : to + 2 + len;
}

void lull_chart_spans(const struct lull_chart *c, const uint64_t *times,
	const struct lull_chart_span *spans, size_t n, struct lull_text *out)
{
	if (n == 0)
		return;
	int at = 0;
	lull_text_add(out, "%*s", LULL_CHART_MARGIN, "");
	for (size_t i = 0; i < n; i++) {
		bool open = spans[i].to_ns == LULL_TIME_NONE;
		int from = column_of(c, times, spans[i].from_ns);
		int to = open ? c->columns - 1 : column_of(c, times, spans[i].to_ns);
		if (from < at || to < from)
			continue;
		lull_text_add(out, "%*s%s", from - at, "", c->color ? COLOR_SPAN : "");
		at = draw_span(c, from, to, open, spans[i].label, out);
		lull_text_add(out, "%s", c->color ? COLOR_OFF : "");
	}
	lull_text_add_bytes(out, "\n", 1);
}
