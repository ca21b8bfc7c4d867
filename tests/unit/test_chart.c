// SPDX-License-Identifier: BSD-3-Clause
// Checks src/export/chart.c: known series against the characters they must give.

#include "export/chart.h"

#include <criterion/criterion.h>
#include <lull/time.h>
#include <math.h>

static void draw(
	int columns, bool ascii, const double *points, int rows, double expected, const char *lines)
{
	struct lull_chart c = {.columns = columns, .ascii = ascii};
	struct lull_text t = {0};
	lull_chart_draw(&c, points, rows, expected, &t);
	cr_expect_str_eq(t.data, lines, "got:\n%s", t.data);
	lull_text_finish(&t);
}

Test(chart, braille_fills_two_columns_and_four_rows_a_character)
{
	const double points[] = {8, 7, 6, 5, 4, 3, 2, 1, 0, NAN};
	draw(5, false, points, 2, NAN,
		"     8 │⣷⣄\n"
		"     0 │⣿⣿⣷⣄\n");
}

Test(chart, a_packet_is_never_drawn_as_none)
{
	const double points[] = {1000, 0.001, 0, 0.001};
	draw(2, false, points, 1, NAN, "   1 k │⣇⢀\n");
}

Test(chart, the_expected_level_shows_where_traffic_is_missing)
{
	const double points[] = {8, 8, 0, 0, 0, 0, 8, 8};
	draw(4, false, points, 1, 8, "     8 │⣿ ⠉⣿\n");
	const double ascii[] = {8, 8, 0, 0, 0, 8};
	draw(6, true, ascii, 2, 8,
		"     8 |##- -#\n"
		"     0 |##   #\n");
}

Test(chart, nothing_at_all_is_an_empty_plot)
{
	const double points[] = {NAN, NAN, NAN};
	draw(3, true, points, 2, NAN, "     1 |\n     0 |\n");
	const double huge[] = {INFINITY, 1e308, -5};
	draw(3, true, huge, 1, NAN, "     1 | #\n");
}

static void axis(uint64_t start, uint64_t step, const char *lines)
{
	uint64_t times[41];
	struct lull_chart c = {.columns = 40, .ascii = true};
	for (int i = 0; i <= 40; i++)
		times[i] = start + step * (uint64_t)i;
	struct lull_text t = {0};
	lull_chart_axis(&c, times, &t);
	cr_expect_str_eq(t.data, lines, "got:\n%s", t.data);
	lull_text_finish(&t);
}

Test(chart, ticks_stand_at_round_times_and_midnight_shows_the_date)
{
	const uint64_t minute = 60 * LULL_NS_PER_SECOND;
	uint64_t t = UINT64_C(1749333600) * LULL_NS_PER_SECOND; // 2025-06-07 22:00
	axis(t, 10 * minute,
		"       +------------+-----------+-----------+---\n"
		"                  06-08       02:00       04:00 UTC\n");
}

Test(chart, a_jump_of_the_clock_keeps_ticks_round)
{
	struct lull_text t = {0};
	uint64_t times[41];
	struct lull_chart c = {.columns = 40, .ascii = true};
	for (int i = 0; i <= 40; i++)
		times[i] = (UINT64_C(1749333600) + (uint64_t)i + (i > 20 ? 86400u * 30 : 0)) *
			   LULL_NS_PER_SECOND;
	lull_chart_axis(&c, times, &t);
	cr_expect(strstr(t.data, "   07-07  22:00:30 UTC") != NULL, "%s", t.data);
	lull_text_finish(&t);
	for (int i = 0; i <= 40; i++) // time that stands still or runs backward draws no tick
		times[i] = 1000 - (uint64_t)i;
	lull_chart_axis(&c, times, &t);
	cr_assert_not_null(t.data);
	lull_text_finish(&t);
}

static void spans(const struct lull_chart_span *s, size_t n, const char *line)
{
	uint64_t times[31];
	struct lull_chart c = {.columns = 30, .ascii = true};
	for (uint64_t i = 0; i <= 30; i++)
		times[i] = i * 10;
	struct lull_text t = {0};
	lull_chart_spans(&c, times, s, n, &t);
	cr_expect_str_eq(t.data != NULL ? t.data : "", line, "got:\n%s", t.data);
	lull_text_finish(&t);
}

Test(chart, spans_are_marked_under_their_columns)
{
	const struct lull_chart_span two[] = {{20, 155, "gone 2 h"}, {200, LULL_TIME_NONE, "down"}};
	spans(two, 2, "          |- gone 2 h -|    |- down ->\n");
	const struct lull_chart_span point[] = {{20, 21, "gone"}, {30, 40, "hidden"}};
	spans(point, 2, "          ^ gone\n");
	const struct lull_chart_span narrow[] = {{20, 49, "gone 3 d 4 h"}};
	spans(narrow, 1, "          |-| gone 3 d 4 h\n");
	spans(NULL, 0, "");
}
