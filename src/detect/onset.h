// SPDX-License-Identifier: BSD-3-Clause
// Second stage: when did it begin? Poisson-FOCuS over the history of one series finds the bin; the
// posterior of a change anywhere around it, between the rates just before and just after, and the
// time of the last packet sharpen it.

#pragma once

#include "recent.h"
#include <lull/event.h>
#include <stdbool.h>

struct lull_onset {
	struct lull_instant at;
	uint64_t after_ns; // start of the first whole bin after the onset: where loss is measured
	bool silent;       // dated by the last packet before a silence
	double ratio;      // nats, phi taken out: how much better than "nothing fell"
};

struct lull_onset_question {
	double phi;       // dispersion, >= 1, without the margin that thresholds want
	double floor;     // share of the forecast below which it is a fall, in (0, 1]
	double delta;     // the interval holds the onset with probability 1 - delta
	uint64_t last_ns; // last packet of the series before the end of the history, or
			  // LULL_TIME_NONE: times of packets are not known
};

// History of at least one bin. When nothing fell: at is the start of the last bin, ratio 0.
struct lull_onset lull_onset_find(const struct lull_recent *h, const struct lull_onset_question *q);
