// SPDX-License-Identifier: BSD-3-Clause
// Checks src/eval/eval_*.c, judge.c and list.c: whole evaluations of files made here, by a
// detector whose claims are known: it claims every run of values below 5 (with rises: above 15
// too), after its first bin, and closes the claim with the first value that is back.

#include "disk_dir.h"
#include "eval/eval.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>

static int judge(const struct lull_timeseries *s, const struct lull_rival_options *o,
	struct lull_claims *claims)
{
	int open = 0;
	for (size_t i = 0; i < s->n; i++) {
		uint64_t at = s->start_ns + i * s->bin_ns;
		int now = s->value[i] < 5.0 ? -1 : s->value[i] > 15.0 && o->both ? 1 : 0;
		if (isnan(s->value[i]) || now == open)
			continue;
		if (open != 0)
			claims->items[claims->n - 1].end_ns = at;
		struct lull_claim c = {
			at, at, at, at + s->bin_ns, LULL_TIME_NONE, -now, now > 0, false};
		if (now != 0 && lull_claims_add(claims, &c) < 0)
			return -ENOMEM;
		open = now;
	}
	return 0;
}

static int fail(const struct lull_timeseries *s, const struct lull_rival_options *o,
	struct lull_claims *claims)
{
	(void)claims;
	return s->value[0] > 0.0 && o->both ? -ENOMEM : 0;
}

static const struct lull_rival below5 = {"below5", "", judge}, failing = {"failing", "", fail};
static const struct lull_rival *const rivals[] = {&below5, &failing};

static char dir[64];

static void begin(void)
{
	cr_assert_not_null(disk_dir_make(dir));
}

static void end(void)
{
	disk_dir_remove(dir);
}

static const char *path(const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", dir, name);
	return out;
}

static FILE *create(const char *name)
{
	char p[128];
	FILE *f = fopen(path(name, p), "w");
	cr_assert_not_null(f);
	return f;
}

// 100 minutes of 10 and what stands at [from, to).
static void put_minutes(FILE *f, const char *name, int from, int to, double v)
{
	for (int i = 0; i < 100; i++)
		fprintf(f, "1970-01-01T%02d:%02d:00Z,%s,%g\n", i / 60, i % 60, name,
			i >= from && i < to ? v : 10.0);
}

struct run {
	struct lull_results results;
	char *list;
	size_t list_size;
	int rc;
};

static struct run run(int (*what)(struct lull_eval *, const char *, const char *), const char *a,
	const char *b, unsigned jobs, bool both)
{
	struct run r = {0};
	struct lull_eval e = {.rivals = rivals,
		.n_rivals = 1,
		.budget_per_day = 1.0,
		.both = both,
		.jobs = jobs,
		.list = open_memstream(&r.list, &r.list_size),
		.results = &r.results};
	r.rc = what(&e, a, b);
	fclose(e.list);
	return r;
}

static void put_events(void)
{
	FILE *s = create("s.csv"), *t = create("t.csv");
	fputs("time,series,value\n", s);
	put_minutes(s, "a", 40, 50, 1.0);
	put_minutes(s, "\"b, c\"", 70, 100, 1.0);
	put_minutes(s, "d", 20, 25, 2.0);
	put_minutes(s, "e", 0, 0, 0.0);
	fputs("series,start,end\n"
	      "a,1970-01-01T00:39:00Z,1970-01-01T00:50:00Z\n"
	      "\"b, c\",1970-01-01T01:10:00Z,\n"
	      "e,1970-01-01T01:00:00Z,1970-01-01T01:10:00Z\n"
	      "nobody,1970-01-01T01:00:00Z,\n",
		t);
	fclose(s);
	fclose(t);
}

Test(eval, events_that_lie_beside_their_series_do_not_count, .init = begin, .fini = end)
{
	char sp[128], tp[128];
	FILE *s = create("s.csv"), *t = create("t.csv");
	fputs("time,series,value\n", s);
	for (int i = 100; i < 200; i++)
		fprintf(s, "%d,a,%d\n", 60 * i, i >= 140 && i < 150 ? 1 : 10);
	// before it, up to its first bin; within; from its end on, and still open
	fputs("series,start,end\na,0,6000\na,8400,9000\na,12000,\n", t);
	fclose(s);
	fclose(t);
	struct run r = run(lull_eval_events, path("s.csv", sp), path("t.csv", tp), 1, false);
	cr_assert(r.rc == 0 && r.results.n == 1);
	cr_expect(r.results.items[0].events == 1.0 && r.results.items[0].found == 1.0);
	lull_results_free(&r.results);
	free(r.list);
}

Test(eval, events_are_found_missed_and_claimed_for_nothing, .init = begin, .fini = end)
{
	char s[128], t[128];
	put_events();
	struct run r = run(lull_eval_events, path("s.csv", s), path("t.csv", t), 1, false);
	cr_assert(r.rc == 0 && r.results.n == 1);
	struct lull_result *row = r.results.items;
	cr_expect_str_eq(row->dataset, "s.csv");
	cr_expect(row->series == 4 && row->events == 3.0 && row->found == 2.0 && row->wrong == 1.0);
	cr_expect_float_eq(row->weeks, 400.0 / 10080.0, 1e-12);
	cr_expect_float_eq(row->rates.precision, 2.0 / 3.0, 1e-12);
	cr_expect_eq(row->delay_s[0], 90.0); // 120 of a, 60 of b
	cr_expect_eq(row->onset_bins[0], 0.5);
	cr_expect_eq(row->rates.coverage, 0.5); // half a bin either side
	// Not d's 5 of 5: of 100 + 100 + 100 + 100 bins 15 + 32 + 14 are within spans.
	cr_expect_float_eq(row->rates.fpr, 5.0 / 339.0, 1e-12);
	cr_expect_str_eq(r.list,
		"s.csv,below5,a,found,1970-01-01T00:39:00Z,1970-01-01T00:50:00Z,"
		"1970-01-01T00:40:00Z,1970-01-01T00:40:00Z,1970-01-01T00:40:00Z,"
		"1970-01-01T00:41:00Z,1970-01-01T00:50:00Z,1.000\n"
		"s.csv,below5,\"b, c\",found,1970-01-01T01:10:00Z,,1970-01-01T01:10:00Z,"
		"1970-01-01T01:10:00Z,1970-01-01T01:10:00Z,1970-01-01T01:11:00Z,,1.000\n"
		"s.csv,below5,d,false,,,1970-01-01T00:20:00Z,1970-01-01T00:20:00Z,"
		"1970-01-01T00:20:00Z,1970-01-01T00:21:00Z,1970-01-01T00:25:00Z,1.000\n"
		"s.csv,below5,e,missed,1970-01-01T01:00:00Z,1970-01-01T01:10:00Z,,,,,,\n");
	lull_results_free(&r.results);
	free(r.list);
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

Test(eval, any_number_of_threads_gives_the_same_bytes, .init = begin, .fini = end)
{
	char s[128], t[128];
	FILE *f = create("s.csv"), *g = create("t.csv");
	fputs("time,series,value\n", f);
	fputs("series,start,end\n", g);
	for (int i = 0; i < 200; i++) {
		char name[16];
		snprintf(name, sizeof(name), "x%d", i);
		put_minutes(f, name, i % 90, i % 90 + i % 7, 1.0);
		fprintf(g, "%s,%d,%d\n", name, i % 90 * 60, i % 90 * 60 + 300);
	}
	fclose(f);
	fclose(g);
	struct run one = run(lull_eval_events, path("s.csv", s), path("t.csv", t), 1, false);
	struct run seven = run(lull_eval_events, s, t, 7, false);
	cr_assert(one.rc == 0 && seven.rc == 0 && one.results.items[0].found > 100.0);
	cr_expect_str_eq(one.list, seven.list);
	cr_expect_str_eq(json(&one.results), json(&seven.results));
}

Test(eval, a_detector_out_of_memory_ends_it)
{
	double v[2] = {0.0, 1.0};
	struct lull_timeseries s[2] = {
		{.bin_ns = 1, .n = 1, .value = &v[0]}, {.bin_ns = 1, .n = 1, .value = &v[1]}};
	struct lull_claims claims[2] = {0};
	struct lull_eval e = {.both = true, .jobs = 2};
	cr_expect_eq(lull_eval_judge(&e, &failing, s, 2, "", claims), -ENOMEM);
	e.both = false;
	cr_expect_eq(lull_eval_judge(&e, &failing, s, 2, "", claims), 0);
}

// 100 rows, of which row 50 (minute 50) is missing, so minute 60 is row 59. The window holds
// minutes 60 to 69, rows 59 to 68; the rise at minute 62 is row 61, 7.. of 10 from the end:
// sigma(-8/10)/sigma(-1) = 0.977107; the fall at minute 20 comes first and costs all, but that at
// minute 10 is probation.
Test(eval, nab_scores_rows_and_takes_files_by_either_name, .init = begin, .fini = end)
{
	char w[128];
	FILE *f = create("x.csv"), *g = create("w.json");
	fputs("timestamp,value\n", f);
	for (int i = 0; i < 101; i++)
		if (i != 50)
			fprintf(f, "1970-01-01 %02d:%02d:00,%d\n", i / 60, i % 60,
				i == 10 || i == 20  ? 1
				: i >= 62 && i < 65 ? 20
						    : 10);
	fputs("{\"folder/x.csv\": [[\"1970-01-01 01:00:00.000000\", \"1970-01-01 "
	      "01:09:00.000000\"]], \"folder/absent.csv\": []}",
		g);
	fclose(f);
	fclose(g);
	struct run r = run(lull_eval_nab, dir, path("w.json", w), 1, true);
	cr_assert(r.rc == 0 && r.results.n == 1);
	struct lull_result *row = r.results.items;
	cr_expect_str_eq(row->dataset, "folder/x.csv");
	cr_expect_float_eq(
		row->nab[LULL_NAB_STANDARD], 100.0 * (0.977107 - 0.11 + 1.0) / 2.0, 1e-4);
	cr_expect_float_eq(row->nab[LULL_NAB_LOW_FP], 100.0 * (0.977107 - 0.22 + 1.0) / 2.0, 1e-4);
	cr_expect(row->found == 1.0 && row->wrong == 2.0 && isnan(row->delay_s[0]));
	lull_results_free(&r.results);
	r = run(lull_eval_nab, dir, w, 1, false); // without rises the window is missed
	cr_expect_float_eq(r.results.items[0].nab[LULL_NAB_STANDARD], -5.5, 1e-9);
	lull_results_free(&r.results);
}

static void put_raw(FILE *f, int a, int b)
{
	for (int i = 0; i < 100; i++)
		fprintf(f, "%s%d", i > 0 ? "," : "[", i >= a && i < b ? 1 : 10);
	fputs("]", f);
}

// Falls at 30 (back at 50) in one dimension, at 33 and 70 (back at 90) in the other: change points
// 30, 50, 72, 90; 33 is 30 again. Annotated: 30, 50, 70.
Test(eval, tcpd_takes_onsets_and_returns_of_all_dimensions_once, .init = begin, .fini = end)
{
	char a[128];
	FILE *f = create("tcpd_x.json"), *g = create("a.json");
	fputs("{\"n_obs\": 100, \"series\": [{\"label\": \"p\", \"raw\": ", f);
	put_raw(f, 30, 50);
	fputs("}, {\"label\": \"q\", \"raw\": ", f);
	put_raw(f, 33, 90);
	fputs("}]}", f);
	fputs("{\"x\": {\"6\": [30, 50, 70]}}", g);
	fclose(f);
	fclose(g);
	struct run r = run(lull_eval_tcpd, dir, path("a.json", a), 2, true);
	cr_assert(r.rc == 0 && r.results.n == 1);
	// Found {0, 30, 50, 90}: P = 3/4; R = 3/4 of {0, 30, 50, 70}
	cr_expect_float_eq(r.results.items[0].tcpd_f1, 0.75, 1e-12);
	// 30 and 20 exactly; [50, 70) by half; [70, 100) 20 of 50, no: [50, 90) 20/50, [90, 100)
	// 1/3
	cr_expect_float_eq(r.results.items[0].tcpd_cover,
		(30.0 + 20.0 + 20.0 * 0.5 + 30.0 * 0.4) / 100.0, 1e-12);
	cr_expect_not_null(strstr(r.list, "x,below5,q,found,"));
	cr_expect_not_null(strstr(r.list, "x,below5,,missed,"));
	lull_results_free(&r.results);
}

Test(eval, data_that_is_not_there_is_an_error, .init = begin, .fini = end)
{
	char w[128];
	FILE *f = create("w.json");
	fputs("{\"x.csv\": []}", f);
	fclose(f);
	cr_expect_lt(run(lull_eval_nab, dir, path("w.json", w), 1, true).rc, 0);
	cr_expect_lt(run(lull_eval_nab, dir, "/nowhere/w.json", 1, true).rc, 0);
	cr_expect_lt(run(lull_eval_tcpd, dir, w, 1, true).rc, 0);
	cr_expect_lt(run(lull_eval_events, w, "/nowhere/e.csv", 1, true).rc, 0);
}
