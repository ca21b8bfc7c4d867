// SPDX-License-Identifier: BSD-3-Clause
// GRE, ERSPAN, VXLAN, Geneve, GTP-U and IP in IP: from the outer payload to the inside.
//
// What makes a tunnel: its protocol or port is named in decap, and its header is whole and of a
// known version. Anything else on that port (a scan, an echo, PPTP) is the outer packet's own
// business and counts for the outer addresses. Once entered there is no way back: addresses of
// the mirror must never stand in for those of a mirrored packet that cannot be read.

#include "tunnel.h"
#include "link.h"
#include "transport.h"

enum { PROTO_IP4 = 4, PROTO_IP6 = 41, PROTO_GRE = 47 };
enum { PORT_GTPU = 2152, PORT_VXLAN = 4789, PORT_GENEVE = 6081, PORT_VXLAN_OLD = 8472 };
enum { GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000 };
enum { GRE_VERSION = 7, GRE_ERSPAN = 0x88be, GRE_ERSPAN3 = 0x22eb };
enum { ERSPAN_ETHERNET = 0, ERSPAN_IP = 2 }; // frame types of type III
enum { GTPU_EXTENSIONS_MAX = 8 };

#define UDP_TUNNELS ((unsigned)(LULL_DECAP_VXLAN | LULL_DECAP_GENEVE | LULL_DECAP_GTPU))

// A tunnel header cut by the capture is a cut packet; one that the packet has no room for is none.
static enum lull_layer lack(const struct lull_cursor *c, uint32_t n)
{
	return n <= c->room ? LULL_AT_CUT : LULL_AT_TRANSPORT;
}

// By EtherType, as GRE and Geneve have it.
static enum lull_layer inside_of_type(uint16_t type)
{
	switch (type) {
	case LULL_ETHER_IP4:
		return LULL_AT_IP4;
	case LULL_ETHER_IP6:
		return LULL_AT_IP6;
	case LULL_ETHER_BRIDGED:
		return LULL_AT_FRAME;
	default:
		return LULL_AT_TRANSPORT;
	}
}

// draft-foschiano-erspan-03. Type I is a bare frame behind a GRE header without sequence number,
// type II has 8 bytes with version 1, type III 12 with version 2 and 8 more when its O bit says so.
static enum lull_layer erspan(struct lull_cursor *c, uint16_t type, bool sequence, uint32_t *vlan)
{
	if (type == GRE_ERSPAN && !sequence)
		return LULL_AT_FRAME;
	uint32_t header = type == GRE_ERSPAN ? 8 : 12;
	if (!lull_cursor_has(c, header))
		return lack(c, header);
	uint16_t first = lull_cursor_u16(c, 0);
	if (first >> 12 != (type == GRE_ERSPAN ? 1 : 2))
		return LULL_AT_TRANSPORT;
	unsigned frame = ERSPAN_ETHERNET;
	if (type == GRE_ERSPAN3) {
		uint16_t last = lull_cursor_u16(c, 10);
		header += last & 1 ? 8 : 0;
		frame = last >> 10 & 31;
	}
	if (!lull_cursor_has(c, header))
		return lack(c, header);
	if ((first & 0xfff) != 0) // the tag was taken off the frame
		*vlan = first & 0xfff;
	lull_cursor_skip(c, header);
	if (frame == ERSPAN_IP)
		return lull_layer_nibble(c, LULL_AT_BAD);
	return frame == ERSPAN_ETHERNET ? LULL_AT_FRAME : LULL_AT_NO_IP;
}

// RFC 2784, RFC 2890. Version 1 is PPTP's; a routing field was last seen in RFC 1701.
static enum lull_layer gre(struct lull_cursor *c, unsigned decap, uint32_t *vlan)
{
	if (!lull_cursor_has(c, 4))
		return lack(c, 4);
	uint16_t flags = lull_cursor_u16(c, 0), type = lull_cursor_u16(c, 2);
	uint32_t header = 4;
	header += flags & GRE_CHECKSUM ? 4 : 0;
	header += flags & GRE_KEY ? 4 : 0;
	header += flags & GRE_SEQUENCE ? 4 : 0;
	bool mirror = type == GRE_ERSPAN || type == GRE_ERSPAN3;
	unsigned named = decap & (mirror ? LULL_DECAP_ERSPAN : LULL_DECAP_GRE);
	if ((flags & (GRE_ROUTING | GRE_VERSION)) != 0 || named == 0)
		return LULL_AT_TRANSPORT;
	if (!mirror && inside_of_type(type) == LULL_AT_TRANSPORT)
		return LULL_AT_TRANSPORT;
	if (!lull_cursor_has(c, header))
		return lack(c, header);
	lull_cursor_skip(c, header);
	return mirror ? erspan(c, type, flags & GRE_SEQUENCE, vlan) : inside_of_type(type);
}

// RFC 7348, 5: the I flag is set, all else is to be ignored.
static enum lull_layer vxlan(struct lull_cursor *c)
{
	if (!lull_cursor_has(c, 8))
		return lack(c, 8);
	if ((lull_cursor_u8(c, 0) & 0x08) == 0)
		return LULL_AT_TRANSPORT;
	lull_cursor_skip(c, 8);
	return LULL_AT_FRAME;
}

// RFC 8926, 3.4.
static enum lull_layer geneve(struct lull_cursor *c)
{
	if (!lull_cursor_has(c, 8))
		return lack(c, 8);
	uint8_t first = lull_cursor_u8(c, 0);
	enum lull_layer layer = inside_of_type(lull_cursor_u16(c, 2));
	uint32_t header = 8 + (first & 0x3f) * 4u;
	if (first >> 6 != 0 || layer == LULL_AT_TRANSPORT)
		return LULL_AT_TRANSPORT;
	if (!lull_cursor_has(c, header))
		return lack(c, header);
	lull_cursor_skip(c, header);
	return layer;
}

// 3GPP TS 29.281, 5.1 and 5.2: version 1, a G-PDU, and its chain of extension headers.
static enum lull_layer gtpu(struct lull_cursor *c)
{
	if (!lull_cursor_has(c, 8))
		return lack(c, 8);
	uint8_t flags = lull_cursor_u8(c, 0);
	if (flags >> 4 != 3 || lull_cursor_u8(c, 1) != 255)
		return LULL_AT_TRANSPORT;
	lull_cursor_bound(c, 8u + lull_cursor_u16(c, 2));
	lull_cursor_skip(c, 8);
	if (flags & 7) {
		if (!lull_cursor_has(c, 4))
			return lack(c, 4);
		uint8_t next = flags & 4 ? lull_cursor_u8(c, 3) : 0;
		lull_cursor_skip(c, 4);
		for (int n = 0; next != 0; n++) {
			uint32_t size = lull_cursor_has(c, 1) ? lull_cursor_u8(c, 0) * 4u : 1;
			if (n == GTPU_EXTENSIONS_MAX || size == 0)
				return LULL_AT_TRANSPORT;
			if (!lull_cursor_has(c, size))
				return lack(c, size);
			next = lull_cursor_u8(c, size - 1);
			lull_cursor_skip(c, size);
		}
	}
	return lull_layer_nibble(c, LULL_AT_NO_IP);
}

static enum lull_layer udp(struct lull_cursor *c, unsigned decap)
{
	if ((decap & UDP_TUNNELS) == 0)
		return LULL_AT_TRANSPORT;
	if (!lull_cursor_has(c, 8))
		return lack(c, 8);
	uint16_t port = lull_cursor_u16(c, 2);
	lull_cursor_skip(c, 8);
	if (decap & LULL_DECAP_VXLAN && (port == PORT_VXLAN || port == PORT_VXLAN_OLD))
		return vxlan(c);
	if (decap & LULL_DECAP_GENEVE && port == PORT_GENEVE)
		return geneve(c);
	if (decap & LULL_DECAP_GTPU && port == PORT_GTPU)
		return gtpu(c);
	return LULL_AT_TRANSPORT;
}

static enum lull_layer enter(
	struct lull_cursor *c, unsigned decap, const struct lull_ip_header *ip, uint32_t *vlan)
{
	if (ip->cut)
		return LULL_AT_CUT;
	if (!ip->start)
		return LULL_AT_TRANSPORT;
	switch (ip->proto) {
	case PROTO_IP4:
		return decap & LULL_DECAP_IPIP ? LULL_AT_IP4 : LULL_AT_TRANSPORT;
	case PROTO_IP6:
		return decap & LULL_DECAP_IPIP ? LULL_AT_IP6 : LULL_AT_TRANSPORT;
	case PROTO_GRE:
		return decap & (LULL_DECAP_GRE | LULL_DECAP_ERSPAN) ? gre(c, decap, vlan)
								    : LULL_AT_TRANSPORT;
	case LULL_PROTO_UDP:
		return udp(c, decap);
	default:
		return LULL_AT_TRANSPORT;
	}
}

struct lull_inside lull_tunnel_enter(
	struct lull_cursor *c, unsigned decap, const struct lull_ip_header *ip)
{
	struct lull_cursor at = *c;
	struct lull_inside inside = {.vlan = LULL_NO_TAG};
	inside.layer = enter(&at, decap, ip, &inside.vlan);
	if (inside.layer != LULL_AT_TRANSPORT)
		*c = at;
	return inside;
}
