// SPDX-License-Identifier: BSD-3-Clause
// A keener series beside the packets of a bursty target. Packets come in bursts of phi, so a
// silence has to last h phi/(rho lambda) before it means anything; what stops with them but does
// not come in bursts says so sooner: the addresses seen, the base bins in which there was anything
// at all, or the connections opened and answered. Which of them has the largest lambda/phi is
// measured; where none is clearly better than packets, there is none.
//
// It alarms within half of its target's share of the budget, so that both together keep to it.
// Events that rest on it quote packets as ever.

#pragma once

#include "watch.h"
#include <lull/bin.h>

// One feature, in bins of the target's own series.
struct lull_trial {
	float now;  // of the bin in the making
	float last; // of the bin before
	float mean; // of all bins
	float half; // mean of half the squared difference of neighbours: the variance
};

struct lull_keen {
	struct lull_trial trials[LULL_FEATURES];
	uint16_t n;      // bins behind them
	bool paired;     // the bin before is known
	uint8_t feature; // enum lull_feature that is watched; PACKETS: none
	bool over;       // it turned out no better: none will be
	struct lull_watch watch;
};

// Do packets come in bursts, so that something else may be keener?
bool lull_keen_wanted(const struct lull_watch *out);

// Count a row of packets out over all upstreams, of one base bin.
void lull_keen_count(struct lull_keen *k, const struct lull_row *row);
// The target's own series closed a bin of bin_s seconds, calm: worth learning from. Returns the
// feature to be watched from now on: the one that is, unless the trial says something else.
enum lull_feature lull_keen_close(struct lull_keen *k, bool calm, double bin_s);
// A hole, or bins of another length: what pairs up neighbours begins anew.
void lull_keen_drop(struct lull_keen *k);
void lull_keen_restart(struct lull_keen *k);

// Its series, which no list has any more, is gone.
void lull_keen_end(struct lull_keen *k);

// What the trial knows of a feature, for its watch to begin with.
struct lull_watch_seed lull_keen_seed(
	const struct lull_keen *k, enum lull_feature feature, double bin_s);
