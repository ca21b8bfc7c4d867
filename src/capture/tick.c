// SPDX-License-Identifier: BSD-3-Clause
// Two clocks, from pairs. Distances from the newest pair are short (a second or so), so a double
// carries them to well below a nanosecond.

#include "tick.h"

void lull_tick_pair(struct lull_tick *t, uint64_t ticks, uint64_t ns)
{
	if (t->begun && ns - t->ns < LULL_TICK_SPAN_NS)
		return;
	bool forward = t->begun && ns > t->ns && ticks > t->ticks;
	t->ns_per_tick = forward ? (double)(ns - t->ns) / (double)(ticks - t->ticks) : 0.0;
	t->ticks = ticks;
	t->ns = ns;
	t->begun = true;
}

uint64_t lull_tick_ns(const struct lull_tick *t, uint64_t ticks)
{
	if (t->ns_per_tick == 0.0)
		return 0;
	double away = (double)(int64_t)(ticks - t->ticks) * t->ns_per_tick;
	if (away < -(double)t->ns || away > 1e18)
		return 0;
	return t->ns + (uint64_t)(int64_t)away;
}
