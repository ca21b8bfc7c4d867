// SPDX-License-Identifier: BSD-3-Clause
// A series drawn with characters: filled columns, the expected level as a dashed line that shows
// where traffic is missing, a time axis, and the spans of events under it. Braille patterns
// (U+2800, 2 x 4 dots a character) or ASCII (three levels a character).

#pragma once

#include <lull/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_CHART_MARGIN 8 // columns left of the plot: "  1.2 k |"

struct lull_chart {
	int columns; // of the plot, without the margin
	bool ascii, color;
};

// Points a row of the chart wants: two a column in braille, one in ASCII.
size_t lull_chart_points(const struct lull_chart *c);

// Draw points[0..lull_chart_points()) (rates >= 0; NAN: nothing known) in `rows` lines.
// expected: the level of the dashed line, or NAN.
void lull_chart_draw(const struct lull_chart *c, const double *points, int rows, double expected,
	struct lull_text *out);

// Draw the axis and its labels (UTC). times[0..columns]: where each column starts, and the end.
void lull_chart_axis(const struct lull_chart *c, const uint64_t *times, struct lull_text *out);

struct lull_chart_span {
	uint64_t from_ns, to_ns; // to_ns LULL_TIME_NONE: not over
	const char *label;       // "gone 9 h 6 min"
};

// One line that marks spans; one that would overlap an earlier one is left out. Nothing is drawn
// for n == 0.
void lull_chart_spans(const struct lull_chart *c, const uint64_t *times,
	const struct lull_chart_span *spans, size_t n, struct lull_text *out);
