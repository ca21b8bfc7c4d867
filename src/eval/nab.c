// SPDX-License-Identifier: BSD-3-Clause
// The score of the Numenta Anomaly Benchmark.

#include "nab.h"

#include <math.h>

// config/profiles.json of NAB; true negatives weigh nothing in its formula.
struct profile {
	double tp, fn, fp;
};
static const struct profile profiles[LULL_NAB_PROFILES] = {
	[LULL_NAB_STANDARD] = {1.0, 1.0, 0.11},
	[LULL_NAB_LOW_FP] = {1.0, 1.0, 0.22},
	[LULL_NAB_LOW_FN] = {1.0, 2.0, 0.11},
};

size_t lull_nab_probation(size_t n)
{
	return n < 5000 ? (size_t)(0.15 * (double)n) : 750;
}

static double sigma(double y)
{
	return y > 3.0 ? -1.0 : 2.0 / (1.0 + exp(5.0 * y)) - 1.0;
}

static double value_in(const struct lull_nab_window *w, size_t i)
{
	return sigma(-(double)(w->last - i + 1) / (double)(w->last - w->first + 1)) / sigma(-1.0);
}

// before: the window that ended last, or NULL.
static double value_outside(const struct lull_nab_window *before, size_t i)
{
	if (before == NULL)
		return -1.0;
	// A window of one row has no width to measure by: far away at once.
	return sigma((double)(i - before->last) / (double)(before->last - before->first));
}

void lull_nab_add(struct lull_nab *nab, size_t n, const struct lull_nab_window *windows,
	size_t n_windows, const size_t *detections, size_t n_detections)
{
	size_t probation = lull_nab_probation(n), w = 0, hit = SIZE_MAX;
	double found = 0.0, wrong = 0.0;
	size_t n_found = 0, n_scored = 0;
	for (size_t i = 0; i < n_windows; i++)
		n_scored += windows[i].last >= probation;
	for (size_t d = 0; d < n_detections; d++) {
		size_t i = detections[d];
		if (i < probation || (d > 0 && i == detections[d - 1]))
			continue;
		while (w < n_windows && windows[w].last < i)
			w++;
		if (w == n_windows || i < windows[w].first) {
			wrong += value_outside(w > 0 ? &windows[w - 1] : NULL, i);
		} else if (hit != w) {
			hit = w;
			found += value_in(&windows[w], i);
			n_found++;
		}
	}
	for (int p = 0; p < LULL_NAB_PROFILES; p++)
		nab->sum[p] += profiles[p].tp * found + profiles[p].fp * wrong -
			       profiles[p].fn * (double)(n_scored - n_found);
	nab->windows += n_scored;
}

void lull_nab_score(const struct lull_nab *nab, double score[LULL_NAB_PROFILES])
{
	double n = (double)nab->windows;
	for (int p = 0; p < LULL_NAB_PROFILES; p++) {
		double silent = -profiles[p].fn * n, perfect = profiles[p].tp * n;
		score[p] = n > 0.0 ? 100.0 * (nab->sum[p] - silent) / (perfect - silent) : NAN;
	}
}
