// SPDX-License-Identifier: BSD-3-Clause
// Link layers by their LINKTYPE_* number (https://www.tcpdump.org/linktypes.html), VLAN tags,
// LLC/SNAP, MPLS, PPPoE and PPP. What follows the IP header is not looked at here.

#include "link.h"

enum { VLAN_TAGS_MAX = 4, MPLS_LABELS_MAX = 8 };

enum {
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_UPSTREAM = 0x8848, // RFC 5332: upstream-assigned labels
	ETHER_PPPOE_SESSION = 0x8864,
	ETHER_LENGTH_MAX = 1500, // IEEE 802.3, 3.2.6: up to here a length, from 0x600 a type
};

enum {
	LINK_NULL = 0,
	LINK_PPP = 9,
	LINK_RAW_12 = 12, // DLT_RAW where it was not translated
	LINK_RAW_14 = 14, // DLT_RAW of OpenBSD
	LINK_PPP_HDLC = 50,
	LINK_RAW = 101,
	LINK_C_HDLC = 104,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_LINUX_SLL2 = 276,
};

// Step over VLAN tags; *type: the EtherType in front of them, then behind. first: the outermost.
// LULL_AT_FRAME: they were read.
static enum lull_layer vlan_tags(struct lull_cursor *c, uint16_t *type, uint32_t *first)
{
	for (int tags = 0; lull_link_is_tag(*type); tags++) {
		if (tags == VLAN_TAGS_MAX)
			return LULL_AT_BAD;
		if (!lull_cursor_has(c, 4))
			return lull_layer_lack(c, 4);
		if (tags == 0)
			*first = lull_cursor_u16(c, 0) & 0xfff;
		*type = lull_cursor_u16(c, 2);
		lull_cursor_skip(c, 4);
	}
	return LULL_AT_FRAME;
}

// RFC 4448, 4.6: behind a control word (16 zero bits and a sequence number) comes a customer's
// Ethernet frame, or something else again: nothing says so, so only one with IP in it is believed.
// Its MACs and tags are the customer's, not those of a neighbour, and are left alone.
static enum lull_layer pseudowire(struct lull_cursor *c)
{
	uint32_t want = 4 + 14, tag;
	if (!lull_cursor_has(c, want))
		return want <= c->room ? LULL_AT_CUT : LULL_AT_NO_IP;
	uint16_t type = lull_cursor_u16(c, 16);
	if (lull_cursor_u16(c, 0) != 0)
		return LULL_AT_NO_IP;
	lull_cursor_skip(c, want);
	enum lull_layer l = vlan_tags(c, &type, &tag);
	if (lull_layer_ends(l))
		return l;
	if (type == LULL_ETHER_IP4)
		return LULL_AT_IP4;
	return type == LULL_ETHER_IP6 ? LULL_AT_IP6 : LULL_AT_NO_IP;
}

// RFC 3032. The payload's type stands nowhere: RFC 4928, 3 has 4 and 6 in the first four bits
// for IP and 0 for the control word of a pseudowire.
static enum lull_layer mpls(struct lull_cursor *c, struct lull_headers *out)
{
	for (int labels = 0; labels < MPLS_LABELS_MAX; labels++) {
		if (!lull_cursor_has(c, 4))
			return lull_layer_lack(c, 4);
		uint32_t entry = lull_cursor_u32(c, 0);
		lull_cursor_skip(c, 4);
		if (labels == 0)
			out->mpls = entry >> 12;
		if ((entry & 0x100) == 0) // not the bottom of the stack
			continue;
		enum lull_layer l = lull_layer_nibble(c, LULL_AT_NO_IP);
		bool control = l == LULL_AT_NO_IP && lull_cursor_u8(c, 0) >> 4 == 0;
		return control ? pseudowire(c) : l;
	}
	return LULL_AT_BAD;
}

// RFC 1661, 2: the protocol, one octet when compressed (those are odd, RFC 1661, 6.5).
static enum lull_layer ppp_protocol(struct lull_cursor *c, struct lull_headers *out)
{
	if (!lull_cursor_has(c, 1))
		return lull_layer_lack(c, 1);
	uint32_t size = lull_cursor_u8(c, 0) & 1 ? 1 : 2;
	if (!lull_cursor_has(c, size))
		return lull_layer_lack(c, size);
	uint16_t protocol = size == 1 ? lull_cursor_u8(c, 0) : lull_cursor_u16(c, 0);
	lull_cursor_skip(c, size);
	switch (protocol) {
	case 0x0021:
		return LULL_AT_IP4;
	case 0x0057:
		return LULL_AT_IP6;
	case 0x0281:
	case 0x0283:
		return mpls(c, out);
	default:
		return LULL_AT_NO_IP;
	}
}

// RFC 2516, 4. Version and type are 1; a session's data has code 0.
static enum lull_layer pppoe(struct lull_cursor *c, struct lull_headers *out)
{
	if (!lull_cursor_has(c, 6))
		return lull_layer_lack(c, 6);
	uint8_t version = lull_cursor_u8(c, 0), code = lull_cursor_u8(c, 1);
	uint16_t length = lull_cursor_u16(c, 4);
	if (version != 0x11)
		return LULL_AT_BAD;
	if (code != 0)
		return LULL_AT_NO_IP;
	lull_cursor_skip(c, 6);
	lull_cursor_bound(c, length);
	return ppp_protocol(c, out);
}

// RFC 1042: LLC AA-AA-03 and a SNAP header of OUI 0 say an EtherType. Any other LLC is not IP.
static enum lull_layer snap(struct lull_cursor *c, uint16_t *type)
{
	if (!lull_cursor_has(c, 3))
		return lull_layer_lack(c, 3);
	if (lull_cursor_u16(c, 0) != 0xaaaa || lull_cursor_u8(c, 2) != 3)
		return LULL_AT_NO_IP;
	if (!lull_cursor_has(c, 8))
		return lull_layer_lack(c, 8);
	if (lull_cursor_u16(c, 3) != 0 || lull_cursor_u8(c, 5) != 0)
		return LULL_AT_NO_IP;
	*type = lull_cursor_u16(c, 6);
	lull_cursor_skip(c, 8);
	return LULL_AT_FRAME;
}

// What an EtherType announces.
static enum lull_layer ethertype(struct lull_cursor *c, uint16_t type, struct lull_headers *out)
{
	switch (type) {
	case LULL_ETHER_IP4:
		return LULL_AT_IP4;
	case LULL_ETHER_IP6:
		return LULL_AT_IP6;
	case ETHER_MPLS:
	case ETHER_MPLS_UPSTREAM:
		return mpls(c, out);
	case ETHER_PPPOE_SESSION:
		return pppoe(c, out);
	default:
		return LULL_AT_NO_IP;
	}
}

// The same with VLAN tags before it.
static enum lull_layer tagged(struct lull_cursor *c, uint16_t type, struct lull_headers *out)
{
	enum lull_layer l = vlan_tags(c, &type, &out->vlan);
	return lull_layer_ends(l) ? l : ethertype(c, type, out);
}

// LLC: only SNAP leads on, and not to another LLC.
static enum lull_layer llc(struct lull_cursor *c, struct lull_headers *out)
{
	uint16_t type;
	enum lull_layer l = snap(c, &type);
	return lull_layer_ends(l) ? l : ethertype(c, type, out);
}

enum lull_layer lull_link_ethernet(struct lull_cursor *c, struct lull_headers *out)
{
	if (!lull_cursor_has(c, 14))
		return lull_layer_lack(c, 14);
	out->dst_mac = lull_cursor_u48(c, 0);
	out->src_mac = lull_cursor_u48(c, 6);
	uint16_t type = lull_cursor_u16(c, 12);
	lull_cursor_skip(c, 14);
	enum lull_layer l = vlan_tags(c, &type, &out->vlan);
	if (lull_layer_ends(l))
		return l;
	if (type > ETHER_LENGTH_MAX)
		return ethertype(c, type, out);
	lull_cursor_bound(c, type);
	return llc(c, out);
}

// A word with the address family: in the byte order of the host that captured (NULL), or of the
// network (LOOP); a family is a small number, so the order shows. AF_INET is 2 everywhere,
// AF_INET6 is 10 (Linux), 24 (NetBSD, OpenBSD), 28 (FreeBSD) or 30 (Darwin). Some files have an
// EtherType in the last two bytes instead (Cisco HDLC headers passed on as they were).
static enum lull_layer loopback(struct lull_cursor *c)
{
	if (!lull_cursor_has(c, 4))
		return lull_layer_lack(c, 4);
	uint32_t family = lull_cursor_u32(c, 0);
	lull_cursor_skip(c, 4);
	if ((family & 0xffff) == LULL_ETHER_IP4)
		return LULL_AT_IP4;
	if ((family & 0xffff) == LULL_ETHER_IP6)
		return LULL_AT_IP6;
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
		return LULL_AT_IP4;
	case 10:
	case 24:
	case 28:
	case 30:
		return LULL_AT_IP6;
	default:
		return LULL_AT_NO_IP;
	}
}

// Cisco HDLC: address, control, EtherType.
static enum lull_layer c_hdlc(struct lull_cursor *c, struct lull_headers *out)
{
	if (!lull_cursor_has(c, 4))
		return lull_layer_lack(c, 4);
	uint16_t type = lull_cursor_u16(c, 2);
	lull_cursor_skip(c, 4);
	return tagged(c, type, out);
}

// RFC 1662 framing: address FF and control 03 may be compressed away. 0F and 8F are Cisco HDLC's
// unicast and broadcast, which share the link type and are no protocol numbers of PPP.
static enum lull_layer ppp(struct lull_cursor *c, struct lull_headers *out)
{
	if (!lull_cursor_has(c, 2))
		return lull_layer_lack(c, 2);
	uint8_t address = lull_cursor_u8(c, 0);
	if (address == 0x0f || address == 0x8f)
		return c_hdlc(c, out);
	if (lull_cursor_u16(c, 0) == 0xff03)
		lull_cursor_skip(c, 2);
	return ppp_protocol(c, out);
}

// The protocol of a Linux cooked header is an EtherType, but for 4 (LLC follows) and for devices
// whose payload is something else: frame relay (770), radiotap (803), netlink (824).
static enum lull_layer cooked(
	struct lull_cursor *c, uint16_t device, uint16_t type, struct lull_headers *out)
{
	if (device == 770 || device == 803 || device == 824)
		return LULL_AT_NO_IP;
	return type == 4 ? llc(c, out) : tagged(c, type, out);
}

static enum lull_layer linux_sll(struct lull_cursor *c, struct lull_headers *out)
{
	if (!lull_cursor_has(c, 16))
		return lull_layer_lack(c, 16);
	uint16_t device = lull_cursor_u16(c, 2), type = lull_cursor_u16(c, 14);
	if (lull_cursor_u16(c, 4) == 6)
		out->src_mac = lull_cursor_u48(c, 6);
	lull_cursor_skip(c, 16);
	return cooked(c, device, type, out);
}

static enum lull_layer linux_sll2(struct lull_cursor *c, struct lull_headers *out)
{
	if (!lull_cursor_has(c, 20))
		return lull_layer_lack(c, 20);
	uint16_t device = lull_cursor_u16(c, 8), type = lull_cursor_u16(c, 0);
	if (lull_cursor_u8(c, 11) == 6)
		out->src_mac = lull_cursor_u48(c, 12);
	lull_cursor_skip(c, 20);
	return cooked(c, device, type, out);
}

enum lull_layer lull_link_read(struct lull_cursor *c, uint16_t linktype, struct lull_headers *out)
{
	switch (linktype) {
	case LULL_LINK_ETHERNET:
		return lull_link_ethernet(c, out);
	case LINK_RAW:
	case LINK_RAW_12:
	case LINK_RAW_14:
		return lull_layer_nibble(c, LULL_AT_BAD);
	case LINK_IPV4:
		return LULL_AT_IP4;
	case LINK_IPV6:
		return LULL_AT_IP6;
	case LINK_NULL:
	case LINK_LOOP:
		return loopback(c);
	case LINK_PPP:
	case LINK_PPP_HDLC:
		return ppp(c, out);
	case LINK_C_HDLC:
		return c_hdlc(c, out);
	case LINK_LINUX_SLL:
		return linux_sll(c, out);
	case LINK_LINUX_SLL2:
		return linux_sll2(c, out);
	}
	return LULL_AT_NO_IP;
}
