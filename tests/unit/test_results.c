// SPDX-License-Identifier: BSD-3-Clause
// Checks src/eval/results.c: the table and the JSON, and that what does not apply is not there.

#include "eval/results.h"

#include <criterion/criterion.h>
#include <lull/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Two found of three, one false claim in 0.5 weeks.
static void fill(struct lull_results *r)
{
	double delays[] = {60.0, 180.0}, onsets[] = {0.0, 1.0};
	struct lull_score s = {.series = 7,
		.truths = 3,
		.found = 2,
		.false_claims = 1,
		.weeks = 0.5,
		.clean_bins = 1000.0,
		.false_bins = 2.0,
		.delays_s = delays,
		.onset_bins = onsets,
		.covered = 1,
		.n_delays = 2,
		.series_weeks = 8,
		.calm_series_weeks = 7};
	lull_result_score(lull_results_add(r, "a", "lull"), &s);
	struct lull_result *nab = lull_results_add(r, "b", "median");
	nab->nab[LULL_NAB_STANDARD] = 99.5;
	nab->nab[LULL_NAB_LOW_FP] = -10.25;
	nab->nab[LULL_NAB_LOW_FN] = 0.0;
}

static char *json(const struct lull_results *r)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	cr_assert_eq(lull_results_json(r, out), 0);
	fclose(out);
	return strdup(text); // gcc 12 takes text for the address of a local
}

Test(results, json_holds_what_applies_and_nothing_else)
{
	struct lull_results r = {0};
	fill(&r);
	char *text = json(&r);
	cr_expect_str_eq(text,
		"[{\"dataset\":\"a\",\"detector\":\"lull\",\"tpr\":0.666667,\"fpr\":0.002,"
		"\"precision\":0.666667,\"f1\":0.666667,\"delay_s\":{\"median\":120.0,\"p95\":174."
		"0},"
		"\"onset_error_bins\":{\"median\":0.5,\"p95\":0.95},\"onset_coverage\":0.5,"
		"\"false_alarms_per_1000_series_weeks\":2000.0,"
		"\"false_alarms_95\":{\"lo\":50.6356,\"hi\":11143.3},\"calm_series_weeks\":0.875,"
		"\"events\":3,\"found\":2,\"false_alarms\":1,\"series\":7,\"weeks\":0.5},"
		"{\"dataset\":\"b\",\"detector\":\"median\",\"series\":0,"
		"\"nab\":{\"standard\":99.5,\"low_fp\":-10.25,\"low_fn\":0.0}}]\n");
	free(text);
	lull_results_free(&r);
}

Test(results, one_row_is_an_object_and_none_an_empty_array)
{
	struct lull_results r = {0};
	char *text = json(&r);
	cr_expect_str_eq(text, "[]\n");
	free(text);
	cr_assert_not_null(lull_results_add(&r, "a", "lull"));
	text = json(&r);
	cr_expect_str_eq(text, "{\"dataset\":\"a\",\"detector\":\"lull\",\"series\":0}\n");
	free(text);
	lull_results_free(&r);
}

Test(results, the_table_has_the_columns_that_any_row_fills)
{
	struct lull_results r = {0};
	fill(&r);
	struct lull_text out = {0};
	lull_results_table(&r, &out);
	cr_assert_not(out.failed);
	cr_expect_null(strstr(out.data, "cover "));
	cr_expect_not_null(strstr(out.data, "2/3  66.7 %"));
	cr_expect_not_null(strstr(out.data, "2 min | 2 min 54 s"));
	cr_expect_not_null(strstr(out.data, "2000.0 (50.6-11143.3)"));
	lull_text_finish(&out);
	lull_results_free(&r);
}

Test(results, rows_of_a_dataset_come_together_in_order_of_appearance)
{
	static const char *const rows[][2] = {{"b", "1"}, {"a", "1"}, {"b", "2"}, {"a", "2"}};
	struct lull_results r = {0};
	for (int i = 0; i < 4; i++)
		cr_assert_not_null(lull_results_add(&r, rows[i][0], rows[i][1]));
	lull_results_group(&r);
	char order[16] = "";
	for (int i = 0; i < 4; i++) {
		strcat(order, r.items[i].dataset);
		strcat(order, r.items[i].detector);
	}
	cr_expect_str_eq(order, "b1b2a1a2");
	lull_results_free(&r);
}
