// SPDX-License-Identifier: BSD-3-Clause
// TCP flags and ICMP errors. An error counts only when it says that the network did not carry
// the packet: an unknown protocol, a closed port or a packet too big were all delivered or may
// yet be, and say nothing about the network being down.

#include "transport.h"

enum { PROTO_ICMP = 1, PROTO_ICMP6 = 58 };

// RFC 792 and RFC 1812, 5.2.7.1; codes of type 3 (destination unreachable) and 11.
static enum lull_unreach icmp_kind(uint8_t type, uint8_t code)
{
	if (type == 11) // 1 is the reassembly time, spent at the destination
		return code == 0 ? LULL_UNREACH_TTL : LULL_UNREACH_NONE;
	if (type != 3)
		return LULL_UNREACH_NONE;
	switch (code) {
	case 0:  // net unreachable
	case 1:  // host unreachable
	case 5:  // source route failed
	case 6:  // net unknown
	case 7:  // host unknown
	case 11: // net unreachable for this type of service
	case 12: // host unreachable for this type of service
		return LULL_UNREACH_NOROUTE;
	case 9:  // net prohibited
	case 10: // host prohibited
	case 13: // communication prohibited
	case 14: // host precedence violation
	case 15: // precedence cutoff
		return LULL_UNREACH_ADMIN;
	default: // 2 protocol, 3 port, 4 too big, 8 source isolated (obsolete)
		return LULL_UNREACH_NONE;
	}
}

// RFC 4443, 3.1 and 3.3; code 7 (RFC 6550) and 8 (RFC 8883) blame the headers.
static enum lull_unreach icmp6_kind(uint8_t type, uint8_t code)
{
	if (type == 3)
		return code == 0 ? LULL_UNREACH_TTL : LULL_UNREACH_NONE;
	if (type != 1)
		return LULL_UNREACH_NONE;
	switch (code) {
	case 0: // no route
	case 3: // address unreachable
		return LULL_UNREACH_NOROUTE;
	case 1: // prohibited
	case 5: // source address failed policy
	case 6: // reject route
		return LULL_UNREACH_ADMIN;
	default: // 2 beyond scope, 4 port
		return LULL_UNREACH_NONE;
	}
}

// The header an error returns starts at its ninth byte. Its length is not checked: routers
// between may have changed it, and only a first part is returned.
static void icmp(struct lull_cursor *c, struct lull_headers *out)
{
	if (!lull_cursor_has(c, 8 + 20))
		return;
	enum lull_unreach kind = icmp_kind(lull_cursor_u8(c, 0), lull_cursor_u8(c, 1));
	uint8_t first = lull_cursor_u8(c, 8);
	if (kind == LULL_UNREACH_NONE || first >> 4 != 4 || (first & 15) < 5)
		return;
	out->embedded.lo = lull_cursor_u32(c, 8 + 16);
	out->embedded_family = 4;
	out->unreach = (uint8_t)kind;
}

static void icmp6(struct lull_cursor *c, struct lull_headers *out)
{
	if (!lull_cursor_has(c, 8 + 40))
		return;
	enum lull_unreach kind = icmp6_kind(lull_cursor_u8(c, 0), lull_cursor_u8(c, 1));
	if (kind == LULL_UNREACH_NONE || lull_cursor_u8(c, 8) >> 4 != 6)
		return;
	out->embedded.hi = lull_cursor_u64(c, 8 + 24);
	out->embedded.lo = lull_cursor_u64(c, 8 + 32);
	out->embedded_family = 6;
	out->unreach = (uint8_t)kind;
}

void lull_transport_read(
	struct lull_cursor *c, const struct lull_ip_header *ip, struct lull_headers *out)
{
	if (!ip->start)
		return;
	if (ip->proto == LULL_PROTO_TCP) {
		if (!lull_cursor_has(c, 14))
			return;
		out->tcp_flags = lull_cursor_u8(c, 13);
		out->ip_head = ip->head;
	} else if (ip->proto == PROTO_ICMP && ip->family == 4) {
		icmp(c, out);
	} else if (ip->proto == PROTO_ICMP6 && ip->family == 6) {
		icmp6(c, out);
	}
}

void lull_tcp_read(
	const struct lull_packet *packet, const struct lull_headers *h, struct lull_tcp *out)
{
	struct lull_cursor c = lull_cursor_start(packet);
	lull_cursor_skip(&c, h->tcp_at);
	uint32_t header = lull_cursor_u8(&c, 12) >> 4 << 2;
	uint32_t before = h->ip_head + header;
	out->ports = lull_cursor_u32(&c, 0);
	out->data = header >= 20 && before < h->ip_bytes ? h->ip_bytes - before : 0;
	out->end = lull_cursor_u32(&c, 4) + out->data;
}
