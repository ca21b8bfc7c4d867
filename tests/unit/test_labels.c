// SPDX-License-Identifier: BSD-3-Clause
// Checks src/eval/labels.c: labels of both benchmarks, and what is refused.

#include "eval/labels.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <string.h>

#define S LULL_NS_PER_SECOND

static int windows(const char *text, struct lull_windows *w)
{
	return lull_windows_parse(text, strlen(text), "w.json", w);
}

Test(labels, windows_come_in_order_and_those_that_touch_are_one)
{
	struct lull_windows w;
	cr_assert_eq(windows("{\"b/x.csv\": [[\"1970-01-01 00:00:09\", \"1970-01-01 00:00:11.5\"],"
			     " [\"1970-01-01 00:00:01.000000\", \"1970-01-01 00:00:05\"],"
			     " [\"1970-01-01 00:00:02\", \"1970-01-01 00:00:03\"]], \"a.csv\": []}",
			     &w),
		0);
	cr_assert_eq(w.n, 2);
	cr_expect_str_eq(w.files[0].file, "b/x.csv");
	cr_assert_eq(w.files[0].n, 2);
	cr_expect(w.files[0].items[0].start_ns == S && w.files[0].items[0].end_ns == 5 * S);
	cr_expect_eq(w.files[0].items[1].start_ns, 9 * S);
	cr_expect_eq(w.files[0].items[1].end_ns, 11 * S + S / 2);
	cr_expect_eq(w.files[1].n, 0);
	lull_windows_free(&w);
}

Test(labels, windows_may_have_a_zone_or_be_seconds)
{
	struct lull_windows w;
	cr_assert_eq(
		windows("{\"a\": [[\"1970-01-01T03:30:09+03:30\", 11], [20.5, \"30\"]]}", &w), 0);
	cr_assert_eq(w.files[0].n, 2);
	cr_expect_eq(w.files[0].items[0].start_ns, 9 * LULL_NS_PER_SECOND);
	cr_expect_eq(w.files[0].items[0].end_ns, 11 * LULL_NS_PER_SECOND);
	cr_expect_eq(w.files[0].items[1].start_ns, 20500000000u);
	cr_expect_eq(w.files[0].items[1].end_ns, 30 * LULL_NS_PER_SECOND);
	lull_windows_free(&w);
}

Test(labels, windows_that_are_none_are_refused)
{
	static const char *const wrong[] = {"", "[]", "{\"a.csv\": 1}", "{\"a.csv\": [1]}",
		"{\"a.csv\": [[\"1970-01-01 00:00:09\"]]}",
		"{\"a.csv\": [[\"1970-01-01 00:00:09\", \"1970-01-01 00:00:01\"]]}",
		"{\"a.csv\": [[\"x\", \"y\"]]}", "{\"../a.csv\": []}", "{\"/a.csv\": []}",
		"{\"\": []}", "{\"a\\u001bb\": []}", "{\"a\": [], \"a\": []}"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct lull_windows w;
		cr_expect_eq(windows(wrong[i], &w), -EINVAL, "%s", wrong[i]);
		lull_windows_free(&w);
	}
}

Test(labels, annotations_are_sets)
{
	static const char text[] = "{\"s\": {\"6\": [9, 2, 9], \"7\": []}}";
	struct lull_annotations a;
	cr_assert_eq(lull_annotations_parse(text, sizeof(text) - 1, "a.json", &a), 0);
	cr_assert(a.n == 1 && a.sets[0].n == 2);
	cr_assert_eq(a.sets[0].annotators[0].n, 2);
	cr_expect_eq(a.sets[0].annotators[0].items[0], 2);
	cr_expect_eq(a.sets[0].annotators[1].n, 0);
	lull_annotations_free(&a);
}

Test(labels, annotations_that_are_none_are_refused)
{
	static const char *const wrong[] = {"3", "{\"s\": []}", "{\"s\": {}}",
		"{\"s\": {\"6\": 1}}", "{\"s\": {\"6\": [-1]}}", "{\"s\": {\"6\": [1.5]}}",
		"{\"s\": {\"6\": [99999999999]}}", "{\"a/s\": {\"6\": []}}"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct lull_annotations a;
		int e = lull_annotations_parse(wrong[i], strlen(wrong[i]), "a.json", &a);
		cr_expect_eq(e, -EINVAL, "%s", wrong[i]);
		lull_annotations_free(&a);
	}
}

Test(labels, a_set_has_a_series_for_each_dimension_and_null_is_missing)
{
	static const char text[] =
		"{\"n_obs\": 3, \"series\": [{\"label\": \"p\", \"raw\": [1, null, "
		"2.5]}, {\"raw\": [0, 0, -1]}]}";
	struct lull_timeseries_set set;
	cr_assert_eq(lull_tcpd_parse(text, sizeof(text) - 1, "s.json", 7, 11, &set), 0);
	cr_assert(set.n == 2 && set.items[0].n == 3 && set.items[1].n == 3);
	cr_expect_str_eq(set.items[0].name, "p");
	cr_expect(set.items[0].start_ns == 7 && set.items[1].bin_ns == 11);
	cr_expect(isnan(set.items[0].value[1]) && set.items[0].value[2] == 2.5);
	cr_expect_eq(set.items[1].value[2], -1.0);
	lull_timeseries_free(&set);
}

Test(labels, sets_that_are_none_are_refused)
{
	static const char *const wrong[] = {"[]", "{}", "{\"n_obs\": 2}",
		"{\"n_obs\": 2, \"series\": []}", "{\"n_obs\": 2, \"series\": [{\"raw\": [1]}]}",
		"{\"n_obs\": 2, \"series\": [{\"raw\": [1, \"2\"]}]}",
		"{\"n_obs\": -2, \"series\": [{\"raw\": []}]}",
		"{\"n_obs\": 99999999999, \"series\": [{\"raw\": []}]}"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct lull_timeseries_set set;
		int e = lull_tcpd_parse(wrong[i], strlen(wrong[i]), "s.json", 0, 1, &set);
		cr_expect_eq(e, -EINVAL, "%s", wrong[i]);
		lull_timeseries_free(&set);
	}
}
