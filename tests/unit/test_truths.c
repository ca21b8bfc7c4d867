// SPDX-License-Identifier: BSD-3-Clause
// Checks src/eval/truths.c: events from CSV, and what is refused.

#include "eval/truths.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int parse(const char *text, struct lull_truth_table *t)
{
	return lull_truths_parse(text, strlen(text), "e.csv", t);
}

Test(truths, rows_are_found_by_series_in_order_of_time)
{
	struct lull_truth_table t = {0};
	size_t n;
	cr_assert_eq(parse("note,start,series,end\r\n"
			   ",1970-01-01T00:00:09Z,b,\r\n"
			   "x,3.5,\"a, \"\"1\"\"\",5\r\n"
			   "\r\n"
			   ",1,b,2",
			     &t),
		0);
	const struct lull_truth_row *b = lull_truths_of(&t, "b", &n);
	cr_assert_eq(n, 2);
	cr_expect(b[0].truth.start_ns == LULL_NS_PER_SECOND && b[0].line == 5);
	cr_expect_eq(b[0].truth.end_ns, 2 * LULL_NS_PER_SECOND);
	cr_expect_eq(b[1].truth.start_ns, 9 * LULL_NS_PER_SECOND);
	cr_expect_eq(b[1].truth.end_ns, LULL_TIME_NONE);
	cr_expect(isnan(b[1].truth.lost) && b[1].truth.way == LULL_TRUTH_FALL);
	const struct lull_truth_row *a = lull_truths_of(&t, "a, \"1\"", &n);
	cr_assert_eq(n, 1);
	cr_expect_eq(a->truth.start_ns, 3500000000u);
	cr_expect(lull_truths_of(&t, "aa", &n) == NULL && n == 0);
	lull_truths_free(&t);
}

Test(truths, a_negative_loss_is_a_rise)
{
	struct lull_truth_table t = {0};
	size_t n;
	cr_assert_eq(parse("series,start,end,lost\na,1,2,0.4\na,3,4,-2\na,5,6,\n", &t), 0);
	const struct lull_truth_row *a = lull_truths_of(&t, "a", &n);
	cr_assert_eq(n, 3);
	cr_expect(a[0].truth.lost == 0.4 && a[0].truth.way == LULL_TRUTH_FALL);
	cr_expect(a[1].truth.lost == -2.0 && a[1].truth.way == LULL_TRUTH_RISE);
	cr_expect(isnan(a[2].truth.lost));
	lull_truths_free(&t);
}

Test(truths, a_start_may_be_known_to_a_precision_of_its_own)
{
	struct lull_truth_table t = {0};
	size_t n;
	cr_assert_eq(parse("precision,series,start,end\n4h,a,1,2\n,a,3,4\n", &t), 0);
	const struct lull_truth_row *a = lull_truths_of(&t, "a", &n);
	cr_assert_eq(n, 2);
	cr_expect_eq(a[0].truth.precision_ns, 14400 * LULL_NS_PER_SECOND);
	cr_expect_eq(a[1].truth.precision_ns, 0);
	lull_truths_free(&t);
}

Test(truths, times_are_read_as_those_of_series)
{
	static const char *const times[] = {"1970-01-02T00:00:00Z", "1970-01-02 00:00",
		"1970-01-02 03:30:00+03:30", "1970-01-02", "1970/1/2 0:00", "86400.0"};
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct lull_truth_table t = {0};
		char text[128];
		snprintf(text, sizeof(text), "Series,Start,End\na,%s,1573934400000\n", times[i]);
		cr_assert_eq(parse(text, &t), 0, "%s", times[i]);
		cr_expect_eq(t.rows[0].truth.start_ns, 86400 * LULL_NS_PER_SECOND);
		cr_expect_eq(t.rows[0].truth.end_ns, 1573934400 * LULL_NS_PER_SECOND);
		lull_truths_free(&t);
	}
}

Test(truths, what_is_not_a_table_of_events_is_refused)
{
	static const char *const wrong[] = {
		"",
		"series,start\na,1\n",
		"a,1,2\n",
		"series,start,end\na,yesterday,2\n",
		"series,start,end\na,1,soon\n",
		"series,start,end\na,2,2\n",
		"series,start,end\na,1\n",
		"series,start,end\n\"a,1,2\n",
		"series,start,end\n\"a\"b,1,2\n",
		"series,start,end,lost\na,1,2,1.5\n",
		"series,start,end,lost\na,1,2,nan\n",
		"series,start,end,precision\na,1,2,roughly\n",
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct lull_truth_table t = {0};
		cr_expect_eq(parse(wrong[i], &t), -EINVAL, "%s", wrong[i]);
		cr_expect_null(t.rows);
	}
}
