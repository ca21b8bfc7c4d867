// SPDX-License-Identifier: BSD-3-Clause
// One packet from its first byte to its verdict: a straight line for what nearly every packet is,
// and the layers in turn for the rest. Both give the same answer; tests/unit/slow_decode.c, which
// knows no fast path, holds them to it.

#include "ip.h"
#include "link.h"
#include "transport.h"
#include "tunnel.h"

#include <stddef.h>

#define MASK_48 UINT64_C(0xffffffffffff)

// Set every field, so that equal packets give equal results. One by one: for a structure of this
// size gcc makes a string instruction of an initializer, which costs more than the decoding.
static inline void set_unread(struct lull_headers *out)
{
	out->src = out->dst = out->embedded = (struct lull_ip){0, 0};
	out->src_mac = out->dst_mac = 0;
	out->ip_bytes = 0;
	out->vlan = out->mpls = LULL_NO_TAG;
	out->verdict = out->family = out->proto = out->tcp_flags = 0;
	out->unreach = out->embedded_family = out->partial = 0;
	out->tcp_at = out->ip_head = 0;
}

// The cursor stands on an IPv4 header, `link` bytes into the packet, and 20 bytes are granted.
// False, and nothing written: the header is not of the plain kind.
static inline bool fast_ip4(
	struct lull_cursor *c, uint32_t link, unsigned decap, struct lull_headers *out)
{
	uint32_t total = lull_cursor_u16(c, 2);
	uint8_t proto = lull_cursor_u8(c, 9);
	bool tcp = proto == LULL_PROTO_TCP;
	if (lull_cursor_u8(c, 0) != 0x45 || (lull_cursor_u16(c, 6) & 0x1fff) != 0)
		return false;
	if (tcp ? total < 34 || !lull_cursor_has(c, 34)
		: proto != LULL_PROTO_UDP || total < 20 || decap != 0)
		return false;
	out->src = (struct lull_ip){0, lull_cursor_u32(c, 12)};
	out->dst = (struct lull_ip){0, lull_cursor_u32(c, 16)};
	out->ip_bytes = total;
	out->family = 4;
	out->proto = proto;
	out->tcp_flags = tcp ? lull_cursor_u8(c, 33) : 0;
	out->tcp_at = tcp ? (uint16_t)(link + 20) : 0;
	out->ip_head = tcp ? 20 : 0;
	return true;
}

// The same for IPv6.
static inline bool fast_ip6(
	struct lull_cursor *c, uint32_t link, unsigned decap, struct lull_headers *out)
{
	if (!lull_cursor_has(c, 40))
		return false;
	uint32_t payload = lull_cursor_u16(c, 4);
	uint8_t proto = lull_cursor_u8(c, 6);
	bool tcp = proto == LULL_PROTO_TCP;
	if (lull_cursor_u8(c, 0) >> 4 != 6)
		return false;
	if (tcp ? payload < 14 || !lull_cursor_has(c, 54)
		: proto != LULL_PROTO_UDP || payload == 0 || decap != 0)
		return false;
	out->src = (struct lull_ip){lull_cursor_u64(c, 8), lull_cursor_u64(c, 16)};
	out->dst = (struct lull_ip){lull_cursor_u64(c, 24), lull_cursor_u64(c, 32)};
	out->ip_bytes = 40 + payload;
	out->family = 6;
	out->proto = proto;
	out->tcp_flags = tcp ? lull_cursor_u8(c, 53) : 0;
	out->tcp_at = tcp ? (uint16_t)(link + 40) : 0;
	out->ip_head = tcp ? 40 : 0;
	return true;
}

// Ethernet with at most one tag, then TCP or UDP right behind an IP header without ornaments.
// False: read it the long way; *out is then unspecified.
static inline __attribute__((always_inline)) bool fast(
	struct lull_cursor c, unsigned decap, struct lull_headers *out)
{
	if (!lull_cursor_has(&c, 14 + 4 + 20))
		return false;
	uint16_t type = lull_cursor_u16(&c, 12);
	uint32_t vlan = LULL_NO_TAG, skip = 14;
	if (lull_link_is_tag(type)) {
		vlan = lull_cursor_u16(&c, 14) & 0xfff;
		type = lull_cursor_u16(&c, 16);
		skip = 18;
	}
	out->embedded = (struct lull_ip){0, 0};
	out->src_mac = lull_cursor_u64(&c, 4) & MASK_48;
	out->dst_mac = lull_cursor_u64(&c, 0) >> 16;
	out->vlan = vlan;
	out->mpls = LULL_NO_TAG;
	out->verdict = LULL_IP;
	out->unreach = LULL_UNREACH_NONE;
	out->embedded_family = 0;
	out->partial = 0;
	lull_cursor_skip(&c, skip);
	if (type == LULL_ETHER_IP4)
		return fast_ip4(&c, skip, decap, out);
	return type == LULL_ETHER_IP6 && fast_ip6(&c, skip, decap, out);
}

// The inside of a tunnel. A frame inside is the one the mirror saw: its addresses and tags are
// the packet's, those of the outer frame are the mirror's own.
static enum lull_layer inside(
	struct lull_cursor *c, const struct lull_inside *in, struct lull_headers *out)
{
	if (in->layer == LULL_AT_FRAME)
		set_unread(out);
	enum lull_layer layer = in->layer == LULL_AT_FRAME ? lull_link_ethernet(c, out) : in->layer;
	if (in->vlan != LULL_NO_TAG && out->vlan == LULL_NO_TAG)
		out->vlan = in->vlan;
	return layer;
}

static void set_tcp_at(ptrdiff_t at, struct lull_headers *out)
{
	if (at <= UINT16_MAX)
		out->tcp_at = (uint16_t)at;
	else
		out->ip_head = 0;
}

// Everything, layer by layer.
static __attribute__((noinline)) void full(
	struct lull_cursor c, uint16_t linktype, unsigned decap, struct lull_headers *out)
{
	struct lull_ip_header ip;
	const uint8_t *start = c.at;
	set_unread(out);
	enum lull_layer layer = lull_link_read(&c, linktype, out);
	for (int level = 0; !lull_layer_ends(layer); level++) {
		enum lull_verdict verdict = lull_ip_read(&c, layer, &ip);
		if (verdict != LULL_IP) {
			out->verdict = (uint8_t)verdict;
			return;
		}
		struct lull_inside in = {LULL_AT_TRANSPORT, LULL_NO_TAG};
		if (decap != 0)
			in = lull_tunnel_enter(&c, decap, &ip);
		if (in.layer == LULL_AT_TRANSPORT) {
			out->src = ip.src;
			out->dst = ip.dst;
			out->ip_bytes = ip.bytes;
			out->verdict = LULL_IP;
			out->family = ip.family;
			out->proto = ip.proto;
			lull_transport_read(&c, &ip, out);
			if (out->ip_head != 0)
				set_tcp_at(c.at - start, out);
			return;
		}
		layer = level == LULL_TUNNELS_MAX && !lull_layer_ends(in.layer)
				? LULL_AT_BAD
				: inside(&c, &in, out);
	}
	out->verdict = (uint8_t)layer;
}

void lull_decode(const struct lull_packet *packet, unsigned decap, struct lull_headers *out)
{
	struct lull_cursor c = lull_cursor_start(packet);
	if (packet->linktype == LULL_LINK_ETHERNET && fast(c, decap, out))
		return;
	full(c, packet->linktype, decap, out);
}

#define PLAIN_IP4 UINT64_C(0x0800450000000000) // EtherType, version and header length
#define PLAIN_MASK UINT64_C(0xffffff0000000000)

// Addresses alone, where a few comparisons tell that the full reading would give the same ones.
// False: nothing is known yet.
static inline bool plain(struct lull_cursor c, struct lull_headers *out)
{
	if (!lull_cursor_has(&c, 14 + 20))
		return false;
	uint64_t start = lull_cursor_u64(&c, 12); // EtherType, first six bytes of the IPv4 header
	uint32_t total = start >> 16 & 0xffff;
	uint8_t proto = lull_cursor_u8(&c, 14 + 9);
	// one shift, not two comparisons: which of the two it is cannot be predicted
	bool known = proto < 32 && (1u << LULL_PROTO_TCP | 1u << LULL_PROTO_UDP) >> proto & 1;
	if ((start & PLAIN_MASK) != PLAIN_IP4 || total < 20 || !known)
		return false;
	uint64_t addresses = lull_cursor_u64(&c, 14 + 12);
	out->src = (struct lull_ip){0, addresses >> 32};
	out->dst = (struct lull_ip){0, addresses & 0xffffffff};
	out->verdict = LULL_IP;
	out->family = 4;
	out->unreach = LULL_UNREACH_NONE;
	out->partial = 1;
	return true;
}

void lull_decode_burst(const struct lull_packet *packets, const uint16_t *which, uint32_t n,
	unsigned decap, struct lull_headers *out)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct lull_packet *p = &packets[which[i]];
		struct lull_cursor c = lull_cursor_start(p);
		bool ethernet = p->linktype == LULL_LINK_ETHERNET;
		if (ethernet && decap == 0 && plain(c, &out[i]))
			continue;
		if (!ethernet || !fast(c, decap, &out[i]))
			full(c, p->linktype, decap, &out[i]);
	}
}

// What plain() has looked at is known: no tag, no options, TCP or UDP, no tunnel to look into.
void lull_decode_rest(const struct lull_packet *packet, struct lull_headers *out)
{
	struct lull_cursor c = lull_cursor_start(packet), ip = c;
	lull_cursor_skip(&ip, 14);
	bool plain = lull_cursor_has(&c, 14 + 4 + 20) && fast_ip4(&ip, 14, 0, out);
	if (!plain) {
		lull_decode(packet, 0, out);
		return;
	}
	out->embedded = (struct lull_ip){0, 0};
	out->src_mac = lull_cursor_u64(&c, 4) & MASK_48;
	out->dst_mac = lull_cursor_u64(&c, 0) >> 16;
	out->vlan = LULL_NO_TAG;
	out->mpls = LULL_NO_TAG;
	out->embedded_family = 0;
	out->partial = 0;
}
