// SPDX-License-Identifier: BSD-3-Clause
// IPv4 look-up. A bit filter that stays in cache answers "nothing near" for most addresses; behind
// it stands a flat 24-8 table, of which only the pages that hold targets are ever touched. (For a
// handful of prefixes comparing them one by one was measured too: 5.6 ns an address against 3.3.)

#pragma once

#include "spans.h"
#include <string.h>

// A table entry is a target, or DEEP and an offset into deep: the /24 is divided further.
#define LULL_MATCH4_DEEP 0x80000000u

// A divided /24: which of its addresses start a new span (256 bits), how many starts came before
// each word of them (8 bytes), then the targets of the spans. Small for a /24 with one host in
// it, 1,064 bytes at worst.
#define LULL_MATCH4_STARTS 8
#define LULL_MATCH4_HEADER 10

struct lull_match4 {
	uint32_t *filter;      // a bit per block of 2^filter_shift addresses, or for many such
	unsigned filter_shift; // 16, 8, or 31: no filter
	uint32_t filter_mask;  // low bits of a block's number that tell its bit
	size_t filter_bytes;
	uint8_t *near;   // the filter again, a byte per bit, by lull_match4_near_at(); or NULL
	uint32_t *table; // 2^24 entries, or NULL: no prefixes, nothing is near
	uint32_t *deep;
	size_t deep_words;
};

// Build from the spans of family 4. 0 or -ENOMEM (then *m needs finish() as well).
int lull_match4_init(struct lull_match4 *m, const struct lull_spans *spans);
void lull_match4_finish(struct lull_match4 *m);
size_t lull_match4_bytes(const struct lull_match4 *m);

// False: no target is near. True: look it up.
static inline bool lull_match4_near(const struct lull_match4 *m, uint32_t ip)
{
	uint32_t bit = ip >> m->filter_shift & m->filter_mask;
	return m->filter[bit >> 5] >> (bit & 31) & 1;
}

#define LULL_MATCH4_NEARS 4096 // bytes of `near`, where there is one

// Where `near` has an address whose first two bytes, as they stand in a packet, are these: no byte
// order to mend, and no bit to find.
static inline uint32_t lull_match4_near_at(uint32_t first, uint32_t second)
{
	return (second << 8 | first) & (LULL_MATCH4_NEARS - 1);
}

// The same as lull_match4_near() of two addresses at once, first in the high half.
static inline uint32_t lull_match4_near_either(
	const uint32_t *filter, uint32_t mask, unsigned shift, uint64_t addresses)
{
	uint32_t a = (uint32_t)(addresses >> 32) >> shift & mask;
	uint32_t b = (uint32_t)addresses >> shift & mask;
	return (filter[a >> 5] >> (a & 31) | filter[b >> 5] >> (b & 31)) & 1;
}

static inline uint32_t lull_match4_divided(const struct lull_match4 *m, uint32_t entry, uint32_t ip)
{
	const uint32_t *block = m->deep + (entry & ~LULL_MATCH4_DEEP);
	unsigned word = ip >> 5 & 7;
	uint32_t bits = block[word] & (uint32_t)((2ull << (ip & 31)) - 1);
	// Bits set, in parallel: the baseline of x86-64 has no instruction for it.
	bits -= bits >> 1 & 0x55555555;
	bits = (bits & 0x33333333) + (bits >> 2 & 0x33333333);
	bits = ((bits + (bits >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24;
	uint8_t before[8];
	memcpy(before, block + LULL_MATCH4_STARTS, sizeof(before));
	return block[LULL_MATCH4_HEADER + before[word] + bits - 1];
}

// Target of an address that is near.
static inline uint32_t lull_match4_target(const struct lull_match4 *m, uint32_t ip)
{
	uint32_t entry = m->table[ip >> 8];
	return entry & LULL_MATCH4_DEEP ? lull_match4_divided(m, entry, ip) : entry;
}
