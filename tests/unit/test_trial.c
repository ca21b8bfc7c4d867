// SPDX-License-Identifier: BSD-3-Clause
// Trials with detectors whose every answer is known.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <eval/trial.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Claims an outage after three empty bins in a row, until the next count.
static int three_empty(const struct lull_timeseries *s, const struct lull_rival_options *o,
	struct lull_claims *claims)
{
	size_t empty = 0;
	(void)o;
	for (size_t i = 0; i < s->n; i++) {
		uint64_t end = s->start_ns + (i + 1) * s->bin_ns;
		if (s->value[i] > 0 && empty >= 3)
			claims->items[claims->n - 1].end_ns = end - s->bin_ns;
		empty = s->value[i] > 0 ? 0 : empty + 1;
		// the start lies in the bin before the first empty one, or in that
		struct lull_claim c = {.onset_ns = end - 3 * s->bin_ns,
			.onset_lo_ns = end - 4 * s->bin_ns,
			.onset_hi_ns = end - 2 * s->bin_ns,
			.detected_ns = end,
			.end_ns = LULL_TIME_NONE,
			.lost = 1};
		if (empty == 3 && lull_claims_add(claims, &c) < 0)
			return -1;
	}
	return 0;
}

// Claims the first bin of every day.
static int every_day(const struct lull_timeseries *s, const struct lull_rival_options *o,
	struct lull_claims *claims)
{
	(void)o;
	for (uint64_t t = s->start_ns; t < s->start_ns + s->n * s->bin_ns;
		t += UINT64_C(86400) * LULL_NS_PER_SECOND) {
		struct lull_claim c = {t, t, t, t + s->bin_ns, t + s->bin_ns, 1, false, false};
		if (lull_claims_add(claims, &c) < 0)
			return -1;
	}
	return 0;
}

static const struct lull_rival good = {"good", "three empty bins", three_empty};
static const struct lull_rival bad = {"bad", "every day", every_day};
static const struct lull_rival *const both[] = {&good, &bad};

static const char text[] = "name: test\nlambda: [50/s, 500/s]\nphi: 1\nsigma: [0.1, 0.2]\n"
			   "series: 2\nweeks: 1\nbin: 1s\nseed: 4\nbudget: 1/week\n"
			   "outages: {per_week: 6, length: [1s, 1h]}\n"
			   "reach: {delay: 4s, found: 0.9, within: 1s, ratio: 3, coverage: 0.9}\n";

static void run(struct lull_trial *t, struct lull_grids *g, unsigned jobs)
{
	struct lull_eval e = {.rivals = both, .n_rivals = 2, .budget_per_day = 1, .jobs = jobs};
	cr_assert(eq(int, lull_grids_parse(g, text, strlen(text), "text"), 0));
	cr_assert(eq(int, lull_trial_run(t, &g->items[0], &e), 0));
}

Test(trial, what_was_found_when_and_for_nothing_is_counted_cell_by_cell)
{
	struct lull_trial t;
	struct lull_grids g;
	run(&t, &g, 1);
	cr_assert(eq(sz, t.n_cells, 4));
	cr_expect(fabs(t.budget_per_day - 1 / 7.0) < 1e-12);
	for (size_t i = 0; i < 4; i++) {
		const struct lull_trial_cell *c = &t.cells[i * 2];
		cr_expect(eq(sz, c->score.truths, 12));
		cr_expect(eq(sz, c->score.false_claims, 0));
		cr_expect(eq(sz, c->score.covered, c->score.found));
		cr_expect(c->delays.n > 0 && c->delays.n < 12); // those of seconds are left out
		for (size_t j = 0; j < c->delays.n; j++)
			cr_expect(c->delays.items[j] >= 2 && c->delays.items[j] <= 4);
		cr_expect(eq(sz, t.cells[i * 2 + 1].score.false_claims, 14));
		cr_expect(isinf(lull_trial_quantile(&t.cells[i * 2 + 1].delays, 0.5)));
	}
	cr_expect(eq(sz, t.all[0].score.truths, 48));
	cr_expect(eq(sz, t.all[1].score.false_claims, 56));
	lull_trial_finish(&t);
	lull_grids_free(&g);
}

Test(trial, claims_have_verdicts_and_the_report_is_the_same_for_any_number_of_jobs)
{
	struct lull_text out[2] = {{0}, {0}}, claims = {0};
	for (unsigned jobs = 1; jobs <= 2; jobs++) {
		struct lull_trial t;
		struct lull_grids g;
		run(&t, &g, 3 * jobs - 2);
		lull_trial_table(&t, &out[jobs - 1]);
		lull_trial_claims(&t, &out[jobs - 1]);
		if (jobs == 1)
			lull_trial_claims(&t, &claims);
		lull_trial_finish(&t);
		lull_grids_free(&g);
	}
	cr_expect(eq(str, out[0].data, out[1].data));
	static const char *const lines[][3] = {
		{"false alarms <= 8 ", "good: 0 (0 to 3.69), within",
			"bad: 56 (42.3 to 72.7), OUTSIDE"},
		{"median delay <= 4 s", "good: 3.", "bad: never (p95 never), OUTSIDE"},
		{"found within 1 s >= 90 %", "good: 0.0 % (0.0 to ", "bad: 0.0 % (0.0 to "},
		{"median delay <= 3 times the bound", "good: 4 of 4 cells, within",
			"bad: 0 of 4 cells, OUTSIDE"},
		{"onset within interval 90 to 100 %", "good: 100.0 % (", "bad: -, -"},
	};
	char *line = strtok(claims.data, "\n");
	for (size_t i = 0; i < 5; i++, line = strtok(NULL, "\n")) {
		cr_assert(line != NULL);
		for (size_t j = 0; j < 3; j++)
			cr_expect(strstr(line, lines[i][j]) != NULL, "%s: not \"%s\"", line,
				lines[i][j]);
	}
	lull_text_finish(&claims);
	lull_text_finish(&out[0]);
	lull_text_finish(&out[1]);
}

Test(trial, quantiles_take_what_was_never_found)
{
	double values[] = {INFINITY, 3, 1, 2};
	struct lull_doubles d = {values, 4, 4}, none = {0};
	cr_expect(eq(dbl, lull_trial_quantile(&d, 0.5), 2));
	cr_expect(eq(dbl, lull_trial_quantile(&d, 0.75), 3));
	cr_expect(isinf(lull_trial_quantile(&d, 0.95)));
	cr_expect(isnan(lull_trial_quantile(&none, 0.5)));
}
