// SPDX-License-Identifier: BSD-3-Clause
// Second stage: when did it begin? Poisson-FOCuS over the history of one series finds the bin;
// a profile likelihood with the change anywhere inside a bin, and the time of the last packet,
// sharpen it.

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

// History of at least one bin; phi >= 1; delta: the interval holds what lies within ln(1/delta)
// nats of the best. last_packet_ns: of the series' last packet before the end of the history, or
// LULL_TIME_NONE. When nothing fell: at is the start of the last bin, ratio 0.
struct lull_onset lull_onset_find(
	const struct lull_recent *h, double phi, double delta, uint64_t last_packet_ns);
