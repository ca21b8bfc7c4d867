// SPDX-License-Identifier: BSD-3-Clause
// A detector under test: lull's own or one of the baselines. All see the same series and answer in
// the same words, so that "better" is a table.

#pragma once

#include <lull/config.h>
#include <lull/timeseries.h>
#include <stdbool.h>

// One claimed event of one series.
struct lull_claim {
	uint64_t onset_ns, onset_lo_ns, onset_hi_ns; // value and interval; without one, all equal
	uint64_t detected_ns; // end of the bin after which it was claimed: no later bin was looked
			      // at
	uint64_t end_ns; // LULL_TIME_NONE: still open at the end of the series
	double lost;     // share gone, as known at the end of the event; < 0: a rise
	bool up;         // a rise (direction both)
	bool shift;      // ended by becoming the new normal (level shift), not by a return
};

struct lull_claims {
	struct lull_claim *items; // in order of detected_ns
	size_t n, cap;
};

int lull_claims_add(struct lull_claims *c, const struct lull_claim *claim); // 0 or -ENOMEM
void lull_claims_free(struct lull_claims *c);

struct lull_rival_options {
	double budget_per_day; // false alarms allowed per day on one series; for rivals that have
			       // no such thing: their customary threshold
	bool both;             // rises are claimed too
	enum lull_model model; // of lull: what the values are
};

struct lull_rival {
	const char *name; // "lull", "median", "seasonal", "weekmin", "cusum", "glr"
	const char *what; // one line for --help and the docs, with its source
	// Judge one series from its first bin to its last, causally. Deterministic; keeps nothing
	// between calls; may run in several threads at once. 0 or -ENOMEM.
	int (*judge)(const struct lull_timeseries *s, const struct lull_rival_options *o,
		struct lull_claims *claims);
};

extern const struct lull_rival lull_rival_lull;
extern const struct lull_rival lull_rival_median;
extern const struct lull_rival lull_rival_seasonal;
extern const struct lull_rival lull_rival_weekmin;
extern const struct lull_rival lull_rival_cusum;
extern const struct lull_rival lull_rival_glr;

// Judge, and leave out the claims of rises unless both are asked for. A rival may watch for rises
// even then: what was learnt from one would make its end look like a fall.
int lull_rival_judge(const struct lull_rival *rival, const struct lull_timeseries *s,
	const struct lull_rival_options *o, struct lull_claims *claims);

extern const struct lull_rival *const lull_rivals[]; // NULL-terminated; lull first
