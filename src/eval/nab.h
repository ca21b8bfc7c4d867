// SPDX-License-Identifier: BSD-3-Clause
// The score of the Numenta Anomaly Benchmark: Lavin, Ahmad, "Evaluating real-time anomaly detection
// algorithms", ICMLA 2015; details as in the reference program (numenta/NAB 1.1, nab/sweeper.py,
// nab/runner.py).
//
// With sigma(y) = 2 / (1 + e^{5y}) - 1, and -1 beyond y = 3:
//   * The first min(15 % of the rows, 750) are probation: detections there count for nothing.
//   * Of the detections in a window only the best counts, which is the earliest: at row i of a
//     window of `width` rows that ends with row `last` it is worth
//     tp sigma(-(last - i + 1) / width) / sigma(-1), so 1 tp at the first row.
//   * A window without a detection costs fn. One that lies in probation as a whole is none.
//   * A detection elsewhere costs -fp sigma((i - last) / (width - 1)) of the window before it, or
//     fp when there is none.
//   * Of a corpus: 100 (sum - silent) / (perfect - silent), where a silent detector gets -fn and a
//     perfect one +tp for every window.
//
// NAB picks the one threshold over scores in [0, 1] that is best over its corpus. Detectors here
// say yes or no, at fixed defaults: that threshold is not given to them.

#pragma once

#include "results.h"

struct lull_nab_window {
	size_t first, last; // rows, both in it
};

struct lull_nab {
	double sum[LULL_NAB_PROFILES];
	size_t windows;
};

// Add one file of n rows: detections are rows, ascending; windows ascending and apart.
void lull_nab_add(struct lull_nab *nab, size_t n, const struct lull_nab_window *windows,
	size_t n_windows, const size_t *detections, size_t n_detections);
// The score of all that was added, per profile; NAN without a window.
void lull_nab_score(const struct lull_nab *nab, double score[LULL_NAB_PROFILES]);

// Rows that are probation.
size_t lull_nab_probation(size_t n);
