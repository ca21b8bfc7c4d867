// SPDX-License-Identifier: BSD-3-Clause
// Writes packets. Nothing here draws a number or counts anything.

#include "wire.h"

#include <string.h>

enum { LINK_NULL = 0, LINK_ETHERNET = 1, LINK_RAW = 101, LINK_SLL = 113 };
enum { FLAG_SYN = 0x02 };

static uint8_t *put16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
	return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t v)
{
	put16(at, v >> 16);
	return put16(at + 2, v);
}

static void put_mac(uint8_t *at, uint64_t mac)
{
	for (int i = 0; i < 6; i++)
		at[i] = (uint8_t)(mac >> (40 - 8 * i));
}

static uint8_t *ethernet(uint8_t *at, const struct lull_wire_wrap *w, uint16_t ethertype)
{
	put_mac(at, w->dst_mac);
	put_mac(at + 6, w->src_mac);
	at += 12;
	if (w->vlan >= 0) {
		at = put16(at, w->inner >= 0 ? 0x88a8 : 0x8100);
		at = put16(at, (uint32_t)w->vlan);
	}
	if (w->inner >= 0) {
		at = put16(at, 0x8100);
		at = put16(at, (uint32_t)w->inner);
	}
	if (w->n_labels == 0)
		return put16(at, ethertype);
	at = put16(at, 0x8847);
	for (size_t i = 0; i < w->n_labels; i++) // RFC 3032: label, bottom of stack, TTL
		at = put32(at, w->labels[i] << 12 | (i + 1 == w->n_labels) << 8 | 62);
	return at;
}

static uint8_t *sll(uint8_t *at, const struct lull_wire_wrap *w, uint16_t ethertype)
{
	at = put16(at, 0); // to us
	at = put16(at, 1); // ARPHRD_ETHER
	at = put16(at, 6);
	put_mac(at, w->src_mac);
	return put16(at + 8, ethertype);
}

void lull_wire_link_init(struct lull_wire_link *link, const struct lull_wire_wrap *wrap)
{
	memset(link, 0, sizeof(*link));
	for (int six = 0; six < 2; six++) {
		uint8_t *start = link->bytes[six], *end = start;
		uint16_t ethertype = six ? 0x86dd : 0x0800;
		if (wrap->linktype == LINK_ETHERNET)
			end = ethernet(start, wrap, ethertype);
		else if (wrap->linktype == LINK_SLL)
			end = sll(start, wrap, ethertype);
		else if (wrap->linktype == LINK_NULL) // little-endian AF_INET, AF_INET6 of Linux
			memcpy(start, six ? "\x0a\0\0\0" : "\x02\0\0\0", 4), end = start + 4;
		link->len = (uint8_t)(end - start);
	}
	link->min = wrap->linktype == LINK_ETHERNET ? 60 : 0;
	put_mac(link->dst_mac, wrap->dst_mac);
	put_mac(link->src_mac, wrap->src_mac);
}

uint16_t lull_wire_sum(const uint8_t *bytes, uint32_t n, uint64_t sum)
{
	uint32_t i = 0;
	for (; i + 4 <= n; i += 4)
		sum += (uint32_t)bytes[i] << 24 | bytes[i + 1] << 16 | bytes[i + 2] << 8 |
		       bytes[i + 3];
	for (; i < n; i++)
		sum += (uint64_t)bytes[i] << (i & 1 ? 0 : 8);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)((sum >> 16) + (sum & 0xffff));
}

// at points to the transport header, ip to the IP header before it, both written; length: of
// the transport header and payload. proto as in the pseudo header.
static uint16_t transport_sum(const struct lull_segment *s, uint8_t proto, const uint8_t *at,
	uint32_t header, uint32_t length)
{
	uint32_t n = s->src.family == 4 ? 4 : 16;
	uint64_t sum = lull_wire_sum(s->src.bytes, n, (uint64_t)proto + length);
	sum = lull_wire_sum(s->dst.bytes, n, sum);
	return (uint16_t)~lull_wire_sum(at, header, sum);
}

static uint32_t tcp_header(uint8_t *at, const struct lull_segment *s)
{
	uint32_t len = s->tcp_flags & FLAG_SYN ? 24 : 20;
	put16(at, s->sport);
	put16(at + 2, s->dport);
	put32(at + 4, s->seq);
	put32(at + 8, s->ack);
	at[12] = (uint8_t)(len / 4 << 4);
	at[13] = s->tcp_flags;
	put16(at + 14, 64240);
	memset(at + 16, 0, 4);
	if (len == 24)
		put32(at + 20, 0x02040000 | (s->src.family == 4 ? 1460 : 1440)); // MSS
	return len;
}

static uint32_t ip_header(uint8_t *at, const struct lull_segment *s, uint8_t proto, uint32_t total)
{
	if (s->src.family == 4) {
		at[0] = 0x45;
		at[1] = 0;
		put16(at + 2, total);
		put16(at + 4, s->id);
		put16(at + 6, 0x4000); // don't fragment
		at[8] = s->ttl;
		at[9] = proto;
		put16(at + 10, 0);
		memcpy(at + 12, s->src.bytes, 4);
		memcpy(at + 16, s->dst.bytes, 4);
		put16(at + 10, (uint16_t)~lull_wire_sum(at, 20, 0));
		return 20;
	}
	put32(at, UINT32_C(0x60000000));
	put16(at + 4, total - 40);
	at[6] = proto;
	at[7] = s->ttl;
	memcpy(at + 8, s->src.bytes, 16);
	memcpy(at + 24, s->dst.bytes, 16);
	return 40;
}

static uint8_t wire_proto(const struct lull_segment *s)
{
	return s->proto == LULL_WIRE_ICMP && s->src.family == 6 ? LULL_WIRE_ICMP6 : s->proto;
}

// The embedded packet of an ICMP error: its IP header and the first 8 bytes beyond it
// (RFC 792; RFC 4443 asks for as much as fits, and 8 are what every reader needs).
static uint32_t embed(uint8_t *at, const struct lull_segment *s)
{
	uint8_t transport[24];
	uint32_t header = s->src.family == 4 ? 20 : 40;
	uint32_t total = s->bytes < header + 24 ? header + 24 : s->bytes;
	ip_header(at, s, wire_proto(s), total);
	if (s->proto == LULL_WIRE_TCP) {
		tcp_header(transport, s);
	} else {
		put16(transport, s->sport);
		put16(transport + 2, s->dport);
		put16(transport + 4, total - header);
		put16(transport + 6, 0); // no checksum (RFC 768)
	}
	memcpy(at + header, transport, 8);
	return header + 8;
}

static uint32_t transport_header(uint8_t *at, const struct lull_segment *s)
{
	if (s->proto == LULL_WIRE_TCP)
		return tcp_header(at, s);
	if (s->proto == LULL_WIRE_UDP) {
		put16(at, s->sport);
		put16(at + 2, s->dport);
		return 8;
	}
	at[0] = s->icmp_type;
	at[1] = s->icmp_code;
	put16(at + 2, 0);
	put16(at + 4, s->embedded != NULL ? 0 : s->sport);
	put16(at + 6, s->embedded != NULL ? 0 : s->dport);
	return 8 + (s->embedded != NULL ? embed(at + 8, s->embedded) : 0);
}

static void checksum(uint8_t *at, const struct lull_segment *s, uint32_t header, uint32_t length)
{
	uint8_t proto = wire_proto(s);
	if (proto == LULL_WIRE_TCP) {
		put16(at + 16, transport_sum(s, proto, at, header, length));
	} else if (proto == LULL_WIRE_UDP) {
		put16(at + 4, length);
		put16(at + 6, 0);
		uint16_t sum = transport_sum(s, proto, at, header, length);
		put16(at + 6, sum != 0 ? sum : 0xffff); // 0 would mean none
	} else if (proto == LULL_WIRE_ICMP6) {
		put16(at + 2, transport_sum(s, proto, at, header, length));
	} else {
		put16(at + 2, (uint16_t)~lull_wire_sum(at, header, 0));
	}
}

static void start(struct lull_wire *wire)
{
	memset(wire->bytes, 0, wire->dirty);
}

void lull_wire_build(
	struct lull_wire *wire, const struct lull_wire_link *link, const struct lull_segment *s)
{
	start(wire);
	int six = s->src.family == 6;
	uint32_t ip_len = six ? 40 : 20;
	uint8_t *ip = wire->bytes + link->len, *transport = ip + ip_len;
	memcpy(wire->bytes, link->bytes[six], link->len);
	uint32_t header = transport_header(transport, s);
	uint32_t total = s->bytes < ip_len + header ? ip_len + header : s->bytes;
	if (total > LULL_WIRE_BYTES)
		total = LULL_WIRE_BYTES;
	checksum(transport, s, header, total - ip_len);
	ip_header(ip, s, wire_proto(s), total);
	wire->headers = link->len + ip_len + header;
	wire->dirty = wire->headers;
	wire->ip_bytes = total;
	wire->wirelen = link->len + total;
	if (wire->wirelen < link->min)
		wire->wirelen = link->min;
}

void lull_wire_arp(struct lull_wire *wire, const struct lull_wire_link *link,
	const struct lull_addr *sender, const struct lull_addr *target)
{
	start(wire);
	uint8_t *at = wire->bytes;
	memset(at, 0xff, 6);
	memcpy(at + 6, link->src_mac, 6);
	at = put16(at + 12, 0x0806);
	at = put16(at, 1); // Ethernet
	at = put16(at, 0x0800);
	at = put16(at, 0x0604);
	at = put16(at, 1); // request
	memcpy(at, link->src_mac, 6);
	memcpy(at + 6, sender->bytes, 4);
	memset(at + 10, 0, 6);
	memcpy(at + 16, target->bytes, 4);
	wire->headers = 42;
	wire->dirty = 42;
	wire->ip_bytes = 0;
	wire->wirelen = 60;
}
