// SPDX-License-Identifier: BSD-3-Clause
// Results of `lull eval`, one row per dataset and detector: as a table for people, as JSON for
// programs. A figure that does not apply, or that nothing was there to compute from, is NAN: a
// dash in the table, an absent member in JSON.

#pragma once

#include "score.h"
#include <lull/text.h>
#include <stdio.h>

enum lull_nab_profile { LULL_NAB_STANDARD, LULL_NAB_LOW_FP, LULL_NAB_LOW_FN, LULL_NAB_PROFILES };

struct lull_result {
	char *dataset, *detector;
	size_t series;
	double weeks;                // of bins that are there
	double events, found, wrong; // counts: true events, found ones, false claims
	struct lull_rates rates;
	double delay_s[2], onset_bins[2]; // median, 95th percentile
	double nab[LULL_NAB_PROFILES];    // 100: perfect, 0: silent
	double tcpd_f1, tcpd_cover;
};

struct lull_results {
	struct lull_result *items;
	size_t n, cap;
};

// A new row, everything in it NAN and 0; NULL when memory is out. Valid until the next one.
struct lull_result *lull_results_add(
	struct lull_results *r, const char *dataset, const char *detector);
// Fill in what a score tells: all but nab and tcpd. 0 or -ENOMEM.
int lull_result_score(struct lull_result *row, const struct lull_score *score);
// Bring rows of one dataset together, in order of first appearance; within one nothing moves.
void lull_results_group(struct lull_results *r);
void lull_results_free(struct lull_results *r);

// Aligned columns; those without a figure in any row are left out. Out of memory: out->failed.
void lull_results_table(const struct lull_results *r, struct lull_text *out);
// A JSON array, or the object itself when there is one row. 0 or -errno.
int lull_results_json(const struct lull_results *r, FILE *out);
