// SPDX-License-Identifier: BSD-3-Clause
// What the baselines share: a series in bins as long as they work on, and the one claim that is
// open. What raises and ends it is theirs.

#pragma once

#include "rival.h"
#include <stdbool.h>
#include <stddef.h>

// The one open claim of a series. s and claims are set by the owner, the rest starts at zero.
struct lull_alarm {
	const struct lull_timeseries *s; // the bins that are judged
	struct lull_claims *claims;
	bool open, up;
	size_t onset, raised;  // bin it began with; bin after which it was claimed
	double expected, seen; // sums since
	size_t at;             // of claims
};

// Open a claim: it began with bin onset and was seen at the end of bin now. 0 or -ENOMEM.
int lull_alarm_raise(struct lull_alarm *a, bool up, size_t onset, size_t now);
// One more bin of the open claim: the share gone becomes that of all bins since it was raised.
void lull_alarm_count(struct lull_alarm *a, double expected, double value);
// It ended when bin began. shift: by becoming the new normal.
void lull_alarm_end(struct lull_alarm *a, size_t bin, bool shift);

// Has it stood for a week, and for least bins? Then it is the new normal.
bool lull_alarm_old(const struct lull_alarm *a, size_t least, size_t now);

// How many bins of the series make at least ns; at least `least`.
size_t lull_bins_of(const struct lull_timeseries *s, uint64_t ns, size_t least);

// The series in bins of at least ns, whole ones, from a multiple of their length on: sums, scaled
// up for missing bins; NAN where less than half is known. A series whose bins are as long already
// is taken as it is. Owns nothing but *to_free (free() it). 0 or -ENOMEM.
int lull_coarsen(const struct lull_timeseries *s, uint64_t ns, struct lull_timeseries *out,
	double **to_free);
