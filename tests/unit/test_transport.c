// SPDX-License-Identifier: BSD-3-Clause
// TCP flags, and what an ICMP error says about the network.

#include "frames.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { RAW = 101 };

Test(transport, tcp_flags_are_all_eight_bits)
{
	for (unsigned flags = 0; flags < 256; flags++) {
		char recipe[64];
		snprintf(recipe, sizeof(recipe), "eth ip4 tcp:%u", flags);
		cr_assert_eq(frame_headers(recipe, 1, 0).tcp_flags, flags);
		snprintf(recipe, sizeof(recipe), "eth ip6 dest tcp:%u", flags);
		cr_assert_eq(frame_headers(recipe, 1, 0).tcp_flags, flags);
	}
	cr_assert_eq(frame_headers("eth ip4 udp data:20", 1, 0).tcp_flags, 0);
}

Test(transport, a_tcp_header_cut_before_the_flags_is_still_ip)
{
	struct frame f;
	frame_make(&f, "eth ip4 tcp:2");
	for (uint32_t cut = 34; cut <= f.n; cut++) {
		struct lull_headers h = frame_decode(f.bytes, cut, f.n, 1, 0);
		cr_assert(h.verdict == LULL_IP && h.proto == 6);
		cr_assert_eq(h.tcp_flags, cut < 48 ? 0 : 2, "cut at %u", cut);
	}
}

// The code of RFC 792 and 1812, RFC 4443, and whatever else fits into the two bytes.
static void check_icmp(int version, unsigned type, const char *codes)
{
	for (unsigned code = 0; code < 256; code++) {
		char recipe[64];
		snprintf(recipe, sizeof(recipe),
			version == 4 ? "ip4 icmp:%u.%u ip4 udp" : "ip6 icmp6:%u.%u ip6 udp", type,
			code);
		char c = '.';
		for (unsigned i = 0; codes[i] != '\0' && i <= code; i++)
			c = i == code ? codes[i] : '.';
		uint8_t want = c == 'n'   ? LULL_UNREACH_NOROUTE
			       : c == 'a' ? LULL_UNREACH_ADMIN
			       : c == 't' ? LULL_UNREACH_TTL
					  : LULL_UNREACH_NONE;
		struct lull_headers h = frame_headers(recipe, RAW, 0);
		cr_assert_eq(h.verdict, LULL_IP);
		cr_assert_eq(
			h.unreach, want, "v%d type %u code %u: %u", version, type, code, h.unreach);
		cr_assert_eq(h.embedded_family, want ? version : 0);
		cr_assert_eq(h.embedded.lo, want == 0 ? 0 : version == 4 ? 0x0a000202 : 2);
		cr_assert_eq(h.embedded.hi, want && version == 6 ? 0x20010db800020000 : 0);
	}
}

Test(transport, icmp_errors_count_by_what_they_say_about_the_network)
{
	for (unsigned type = 0; type < 256; type++) {
		check_icmp(4, type, type == 3 ? "nn...nnn.aannaaa" : type == 11 ? "t" : "");
		check_icmp(6, type, type == 1 ? "na.n.aa" : type == 3 ? "t" : "");
	}
}

Test(transport, an_error_whose_embedded_header_cannot_be_read_is_none)
{
	static const struct {
		const char *recipe;
		uint32_t whole, at; // bytes needed; the embedded header
	} cases[] = {{"ip4 icmp:3.1 ip4 udp", 48, 28}, {"ip6 icmp6:1.0 ip6 udp", 88, 48}};
	for (int i = 0; i < 2; i++) {
		struct frame f;
		frame_make(&f, cases[i].recipe);
		for (uint32_t cut = cases[i].at; cut <= f.n; cut++) {
			struct lull_headers h = frame_decode(f.bytes, cut, f.n, RAW, 0);
			cr_assert_eq(h.verdict, LULL_IP);
			cr_assert_eq(h.unreach, cut < cases[i].whole ? 0 : LULL_UNREACH_NOROUTE);
		}
		f.bytes[cases[i].at] ^= 0x10; // another version
		cr_assert_eq(frame_decode(f.bytes, f.n, f.n, RAW, 0).unreach, 0);
	}
	struct frame f;
	frame_make(&f, "ip4 icmp:3.1 ip4 udp");
	f.bytes[28] = 0x44;
	cr_assert_eq(frame_decode(f.bytes, f.n, f.n, RAW, 0).unreach, 0, "header of 16 bytes");
	f.bytes[28] = 0x45;
	f.bytes[31] = 9; // routers have been seen to garble it
	cr_assert_eq(frame_decode(f.bytes, f.n, f.n, RAW, 0).unreach, LULL_UNREACH_NOROUTE);
	f.bytes[3] = 47; // the outer packet ends inside the embedded header
	cr_assert_eq(frame_decode(f.bytes, f.n, f.n, RAW, 0).unreach, 0);
}

Test(transport, icmp_of_the_other_family_is_not_read)
{
	cr_assert_eq(frame_headers("ip4 icmp6:1.0 ip6 udp", RAW, 0).unreach, 0);
	cr_assert_eq(frame_headers("ip6 icmp:3.1 ip4 udp", RAW, 0).unreach, 0);
}

Test(transport, the_end_of_a_segment_is_its_sequence_number_and_its_payload)
{
	static const struct {
		const char *recipe;
		uint32_t ip, data;
	} cases[] = {{"eth ip4 tcp:16 data:100", 14, 100}, {"eth ip6 tcp:16 data:7", 14, 7},
		{"eth ip6 hop dest tcp:16 data:9", 14, 9}, {"eth vlan:1 ip4 tcp:16", 18, 0}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame f;
		struct lull_tcp tcp;
		frame_make(&f, cases[i].recipe);
		struct lull_headers h = frame_decode(f.bytes, f.n, f.n, 1, 0);
		cr_assert_eq(h.tcp_at, cases[i].ip + h.ip_head, "%s", cases[i].recipe);
		memcpy(f.bytes + h.tcp_at, (uint8_t[]){0xab, 0xcd, 1, 0xbb, 255, 255, 255, 254}, 8);
		struct lull_packet p = {
			.data = f.bytes, .caplen = f.n, .wirelen = f.n, .linktype = 1};
		lull_tcp_read(&p, &h, &tcp);
		cr_assert_eq(tcp.ports, 0xabcd01bb);
		cr_assert_eq(tcp.data, cases[i].data);
		cr_assert_eq(tcp.end, 0xfffffffe + cases[i].data); // around zero
		f.bytes[h.tcp_at + 12] = 0x40;                     // a header shorter than any
		lull_tcp_read(&p, &h, &tcp);
		cr_assert_eq(tcp.data, 0);
		f.bytes[h.tcp_at + 12] = 0xf0; // and one longer than the packet
		lull_tcp_read(&p, &h, &tcp);
		cr_assert_eq(tcp.data, cases[i].data > 40 ? cases[i].data - 40 : 0);
	}
}
