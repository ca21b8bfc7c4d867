// SPDX-License-Identifier: BSD-3-Clause
// A grid judged by eight threads and by one: the same report, and nothing for TSan to say.

#include <eval/trial.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Claims every bin with fewer packets than half the first one's.
static int judge(const struct lull_timeseries *s, const struct lull_rival_options *o,
	struct lull_claims *claims)
{
	(void)o;
	for (size_t i = 1; i < s->n; i++) {
		uint64_t start = s->start_ns + i * s->bin_ns, end = start + s->bin_ns;
		struct lull_claim c = {
			.onset_ns = start, .detected_ns = end, .end_ns = end, .lost = 0.5};
		if (s->value[i] < s->value[0] / 2 && lull_claims_add(claims, &c) < 0)
			return -1;
	}
	return 0;
}

static const struct lull_rival rival = {"half", "half of the first", judge};
static const struct lull_rival *const rivals[] = {&rival};

static char *report(unsigned jobs)
{
	static const char text[] = "lambda: [1/s, 10/s]\nphi: [1, 10]\nsigma: 0.3\nseries: 10\n"
				   "weeks: 0.3\nbin: 10s\noutages: {per_week: 10}\n";
	struct lull_eval e = {.rivals = rivals, .n_rivals = 1, .budget_per_day = 1, .jobs = jobs};
	struct lull_grids g;
	struct lull_trial t;
	struct lull_text out = {0};
	if (lull_grids_parse(&g, text, strlen(text), "text") < 0 ||
		lull_trial_run(&t, &g.items[0], &e) < 0)
		exit(1);
	lull_trial_table(&t, &out);
	lull_trial_claims(&t, &out);
	lull_trial_finish(&t);
	lull_grids_free(&g);
	return out.data;
}

int main(void)
{
	char *one = report(1), *eight = report(8);
	if (one == NULL || eight == NULL || strcmp(one, eight) != 0) {
		fprintf(stderr, "eight threads said\n%s\none said\n%s\n", eight, one);
		return 1;
	}
	free(one);
	free(eight);
	return 0;
}
