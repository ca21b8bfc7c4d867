// SPDX-License-Identifier: BSD-3-Clause
// Times of pcapng interfaces, exact for every resolution the format can state.

#include "pcapng_time.h"

#include <lull/time.h>

void lull_pcapng_clock_init(struct lull_pcapng_clock *c, uint8_t resolution, int64_t offset_s)
{
	unsigned power = resolution & 0x7f;
	*c = (struct lull_pcapng_clock){
		.multiply = 1, .divide = 1, .offset_ns = (__int128)offset_s * LULL_NS_PER_SECOND};
	if (resolution & 0x80) {
		c->multiply = LULL_NS_PER_SECOND;
		c->shift = power;
		return;
	}
	for (unsigned i = power; i < 9; i++)
		c->multiply *= 10;
	// From 10^-29 s on, 2^64 units are less than a nanosecond.
	for (unsigned i = 9; i < power && i < 29; i++)
		if (c->divide > UINT64_MAX / 10)
			c->multiply = 0;
		else
			c->divide *= 10;
	if (c->divide == 1 && offset_s == 0)
		c->plain_below = UINT64_MAX / c->multiply;
}

uint64_t lull_pcapng_clock_read(const struct lull_pcapng_clock *c, uint64_t raw)
{
	if (raw < c->plain_below)
		return raw * c->multiply;
	unsigned __int128 units = (unsigned __int128)raw * c->multiply >> c->shift;
	__int128 ns = (__int128)(units / c->divide) + c->offset_ns;
	return ns < 0 || ns >= (__int128)LULL_TIME_NONE ? LULL_TIME_NONE : (uint64_t)ns;
}
