// SPDX-License-Identifier: BSD-3-Clause
// Checks src/eval/tcpd.c and the sets' readers: worked out by hand, against the published scores
// of the method ZERO (no change point at all; van den Burg, Williams 2020, tables of F1 and of
// cover, defaults), and against a direct transcription of the definitions on sets.

#include "eval/labels.h"
#include "eval/slurp.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET(...)                                                                                   \
	{                                                                                          \
		.items = (size_t[]){__VA_ARGS__},                                                  \
		.n = sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t)                              \
	}

static const struct lull_tcpd_set none = {0};

// Annotators {0, 10, 14} and {0, 12, 40}, found {0, 11, 13, 60}, 100 observations.
// P: of the union {0, 10, 12, 14, 40} 0, 10 (11), 12 (13) are taken: 3 of 4 found ones.
// R: (3/3 + 2/3) / 2 = 5/6. F1 = 2 (3/4)(5/6) / (3/4 + 5/6) = 15/19.
Test(tcpd, f1_by_hand)
{
	struct lull_tcpd_set a[] = {SET(10, 14), SET(0, 12, 40)}, x = SET(11, 13, 60);
	double f1, cover;
	cr_assert_eq(lull_tcpd_score(100, a, 2, &x, &f1, &cover), 0);
	cr_expect_float_eq(f1, 15.0 / 19.0, 1e-12);
	cr_expect_float_eq(cover, 0.6165608672936259, 1e-12);
}

// Annotated [0, 40) [40, 100), found [0, 50) [50, 100): 40 of 50, and 50 of 60.
Test(tcpd, cover_by_hand)
{
	struct lull_tcpd_set a[] = {SET(40)}, x = SET(50);
	double f1, cover;
	cr_assert_eq(lull_tcpd_score(100, a, 1, &x, &f1, &cover), 0);
	cr_expect_float_eq(cover, (40.0 * 0.8 + 60.0 * 50.0 / 60.0) / 100.0, 1e-12);
	cr_expect_eq(f1, 0.5); // the 0 of each alone
}

Test(tcpd, five_away_is_found_and_six_is_not_and_none_is_taken_twice)
{
	struct lull_tcpd_set five[] = {SET(50)}, twice[] = {SET(48, 50)};
	struct lull_tcpd_set at55 = SET(55), at56 = SET(56), at45 = SET(45), at49 = SET(49);
	double f1, cover;
	lull_tcpd_score(100, five, 1, &at55, &f1, &cover);
	cr_expect_eq(f1, 1.0);
	lull_tcpd_score(100, five, 1, &at45, &f1, &cover);
	cr_expect_eq(f1, 1.0);
	lull_tcpd_score(100, five, 1, &at56, &f1, &cover);
	cr_expect_eq(f1, 0.5);
	lull_tcpd_score(100, twice, 1, &at49, &f1, &cover); // P = 1, R = 2/3
	cr_expect_float_eq(f1, 0.8, 1e-12);
}

Test(tcpd, silence_where_nobody_saw_anything_is_perfect)
{
	struct lull_tcpd_set a[] = {{0}, {0}};
	double f1, cover;
	cr_assert_eq(lull_tcpd_score(581, a, 2, &none, &f1, &cover), 0);
	cr_expect(f1 == 1.0 && cover == 1.0);
}

Test(tcpd, sets_keep_their_order_and_take_nothing_twice)
{
	struct lull_tcpd_set s = {0};
	size_t in[] = {5, 1, 9, 5, 0, 7, 9, 3}, out[] = {0, 1, 3, 5, 7, 9};
	for (size_t i = 0; i < 8; i++)
		cr_assert_eq(lull_tcpd_put(&s, in[i]), 0);
	cr_assert_eq(s.n, 6);
	cr_expect_eq(memcmp(s.items, out, sizeof(out)), 0);
	lull_tcpd_free(&s);
}

static char *shared(const char *name)
{
	char *path = NULL;
	const char *dir = getenv("LULL_SHARED");
	cr_assert_geq(asprintf(&path, "%s/data/series/%s", dir != NULL ? dir : ".", name), 0);
	FILE *f = fopen(path, "r");
	if (f == NULL)
		cr_skip_test("no shared data");
	fclose(f);
	return path;
}

struct known {
	const char *set;
	size_t n, dimensions;
	double f1, cover;           // published, of ZERO
	struct lull_tcpd_set x;     // and of some change points:
	double f1_of_x, cover_of_x; // by the transcription
};

Test(tcpd, known_scores_on_the_real_sets)
{
	struct known known[] = {
		{"bank", 581, 1, 1.0, 1.0, SET(28), 0.666667, 0.951807},
		{"nile", 100, 1, 0.824, 0.758, SET(28), 1.0, 0.888},
		{"run_log", 376, 2, 0.446, 0.304, SET(60, 96, 118, 174), 0.77551, 0.559552},
		{"well_log", 675, 1, 0.237, 0.225, SET(179, 250, 281, 300, 305), 0.503458,
			0.613832},
	};
	struct lull_text text = {0};
	struct lull_annotations a;
	char *path = shared("tcpd_annotations.json");
	cr_assert_eq(lull_slurp(path, &text), 0);
	cr_assert_eq(lull_annotations_parse(text.data, text.len, path, &a), 0);
	cr_assert_eq(a.n, 4);
	for (int i = 0; i < 4; i++) {
		struct lull_text json = {0};
		struct lull_timeseries_set set;
		struct known *k = &known[i];
		char name[64];
		double f1, cover;
		snprintf(name, sizeof(name), "tcpd_%s.json", k->set);
		cr_assert_eq(lull_slurp(shared(name), &json), 0);
		cr_assert_eq(lull_tcpd_parse(json.data, json.len, name, 0, 1, &set), 0);
		cr_expect(set.n == k->dimensions && set.items[0].n == k->n);
		cr_assert_str_eq(a.sets[i].set, k->set);
		cr_assert_eq(a.sets[i].n, 5);
		lull_tcpd_score(k->n, a.sets[i].annotators, 5, &none, &f1, &cover);
		cr_expect_float_eq(f1, k->f1, 0.0005);
		cr_expect_float_eq(cover, k->cover, 0.0005);
		lull_tcpd_score(k->n, a.sets[i].annotators, 5, &k->x, &f1, &cover);
		cr_expect_float_eq(f1, k->f1_of_x, 1e-6, "%s %g", k->set, f1);
		cr_expect_float_eq(cover, k->cover_of_x, 1e-6, "%s %g", k->set, cover);
		lull_text_finish(&json);
		lull_timeseries_free(&set);
	}
	lull_annotations_free(&a);
	lull_text_finish(&text);
}
