// SPDX-License-Identifier: BSD-3-Clause
// The slow decoder: link layers, IP and transport. Tunnels are in slow_tunnel.c.

#include "packet/match.h"
#include "slow_parts.h"

#include <lull/sift.h>
#include <stdio.h>
#include <string.h>

static int ip_by_version(struct job *j, int64_t at, int64_t end, int otherwise);

static bool vlan_type(uint64_t type)
{
	return one_of(type, (const uint16_t[]){0x8100, 0x88a8, 0x9100, 0});
}

static int mpls(struct job *j, int64_t at, int64_t end, int depth)
{
	int bad = depth == 8 ? LULL_BAD : missing(j, at, 4, end);
	if (bad)
		return bad;
	if (depth == 0)
		j->h->mpls = (uint32_t)(number(j, at, 3) >> 4);
	if (number(j, at + 2, 1) % 2 == 0)
		return mpls(j, at + 4, end, depth + 1);
	at += 4;
	if ((bad = missing(j, at, 1, end)))
		return bad;
	if (number(j, at, 1) >> 4 != 0)
		return ip_by_version(j, at, end, LULL_NO_IP);
	// A control word, an Ethernet header, tags, and IP: or something we do not know.
	if (missing(j, at, 18, end) == LULL_BAD)
		return LULL_NO_IP;
	if (missing(j, at, 18, end) == LULL_CUT)
		return LULL_CUT;
	if (number(j, at, 2) != 0)
		return LULL_NO_IP;
	uint64_t type = number(j, at + 16, 2);
	at += 18;
	for (int tags = 0; vlan_type(type); tags++, at += 4) {
		if ((bad = tags == 4 ? LULL_BAD : missing(j, at, 4, end)))
			return bad;
		type = number(j, at + 2, 2);
	}
	return type == 0x0800   ? slow_ip4(j, at, end)
	       : type == 0x86dd ? slow_ip6(j, at, end)
				: LULL_NO_IP;
}

static int ppp(struct job *j, int64_t at, int64_t end)
{
	int bad = missing(j, at, 1, end);
	if (bad)
		return bad;
	uint64_t protocol = number(j, at, 1);
	if (protocol % 2 == 0) {
		if ((bad = missing(j, at, 2, end)))
			return bad;
		protocol = number(j, at++, 2);
	}
	at++;
	if (protocol == 0x21)
		return slow_ip4(j, at, end);
	if (protocol == 0x57)
		return slow_ip6(j, at, end);
	if (protocol == 0x281 || protocol == 0x283)
		return mpls(j, at, end, 0);
	return LULL_NO_IP;
}

static int announced(struct job *j, uint64_t type, int64_t at, int64_t end)
{
	int bad;
	switch (type) {
	case 0x0800:
		return slow_ip4(j, at, end);
	case 0x86dd:
		return slow_ip6(j, at, end);
	case 0x8847:
	case 0x8848:
		return mpls(j, at, end, 0);
	case 0x8864:
		if ((bad = missing(j, at, 6, end)))
			return bad;
		if (number(j, at, 1) != 0x11)
			return LULL_BAD;
		if (number(j, at + 1, 1) != 0)
			return LULL_NO_IP;
		return ppp(j, at + 6, nearer(end, at + 6 + (int64_t)number(j, at + 4, 2)));
	default:
		return LULL_NO_IP;
	}
}

static int llc(struct job *j, int64_t at, int64_t end)
{
	int bad = missing(j, at, 3, end);
	if (bad)
		return bad;
	if (number(j, at, 3) != 0xaaaa03)
		return LULL_NO_IP;
	if ((bad = missing(j, at, 8, end)))
		return bad;
	if (number(j, at + 3, 3) != 0)
		return LULL_NO_IP;
	return announced(j, number(j, at + 6, 2), at + 8, end);
}

// The type field and whatever tags come; at: where the type stands.
static int typed(struct job *j, int64_t at, int64_t end, bool lengths, int tags)
{
	uint64_t type = number(j, at, 2);
	at += 2;
	if (vlan_type(type)) {
		int bad = tags == 4 ? LULL_BAD : missing(j, at, 4, end);
		if (bad)
			return bad;
		if (tags == 0)
			j->h->vlan = number(j, at, 2) % 4096;
		return typed(j, at + 2, end, lengths, tags + 1);
	}
	if (lengths && type <= 1500)
		return llc(j, at, nearer(end, at + (int64_t)type));
	return announced(j, type, at, end);
}

int slow_ethernet(struct job *j, int64_t at, int64_t end)
{
	int bad = missing(j, at, 14, end);
	if (bad)
		return bad;
	j->h->dst_mac = number(j, at, 6);
	j->h->src_mac = number(j, at + 6, 6);
	return typed(j, at + 12, end, true, 0);
}

static int ip_by_version(struct job *j, int64_t at, int64_t end, int otherwise)
{
	int bad = missing(j, at, 1, end);
	if (bad)
		return bad;
	switch (number(j, at, 1) / 16) {
	case 4:
		return slow_ip4(j, at, end);
	case 6:
		return slow_ip6(j, at, end);
	default:
		return otherwise;
	}
}

// --- transport

static enum lull_unreach error_kind(int family, uint64_t type, uint64_t code)
{
	static const char v4[] = "nn...nnn.aannaaa"; // by code of destination unreachable
	static const char v6[] = "na.n.aa";
	if (type == (family == 4 ? 11 : 3) && code == 0)
		return LULL_UNREACH_TTL;
	const char *kinds = family == 4 ? v4 : v6;
	if (type != (family == 4 ? 3 : 1) || code >= strlen(kinds))
		return LULL_UNREACH_NONE;
	return kinds[code] == 'n'   ? LULL_UNREACH_NOROUTE
	       : kinds[code] == 'a' ? LULL_UNREACH_ADMIN
				    : LULL_UNREACH_NONE;
}

static void transport(const struct job *j, struct payload *p)
{
	struct lull_headers *h = &p->h;
	bool four = h->family == 4;
	if (h->proto == 6 && !missing(j, p->at, 14, p->end)) {
		h->tcp_flags = (uint8_t)number(j, p->at + 13, 1);
		h->tcp_at = p->at < 65536 ? (uint16_t)p->at : 0;
		h->ip_head = p->at < 65536 ? (uint16_t)(p->at - p->ip_at) : 0;
	}
	if (h->proto != (four ? 1 : 58) || missing(j, p->at, four ? 28 : 48, p->end))
		return;
	unsigned kind = error_kind(h->family, number(j, p->at, 1), number(j, p->at + 1, 1));
	uint64_t version = number(j, p->at + 8, 1);
	if (kind == 0 || version / 16 != h->family || (four && version % 16 < 5))
		return;
	h->unreach = (uint8_t)kind;
	h->embedded_family = h->family;
	h->embedded.hi = four ? 0 : number(j, p->at + 32, 8);
	h->embedded.lo = four ? number(j, p->at + 24, 4) : number(j, p->at + 40, 8);
}

static int deliver(struct job *j, struct payload *p)
{
	int v = slow_tunnel(j, p);
	if (v != NOT_MINE)
		return v;
	if (p->first_fragment)
		transport(j, p);
	p->h.src_mac = j->h->src_mac;
	p->h.dst_mac = j->h->dst_mac;
	p->h.vlan = j->h->vlan;
	p->h.mpls = j->h->mpls;
	*j->h = p->h;
	return LULL_IP;
}

int slow_ip4(struct job *j, int64_t at, int64_t end)
{
	int bad = missing(j, at, 20, end);
	if (bad)
		return bad;
	int64_t header_size = 4 * (int64_t)(number(j, at, 1) % 16),
		total = (int64_t)number(j, at + 2, 2);
	if (total == 0)
		total = end - at;
	if (number(j, at, 1) / 16 != 4 || header_size < 20 || total < header_size)
		return LULL_BAD;
	struct payload p = {.ip_at = at, .at = at + header_size, .end = nearer(end, at + total)};
	p.first_fragment = number(j, at + 6, 2) % 8192 == 0;
	p.h.family = 4;
	p.h.proto = (uint8_t)number(j, at + 9, 1);
	p.h.src.lo = number(j, at + 12, 4);
	p.h.dst.lo = number(j, at + 16, 4);
	p.h.ip_bytes = (uint32_t)total;
	return deliver(j, &p);
}

// Follow the chain from header `next` at p->at; true: it has more than eight.
static bool chain(const struct job *j, struct payload *p, unsigned next, int depth)
{
	static const uint16_t walked[] = {43, 44, 51, 60, 135, 139, 140, 0};
	p->h.proto = (uint8_t)next;
	if (next != 0 && !one_of(next, walked))
		return false;
	if (depth == 8)
		return true;
	p->h.proto = 255;
	int lost = missing(j, p->at, next == 44 ? 4 : 2, p->end);
	p->chain_cut = lost == LULL_CUT;
	if (lost)
		return false;
	unsigned after = (unsigned)number(j, p->at, 1);
	int64_t length = (int64_t)number(j, p->at + 1, 1);
	if (next == 44 && number(j, p->at + 2, 2) >= 8) { // not at offset 0
		p->first_fragment = false;
		if (after != 0 && !one_of(after, walked))
			p->h.proto = (uint8_t)after;
		return false;
	}
	p->at += next == 44 ? 8 : next == 51 ? 4 * (length + 2) : 8 * (length + 1);
	return chain(j, p, after, depth + 1);
}

int slow_ip6(struct job *j, int64_t at, int64_t end)
{
	int bad = missing(j, at, 40, end);
	if (bad)
		return bad;
	if (number(j, at, 1) / 16 != 6)
		return LULL_BAD;
	int64_t length = (int64_t)number(j, at + 4, 2);
	unsigned next = (unsigned)number(j, at + 6, 1);
	int64_t total = length != 0 || next == 59 ? 40 + length : end - at;
	struct payload p = {
		.ip_at = at, .at = at + 40, .end = nearer(end, at + total), .first_fragment = true};
	p.h.family = 6;
	p.h.src = (struct lull_ip){number(j, at + 8, 8), number(j, at + 16, 8)};
	p.h.dst = (struct lull_ip){number(j, at + 24, 8), number(j, at + 32, 8)};
	p.h.ip_bytes = (uint32_t)total;
	return chain(j, &p, next, 0) ? LULL_BAD : deliver(j, &p);
}

// --- link types

static int cisco(struct job *j, int64_t end)
{
	int bad = missing(j, 0, 4, end);
	return bad ? bad : typed(j, 2, end, false, 0);
}

static int hdlc(struct job *j, int64_t end)
{
	int bad = missing(j, 0, 2, end);
	if (bad)
		return bad;
	if (j->bytes[0] == 0x0f || j->bytes[0] == 0x8f)
		return cisco(j, end);
	return ppp(j, number(j, 0, 2) == 0xff03 ? 2 : 0, end);
}

static int loopback(struct job *j, int64_t end)
{
	int bad = missing(j, 0, 4, end);
	if (bad)
		return bad;
	const uint8_t *b = j->bytes;
	unsigned type = b[2] * 256u + b[3];
	if (type == 0x0800 || type == 0x86dd)
		return announced(j, type, 4, end);
	unsigned family = 0;
	if (b[0] == 0 && b[1] == 0)
		family = type;
	else if (b[2] == 0 && b[3] == 0)
		family = b[1] * 256u + b[0];
	if (family == 2)
		return slow_ip4(j, 4, end);
	return one_of(family, (const uint16_t[]){10, 24, 28, 30, 0}) ? slow_ip6(j, 4, end)
								     : LULL_NO_IP;
}

static int cooked(struct job *j, int64_t end, bool second)
{
	int64_t size = second ? 20 : 16;
	int bad = missing(j, 0, size, end);
	if (bad)
		return bad;
	uint64_t device = number(j, second ? 8 : 2, 2);
	int64_t type = second ? 0 : 14;
	if (second ? j->bytes[11] == 6 : number(j, 4, 2) == 6)
		j->h->src_mac = number(j, second ? 12 : 6, 6);
	if (one_of(device, (const uint16_t[]){770, 803, 824, 0}))
		return LULL_NO_IP;
	if (number(j, type, 2) == 4)
		return llc(j, size, end);
	if (!vlan_type(number(j, type, 2)))
		return announced(j, number(j, type, 2), size, end);
	if ((bad = missing(j, size, 4, end)))
		return bad;
	j->h->vlan = number(j, size, 2) % 4096;
	return typed(j, size + 2, end, false, 1);
}

static int frame(struct job *j, unsigned linktype, int64_t end)
{
	switch (linktype) {
	case 0:
	case 108:
		return loopback(j, end);
	case 1:
		return slow_ethernet(j, 0, end);
	case 9:
	case 50:
		return hdlc(j, end);
	case 12:
	case 14:
	case 101:
		return ip_by_version(j, 0, end, LULL_BAD);
	case 104:
		return cisco(j, end);
	case 113:
		return cooked(j, end, false);
	case 228:
		return slow_ip4(j, 0, end);
	case 229:
		return slow_ip6(j, 0, end);
	case 276:
		return cooked(j, end, true);
	default:
		return LULL_NO_IP;
	}
}

void slow_decode(const struct lull_packet *packet, unsigned decap, struct lull_headers *out)
{
	struct job j = {
		.bytes = packet->data, .captured = packet->caplen, .decap = decap, .h = out};
	int64_t end = packet->wirelen < packet->caplen ? packet->caplen : packet->wirelen;
	*out = (struct lull_headers){.vlan = LULL_NO_TAG, .mpls = LULL_NO_TAG};
	out->verdict = (uint8_t)frame(&j, packet->linktype, end);
}

bool slow_same(const struct lull_headers *a, const struct lull_headers *b)
{
	return a->src.hi == b->src.hi && a->src.lo == b->src.lo && a->dst.hi == b->dst.hi &&
	       a->dst.lo == b->dst.lo && a->embedded.hi == b->embedded.hi &&
	       a->embedded.lo == b->embedded.lo && a->src_mac == b->src_mac &&
	       a->dst_mac == b->dst_mac && a->ip_bytes == b->ip_bytes && a->vlan == b->vlan &&
	       a->mpls == b->mpls && a->verdict == b->verdict && a->family == b->family &&
	       a->proto == b->proto && a->tcp_flags == b->tcp_flags && a->unreach == b->unreach &&
	       a->embedded_family == b->embedded_family && a->tcp_at == b->tcp_at &&
	       a->ip_head == b->ip_head;
}

bool slow_agrees_on_tcp(const struct lull_packet *packet, const struct lull_headers *slow)
{
	struct job j = {.bytes = packet->data, .captured = packet->caplen};
	struct lull_tcp tcp;
	int64_t at = slow->tcp_at;
	if (at == 0)
		return true;
	if (at + 14 > j.captured)
		return false;
	lull_tcp_read(packet, slow, &tcp);
	int64_t header = 4 * (int64_t)(number(&j, at + 12, 1) / 16);
	int64_t data = (int64_t)slow->ip_bytes - slow->ip_head - header;
	data = header < 20 || data < 0 ? 0 : data;
	return tcp.ports == number(&j, at, 4) && tcp.data == data &&
	       tcp.end == (uint32_t)(number(&j, at + 4, 4) + (uint64_t)data);
}

bool slow_agrees_with_sift(
	const struct lull_packet *packet, unsigned decap, const struct lull_headers *slow)
{
	static uint32_t none; // a filter of no prefixes: everything plain is far
	static const struct lull_match m = {.v4 = {.filter = &none, .filter_shift = 31}};
	struct lull_sifted s;
	lull_sift(&m, packet, 1, decap, &s);
	uint64_t sum = slow->src.hi + slow->src.lo + slow->dst.hi + slow->dst.lo;
	return s.n_odd == 1 ||
	       (slow->verdict == LULL_IP && slow->unreach == LULL_UNREACH_NONE && s.sums[0] == sum);
}

bool slow_agrees_with_burst(
	const struct lull_packet *packet, unsigned decap, const struct lull_headers *slow)
{
	struct lull_headers burst;
	memset(&burst, 0xee, sizeof(burst));
	lull_decode_burst(packet, (const uint16_t[]){0}, 1, decap, &burst);
	if (!burst.partial)
		return slow_same(&burst, slow);
	bool read = slow->verdict == LULL_IP && burst.verdict == LULL_IP &&
		    burst.family == slow->family && burst.unreach == slow->unreach &&
		    burst.src.hi == slow->src.hi && burst.src.lo == slow->src.lo &&
		    burst.dst.hi == slow->dst.hi && burst.dst.lo == slow->dst.lo;
	lull_decode_rest(packet, &burst);
	return read && slow_same(&burst, slow) && !burst.partial;
}

const char *slow_text(const struct lull_headers *h, char *out)
{
	static const char *const verdicts[] = {"IP", "NO_IP", "CUT", "BAD"};
	snprintf(out, 512,
		"%s v%u %016lx%016lx > %016lx%016lx, macs %012lx %012lx, %u bytes, vlan %d, mpls "
		"%d, "
		"proto %u at %u - %u, flags %02x, unreach %u v%u %016lx%016lx",
		h->verdict < 4 ? verdicts[h->verdict] : "?", h->family, h->src.hi, h->src.lo,
		h->dst.hi, h->dst.lo, h->src_mac, h->dst_mac, h->ip_bytes, (int)h->vlan,
		(int)h->mpls, h->proto, h->tcp_at, h->ip_head, h->tcp_flags, h->unreach,
		h->embedded_family, h->embedded.hi, h->embedded.lo);
	return out;
}
