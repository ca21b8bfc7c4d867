// SPDX-License-Identifier: BSD-3-Clause
// Ticks of a clock of unknown rate (that of a network card) as nanoseconds of ours. Fed with pairs
// read from both clocks; drift is followed, and each piece begins where the one before was.

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LULL_TICK_SPAN_NS UINT64_C(50000000) // shortest time between two pairs of use

struct lull_tick {
	uint64_t ticks, ns; // the newest pair
	double ns_per_tick; // 0: not known yet
	bool begun;
};

// One more pair, read at the same moment as nearly as can be. Pairs less than LULL_TICK_SPAN_NS
// after the last one are left out. A clock that stands still or runs backward is unlearnt.
void lull_tick_pair(struct lull_tick *t, uint64_t ticks, uint64_t ns);

// Nanoseconds of a tick, before or after the newest pair. 0: not known.
uint64_t lull_tick_ns(const struct lull_tick *t, uint64_t ticks);
