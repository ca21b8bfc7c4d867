// SPDX-License-Identifier: BSD-3-Clause
// Two clocks, looked at now and then. Pure arithmetic.

#include "engine/drift.h"

bool lull_drift_look(struct lull_drift *d, int64_t offset_ns, uint64_t bin_ns, uint64_t now_ns)
{
	uint64_t distance = offset_ns < 0 ? -(uint64_t)offset_ns : (uint64_t)offset_ns;
	if (distance <= bin_ns / 2) {
		*d = (struct lull_drift){0};
		return false;
	}
	if (!d->apart)
		d->since_ns = now_ns;
	d->apart = true;
	if (d->told || now_ns - d->since_ns < LULL_DRIFT_STEADY_NS)
		return false;
	d->told = true;
	return true;
}
