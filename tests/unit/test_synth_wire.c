// SPDX-License-Identifier: BSD-3-Clause
// Packets as written: checksums by a slow second implementation, and every field as the decoder
// reads it back.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/decode.h>
#include <string.h>
#include <synth/wire.h>

static struct lull_wire wire;

static struct lull_addr addr(const char *text)
{
	struct lull_addr a;
	cr_assert(eq(int, lull_addr_parse(text, &a), 0));
	return a;
}

// RFC 1071 by the book: 16 bits at a time, carry folded at once.
static uint16_t slow_sum(const uint8_t *bytes, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++) {
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

static void check_sums(uint32_t link, bool six)
{
	const uint8_t *ip = wire.bytes + link, *at = ip + (six ? 40 : 20);
	uint32_t length = wire.ip_bytes - (six ? 40 : 20);
	uint8_t proto = six ? ip[6] : ip[9];
	uint16_t pseudo = proto == 1 ? 0 // ICMP of IPv4 has no pseudo header
				     : slow_sum(ip + (six ? 8 : 12), six ? 32 : 8, proto + length);
	if (!six)
		cr_assert(eq(u16, slow_sum(ip, 20, 0), 0xffff));
	cr_assert(eq(u16, slow_sum(at, length, pseudo), 0xffff));
}

static void check_packet(const struct lull_wire_wrap *wrap, const struct lull_segment *s,
	const struct lull_segment *embedded, int unreach)
{
	struct lull_wire_link link;
	struct lull_headers h;
	bool six = s->src.family == 6;
	lull_wire_link_init(&link, wrap);
	lull_wire_build(&wire, &link, s);
	check_sums(link.len, six);
	struct lull_packet p = {.data = wire.bytes,
		.caplen = wire.wirelen,
		.wirelen = wire.wirelen,
		.linktype = wrap->linktype};
	lull_decode(&p, 0, &h);
	cr_assert(eq(int, h.verdict, LULL_IP));
	cr_assert(eq(int, h.family, s->src.family));
	cr_assert(eq(u32, h.ip_bytes, wire.ip_bytes));
	cr_assert(eq(int, h.tcp_flags, s->proto == LULL_WIRE_TCP ? s->tcp_flags : 0));
	cr_assert(eq(int, h.unreach, unreach));
	if (unreach != 0)
		cr_assert(eq(u64, h.embedded.lo & 255,
			six ? embedded->dst.bytes[15] : embedded->dst.bytes[3]));
	if (wrap->linktype == 1) {
		cr_assert(eq(u32, h.vlan, wrap->vlan < 0 ? LULL_NO_TAG : (uint32_t)wrap->vlan));
		cr_assert(eq(u32, h.mpls, wrap->n_labels == 0 ? LULL_NO_TAG : wrap->labels[0]));
		cr_assert(eq(u64, h.src_mac, wrap->src_mac));
		cr_assert(eq(u64, h.dst_mac, wrap->dst_mac));
	}
	cr_assert(eq(u64, h.dst.lo & 255, six ? s->dst.bytes[15] : s->dst.bytes[3]));
	// the part a headers-only capture keeps is enough for all of it
	p.caplen = wire.headers;
	struct lull_headers short_h;
	lull_decode(&p, 0, &short_h);
	cr_assert(eq(int, short_h.verdict, LULL_IP));
	cr_assert(eq(int, short_h.tcp_flags, h.tcp_flags));
	cr_assert(eq(int, short_h.unreach, unreach));
}

static void check_kinds(const struct lull_wire_wrap *wrap, bool six)
{
	struct lull_segment s = {.src = addr(six ? "2001:db8::1234" : "192.0.2.17"),
		.dst = addr(six ? "2001:2::77" : "198.18.3.77"),
		.ttl = 60,
		.sport = 443,
		.dport = 51234,
		.id = 0xbeef,
		.seq = 0xdeadbeef,
		.ack = 0x01020304};
	struct lull_segment lost = s;
	lost.proto = LULL_WIRE_TCP;
	lost.tcp_flags = LULL_TCP_SYN;
	for (uint32_t bytes = 0; bytes <= 1500; bytes += 375) {
		s.bytes = bytes;
		s.proto = LULL_WIRE_TCP;
		s.tcp_flags = bytes == 0 ? LULL_TCP_SYN : LULL_TCP_ACK | LULL_TCP_FIN;
		check_packet(wrap, &s, NULL, 0);
		s.proto = LULL_WIRE_UDP;
		check_packet(wrap, &s, NULL, 0);
		s.proto = LULL_WIRE_ICMP;
		s.icmp_type = six ? 128 : 8;
		check_packet(wrap, &s, NULL, 0);
	}
	s.embedded = &lost;
	s.icmp_type = six ? 1 : 3;
	s.icmp_code = six ? 1 : 13;
	check_packet(wrap, &s, &lost, LULL_UNREACH_ADMIN);
	s.icmp_code = six ? 0 : 1;
	check_packet(wrap, &s, &lost, LULL_UNREACH_NOROUTE);
	s.icmp_type = six ? 3 : 11;
	s.icmp_code = 0;
	lost.proto = LULL_WIRE_UDP;
	check_packet(wrap, &s, &lost, LULL_UNREACH_TTL);
}

Test(synth_wire, every_packet_has_right_checksums_and_reads_back_as_it_was_meant)
{
	static const uint32_t labels[] = {16001, 24, 999999};
	static const struct lull_wire_wrap wraps[] = {
		{1, 0x020000000001, 0x020000000002, -1, -1, NULL, 0},
		{1, 0x020000000001, 0x020000000002, 100, -1, NULL, 0},
		{1, 0x020000000001, 0x020000000002, 100, 7, NULL, 0},
		{1, 0x020000000001, 0x020000000002, -1, -1, labels, 3},
		{1, 0x020000000001, 0x020000000002, 4094, -1, labels, 1},
		{101, 0, 0, -1, -1, NULL, 0},
		{113, 0x020000000001, 0, -1, -1, NULL, 0},
		{0, 0, 0, -1, -1, NULL, 0},
	};
	for (size_t i = 0; i < sizeof(wraps) / sizeof(wraps[0]); i++) {
		check_kinds(&wraps[i], false);
		check_kinds(&wraps[i], true);
	}
}

Test(synth_wire, nothing_of_a_longer_packet_is_left_in_a_shorter_one)
{
	static const struct lull_wire_wrap wrap = {1, 1, 2, 100, 7, NULL, 0};
	struct lull_wire_link link;
	struct lull_segment s = {.src = addr("2001:db8::1"), .dst = addr("2001:2::1")};
	struct lull_addr four = addr("192.0.2.1");
	lull_wire_link_init(&link, &wrap);
	s.proto = LULL_WIRE_TCP;
	s.tcp_flags = LULL_TCP_SYN;
	lull_wire_build(&wire, &link, &s);
	lull_wire_arp(&wire, &link, &four, &four);
	for (size_t i = 42; i < sizeof(wire.bytes); i++)
		cr_assert(eq(int, wire.bytes[i], 0));
	cr_assert(eq(u32, wire.wirelen, 60));
}
