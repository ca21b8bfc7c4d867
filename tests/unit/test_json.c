// SPDX-License-Identifier: BSD-3-Clause
// Checks src/base/json.c: what cannot be said in JSON is said as null or U+FFFD.

#include <criterion/criterion.h>
#include <errno.h>
#include <lull/json.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// The line value becomes, without its newline.
static char *line(json_t *value)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	cr_assert_eq(lull_json_line(f, value), 0);
	fclose(f);
	cr_assert(n > 0 && text[n - 1] == '\n');
	text[n - 1] = '\0';
	return text;
}

#define SAYS(value, expected)                                                                      \
	do {                                                                                       \
		char *text_ = line(json_pack("[o]", value));                                       \
		cr_expect_str_eq(text_, "[" expected "]");                                         \
		free(text_);                                                                       \
	} while (0)

Test(json, numbers_that_are_not_finite_are_null)
{
	SAYS(lull_json_real(NAN), "null");
	SAYS(lull_json_real(INFINITY), "null");
	SAYS(lull_json_real(-INFINITY), "null");
	SAYS(lull_json_real(-0.0), "0.0");
	SAYS(lull_json_real(2.0 / 3), "0.666667");
	SAYS(lull_json_real(1e300), "1e300");
}

Test(json, counts_beyond_what_readers_hold_are_clipped)
{
	SAYS(lull_json_count(0), "0");
	SAYS(lull_json_count(INT64_MAX), "9223372036854775807");
	SAYS(lull_json_count(UINT64_MAX), "9223372036854775807");
}

Test(json, bytes_that_are_not_utf8_are_replaced_one_by_one)
{
	SAYS(lull_json_text(NULL), "null");
	SAYS(lull_json_text(""), "\"\"");
	SAYS(lull_json_text("조선 \xf0\x9f\x93\x89"), "\"조선 \xf0\x9f\x93\x89\"");
	SAYS(lull_json_text("a\xff"
			    "b"),
		"\"a\xef\xbf\xbd"
		"b\"");
	SAYS(lull_json_text("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\""); // overlong
	SAYS(lull_json_text("\xed\xa0\x80"),
		"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""); // surrogate
	SAYS(lull_json_text("\xf4\x90\x80\x80"),
		"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""); // beyond U+10FFFF
	SAYS(lull_json_text("cut \xe2\x82"), "\"cut \xef\xbf\xbd\xef\xbf\xbd\"");
	SAYS(lull_json_text("a\n\"\\\x01\x7f"), "\"a\\n\\\"\\\\\\u0001\x7f\"");
}

Test(json, times_have_nine_digits_and_none_is_null)
{
	SAYS(lull_json_time(LULL_TIME_NONE), "null");
	SAYS(lull_json_time(UINT64_C(1749266047123456789)), "\"2025-06-07T03:14:07.123456789Z\"");
}

Test(json, whole_seconds_are_integers)
{
	SAYS(lull_json_seconds(UINT64_C(86400) * 7 * LULL_NS_PER_SECOND), "604800");
	SAYS(lull_json_seconds(LULL_NS_PER_SECOND / 10), "0.1");
}

Test(json, write_errors_come_back)
{
	FILE *full = fopen("/dev/full", "w");
	cr_assert_not_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	cr_expect_eq(lull_json_line(full, json_true()), -ENOSPC);
	fclose(full);
	cr_expect_eq(lull_json_line(stdout, NULL), -ENOMEM);
}
