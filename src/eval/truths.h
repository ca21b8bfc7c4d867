// SPDX-License-Identifier: BSD-3-Clause
// True events of many series, from CSV.

#pragma once

#include "score.h"

struct lull_truth_row {
	char *series;
	unsigned line;
	struct lull_truth truth;
};

struct lull_truth_table {
	struct lull_truth_row *rows; // by series (bytewise), then start, then line
	size_t n, cap;
};

// Read a CSV (store/csv.h) whose header names `series`, `start`, `end`
// and perhaps `lost` and `precision` in any order and case; other columns are let pass. Times as
// lull_timeseries_time() reads them; an empty end is still open; lost: share gone, 0..1, below 0 a
// rise; precision: a duration, how far the start may be off either way. Complaints go to the log.
// 0; -EINVAL after messages; -ENOMEM; -EIO after a message.
int lull_truths_read(const char *path, struct lull_truth_table *t);
// The same from n bytes of text; file is the name for messages.
int lull_truths_parse(const char *text, size_t n, const char *file, struct lull_truth_table *t);
void lull_truths_free(struct lull_truth_table *t);

// The rows of one series: writes their number, returns the first (NULL without).
const struct lull_truth_row *lull_truths_of(
	const struct lull_truth_table *t, const char *series, size_t *n);
