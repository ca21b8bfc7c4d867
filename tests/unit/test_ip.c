// SPDX-License-Identifier: BSD-3-Clause
// IPv4 and IPv6 headers: lengths that fit and lengths that lie, options, fragments, extensions.

#include "frames.h"
#include <criterion/criterion.h>
#include <string.h>

enum { RAW = 101 };

// A recipe with bytes changed afterwards.
static struct lull_headers patched(
	const char *recipe, uint32_t at, unsigned value, uint32_t bytes, uint32_t wirelen)
{
	struct frame f;
	frame_make(&f, recipe);
	for (uint32_t i = 0; i < bytes; i++)
		f.bytes[at + i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
	return frame_decode(f.bytes, f.n, wirelen ? wirelen : f.n, RAW, 0);
}

Test(ip, an_ipv4_header_that_contradicts_itself_is_malformed)
{
	cr_assert_eq(patched("ip4 tcp", 0, 0x44, 1, 0).verdict, LULL_BAD, "header of 16 bytes");
	cr_assert_eq(patched("ip4 tcp", 0, 0x40, 1, 0).verdict, LULL_BAD, "header of 0 bytes");
	cr_assert_eq(patched("ip4 tcp", 0, 0x55, 1, 0).verdict, LULL_BAD, "version 5");
	cr_assert_eq(patched("ip4 tcp", 2, 19, 2, 0).verdict, LULL_BAD, "total < 20");
	cr_assert_eq(patched("ip4:1 tcp", 2, 23, 2, 0).verdict, LULL_BAD, "total < header");
	cr_assert_eq(patched("ip4:1 tcp", 2, 24, 2, 0).verdict, LULL_IP, "total = header");
}

Test(ip, a_total_length_beyond_the_wire_is_believed)
{
	struct lull_headers h = patched("ip4 tcp:2", 2, 65535, 2, 0);
	cr_assert(h.verdict == LULL_IP && h.ip_bytes == 65535 && h.tcp_flags == 2);
	h = patched("ip6 tcp:2", 4, 65535, 2, 0);
	cr_assert(h.verdict == LULL_IP && h.ip_bytes == 65575 && h.tcp_flags == 2);
	h = patched("ip4 tcp:2", 0, 0x4f00ffff, 4, 0);
	cr_assert(h.verdict == LULL_IP && h.tcp_flags == 0, "60 bytes of header on 40 of wire");
}

Test(ip, a_total_length_of_zero_means_what_was_on_the_wire)
{
	struct frame f;
	struct lull_headers h = patched("ip4 tcp:2", 2, 0, 2, 3000);
	cr_assert(h.verdict == LULL_IP && h.ip_bytes == 3000 && h.tcp_flags == 2);
	h = patched("ip6 tcp:2", 4, 0, 2, 3000);
	cr_assert(h.verdict == LULL_IP && h.ip_bytes == 3000 && h.tcp_flags == 2);
	frame_make(&f, "eth vlan:1 ip4 tcp:2");
	memset(f.bytes + 20, 0, 2);
	cr_assert_eq(frame_decode(f.bytes, f.n, 9018, 1, 0).ip_bytes, 9000);
	cr_assert_eq(patched("ip4:10", 2, 0, 2, 0).verdict, LULL_IP);
	cr_assert_eq(
		patched("ip4", 0, 0x46000000, 4, 0).verdict, LULL_BAD, "24 bytes on 20 of wire");
}

Test(ip, padding_does_not_count_and_is_not_read)
{
	struct frame f;
	frame_make(&f, "eth ip4 tcp:2");
	memset(f.bytes + f.n, 0xff, 100);
	cr_assert_eq(frame_decode(f.bytes, f.n + 6, f.n + 6, 1, 0).ip_bytes, 40);
	f.bytes[17] = 33; // the total length ends before the flags
	struct lull_headers h = frame_decode(f.bytes, f.n + 6, f.n + 6, 1, 0);
	cr_assert(h.verdict == LULL_IP && h.ip_bytes == 33 && h.tcp_flags == 0);
	frame_make(&f, "eth ip6 none");
	memset(f.bytes + f.n, 0xff, 100);
	h = frame_decode(f.bytes, f.n + 6, f.n + 6, 1, 0);
	cr_assert(h.verdict == LULL_IP && h.ip_bytes == 40 && h.proto == 59);
}

Test(ip, only_the_first_fragment_has_a_transport)
{
	struct lull_headers h = frame_headers("ip4:0.8192 tcp:2", RAW, 0);
	cr_assert(h.tcp_flags == 2 && h.proto == 6, "more fragments, offset 0");
	h = frame_headers("ip4:0.8193 tcp:2", RAW, 0);
	cr_assert(h.verdict == LULL_IP && h.tcp_flags == 0 && h.proto == 6);
	h = frame_headers("ip4:0.16384 tcp:2", RAW, 0);
	cr_assert_eq(h.tcp_flags, 2, "don't fragment is no fragment");
	h = frame_headers("ip6 frag:0 tcp:2", RAW, 0);
	cr_assert(h.tcp_flags == 2 && h.proto == 6);
	h = frame_headers("ip6 frag:1 tcp:2", RAW, 0);
	cr_assert(h.verdict == LULL_IP && h.tcp_flags == 0 && h.proto == 6);
	h = frame_headers("ip6 frag:1 dest tcp:2", RAW, 0);
	cr_assert(
		h.verdict == LULL_IP && h.proto == 255, "that is no header, but a fragment's data");
	h = frame_headers("ip4:0.1 icmp:3.0 ip4 tcp", RAW, 0);
	cr_assert_eq(h.unreach, 0);
}

Test(ip, options_and_extension_headers_are_stepped_over)
{
	cr_assert_eq(frame_headers("ip4:10 tcp:2", RAW, 0).tcp_flags, 2);
	struct lull_headers h =
		frame_headers("ip6 hop:1 route:2 frag dest mobility hip shim6 ah tcp:2", RAW, 0);
	cr_assert(h.verdict == LULL_IP && h.proto == 6 && h.tcp_flags == 2);
	cr_assert_eq(h.ip_bytes, 40 + 16 + 24 + 8 + 24 + 4 * 8 + 20);
	h = frame_headers("ip6 dest esp data:20", RAW, 0);
	cr_assert(h.proto == 50 && h.tcp_flags == 0);
	cr_assert_eq(frame_headers("ip6 hop none", RAW, 0).proto, 59);
	cr_assert_eq(frame_headers("ip4 ah", RAW, 0).proto, 51);
}

Test(ip, nine_extension_headers_are_malformed)
{
	struct lull_headers h =
		frame_headers("ip6 hop dest dest dest dest dest dest dest tcp:2", RAW, 0);
	cr_assert(h.verdict == LULL_IP && h.tcp_flags == 2);
	h = frame_headers("ip6 hop dest dest dest dest dest dest dest dest tcp:2", RAW, 0);
	cr_assert(h.verdict == LULL_BAD && h.dst.lo == 0 && h.ip_bytes == 0);
}

Test(ip, an_extension_chain_that_runs_out_hides_only_the_transport)
{
	struct lull_headers h = patched("ip6 hop tcp:2", 41, 255, 1, 0);
	cr_assert(h.verdict == LULL_IP && h.proto == 6 && h.tcp_flags == 0, "beyond the packet");
	h = patched("ip6 hop dest tcp:2", 41, 255, 1, 0);
	cr_assert(h.verdict == LULL_IP && h.proto == 255 && h.dst.lo == 2);
	struct frame f;
	frame_make(&f, "ip6 hop dest:1 tcp:2");
	static const struct {
		uint32_t caplen;
		uint8_t proto, flags;
	} cuts[] = {{39, 0, 0}, {40, 255, 0}, {41, 255, 0}, {42, 255, 0}, {49, 255, 0}, {50, 6, 0},
		{64, 6, 0}, {77, 6, 0}, {78, 6, 2}};
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		h = frame_decode(f.bytes, cuts[i].caplen, f.n, RAW, 0);
		cr_expect_eq(h.verdict, cuts[i].caplen < 40 ? LULL_CUT : LULL_IP);
		cr_expect_eq(h.proto, cuts[i].proto, "cut at %u: %u", cuts[i].caplen, h.proto);
		cr_expect_eq(h.tcp_flags, cuts[i].flags, "cut at %u", cuts[i].caplen);
	}
}

Test(ip, version_6_must_say_so)
{
	struct frame f;
	frame_make(&f, "eth ip6 tcp");
	for (unsigned v = 0; v < 16; v++) {
		f.bytes[14] = (uint8_t)(v << 4);
		cr_assert_eq(
			frame_decode(f.bytes, f.n, f.n, 1, 0).verdict, v == 6 ? LULL_IP : LULL_BAD);
	}
}
