// SPDX-License-Identifier: BSD-3-Clause
// Link layers, tags, labels: bytes written by hand, then recipes for what is only longer.

#include "frames.h"
#include <criterion/criterion.h>
#include <string.h>

#define MACS "\x02\x00\x00\x00\x00\x0d\x02\x00\x00\x00\x00\x05"
#define IP4                                                                                        \
	"\x45\x00\x00\x1c\x00\x00\x00\x00\x40\x11\x00\x00\xc0\x00\x02\x05\xc6\x33\x64\x07"         \
	"\x00\x35\x00\x35\x00\x08\x00\x00"
#define IP6                                                                                        \
	"\x60\x00\x00\x00\x00\x08\x11\x40"                                                         \
	"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05"                         \
	"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07"                         \
	"\x00\x35\x00\x35\x00\x08\x00\x00"
#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

static struct lull_headers read(uint16_t linktype, const uint8_t *bytes, uint32_t n)
{
	return frame_decode(bytes, n, n, linktype, 0);
}

static void is_ip4(uint16_t linktype, const uint8_t *bytes, uint32_t n)
{
	struct lull_headers h = read(linktype, bytes, n);
	cr_expect_eq(h.verdict, LULL_IP, "link type %u: %u", linktype, h.verdict);
	cr_expect(h.family == 4 && h.src.lo == 0xc0000205 && h.dst.lo == 0xc6336407,
		"link type %u: %lx > %lx", linktype, h.src.lo, h.dst.lo);
	cr_expect(h.ip_bytes == 28 && h.proto == 17);
}

static void is_ip6(uint16_t linktype, const uint8_t *bytes, uint32_t n)
{
	struct lull_headers h = read(linktype, bytes, n);
	cr_expect_eq(h.verdict, LULL_IP, "link type %u: %u", linktype, h.verdict);
	cr_expect(h.family == 6 && h.src.hi == 0x20010db800000000 && h.src.lo == 5 && h.dst.lo == 7,
		"link type %u: %lx > %lx", linktype, h.src.lo, h.dst.lo);
	cr_expect(h.ip_bytes == 48 && h.proto == 17);
}

static uint8_t verdict(uint16_t linktype, const uint8_t *bytes, uint32_t n)
{
	return read(linktype, bytes, n).verdict;
}

Test(link, ethernet_carries_ip_by_ethertype)
{
	is_ip4(1, BYTES(MACS "\x08\x00" IP4));
	is_ip6(1, BYTES(MACS "\x86\xdd" IP6));
	struct lull_headers h = read(1, BYTES(MACS "\x08\x00" IP4));
	cr_assert_eq(h.dst_mac, 0x02000000000d);
	cr_assert_eq(h.src_mac, 0x020000000005);
	cr_assert_eq(verdict(1, BYTES(MACS "\x08\x06" IP4)), LULL_NO_IP);
	cr_assert_eq(verdict(1, BYTES(MACS "\x08\x00" IP6)), LULL_BAD, "announced as IPv4");
	cr_assert_eq(verdict(1, BYTES(MACS "\x86\xdd" IP4 IP4)), LULL_BAD, "announced as IPv6");
}

Test(link, the_outermost_of_up_to_four_tags_is_the_vlan)
{
	is_ip4(1, BYTES(MACS "\x81\x00\xe0\x64\x08\x00" IP4));
	is_ip6(1, BYTES(MACS "\x88\xa8\x00\x64\x91\x00\x00\x65\x86\xdd" IP6));
	cr_assert_eq(frame_headers("eth qinq:4095 vlan:8 ip4 udp", 1, 0).vlan, 4095);
	cr_assert_eq(frame_headers("eth vlan:0 vlan:8 ip4 udp", 1, 0).vlan, 0, "priority only");
	cr_assert_eq(frame_headers("eth ip4 udp", 1, 0).vlan, LULL_NO_TAG);
	struct lull_headers h = frame_headers("eth vlan:1 vlan:2 vlan:3 vlan:4 ip4 tcp:2", 1, 0);
	cr_assert(h.verdict == LULL_IP && h.vlan == 1 && h.tcp_flags == 2);
	h = frame_headers("eth vlan:1 vlan:2 vlan:3 vlan:4 vlan:5 ip4 tcp:2", 1, 0);
	cr_assert(h.verdict == LULL_BAD && h.vlan == 1 && h.dst.lo == 0);
}

Test(link, up_to_eight_labels_and_the_outermost_is_told)
{
	is_ip4(1, BYTES(MACS "\x88\x47\x03\xe8\x01\x40" IP4));
	is_ip6(1, BYTES(MACS "\x88\x48\xff\xff\xf0\x40\x00\x00\x21\x40" IP6));
	cr_assert_eq(
		read(1, BYTES(MACS "\x88\x48\xff\xff\xf0\x40\x00\x00\x21\x40" IP6)).mpls, 0xfffff);
	struct lull_headers h = frame_headers("eth mpls:16001 mpls:2 mpls:3 mpls:4 mpls:5 mpls:6 "
					      "mpls:7 mpls:8 ip4 tcp:2",
		1, 0);
	cr_assert(h.verdict == LULL_IP && h.mpls == 16001 && h.tcp_flags == 2);
	h = frame_headers("eth mpls:16001 mpls:2 mpls:3 mpls:4 mpls:5 mpls:6 mpls:7 mpls:8 mpls:9 "
			  "ip4 tcp:2",
		1, 0);
	cr_assert(h.verdict == LULL_BAD && h.mpls == 16001 && h.dst.lo == 0);
}

Test(link, under_labels_a_control_word_leads_to_ip_only_in_an_ethernet_frame)
{
	struct lull_headers h = frame_headers("eth vlan:3 mpls:77 cw eth vlan:9 ip4 tcp:2", 1, 0);
	cr_assert(h.verdict == LULL_IP && h.dst.lo == 0x0a000102 && h.tcp_flags == 2);
	cr_assert(h.vlan == 3 && h.mpls == 77, "the neighbour's tags, not the customer's");
	cr_assert_eq(h.src_mac, 0x020000000201);
	cr_assert_eq(frame_headers("eth mpls:77 cw eth vlan:9 ip4 tcp:2", 1, 0).vlan, LULL_NO_TAG);
	cr_assert_eq(frame_headers("eth mpls:77 cw eth arp data:28", 1, 0).verdict, LULL_NO_IP);
	cr_assert_eq(frame_headers("eth mpls:77 cw:1 eth ip4 tcp", 1, 0).verdict, LULL_NO_IP);
	cr_assert_eq(frame_headers("eth mpls:77 cw data:13", 1, 0).verdict, LULL_NO_IP);
	cr_assert_eq(verdict(1, BYTES(MACS "\x88\x47\x03\xe8\x01\x40\x10")), LULL_NO_IP, "G-ACh");
	cr_assert_eq(
		verdict(1, BYTES(MACS "\x88\x47\x03\xe8\x01\x40")), LULL_BAD, "nothing inside");
}

Test(link, snap_with_oui_0_says_an_ethertype)
{
	is_ip4(1, BYTES(MACS "\x00\x24\xaa\xaa\x03\x00\x00\x00\x08\x00" IP4));
	is_ip4(1, BYTES(MACS "\x81\x00\x00\x07\x00\x24\xaa\xaa\x03\x00\x00\x00\x08\x00" IP4));
	cr_assert_eq(verdict(1, BYTES(MACS "\x00\x24\xaa\xaa\x03\x00\x00\x0c\x08\x00" IP4)),
		LULL_NO_IP, "another OUI");
	cr_assert_eq(
		verdict(1, BYTES(MACS "\x00\x03\x42\x42\x03" IP4)), LULL_NO_IP, "spanning tree");
	cr_assert_eq(
		verdict(1, BYTES(MACS "\x00\x02\x42\x42\x03" IP4)), LULL_BAD, "no room for LLC");
	cr_assert_eq(verdict(1, BYTES(MACS "\x00\x1b\xaa\xaa\x03\x00\x00\x00\x08\x00" IP4)),
		LULL_BAD, "the length ends inside the IP header");
	cr_assert_eq(frame_headers("eth llc llc ip4 udp", 1, 0).verdict, LULL_NO_IP);
	is_ip4(1, BYTES(MACS "\x05\xdc\xaa\xaa\x03\x00\x00\x00\x08\x00" IP4));
	cr_assert_eq(verdict(1, BYTES(MACS "\x05\xdd\xaa\xaa\x03\x00\x00\x00\x08\x00" IP4)),
		LULL_NO_IP, "neither length nor type");
}

Test(link, pppoe_sessions_carry_ppp)
{
	is_ip4(1, BYTES(MACS "\x88\x64\x11\x00\x00\x01\x00\x1e\x00\x21" IP4));
	is_ip6(1, BYTES(MACS "\x88\x64\x11\x00\x00\x01\x00\x32\x00\x57" IP6));
	cr_assert_eq(verdict(1, BYTES(MACS "\x88\x64\x11\x00\x00\x01\x00\x1e\xc0\x21" IP4)),
		LULL_NO_IP, "LCP");
	cr_assert_eq(verdict(1, BYTES(MACS "\x88\x64\x11\xa7\x00\x01\x00\x1e\x00\x21" IP4)),
		LULL_NO_IP, "not session data");
	cr_assert_eq(verdict(1, BYTES(MACS "\x88\x64\x21\x00\x00\x01\x00\x1e\x00\x21" IP4)),
		LULL_BAD, "another version");
	cr_assert_eq(verdict(1, BYTES(MACS "\x88\x64\x11\x00\x00\x01\x00\x15\x00\x21" IP4)),
		LULL_BAD, "its length ends inside the IP header");
	cr_assert_eq(verdict(1, BYTES(MACS "\x88\x63\x11\x09\x00\x00\x00\x04\x01\x01\x00\x00")),
		LULL_NO_IP, "discovery");
}

Test(link, raw_goes_by_the_version)
{
	static const uint16_t raw[] = {12, 14, 101};
	for (int i = 0; i < 3; i++) {
		is_ip4(raw[i], BYTES(IP4));
		is_ip6(raw[i], BYTES(IP6));
		cr_assert_eq(verdict(raw[i], BYTES("\x55" IP4)), LULL_BAD);
		cr_assert_eq(verdict(raw[i], BYTES("")), LULL_BAD);
	}
	is_ip4(228, BYTES(IP4));
	is_ip6(229, BYTES(IP6));
	cr_assert_eq(verdict(228, BYTES(IP6)), LULL_BAD);
	cr_assert_eq(verdict(229, BYTES(IP4 IP4)), LULL_BAD);
}

Test(link, null_has_a_family_of_either_byte_order)
{
	static const uint16_t types[] = {0, 108};
	for (int i = 0; i < 2; i++) {
		is_ip4(types[i], BYTES("\x02\x00\x00\x00" IP4));
		is_ip4(types[i], BYTES("\x00\x00\x00\x02" IP4));
		is_ip6(types[i], BYTES("\x0a\x00\x00\x00" IP6));
		is_ip6(types[i], BYTES("\x18\x00\x00\x00" IP6));
		is_ip6(types[i], BYTES("\x00\x00\x00\x1c" IP6));
		is_ip6(types[i], BYTES("\x1e\x00\x00\x00" IP6));
		is_ip4(types[i], BYTES("\x0f\x00\x08\x00" IP4));
		cr_assert_eq(verdict(types[i], BYTES("\x07\x00\x00\x00" IP4)), LULL_NO_IP);
		cr_assert_eq(verdict(types[i], BYTES("\x00\x02\x00\x00" IP4)), LULL_NO_IP);
	}
}

Test(link, ppp_framed_bare_and_compressed)
{
	static const uint16_t types[] = {9, 50};
	for (int i = 0; i < 2; i++) {
		is_ip4(types[i], BYTES("\xff\x03\x00\x21" IP4));
		is_ip6(types[i], BYTES("\x00\x57" IP6));
		is_ip4(types[i], BYTES("\x21" IP4));
		is_ip4(types[i], BYTES("\xff\x03\x02\x81\x00\x01\x01\x40" IP4));
		is_ip6(types[i], BYTES("\x8f\x00\x86\xdd" IP6));
		cr_assert_eq(verdict(types[i], BYTES("\xff\x03\x80\x21" IP4)), LULL_NO_IP, "IPCP");
	}
	is_ip4(104, BYTES("\x0f\x00\x08\x00" IP4));
	is_ip6(104, BYTES("\x8f\x00\x88\x47\x00\x01\x01\x40" IP6));
	cr_assert_eq(verdict(104, BYTES("\x8f\x00\x80\x35" IP4)), LULL_NO_IP, "SLARP");
}

Test(link, linux_cooked_headers_name_protocol_and_sender)
{
	is_ip4(113, BYTES("\0\0\0\1\0\6\2\0\0\0\0\5\0\0\x08\x00" IP4));
	is_ip6(113, BYTES("\0\4\3\x04\0\6\2\0\0\0\0\5\0\0\x81\0\0\x63\x86\xdd" IP6));
	struct lull_headers h =
		read(113, BYTES("\0\4\0\1\0\6\2\0\0\0\0\5\0\0\x81\0\0\x63\x86\xdd" IP6));
	cr_assert(h.src_mac == 0x020000000005 && h.dst_mac == 0 && h.vlan == 99);
	h = read(113, BYTES("\0\0\2\0\0\0\2\0\0\0\0\5\0\0\x08\x00" IP4));
	cr_assert(h.verdict == LULL_IP && h.src_mac == 0, "a PPP device has no address");
	is_ip4(113, BYTES("\0\0\0\1\0\6\2\0\0\0\0\5\0\0\0\4\xaa\xaa\3\0\0\0\x08\0" IP4));
	cr_assert_eq(verdict(113, BYTES("\0\4\3\x38\0\0\0\0\0\0\0\0\0\0\x08\x00" IP4)), LULL_NO_IP,
		"netlink");
	is_ip4(276, BYTES("\x08\0\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\5\0\0" IP4));
	is_ip6(276, BYTES("\x81\0\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\5\0\0\0\x63\x86\xdd" IP6));
	h = read(276, BYTES("\x81\0\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\5\0\0\0\x63\x86\xdd" IP6));
	cr_assert(h.src_mac == 0x020000000005 && h.vlan == 99);
}

Test(link, an_unknown_link_type_is_not_ip_even_when_empty)
{
	cr_assert_eq(verdict(147, BYTES(IP4)), LULL_NO_IP);
	cr_assert_eq(verdict(65535, BYTES("")), LULL_NO_IP);
}

// For each link type, the first length at which the addresses of an IPv4 packet are readable.
Test(link, is_cut_up_to_the_last_byte_of_the_addresses_and_not_beyond)
{
	static const struct {
		uint16_t linktype;
		uint32_t link;
		const char *recipe;
	} cases[] = {
		{1, 14, "eth ip4 tcp"},
		{1, 18, "eth vlan:1 ip4 tcp"},
		{1, 30, "eth vlan:1 vlan:1 vlan:1 vlan:1 ip4 tcp"},
		{1, 22, "eth llc ip4 tcp"},
		{1, 22, "eth mpls:1 mpls:2 ip4 tcp"},
		{1, 40, "eth mpls:1 cw eth vlan:3 ip4 tcp"},
		{1, 22, "eth pppoe ip4 tcp"},
		{0, 4, "null:2 ip4 tcp"},
		{9, 4, "ppp ip4 tcp"},
		{50, 1, "ppp:2 ip4 tcp"},
		{104, 4, "chdlc ip4 tcp"},
		{101, 0, "ip4 tcp"},
		{108, 4, "loop:2 ip4 tcp"},
		{113, 16, "sll ip4 tcp"},
		{228, 0, "ip4 tcp"},
		{276, 24, "sll2 vlan:5 ip4 tcp"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame f;
		frame_make(&f, cases[i].recipe);
		for (uint32_t cut = 0; cut <= f.n; cut++) {
			struct lull_headers h =
				frame_decode(f.bytes, cut, f.n, cases[i].linktype, 0);
			uint8_t want = cut < cases[i].link + 20 ? LULL_CUT : LULL_IP;
			cr_expect_eq(h.verdict, want, "%s cut at %u", cases[i].recipe, cut);
		}
	}
}
