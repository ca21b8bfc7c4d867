// SPDX-License-Identifier: BSD-3-Clause
// IPv4 (RFC 791) and IPv6 (RFC 8200) headers with options, extension headers and fragments.
// The addresses are what counts: once they are readable and the fixed header does not contradict
// itself, whatever is wrong behind them only hides the transport.

#include "ip.h"

enum { EXTENSIONS_MAX = 8, PROTO_UNREADABLE = 255 };

enum {
	NEXT_HOP_BY_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AUTHENTICATION = 51,
	NEXT_NONE = 59,
	NEXT_DESTINATION = 60,
	NEXT_MOBILITY = 135,
	NEXT_HIP = 139,
	NEXT_SHIM6 = 140,
};

static enum lull_verdict ip4(struct lull_cursor *c, struct lull_ip_header *h)
{
	if (!lull_cursor_has(c, 20))
		return lull_cursor_lack(c, 20);
	uint8_t first = lull_cursor_u8(c, 0);
	uint32_t header = (first & 15) * 4u, total = lull_cursor_u16(c, 2);
	if (total == 0)
		total = c->room; // segmentation offload: the length was not filled in yet
	if (first >> 4 != 4 || header < 20 || total < header)
		return LULL_BAD;
	*h = (struct lull_ip_header){
		.src.lo = lull_cursor_u32(c, 12),
		.dst.lo = lull_cursor_u32(c, 16),
		.bytes = total,
		.head = (uint16_t)header,
		.family = 4,
		.proto = lull_cursor_u8(c, 9),
		.start = (lull_cursor_u16(c, 6) & 0x1fff) == 0,
	};
	lull_cursor_bound(c, total);
	lull_cursor_skip(c, header);
	return LULL_IP;
}

static bool is_extension(uint8_t next)
{
	switch (next) {
	case NEXT_HOP_BY_HOP:
	case NEXT_ROUTING:
	case NEXT_FRAGMENT:
	case NEXT_AUTHENTICATION:
	case NEXT_DESTINATION:
	case NEXT_MOBILITY:
	case NEXT_HIP:
	case NEXT_SHIM6:
		return true;
	default:
		return false;
	}
}

// Length of an extension header from its second byte: RFC 8200, 4.3 ff.; RFC 4302, 2.2.
static uint32_t extension_bytes(uint8_t next, uint8_t length)
{
	if (next == NEXT_FRAGMENT)
		return 8;
	return next == NEXT_AUTHENTICATION ? (length + 2u) * 4 : (length + 1u) * 8;
}

// Walk the chain to the transport. Where it leaves the capture or the packet, proto stays unread;
// behind a later fragment's header there is no chain to walk.
static enum lull_verdict extensions(struct lull_cursor *c, uint8_t next, struct lull_ip_header *h)
{
	for (int n = 0; is_extension(next); n++) {
		if (n == EXTENSIONS_MAX)
			return LULL_BAD;
		uint32_t want = next == NEXT_FRAGMENT ? 4 : 2;
		if (!lull_cursor_has(c, want)) {
			h->proto = PROTO_UNREADABLE;
			h->cut = lull_cursor_lack(c, want) == LULL_CUT;
			return LULL_IP;
		}
		uint8_t type = next;
		next = lull_cursor_u8(c, 0);
		if (type == NEXT_FRAGMENT && lull_cursor_u16(c, 2) >> 3 != 0) {
			h->start = false;
			h->proto = is_extension(next) ? PROTO_UNREADABLE : next;
			return LULL_IP;
		}
		uint32_t bytes = extension_bytes(type, lull_cursor_u8(c, 1));
		h->head += (uint16_t)bytes; // eight of at most 2 KiB
		lull_cursor_skip(c, bytes);
	}
	h->proto = next;
	return LULL_IP;
}

static enum lull_verdict ip6(struct lull_cursor *c, struct lull_ip_header *h)
{
	if (!lull_cursor_has(c, 40))
		return lull_cursor_lack(c, 40);
	if (lull_cursor_u8(c, 0) >> 4 != 6)
		return LULL_BAD;
	uint32_t payload = lull_cursor_u16(c, 4);
	uint8_t next = lull_cursor_u8(c, 6);
	// 0: a jumbogram (RFC 2675) or segmentation offload, unless indeed nothing follows.
	uint32_t total = payload == 0 && next != NEXT_NONE ? c->room : 40 + payload;
	*h = (struct lull_ip_header){
		.src = {lull_cursor_u64(c, 8), lull_cursor_u64(c, 16)},
		.dst = {lull_cursor_u64(c, 24), lull_cursor_u64(c, 32)},
		.bytes = total,
		.head = 40,
		.family = 6,
		.start = true,
	};
	lull_cursor_bound(c, total);
	lull_cursor_skip(c, 40);
	return extensions(c, next, h);
}

enum lull_verdict lull_ip_read(
	struct lull_cursor *c, enum lull_layer layer, struct lull_ip_header *h)
{
	return layer == LULL_AT_IP4 ? ip4(c, h) : ip6(c, h);
}
