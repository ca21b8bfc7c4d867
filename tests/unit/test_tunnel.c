// SPDX-License-Identifier: BSD-3-Clause
// Tunnels: entered when named and whole, left alone otherwise, and never half-believed.

#include "frames.h"
#include <criterion/criterion.h>
#include <string.h>

enum { ALL = 63 };

// n-th IP header's destination, as frames.h numbers them.
static bool at_level(struct lull_headers h, unsigned n)
{
	return h.verdict == LULL_IP && (h.family == 4 ? h.dst.lo == (0x0a000002 | n << 8)
						      : h.dst.hi == (0x20010db800000000 | n << 16));
}

static const struct {
	unsigned decap;
	const char *recipe;
} tunnels[] = {
	{LULL_DECAP_IPIP, "eth ip4 ip4 tcp:2"},
	{LULL_DECAP_IPIP, "eth ip6 ip4 tcp:2"},
	{LULL_DECAP_IPIP, "eth ip4 ip6 tcp:2"},
	{LULL_DECAP_IPIP, "eth ip6 dest ip6 tcp:2"},
	{LULL_DECAP_GRE, "eth ip4 gre ip4 tcp:2"},
	{LULL_DECAP_GRE, "eth ip4 gre:1 ip6 tcp:2"},
	{LULL_DECAP_GRE, "eth ip4 gre:2 ip4 tcp:2"},
	{LULL_DECAP_GRE, "eth ip4 gre:8 ip4 tcp:2"},
	{LULL_DECAP_GRE, "eth ip6 gre:11 ip4 tcp:2"},
	{LULL_DECAP_GRE, "eth ip4 gre:2 eth ip4 tcp:2"},
	{LULL_DECAP_ERSPAN, "eth ip4 gre erspan1 eth ip4 tcp:2"},
	{LULL_DECAP_ERSPAN, "eth ip4 gre:1 erspan2:5 eth ip6 tcp:2"},
	{LULL_DECAP_ERSPAN, "eth ip6 gre:1 erspan3:5 eth ip4 tcp:2"},
	{LULL_DECAP_ERSPAN, "eth ip4 gre:1 erspan3:5.1 eth ip4 tcp:2"},
	{LULL_DECAP_ERSPAN, "eth ip4 gre:1 erspan3:5.2048 ip6 tcp:2"},
	{LULL_DECAP_VXLAN, "eth ip4 udp vxlan eth ip4 tcp:2"},
	{LULL_DECAP_VXLAN, "eth ip6 udp:8472 vxlan eth ip4 tcp:2"},
	{LULL_DECAP_GENEVE, "eth ip4 udp geneve eth ip4 tcp:2"},
	{LULL_DECAP_GENEVE, "eth ip4 udp geneve:63 ip4 tcp:2"},
	{LULL_DECAP_GENEVE, "eth ip4 udp geneve:1 ip6 tcp:2"},
	{LULL_DECAP_GTPU, "eth ip4 udp gtpu ip4 tcp:2"},
	{LULL_DECAP_GTPU, "eth ip6 udp gtpu:1 ip6 tcp:2"},
	{LULL_DECAP_GTPU, "eth ip4 udp gtpu:0.1 ip4 tcp:2"},
	{LULL_DECAP_GTPU, "eth ip4 udp gtpu:1.8 ip4 tcp:2"},
};

Test(tunnel, is_entered_only_when_named)
{
	for (size_t i = 0; i < sizeof(tunnels) / sizeof(tunnels[0]); i++) {
		const char *recipe = tunnels[i].recipe;
		struct lull_headers h = frame_headers(recipe, 1, tunnels[i].decap);
		cr_expect(at_level(h, 2) && h.tcp_flags == 2, "%s", recipe);
		h = frame_headers(recipe, 1, ALL & ~tunnels[i].decap);
		cr_expect(at_level(h, 1) && h.tcp_flags == 0, "%s, others named", recipe);
		cr_expect(at_level(frame_headers(recipe, 1, 0), 1), "%s, none named", recipe);
	}
}

// Outer addresses readable is not enough: they are the mirror's.
Test(tunnel, a_cut_tunnel_is_cut_until_the_inner_addresses)
{
	for (size_t i = 0; i < sizeof(tunnels) / sizeof(tunnels[0]); i++) {
		struct frame f;
		frame_make(&f, tunnels[i].recipe);
		uint32_t need = f.n - 20; // all but the TCP header
		for (uint32_t cut = 0; cut <= f.n; cut++) {
			struct lull_headers h =
				frame_decode(f.bytes, cut, f.n, 1, tunnels[i].decap);
			cr_expect_eq(h.verdict, cut < need ? LULL_CUT : LULL_IP, "%s cut at %u: %u",
				tunnels[i].recipe, cut, h.verdict);
		}
	}
}

Test(tunnel, what_is_no_such_tunnel_counts_for_the_outer_addresses)
{
	static const char *const others[] = {
		"eth ip4 gre:0.1 ip4 tcp",           // PPTP
		"eth ip4 gre:4 ip4 tcp",             // source routing
		"eth ip4 gre data:20",               // another protocol
		"eth ip4 gre:11 mpls:3 ip4 tcp",     // likewise
		"eth ip4 gre:1 erspan3 eth",         // below: version 2 where 1 belongs
		"eth ip4 udp vxlan:1.0 eth ip4 tcp", // no I flag
		"eth ip4 udp:4789",                  // a scan
		"eth ip4 udp:4789 data:7",
		"eth ip4 udp geneve:0.1 ip4 tcp", // version 1
		"eth ip4 udp geneve arp data:28", // another protocol
		"eth ip4 udp:6081",
		"eth ip4 udp:2152 data:3",
		"eth ip4 udp gtpu:0.9 ip4 tcp", // a ninth extension header
		"eth ip4:0.8 ip4 tcp",          // a later fragment
		"eth ip4:0.8 udp vxlan eth ip4 tcp",
		"eth ip6 frag:8 gre ip4 tcp",
		"eth ip4 gre",
		"eth ip4 udp vxlan",
	};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct frame f;
		frame_make(&f, others[i]);
		if (strstr(others[i], "erspan3") != NULL)
			memcpy(f.bytes + 36, "\x88\xbe", 2);
		if (strcmp(others[i], "eth ip4 gre") == 0 ||
			strcmp(others[i], "eth ip4 udp vxlan") == 0)
			f.bytes[17] =
				(uint8_t)(f.bytes[17] - 1); // one byte short, by its own length
		cr_expect(at_level(frame_decode(f.bytes, f.n, f.n, 1, ALL), 1), "%s", others[i]);
	}
	struct frame f;
	frame_make(&f, "eth ip4 udp gtpu ip4 tcp");
	f.bytes[43] = 1; // an echo request between the nodes
	cr_expect(at_level(frame_decode(f.bytes, f.n, f.n, 1, ALL), 1));
}

Test(tunnel, once_entered_the_inside_decides)
{
	cr_expect_eq(
		frame_headers("eth ip4 udp vxlan eth arp data:28", 1, ALL).verdict, LULL_NO_IP);
	cr_expect_eq(
		frame_headers("eth ip4 udp vxlan data:13", 1, ALL).verdict, LULL_BAD, "a runt");
	cr_expect_eq(frame_headers("eth ip4 udp gtpu data:20", 1, ALL).verdict, LULL_NO_IP);
	cr_expect_eq(frame_headers("eth ip4 gre:1 erspan3:5.1024 data:60", 1, ALL).verdict,
		LULL_NO_IP, "a frame of another kind");
	struct frame f;
	frame_make(&f, "eth ip4 ip4 tcp");
	f.bytes[34] = 0x43;
	cr_expect_eq(frame_decode(f.bytes, f.n, f.n, 1, ALL).verdict, LULL_BAD);
	struct lull_headers h = frame_decode(f.bytes, f.n, f.n, 1, ALL);
	cr_expect(h.dst.lo == 0 && h.family == 0 && h.ip_bytes == 0, "nothing of the outer header");
	frame_make(&f, "eth ip4 ip4 tcp");
	f.bytes[17] = 39; // the outer packet ends inside the inner header
	cr_expect_eq(frame_decode(f.bytes, f.n, f.n, 1, ALL).verdict, LULL_BAD);
}

Test(tunnel, the_mirrored_frame_says_neighbour_and_tag)
{
	struct lull_headers h =
		frame_headers("eth vlan:9 ip4 gre:1 erspan2:100 eth vlan:200 ip4 tcp", 1, ALL);
	cr_assert(h.vlan == 200 && h.src_mac == 0x020000000202 && h.dst_mac == 0x020000000102);
	h = frame_headers("eth vlan:9 ip4 gre:1 erspan2:100 eth ip4 tcp", 1, ALL);
	cr_assert_eq(h.vlan, 100, "taken off the frame by the mirror");
	h = frame_headers("eth vlan:9 ip4 gre:1 erspan2:0 eth ip4 tcp", 1, ALL);
	cr_assert_eq(h.vlan, LULL_NO_TAG);
	h = frame_headers("eth mpls:16 ip4 udp vxlan eth ip4 tcp", 1, ALL);
	cr_assert(h.vlan == LULL_NO_TAG && h.mpls == LULL_NO_TAG);
	h = frame_headers("eth vlan:9 ip4 udp gtpu ip4 tcp", 1, ALL);
	cr_assert(h.vlan == 9 && h.src_mac == 0x020000000201, "no frame inside");
}

Test(tunnel, lengths_are_those_of_the_inner_packet)
{
	cr_assert_eq(frame_headers("eth ip4 gre ip4 tcp", 1, ALL).ip_bytes, 40);
	struct frame f;
	frame_make(&f, "eth ip4 gre ip4 tcp data:100");
	memset(f.bytes + 14 + 20 + 4 + 2, 0, 2); // offloaded: not filled in
	cr_assert_eq(frame_decode(f.bytes, f.n, f.n + 50, 1, ALL).ip_bytes, 140, "not the padding");
}

Test(tunnel, a_third_level_is_malformed)
{
	cr_assert(at_level(frame_headers("eth ip4 ip6 ip4 tcp", 1, ALL), 3));
	cr_assert_eq(frame_headers("eth ip4 ip6 ip4 ip4 tcp", 1, ALL).verdict, LULL_BAD);
	cr_assert(at_level(
		frame_headers("eth ip4 gre:1 erspan2 eth ip4 udp vxlan eth ip4 tcp", 1, ALL), 3));
	cr_assert_eq(
		frame_headers("eth ip4 gre:1 erspan2 eth ip4 udp vxlan eth ip4 gre ip4 tcp", 1, ALL)
			.verdict,
		LULL_BAD);
	cr_assert(at_level(frame_headers("eth ip4 ip6 ip4 gre ip4 tcp", 1, LULL_DECAP_IPIP), 3),
		"one that is not named is none");
}

Test(tunnel, an_error_inside_a_tunnel_is_read)
{
	struct lull_headers h = frame_headers("eth ip4 gre ip4 icmp:3.0 ip4 tcp", 1, ALL);
	cr_assert(
		at_level(h, 2) && h.unreach == LULL_UNREACH_NOROUTE && h.embedded.lo == 0x0a000302);
}
