// SPDX-License-Identifier: BSD-3-Clause

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/time.h>
#include <stdlib.h>
#include <time.h>

static uint64_t duration(const char *text)
{
	uint64_t ns = 0;
	cr_assert(lull_duration_parse(text, &ns) == 0, "refused: %s", text);
	return ns;
}

Test(time, durations_are_exact_to_the_nanosecond)
{
	cr_expect(eq(u64, duration("1s"), 1000000000));
	cr_expect(eq(u64, duration("100ms"), 100000000));
	cr_expect(eq(u64, duration("0.1s"), 100000000));
	cr_expect(eq(u64, duration("1h30m"), UINT64_C(5400000000000)));
	cr_expect(eq(u64, duration("1w2d3h4m5s6ms7us8ns"), UINT64_C(788645006007008)));
	cr_expect(eq(u64, duration("1.5h"), UINT64_C(5400000000000)));
	cr_expect(eq(u64, duration("0s"), 0));
	cr_expect(eq(u64, duration("0.000000001s"), 1));
	cr_expect(eq(u64, duration("18446744073709551615ns"), UINT64_MAX));
}

Test(time, what_is_not_a_duration_is_refused)
{
	static const char *const wrong[] = {"", "1", "10", "s", "1 s", " 1s", "1s ", "-1s", "+1s",
		"1.s", ".5s", "1..5s", "1.5.5s", "1sec", "1min", "1m1m", "30m1h", "1hs", "0x1s",
		"1e3s", "0.1ns", "0.0000000001s", "0.00000000000000000000000000001s", "1s\n",
		"forever"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint64_t ns = 42;
		cr_expect(lull_duration_parse(wrong[i], &ns) == -EINVAL, "'%s'", wrong[i]);
		cr_expect(eq(u64, ns, 42));
	}
	static const char *const huge[] = {"18446744073709551616ns", "30501w",
		"99999999999999999999999999h", "18446744073s1000ms"};
	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
		uint64_t ns;
		cr_expect(lull_duration_parse(huge[i], &ns) == -ERANGE, "'%s'", huge[i]);
	}
}

Test(time, durations_for_people_round_and_never_say_60_seconds)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {{0, "0 s"}, {1, "1 ns"}, {999, "999 ns"}, {1500, "1.5 us"}, {999999, "1 ms"},
		{123456789, "123 ms"}, {1500000000, "1.5 s"}, {1004000000, "1 s"},
		{12340000000, "12.3 s"}, {59400000000, "59.4 s"}, {59960000000, "1 min"},
		{90000000000, "1 min 30 s"}, {UINT64_C(3599600000000), "1 h"},
		{UINT64_C(32760000000000), "9 h 6 min"}, {UINT64_C(273600000000000), "3 d 4 h"},
		{UINT64_C(604800000000000), "7 d"}, {UINT64_MAX, "213503 d 23 h"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[LULL_TIME_TEXT];
		cr_expect_str_eq(lull_duration_format(cases[i].ns, out), cases[i].text);
	}
}

Test(time, dates_agree_with_the_c_library_over_all_of_the_range)
{
	setenv("TZ", "Asia/Pyongyang", 1);
	uint64_t x = 88172645463325252;
	for (int i = 0; i < 200000; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		time_t s = (time_t)(x / LULL_NS_PER_SECOND);
		struct tm tm;
		gmtime_r(&s, &tm);
		char want[LULL_TIME_TEXT], got[LULL_TIME_TEXT];
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm);
		cr_assert_str_eq(lull_time_iso(x, 0, got), want);
		uint64_t back;
		lull_time_iso(x, 9, got);
		cr_assert(lull_time_parse(got, &back) == 0 && back == x, "%s", got);
	}
}

Test(time, fractions_are_truncated_and_none_is_empty)
{
	char out[LULL_TIME_TEXT];
	uint64_t t = UINT64_C(1749266047123999999); // date -u -d @1749266047
	cr_expect_str_eq(lull_time_iso(t, 0, out), "2025-06-07T03:14:07Z");
	cr_expect_str_eq(lull_time_iso(t, 3, out), "2025-06-07T03:14:07.123Z");
	cr_expect_str_eq(lull_time_iso(t, 6, out), "2025-06-07T03:14:07.123999Z");
	cr_expect_str_eq(lull_time_plain(t, 9, out), "2025-06-07 03:14:07.123999999");
	cr_expect_str_eq(lull_time_iso(LULL_TIME_NONE, 3, out), "");
	cr_expect_str_eq(lull_time_plain(LULL_TIME_NONE, 3, out), "");
	cr_expect_str_eq(
		lull_time_iso(LULL_TIME_NONE - 1, 9, out), "2554-07-21T23:34:33.709551614Z");
}

Test(time, forms_read_are_those_written_and_the_rest_is_refused)
{
	static const char *const right[] = {"2025-06-07T03:14:07Z", "2025-06-07 03:14:07",
		"2025-06-07T03:14:07", "2025-06-07 03:14:07.0Z", "2025-06-07T03:14:07.000000000Z"};
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		uint64_t ns = 0;
		cr_expect(lull_time_parse(right[i], &ns) == 0, "%s", right[i]);
		cr_expect(eq(u64, ns, UINT64_C(1749266047000000000)));
	}
	static const char *const wrong[] = {"", "2025-06-07", "2025-6-7T03:14:07Z",
		"2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2025-13-01T00:00:00Z",
		"2025-00-01T00:00:00Z", "2025-01-00T00:00:00Z", "2025-01-01T24:00:00Z",
		"2025-01-01T00:60:00Z", "2016-12-31T23:59:60Z", "2025-01-01T00:00:00.Z",
		"2025-01-01T00:00:00.1234567890Z", "2025-01-01T00:00:00+01:00",
		"1969-12-31T23:59:59Z", "2555-01-01T00:00:00Z", "2554-07-21T23:34:33.709551615Z",
		"2025-01-01T00:00:00Z "};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint64_t ns;
		cr_expect(lull_time_parse(wrong[i], &ns) == -EINVAL, "'%s'", wrong[i]);
	}
	uint64_t leap;
	cr_expect(eq(int, lull_time_parse("2024-02-29T00:00:00Z", &leap), 0));
}
