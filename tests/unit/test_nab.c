// SPDX-License-Identifier: BSD-3-Clause
// Checks src/eval/nab.c against the worked example of the paper and values worked out by hand.

#include "eval/nab.h"

#include <criterion/criterion.h>
#include <math.h>

#define ADD(nab, n, windows, n_windows, ...)                                                       \
	do {                                                                                       \
		size_t rows_[] = {__VA_ARGS__};                                                    \
		lull_nab_add(nab, n, windows, n_windows, rows_, sizeof(rows_) / sizeof(rows_[0])); \
	} while (0)

static const struct lull_nab_window one[] = {{1000, 1020}}; // 21 rows

// Lavin, Ahmad 2015, figure 2: a false positive before the window, the first row of it found (the
// second hit does not count), one 0.45 widths past it (-0.8093), and one too far past it to
// matter: -1 A_FP + A_TP - 0.8093 A_FP - 1 A_FP; the paper's 0.6909 has 0.9999 for A_TP's 1.
Test(nab, the_worked_example_of_the_paper)
{
	struct lull_nab nab = {0};
	ADD(&nab, 5000, one, 1, 900, 1000, 1010, 1029, 1500);
	cr_expect_float_eq(nab.sum[LULL_NAB_STANDARD], 0.6909 + 0.0001, 0.00005);
	cr_expect_float_eq(nab.sum[LULL_NAB_LOW_FP], 1.0 - 0.22 * 2.8093, 0.00005);
	cr_expect_float_eq(nab.sum[LULL_NAB_LOW_FN], 1.0 - 0.11 * 2.8093, 0.00005);
}

Test(nab, silence_is_0_and_perfection_100_in_every_profile)
{
	static const struct lull_nab_window two[] = {{1000, 1100}, {2000, 2500}};
	struct lull_nab silent = {0}, perfect = {0};
	double s[3], p[3];
	lull_nab_add(&silent, 5000, two, 2, NULL, 0);
	ADD(&perfect, 5000, two, 2, 1000, 2000);
	lull_nab_score(&silent, s);
	lull_nab_score(&perfect, p);
	for (int i = 0; i < 3; i++) {
		cr_expect_eq(s[i], 0.0);
		cr_expect_float_eq(p[i], 100.0, 1e-12);
	}
}

// Found one of two at its first row, one false positive before any window.
// standard: (1 - 1 - 0.11 + 2) / 4; low FP: 0.22; low FN: (1 - 2 - 0.11 + 4) / (2 + 4)
Test(nab, profiles_weigh_misses_and_false_positives)
{
	static const struct lull_nab_window two[] = {{1000, 1100}, {2000, 2500}};
	struct lull_nab nab = {0};
	double s[3];
	ADD(&nab, 5000, two, 2, 800, 1000);
	lull_nab_score(&nab, s);
	cr_expect_float_eq(s[LULL_NAB_STANDARD], 47.25, 1e-9);
	cr_expect_float_eq(s[LULL_NAB_LOW_FP], 44.5, 1e-9);
	cr_expect_float_eq(s[LULL_NAB_LOW_FN], 100.0 * 2.89 / 6.0, 1e-9);
}

// sigma(-1/21) / sigma(-1) at the last of 21 rows, sigma(-11/21) / sigma(-1) in the middle
Test(nab, a_later_hit_is_worth_less_and_the_earliest_alone_counts)
{
	struct lull_nab last = {0}, middle = {0};
	ADD(&last, 5000, one, 1, 1020);
	ADD(&middle, 5000, one, 1, 1010, 1011, 1020);
	cr_expect_float_eq(last.sum[0], 0.120096, 1e-6);
	cr_expect_float_eq(middle.sum[0], 0.875879, 1e-6);
}

Test(nab, a_false_positive_right_behind_a_window_costs_little_and_three_widths_behind_all)
{
	double at[] = {1021, 1080, 1081};
	double cost[] = {0.11 * 0.124353, 0.11 * 0.9999994, 0.11};
	for (int i = 0; i < 3; i++) {
		struct lull_nab nab = {0};
		ADD(&nab, 5000, one, 1, 1000, (size_t)at[i]);
		cr_expect_float_eq(1.0 - nab.sum[0], cost[i], i < 2 ? 1e-7 : 1e-15);
	}
}

Test(nab, probation_is_15_percent_of_5000_rows_at_most_and_nothing_counts_there)
{
	static const struct lull_nab_window early[] = {{10, 20}};
	struct lull_nab nab = {0};
	double s[3];
	cr_expect(lull_nab_probation(4032) == 604 && lull_nab_probation(100) == 15);
	cr_expect(lull_nab_probation(5000) == 750 && lull_nab_probation(22695) == 750);
	ADD(&nab, 5000, one, 1, 0, 300, 749, 1000);
	cr_expect_eq(nab.sum[0], 1.0);
	ADD(&nab, 1000, early, 1, 15);
	cr_expect(nab.sum[0] == 1.0 && nab.windows == 1);
	lull_nab_score(&(struct lull_nab){0}, s);
	cr_expect(isnan(s[0]));
}

// Rows 5 to 24, the first 15 of 100 in probation: row 15 is 10/20 from the end.
Test(nab, a_window_that_begins_in_probation_counts_from_its_own_beginning)
{
	static const struct lull_nab_window across[] = {{5, 24}};
	struct lull_nab nab = {0};
	ADD(&nab, 100, across, 1, 7, 15);
	cr_expect_float_eq(nab.sum[0], 0.859793, 1e-6);
}
