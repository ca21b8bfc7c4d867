// SPDX-License-Identifier: BSD-3-Clause
// Scores of the Turing Change Point Dataset: van den Burg, Williams, "An evaluation of change point
// detection algorithms", arXiv:2003.06222 (2020), equations 7-11; details as in the reference
// program (alan-turing-institute/TCPDBench, analysis/scripts/metrics.py).
//
// Change points are indices; 0 is one for every annotator and every detector. With a margin M = 5,
// TP(T, X) are those of T, in ascending order, that take the nearest of X (the lower of two) not
// further than M away and not taken before.
//   F1     P = |TP(union of the annotators' sets, X)| / |X|; R = mean over annotators of
//          |TP(T_k, X)| / |T_k|; 2PR / (P + R)
//   cover  mean over annotators of sum |A| max_B |A and B| / |A or B| / n, A over the annotator's
//          segments, B over the detector's

#pragma once

#include <stddef.h>

#define LULL_TCPD_MARGIN 5

struct lull_tcpd_set {
	size_t *items; // ascending, without repetition, each < n of the series
	size_t n;
};

// Add an index in its place; a repetition is let pass. 0 or -ENOMEM.
int lull_tcpd_put(struct lull_tcpd_set *s, size_t index);
void lull_tcpd_free(struct lull_tcpd_set *s);

// n: observations, > 0; annotators: > 0 sets. With or without 0 in any of the sets. Writes both
// scores; 0 or -ENOMEM.
int lull_tcpd_score(size_t n, const struct lull_tcpd_set *annotators, size_t n_annotators,
	const struct lull_tcpd_set *found, double *f1, double *cover);
