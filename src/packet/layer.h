// SPDX-License-Identifier: BSD-3-Clause
// What stands under the cursor once a layer was read: either the next header, or the end of the
// journey, which is then the verdict on the packet.

#pragma once

#include "cursor.h"

enum lull_layer {
	LULL_AT_NO_IP = LULL_NO_IP,
	LULL_AT_CUT = LULL_CUT,
	LULL_AT_BAD = LULL_BAD, // up to here: a verdict
	LULL_AT_IP4 = 4,
	LULL_AT_IP6 = 6,
	LULL_AT_FRAME,     // an Ethernet frame (inside a tunnel)
	LULL_AT_TRANSPORT, // no tunnel to enter: the packet's own payload
};

static inline bool lull_layer_ends(enum lull_layer l)
{
	return l <= LULL_AT_BAD;
}

static inline enum lull_layer lull_layer_lack(const struct lull_cursor *c, uint32_t n)
{
	return (enum lull_layer)lull_cursor_lack(c, n);
}

// IPv4 or IPv6 by the first four bits, where nothing before says which; otherwise: other.
static inline enum lull_layer lull_layer_nibble(const struct lull_cursor *c, enum lull_layer other)
{
	if (!lull_cursor_has(c, 1))
		return lull_layer_lack(c, 1);
	unsigned version = lull_cursor_u8(c, 0) >> 4;
	if (version == 4)
		return LULL_AT_IP4;
	return version == 6 ? LULL_AT_IP6 : other;
}
