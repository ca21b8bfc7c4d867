// SPDX-License-Identifier: BSD-3-Clause
// A grid put to the test: every series of every cell made, judged by every detector, and scored
// against what was known of it.

#pragma once

#include "eval.h"
#include "grid.h"

struct lull_doubles {
	double *items;
	size_t n, cap;
};

// One cell (or several together) as one detector saw it.
struct lull_trial_cell {
	struct lull_score score; // all outages, however short
	// Outages at least as long as twice the bound plus two bins (bound.h, at the rate of their
	// own hour): what a detector should find. INFINITY: it did not.
	struct lull_doubles delays, ratios; // seconds; and over the bound
};

struct lull_trial {
	const struct lull_grid *grid;
	const struct lull_rival *const *rivals;
	size_t n_rivals, n_cells;
	bool both;                     // rises are claimed too
	enum lull_model model;         // of lull
	double budget_per_day;         // of one series
	struct lull_trial_cell *cells; // [cell * n_rivals + rival]
	struct lull_trial_cell *all;   // [rival]: all cells together
};

// e->jobs series at a time, the same result for any number. 0 or -ENOMEM, or the -errno of
// e->list. lull_trial_finish() in every case.
int lull_trial_run(struct lull_trial *t, const struct lull_grid *grid, const struct lull_eval *e);
void lull_trial_finish(struct lull_trial *t);

// The smallest value that a share q of them does not exceed; NAN when there is none. Unlike
// lull_score_quantile() it takes INFINITY.
double lull_trial_quantile(const struct lull_doubles *d, double q);

// Cells of a grid of more than one, one table a detector.
void lull_trial_table(const struct lull_trial *t, struct lull_text *out);
// What was to be reached, and whether it was: one line a claim, one column a detector.
void lull_trial_claims(const struct lull_trial *t, struct lull_text *out);

// All grids of a file: the report goes to out, the scores to e->results. 0; -EINVAL after
// messages; -ENOMEM; or the file's -errno after a message.
int lull_eval_sim(struct lull_eval *e, const char *path, struct lull_text *out);
