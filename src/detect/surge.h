// SPDX-License-Identifier: BSD-3-Clause
// Rises as events (`detector.direction: both`): the mirrored bank of a target's own series says
// so, and no bound on false alarms stands behind it for bursty traffic.

#pragma once

#include "subject.h"

// A rise that was told and is not over.
struct lull_surge {
	char id[17];
	uint32_t rev;
	struct lull_instant onset;
	uint64_t detected_ns;
	double expected_pps; // at the onset
};

// After the target's series was judged: tell of a rise that began or ended. 0 or -ENOMEM.
int lull_surge_step(struct lull_subject *t, const struct lull_detect_env *env);
