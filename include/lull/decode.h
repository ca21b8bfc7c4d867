// SPDX-License-Identifier: BSD-3-Clause
// From bytes to addresses: link layer, tags and labels, IPv4, IPv6, the transport's first bytes.
// One bounds-checked cursor (src/packet/cursor.h) reads every header; nothing else touches
// packet bytes. Limits: 4 VLAN tags (IEEE 802.1Q, 802.1ad), 8 MPLS labels (RFC 3032), 8 IPv6
// extension headers (RFC 8200, 4), 2 tunnel levels. Beyond a limit a packet is malformed.
//
// Verdicts, in doubt:
// * CUT: a longer capture would have told. BAD: none would: the frame ended on the wire, or a
//   length in a header (802.3, PPPoE, IP, GTP-U) leaves no room for what must follow. A frame cut
//   shorter therefore gives either CUT or the same verdict (but for IP, see the next point).
// * IP, whatever follows, once the addresses are readable and the fixed header is consistent:
//   version as announced, IPv4 header >= 20 bytes and total length >= header. A total length
//   beyond the wire (offload, a file that lies) is believed and is no fault. Options, extension
//   headers and transport that are cut or run out of the packet only leave proto at 255, or
//   tcp_flags and unreach at 0. What lies behind the total length (padding) is not read.
// * NO_IP: other EtherTypes, PPP protocols, LLC and address families; unknown link types. Under
//   MPLS the first four bits tell: 4 and 6 are IP; 0 is a control word, and behind it an Ethernet
//   pseudowire (RFC 4448) is looked into for IP (its MACs and tags are the customer's and are not
//   reported); anything else is NO_IP.
// * A tunnel is entered when decap names it and its header is whole and of a known version: GRE
//   version 0 without routing, carrying IP or Ethernet; ERSPAN I, II, III; VXLAN with its I flag
//   (ports 4789, 8472); Geneve version 0 (6081); GTP-U G-PDUs (2152). Otherwise, and in later
//   fragments, the outer addresses count. Once entered, the inside decides: ARP inside is NO_IP,
//   an inside cut short is CUT. A capture that ends before that is known is CUT, too.
// * An Ethernet frame inside a tunnel replaces vlan, mpls and the MACs: it is what the mirror saw.
//   A VLAN that ERSPAN took off the frame and put into its own header counts as the frame's.

#pragma once

#include <lull/packet.h>
#include <stdint.h>

enum lull_verdict {
	LULL_IP,    // both addresses were read
	LULL_NO_IP, // well-formed and not IP (or a link type nobody here reads)
	LULL_CUT,   // the capture ended before both addresses
	LULL_BAD,   // the bytes are there and wrong
};

// Why an ICMP or ICMPv6 error came back (RFC 792, RFC 1812, RFC 4443).
enum lull_unreach {
	LULL_UNREACH_NONE,
	LULL_UNREACH_NOROUTE, // net/host unreachable or unknown; ICMPv6 1/0, 1/3
	LULL_UNREACH_ADMIN,   // prohibited by policy; ICMPv6 1/1, 1/5, 1/6
	LULL_UNREACH_TTL,     // time exceeded in transit (11/0; ICMPv6 3/0)
	LULL_UNREACH_KINDS,
};

enum { LULL_TCP_FIN = 0x01, LULL_TCP_SYN = 0x02, LULL_TCP_RST = 0x04, LULL_TCP_ACK = 0x10 };

// Tunnels that may be entered, as bits of a mask.
enum lull_decap {
	LULL_DECAP_ERSPAN = 1 << 0,
	LULL_DECAP_GRE = 1 << 1,
	LULL_DECAP_VXLAN = 1 << 2,
	LULL_DECAP_GENEVE = 1 << 3,
	LULL_DECAP_GTPU = 1 << 4,
	LULL_DECAP_IPIP = 1 << 5,
};

// An address as the packet path carries it: two host-order words, high first.
// IPv4: hi = 0, lo = the address.
struct lull_ip {
	uint64_t hi, lo;
};

#define LULL_NO_TAG 0xffffffffu // vlan, mpls: the packet had none

// What was read. Fields beyond verdict are set only for LULL_IP, except vlan, mpls and the MACs;
// all that do not apply are 0.
struct lull_headers {
	struct lull_ip src, dst;
	struct lull_ip embedded;   // destination inside an ICMP error; valid when unreach != 0
	uint64_t src_mac, dst_mac; // 48 bits, first octet highest; 0 where the link has none
	uint32_t ip_bytes;         // IP total length (IPv4 total length; IPv6 40 + payload length);
			   // 0 in the header (TSO, jumbograms): wire length less the link header;
			   // but IPv6 with no next header (59) and no payload has 40
	uint32_t vlan;     // outermost VLAN identifier (0..4095) or LULL_NO_TAG
	uint32_t mpls;     // outermost MPLS label (20 bits) or LULL_NO_TAG
	uint8_t verdict;   // enum lull_verdict
	uint8_t family;    // 4 or 6
	uint8_t proto;     // IP protocol after extension headers; 255 when it was not readable
	uint8_t tcp_flags; // all eight; 0 when not TCP, cut before the flags, or not the first
			   // fragment
	uint8_t unreach;   // enum lull_unreach
	uint8_t embedded_family; // 4 or 6
	uint8_t partial;  // 1: lull_decode_burst() read src, dst, verdict, family, unreach and no
			  // more
	uint16_t tcp_at;  // where the TCP header begins, in bytes from the start of the packet;
			  // 0 when the packet has none, or not the first 14 bytes of one captured
	uint16_t ip_head; // with tcp_at: bytes of the IP header and its extensions
};

// Read one packet. decap: mask of enum lull_decap; a tunnel not named is not entered, and the
// outermost addresses are the packet's. Never fails: the verdict says all. Any thread.
void lull_decode(const struct lull_packet *packet, unsigned decap, struct lull_headers *out);

// What a TCP segment (RFC 9293, 3.1) brings to its flow.
struct lull_tcp {
	uint32_t ports; // source port << 16 | destination port
	uint32_t data;  // bytes of payload, by the lengths in the headers; 0: they contradict
	uint32_t end;   // sequence number behind the payload; SYN and FIN are not counted
};

// Of a packet whose headers lull_decode() read with tcp_at != 0. Any thread.
void lull_tcp_read(
	const struct lull_packet *packet, const struct lull_headers *h, struct lull_tcp *out);

// Read some packets of a burst: out[k] is as lull_decode() has it for packets[which[k]], k in
// [0, n), except that of the most common kind of packet (Ethernet, IPv4, TCP or UDP, no tunnel to
// look into) only what matching needs is read and `partial` is set. Whoever needs the rest of such
// a packet calls lull_decode_rest() for it: the fields already read come out the same. Any thread.
void lull_decode_burst(const struct lull_packet *packets, const uint16_t *which, uint32_t n,
	unsigned decap, struct lull_headers *out);

// Complete what the call above left partial: *out is then as lull_decode() has it. Any thread.
void lull_decode_rest(const struct lull_packet *packet, struct lull_headers *out);
