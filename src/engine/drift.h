// SPDX-License-Identifier: BSD-3-Clause
// Whether the wall clock was stepped since the start. Bins lie on a steady clock that was set by
// the wall clock once; NTP disciplines the rate of both, so only a step parts them. It is told and
// not followed: bins moved over would overlap or leave a hole, and a baseline learnt at steady
// traffic would meet both as a change of the traffic.

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LULL_DRIFT_STEADY_NS                                                                       \
	(600 * UINT64_C(1000000000)) // apart for so long: no step that is mended

// All zeros: just started.
struct lull_drift {
	uint64_t since_ns; // when they were first seen apart, without a break since
	bool apart, told;
};

// The two clocks are offset_ns apart at now_ns, by the steady one, and bins are bin_ns long. True
// when it is time to say so: more than half a bin for LULL_DRIFT_STEADY_NS, once until they are
// together again.
bool lull_drift_look(struct lull_drift *d, int64_t offset_ns, uint64_t bin_ns, uint64_t now_ns);
