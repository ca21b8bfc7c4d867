// SPDX-License-Identifier: BSD-3-Clause
// Checks src/export/words.c: figures as words.

#include "export/words.h"

#include <criterion/criterion.h>
#include <lull/time.h>
#include <math.h>

#define SAYS(call, expected)                                                                       \
	do {                                                                                       \
		char out[LULL_WORDS];                                                              \
		cr_expect_str_eq(call, expected);                                                  \
	} while (0)

Test(words, shares_never_round_to_all_or_nothing)
{
	SAYS(lull_words_share(0.998, out), "99.8 %");
	SAYS(lull_words_share(0.6, out), "60 %");
	SAYS(lull_words_share(1, out), "100 %");
	SAYS(lull_words_share(0.99999, out), "over 99.9 %");
	SAYS(lull_words_share(0, out), "0 %");
	SAYS(lull_words_share(0.00001, out), "under 0.1 %");
	SAYS(lull_words_share(-0.25, out), "-25 %");
	SAYS(lull_words_share(NAN, out), "an unknown share");
}

Test(words, intervals_are_rounded_outward)
{
	SAYS(lull_words_interval(0.55, 0.652, out), "55 to 65.2 %");
	SAYS(lull_words_interval(0.5519, 0.6521, out), "55.1 to 65.3 %");
	SAYS(lull_words_interval(0.999, 1, out), "99.9 to 100 %");
	SAYS(lull_words_interval(0.99, 0.9999, out), "99 to over 99.9 %");
	SAYS(lull_words_interval(NAN, 1, out), "unknown");
}

Test(words, delays_are_rounded_up_and_may_be_never)
{
	SAYS(lull_words_delay(0.34, out), "0.4 s");
	SAYS(lull_words_delay(0.3, out), "0.3 s");
	SAYS(lull_words_delay(11.2, out), "12 s");
	SAYS(lull_words_delay(181, out), "4 min");
	SAYS(lull_words_delay(3601 * 5, out), "6 h");
	SAYS(lull_words_delay(INFINITY, out), "never");
	SAYS(lull_words_delay(1e300, out), "never");
	SAYS(lull_words_delay(NAN, out), "?");
}

Test(words, widths_are_rounded_up)
{
	SAYS(lull_words_width(400000000, out), "0.4 s");
	SAYS(lull_words_width(400000001, out), "0.5 s");
	SAYS(lull_words_width(11000001, out), "12 ms");
	SAYS(lull_words_width(12 * LULL_NS_PER_SECOND, out), "12 s");
	SAYS(lull_words_width(0, out), "0 s");
}

Test(words, budgets_are_told_by_the_calendar)
{
	SAYS(lull_words_budget(1, out), "one false alarm a day");
	SAYS(lull_words_budget(1 / 30.4375, out), "one false alarm a month");
	SAYS(lull_words_budget(1.0 / 30, out), "one false alarm a month");
	SAYS(lull_words_budget(1 / 365.25, out), "one false alarm a year");
	SAYS(lull_words_budget(3, out), "3 false alarms a day");
	SAYS(lull_words_budget(0.1, out), "one false alarm in 10 days");
	SAYS(lull_words_budget(NAN, out), "no false alarm");
}

Test(words, a_time_of_the_same_day_needs_no_date)
{
	uint64_t t = UINT64_C(1749266047123456789);
	SAYS(lull_words_time(t, LULL_TIME_NONE, 3, out), "2025-06-07 03:14:07.123");
	SAYS(lull_words_time(t, t + LULL_NS_PER_SECOND, 0, out), "03:14:07");
	SAYS(lull_words_time(t, t, -1, out), "03:14");
	SAYS(lull_words_time(t, t - 86400 * LULL_NS_PER_SECOND, 0, out), "2025-06-07 03:14:07");
	SAYS(lull_words_time(LULL_TIME_NONE, t, 0, out), "an unknown time");
}

Test(words, names_from_outside_cannot_move_the_cursor)
{
	struct lull_text t = {0};
	lull_words_plain(&t,
		"\033[2J\r\n\xc2\x9b\xff\xe2\x80\xae"
		"조선",
		false);
	cr_expect_str_eq(t.data, "?[2J????????조선");
	lull_text_finish(&t);
	lull_words_plain(&t, "é\x7f", true);
	cr_expect_str_eq(t.data, "??");
	lull_text_finish(&t);
}

Test(words, columns_are_counted_without_colour)
{
	cr_expect_eq(lull_words_columns("±0.4"), 4);
	cr_expect_eq(lull_words_columns("\033[1;31mkp\033[0m"), 2);
	cr_expect_eq(lull_words_columns("\033[31"), 0);
}

Test(words, long_lines_break_at_spaces_and_hang)
{
	struct lull_text t = {0};
	lull_words_wrap(&t, "  what  one two three-is-far-too-long four", 14, 8);
	cr_expect_str_eq(t.data, "  what  one\n        two\n        three-is-far-too-long\n"
				 "        four");
	lull_text_finish(&t);
}
