// SPDX-License-Identifier: BSD-3-Clause
// What `lull eval` does with a dataset: every detector asked for judges every series of it, and
// what it claimed is scored. One function per kind of dataset; results in order of dataset, then
// detector, the same for any number of threads.

#pragma once

#include "results.h"
#include "rival.h"
#include "score.h"

struct lull_eval {
	const struct lull_rival *const *rivals; // n_rivals of lull_rivals[], in its order
	size_t n_rivals;
	double budget_per_day; // of one series
	bool both;             // rises are claimed too
	enum lull_model model; // of lull: what the values are
	unsigned jobs;         // threads, >= 1
	bool progress;         // on standard error
	FILE *list;            // lull_eval_list() writes here; NULL: nowhere
	struct lull_results *results;
};

// Each appends its results. 0; -ENOMEM; or < 0 after messages: a file could not be read or used,
// or e->list not be written.
//
// series: CSV of time,series,value; events: CSV of series,start,end.
int lull_eval_events(struct lull_eval *e, const char *series, const char *events);
// dir: CSV files of timestamp,value; windows: JSON {file: [[start, end], ...]}.
int lull_eval_nab(struct lull_eval *e, const char *dir, const char *windows);
// dir: JSON files of the Turing Change Point Dataset; annotations: {set: {annotator: [index]}}.
int lull_eval_tcpd(struct lull_eval *e, const char *dir, const char *annotations);

// Judge n series with one detector, e->jobs at a time: claims[i] (n of them, zeroed) are those
// of s[i]; the caller frees them, after an error too. what: for the progress. 0 or -ENOMEM.
int lull_eval_judge(const struct lull_eval *e, const struct lull_rival *rival,
	const struct lull_timeseries *s, size_t n, const char *what, struct lull_claims *claims);
void lull_eval_forget(struct lull_claims *claims, size_t n);

// Write every event and every claim of a series to e->list: `dataset, detector, series, verdict,
// start, end, onset, onset_lo, onset_hi, detected, claimed_end, lost`. verdict: found, missed,
// false, extra. 0, -ENOMEM, or the stream's -errno.
int lull_eval_list(const struct lull_eval *e, const char *dataset, const char *detector,
	const struct lull_timeseries *s, const struct lull_truth *truths, size_t n,
	const struct lull_claims *claims);
// Its header: 0 or -EIO. One row of it; either of truth and claim may be NULL.
int lull_eval_list_head(FILE *out);
struct lull_note {
	const char *dataset, *detector, *series, *verdict;
};
void lull_eval_note(const struct lull_eval *e, struct lull_note note,
	const struct lull_truth *truth, const struct lull_claim *claim);
