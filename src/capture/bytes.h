// SPDX-License-Identifier: BSD-3-Clause
// Unaligned loads from capture files, in the byte order of the file.

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// swap: the file's byte order is not this machine's.
static inline uint16_t lull_load16(const uint8_t *p, bool swap)
{
	uint16_t v;
	memcpy(&v, p, sizeof(v));
	return swap ? __builtin_bswap16(v) : v;
}

static inline uint32_t lull_load32(const uint8_t *p, bool swap)
{
	uint32_t v;
	memcpy(&v, p, sizeof(v));
	return swap ? __builtin_bswap32(v) : v;
}

static inline uint64_t lull_load64(const uint8_t *p, bool swap)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return swap ? __builtin_bswap64(v) : v;
}
