// SPDX-License-Identifier: BSD-3-Clause
// The one bounds-checked cursor: every byte of a packet is read through it.
//
// It knows two ends. `left` is what the capture holds, `room` is what can exist: the frame on the
// wire, and inside it whatever the lengths of the headers read so far allow. Wanting more than
// `room` means the headers contradict themselves (or the frame is a runt); wanting more than
// `left` but not more than `room` means the capture was cut.

#pragma once

#include <lull/decode.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct lull_cursor {
	const uint8_t *at; // the header being read
	uint32_t left;     // bytes captured from here on; never more than room
	uint32_t room;     // bytes that exist from here on
};

// At the first byte of a packet. A wire length below the captured one is a lie: it is raised.
static inline struct lull_cursor lull_cursor_start(const struct lull_packet *p)
{
	uint32_t room = p->wirelen > p->caplen ? p->wirelen : p->caplen;
	return (struct lull_cursor){.at = p->data, .left = p->caplen, .room = room};
}

// May n bytes be read from here? Every read below must lie inside what this has granted.
static inline bool lull_cursor_has(const struct lull_cursor *c, uint32_t n)
{
	return n <= c->left;
}

// Why has(n) said no: LULL_CUT when a longer capture would have them, LULL_BAD when none could.
static inline enum lull_verdict lull_cursor_lack(const struct lull_cursor *c, uint32_t n)
{
	return n <= c->room ? LULL_CUT : LULL_BAD;
}

// Step over n bytes, also where they were not captured or cannot exist: then nothing is left.
static inline void lull_cursor_skip(struct lull_cursor *c, uint32_t n)
{
	uint32_t seen = n < c->left ? n : c->left;
	c->at += seen;
	c->left -= seen;
	c->room -= n < c->room ? n : c->room;
}

// A header says that n bytes follow from here: nothing beyond belongs to it. More than there is
// (a snapped frame, segmentation offload) changes nothing.
static inline void lull_cursor_bound(struct lull_cursor *c, uint32_t n)
{
	c->room = n < c->room ? n : c->room;
	c->left = n < c->left ? n : c->left;
}

// Big-endian reads, off bytes from here. memcpy: nothing on the wire is aligned.
static inline uint8_t lull_cursor_u8(const struct lull_cursor *c, uint32_t off)
{
	return c->at[off];
}

static inline uint16_t lull_cursor_u16(const struct lull_cursor *c, uint32_t off)
{
	uint16_t v;
	memcpy(&v, c->at + off, sizeof(v));
	return __builtin_bswap16(v);
}

static inline uint32_t lull_cursor_u32(const struct lull_cursor *c, uint32_t off)
{
	uint32_t v;
	memcpy(&v, c->at + off, sizeof(v));
	return __builtin_bswap32(v);
}

static inline uint64_t lull_cursor_u48(const struct lull_cursor *c, uint32_t off)
{
	return (uint64_t)lull_cursor_u16(c, off) << 32 | lull_cursor_u32(c, off + 2);
}

static inline uint64_t lull_cursor_u64(const struct lull_cursor *c, uint32_t off)
{
	uint64_t v;
	memcpy(&v, c->at + off, sizeof(v));
	return __builtin_bswap64(v);
}
