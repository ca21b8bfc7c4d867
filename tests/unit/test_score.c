// SPDX-License-Identifier: BSD-3-Clause
// Checks src/eval/score.c against values worked out by hand. Bins of a minute from time 0.

#include "eval/score.h"

#include <criterion/criterion.h>
#include <math.h>

#define MINUTE (60 * LULL_NS_PER_SECOND)
#define NEVER LULL_TIME_NONE

static double ones[20160]; // two weeks of minutes

static struct lull_timeseries minutes(size_t n)
{
	for (size_t i = 0; i < 20160; i++)
		ones[i] = 1.0;
	return (struct lull_timeseries){
		.name = (char[]){"x"}, .bin_ns = MINUTE, .n = n, .value = ones};
}

// In minutes; the onset is exact.
static struct lull_claim claim(uint64_t onset, uint64_t detected, uint64_t end)
{
	uint64_t e = end == NEVER ? NEVER : end * MINUTE, o = onset * MINUTE;
	return (struct lull_claim){o, o, o, detected * MINUTE, e, 1.0, false, false};
}

static struct lull_truth truth(uint64_t start, uint64_t end)
{
	return (struct lull_truth){.start_ns = start * MINUTE,
		.end_ns = end == NEVER ? NEVER : end * MINUTE,
		.lost = NAN};
}

static void match(const struct lull_truth *t, size_t n, struct lull_claim *c, size_t nc, long *m)
{
	cr_assert_eq(lull_score_match(t, n, MINUTE, &(struct lull_claims){c, nc, nc}, m), 0);
}

Test(score, two_bins_of_slack_on_either_side_and_not_one_nanosecond_more)
{
	struct lull_truth t = truth(100, 110);
	for (int late = 0; late < 2; late++) {
		struct lull_claim in = claim(200, late ? 112 : 98, 201), out = in;
		out.detected_ns += late ? 1 : -(uint64_t)1;
		long m[1];
		match(&t, 1, &in, 1, m);
		cr_expect_eq(m[0], 0);
		match(&t, 1, &out, 1, m);
		cr_expect_eq(m[0], LULL_MATCH_FALSE);
	}
}

Test(score, a_claim_made_before_the_event_and_never_closed_finds_nothing)
{
	struct lull_truth t = truth(100, 110);
	struct lull_claim c[] = {claim(10, 20, NEVER)};
	long m[1];
	match(&t, 1, c, 1, m);
	cr_expect_eq(m[0], LULL_MATCH_FALSE);
}

Test(score, a_claim_made_after_a_short_event_finds_it_when_it_is_about_that_stretch)
{
	struct lull_truth t = truth(100, 103);
	struct lull_claim about = claim(101, 120, 104), of_later = claim(106, 120, 121);
	struct lull_claim of_before = claim(90, 120, 98);
	long m[1];
	match(&t, 1, &of_before, 1, m);
	cr_expect_eq(m[0], LULL_MATCH_FALSE);
	match(&t, 1, &about, 1, m);
	cr_expect_eq(m[0], 0);
	match(&t, 1, &of_later, 1, m);
	cr_expect_eq(m[0], LULL_MATCH_FALSE);
}

Test(score, the_second_claim_of_an_event_is_extra_and_one_claim_finds_one_event)
{
	struct lull_truth t[] = {truth(100, 110), truth(200, 210)};
	struct lull_claim c[] = {claim(100, 101, 102), claim(104, 105, 106), claim(200, 202, 210)};
	long m[3];
	match(t, 2, c, 3, m);
	cr_expect(m[0] == 0 && m[1] == LULL_MATCH_EXTRA && m[2] == 1);
	struct lull_claim one[] = {claim(100, 101, NEVER)};
	match(t, 2, one, 1, m);
	cr_expect_eq(m[0], 0);
}

// The first event was missed; the claim reaches back into it, but was made within the second.
Test(score, where_a_claim_was_made_comes_before_what_it_reaches_into)
{
	struct lull_truth t[] = {truth(100, 110), truth(120, 130)};
	struct lull_claim c[] = {claim(109, 125, 130)};
	long m[1];
	match(t, 2, c, 1, m);
	cr_expect_eq(m[0], 1);
}

Test(score, a_rise_finds_no_fall_and_the_return_is_no_false_claim)
{
	struct lull_truth t[] = {truth(100, 110), truth(300, 310)};
	struct lull_claim up[] = {claim(110, 111, 112), claim(200, 201, 202), claim(300, 301, 310)};
	long m[3];
	for (int i = 0; i < 3; i++)
		up[i].up = true;
	t[1].way = LULL_TRUTH_RISE;
	match(t, 2, up, 3, m);
	cr_expect(m[0] == LULL_MATCH_EXTRA && m[1] == LULL_MATCH_FALSE && m[2] == 1);
	t[0].way = LULL_TRUTH_EITHER;
	match(t, 2, up, 3, m);
	cr_expect_eq(m[0], 0);
}

// Two weeks. Events [1000, 1010) and [5000, 5100); found: the first, a minute late, onset right.
// False: [11000, 11050), in the second week. 20160 - 14 - 104 clean minutes, 50 of them claimed.
Test(score, rates_of_two_events_one_found_and_one_false_claim)
{
	struct lull_timeseries s = minutes(20160);
	struct lull_truth t[] = {truth(1000, 1010), truth(5000, 5100)};
	struct lull_claim c[] = {claim(1000, 1001, 1010), claim(11000, 11002, 11050)};
	struct lull_score score = {0};
	cr_assert_eq(lull_score_add(&score, &s, t, 2, 0, &(struct lull_claims){c, 2, 2}), 0);
	struct lull_rates r = lull_score_rates(&score);
	cr_expect_eq(score.weeks, 2.0);
	cr_expect_eq(score.clean_bins, 20042.0);
	cr_expect_eq(r.fpr, 50.0 / 20042.0);
	cr_expect(r.tpr == 0.5 && r.precision == 0.5 && r.f1 == 0.5 && r.calm == 0.5);
	cr_expect_eq(r.false_per_1000, 500.0);
	// Garwood's interval for a count of 1: 0.0253 to 5.5716, over two weeks
	cr_expect_float_eq(r.false_lo, 12.66, 0.005);
	cr_expect_float_eq(r.false_hi, 2785.8, 0.05);
	cr_expect(score.delays_s[0] == 60.0 && score.onset_bins[0] == 0.0 && r.coverage == 1.0);
	lull_score_free(&score);
}

// Found one bin late and closed 90 bins late: 100 + 2 of slack is where clean bins begin.
Test(score, an_event_kept_open_after_its_end_costs_fpr_but_is_no_false_claim)
{
	struct lull_timeseries s = minutes(1000);
	struct lull_truth t[] = {truth(90, 100)};
	struct lull_claim c[] = {claim(90, 91, 190)};
	struct lull_score score = {0};
	cr_assert_eq(lull_score_add(&score, &s, t, 1, 0, &(struct lull_claims){c, 1, 1}), 0);
	cr_expect_eq(score.false_bins, 88.0);
	cr_expect_eq(score.clean_bins, 1000.0 - 14.0);
	cr_expect_eq(lull_score_rates(&score).precision, 1.0);
	lull_score_free(&score);
}

Test(score, missing_bins_are_no_time_and_neither_clean_nor_false)
{
	struct lull_timeseries s = minutes(10080);
	struct lull_claim c[] = {claim(5000, 5001, 5020)};
	struct lull_score score = {0};
	for (size_t i = 5010; i < 10080; i++)
		ones[i] = NAN;
	cr_assert_eq(lull_score_add(&score, &s, NULL, 0, 0, &(struct lull_claims){c, 1, 1}), 0);
	cr_expect(score.clean_bins == 5010.0 && score.false_bins == 10.0);
	cr_expect_float_eq(score.weeks, 5010.0 / 10080.0, 1e-12);
	cr_expect(isnan(lull_score_rates(&score).tpr) && isnan(lull_score_rates(&score).f1));
	lull_score_free(&score);
}

Test(score, an_event_with_a_precision_of_its_own_is_covered_within_it)
{
	struct lull_timeseries s = minutes(1000);
	struct lull_claim c = claim(103, 104, 110);
	c.onset_lo_ns = 102 * MINUTE;
	struct lull_claims claims = {&c, 1, 1};
	for (uint64_t precision = 1; precision <= 2; precision++) {
		struct lull_truth t = truth(100, 110);
		struct lull_score score = {0};
		t.precision_ns = precision * MINUTE;
		cr_assert_eq(lull_score_add(&score, &s, &t, 1, 9 * MINUTE, &claims), 0);
		cr_expect_eq(score.covered, precision - 1);
		lull_score_free(&score);
	}
}

Test(score, the_onset_interval_is_widened_by_half_of_what_the_truth_is_known_to)
{
	struct lull_timeseries s = minutes(1000);
	struct lull_truth t[] = {truth(100, 110)};
	struct lull_claim c = claim(103, 104, 110);
	c.onset_lo_ns = 102 * MINUTE;
	uint64_t known[] = {4 * MINUTE - 2, 4 * MINUTE};
	size_t covered[] = {0, 1};
	for (int i = 0; i < 2; i++) {
		struct lull_score score = {0};
		struct lull_claims claims = {&c, 1, 1};
		cr_assert_eq(lull_score_add(&score, &s, t, 1, known[i], &claims), 0);
		cr_expect_eq(score.covered, covered[i]);
		cr_expect_eq(score.onset_bins[0], 3.0);
		lull_score_free(&score);
	}
	struct lull_claim early = claim(98, 104, 110);
	for (int i = 0; i < 2; i++) {
		struct lull_score score = {0};
		struct lull_claims claims = {&early, 1, 1};
		cr_assert_eq(lull_score_add(&score, &s, t, 1, known[i], &claims), 0);
		cr_expect_eq(score.covered, covered[i]);
		lull_score_free(&score);
	}
}

Test(score, a_week_with_a_second_claim_of_an_event_is_calm)
{
	struct lull_timeseries s = minutes(10080);
	struct lull_truth t[] = {truth(100, 110)};
	struct lull_claim c[] = {claim(100, 101, 103), claim(105, 106, 108), claim(900, 901, 902)};
	for (size_t n = 2; n <= 3; n++) {
		struct lull_score score = {0};
		struct lull_claims claims = {c, n, n};
		cr_assert_eq(lull_score_add(&score, &s, t, 1, 0, &claims), 0);
		cr_expect(score.series_weeks == 1 && score.calm_series_weeks == 3 - n);
		lull_score_free(&score);
	}
}

Test(score, merged_scores_are_those_of_all_series_together)
{
	struct lull_timeseries s = minutes(1000);
	struct lull_score a = {0}, b = {0}, both = {0};
	for (uint64_t i = 0; i < 9; i++) {
		struct lull_truth t[] = {truth(100, 110), truth(500, 510)};
		struct lull_claim c[] = {claim(100 + i, 102 + i, 110), claim(700, 701, 703)};
		struct lull_claims claims = {c, 2, 2};
		cr_assert_eq(lull_score_add(i < 4 ? &a : &b, &s, t, 2, 0, &claims), 0);
		cr_assert_eq(lull_score_add(&both, &s, t, 2, 0, &claims), 0);
	}
	cr_assert_eq(lull_score_merge(&a, &b), 0);
	cr_expect(a.found == 9 && a.n_delays == 9 && a.false_claims == 9 && a.truths == 18);
	cr_expect(a.weeks == both.weeks && a.clean_bins == both.clean_bins);
	for (size_t i = 0; i < 9; i++)
		cr_expect(a.delays_s[i] == both.delays_s[i] && a.onset_bins[i] == (double)i);
	lull_score_free(&a);
	lull_score_free(&b);
	lull_score_free(&both);
}

Test(score, quantiles_lie_between_the_values_they_fall_between)
{
	double v[] = {40.0, 10.0, 20.0, 30.0};
	cr_expect_eq(lull_score_quantile(v, 4, 0.5), 25.0);
	cr_expect_float_eq(lull_score_quantile(v, 4, 0.95), 38.5, 1e-12);
	cr_expect(
		lull_score_quantile(v, 4, 1.0) == 40.0 && lull_score_quantile(v, 1, 0.95) == 40.0);
	cr_expect(isnan(lull_score_quantile(v, 0, 0.5)));
}
