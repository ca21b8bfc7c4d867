// SPDX-License-Identifier: BSD-3-Clause
// Times of pcapng interfaces: counts of units that the interface chooses
// (draft-ietf-opsawg-pcapng-02, 4.2, if_tsresol and if_tsoffset).

#pragma once

#include <stdint.h>

// ns = raw * multiply >> shift / divide + offset, in 128 bits.
struct lull_pcapng_clock {
	uint64_t multiply; // 0: units so small that every time is the offset
	uint64_t divide;
	unsigned shift;
	__int128 offset_ns;
	uint64_t plain_below; // raw values below need no 128 bits: ns = raw * multiply
};

// resolution: the option's byte; the high bit tells powers of 2 from powers of 10 (6: us).
void lull_pcapng_clock_init(struct lull_pcapng_clock *c, uint8_t resolution, int64_t offset_s);
// ns since the epoch, truncated, or LULL_TIME_NONE when that is not representable.
uint64_t lull_pcapng_clock_read(const struct lull_pcapng_clock *c, uint64_t raw);
