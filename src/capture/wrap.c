// SPDX-License-Identifier: BSD-3-Clause
// Counters that wrap or are reset. Pure arithmetic.

#include "wrap.h"

void lull_wrap_begin(struct lull_wrap *w, uint64_t reading)
{
	*w = (struct lull_wrap){.last = reading};
}

uint64_t lull_wrap_add(struct lull_wrap *w, uint64_t reading)
{
	uint64_t step = reading;
	if (reading >= w->last) {
		step = reading - w->last;
	} else if (w->last <= UINT32_MAX) {
		uint32_t round = (uint32_t)reading - (uint32_t)w->last;
		if (round <= INT32_MAX)
			step = round;
	}
	w->last = reading;
	w->total += step;
	return w->total;
}
