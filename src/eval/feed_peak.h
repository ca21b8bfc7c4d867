// SPDX-License-Identifier: BSD-3-Clause
// Spikes of a bin and bursts of an hour of them, as surges (`detector.direction: both`): beside
// the detector of traffic, whose mirrored statistic asks what lasts, not whether it was ever seen.
//
// A bin, or twelve in a row, so high that by the tail of all before (detect/peak.h) it comes once
// in ten times as many as were seen, or as seldom as the budget wants: whichever is more often. So
// a series that has no surges has about 0.1 ln(bins/200) false ones for each of the two.

#pragma once

#include <lull/config.h>
#include <lull/detect.h>
#include <lull/timeseries.h>
#include <stdbool.h>

// The rarest sum that ends with a bin.
struct lull_feed_sight {
	double chance; // of a sum as high; 1: nothing to be said of it
	double seen;   // sums before it; 0: too few to judge by
	double mean;   // value expected of a bin
	size_t width;  // of the sum
};

// sights: s->n of them, in order. 0 or -ENOMEM.
int lull_feed_peak_look(const struct lull_timeseries *s, struct lull_feed_sight *sights);

// Is a rise, seen at the end of a bin, so high in the twelve bins before, `first` and later ones,
// that it comes once in all that was seen? True, too, where that is too little to tell.
bool lull_feed_peak_agrees(const struct lull_feed_sight *sights, size_t first, size_t last);

// When a surge is told already: from its first revision to its last.
struct lull_feed_span {
	uint64_t from_ns, to_ns;
};

// Tell of the spikes and bursts of one series; the budget of config is its own. spans, in order:
// within them nothing begins. Events have the times and the unit of the series, and upstream
// "all"; the target is the caller's to set.
void lull_feed_peak(const struct lull_timeseries *s, const struct lull_config *config,
	const struct lull_feed_sight *sights, const struct lull_feed_span *spans, size_t n_spans,
	lull_event_fn *on_event, void *context);
