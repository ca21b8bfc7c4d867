// SPDX-License-Identifier: BSD-3-Clause
// What the two files of the slow decoder share. Offsets are counted from the first byte of the
// packet; `end` is where the bytes that can exist end. Every function answers with the verdict of
// the packet, or NOT_MINE.

#pragma once

#include "slow_decode.h"
#include <assert.h>

enum { NOT_MINE = -1 };

struct job {
	const uint8_t *bytes;
	int64_t captured;
	unsigned decap, level;
	struct lull_headers *h;
};

// What the layers below IP said about the payload.
struct payload {
	struct lull_headers h; // as it will be, when no tunnel is entered
	int64_t ip_at, at, end;
	bool first_fragment, chain_cut;
};

int slow_ip4(struct job *j, int64_t at, int64_t end);
int slow_ip6(struct job *j, int64_t at, int64_t end);
int slow_ethernet(struct job *j, int64_t at, int64_t end);
int slow_tunnel(struct job *j, const struct payload *p);

// Big-endian number of n bytes.
static inline uint64_t number(const struct job *j, int64_t at, int n)
{
	uint64_t v = 0;
	assert(at >= 0 && at + n <= j->captured);
	for (int i = 0; i < n; i++)
		v = v * 256 + j->bytes[at + i];
	return v;
}

// LULL_IP (0) when bytes [at, at + n) are there, else the verdict on a packet that needs them.
static inline int missing(const struct job *j, int64_t at, int64_t n, int64_t end)
{
	if (at + n > end)
		return LULL_BAD;
	return at + n > j->captured ? LULL_CUT : LULL_IP;
}

static inline int64_t nearer(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline bool one_of(uint64_t x, const uint16_t *list)
{
	for (; *list != 0; list++)
		if (*list == x)
			return true;
	return false;
}
