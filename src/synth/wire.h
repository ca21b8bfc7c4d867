// SPDX-License-Identifier: BSD-3-Clause
// From what a packet is to its bytes: link header, tags, labels, IP, TCP, UDP, ICMP, ARP, with
// right lengths and checksums (RFC 791, 768, 9293, 792, 8200, 4443; RFC 1071). Payloads are
// zeros, so a checksum needs the headers alone.

#pragma once

#include <lull/address.h>
#include <stdint.h>

#define LULL_WIRE_LINK 64    // longest link header: MACs, tags, 8 labels
#define LULL_WIRE_BYTES 9216 // longest IP packet a scenario may ask for
#define LULL_WIRE_FRAME (LULL_WIRE_LINK + LULL_WIRE_BYTES)

enum { LULL_WIRE_ICMP = 1, LULL_WIRE_TCP = 6, LULL_WIRE_UDP = 17, LULL_WIRE_ICMP6 = 58 };

// A link header ready to copy, for IPv4 and IPv6.
struct lull_wire_link {
	uint8_t bytes[2][LULL_WIRE_LINK];
	uint8_t len;
	uint8_t min; // shortest frame (Ethernet: 60 without FCS)
	uint8_t dst_mac[6], src_mac[6];
};

// How a packet of one direction is wrapped.
struct lull_wire_wrap {
	uint16_t linktype;
	uint64_t src_mac, dst_mac;
	int vlan, inner; // -1: none
	const uint32_t *labels;
	size_t n_labels;
};
void lull_wire_link_init(struct lull_wire_link *link, const struct lull_wire_wrap *wrap);

struct lull_segment {
	struct lull_addr src, dst; // one family
	uint8_t proto;             // LULL_WIRE_*; ICMP stands for ICMPv6 too where src is IPv6
	uint8_t tcp_flags, ttl;
	uint8_t icmp_type, icmp_code;
	uint16_t sport, dport, id; // ICMP echo: identifier in sport, sequence in dport
	uint32_t seq, ack;
	uint32_t bytes; // IP total length wanted; raised to what the headers need
	const struct lull_segment *embedded; // packet an ICMP error is about
};

// One packet at a time: bytes beyond the headers are zero.
struct lull_wire {
	uint8_t bytes[LULL_WIRE_FRAME];
	uint32_t dirty;   // bytes the last packet wrote
	uint32_t headers; // link, IP and transport headers (with an embedded packet)
	uint32_t wirelen;
	uint32_t ip_bytes;
};

// Write a packet. wire starts as all zeros.
void lull_wire_build(
	struct lull_wire *wire, const struct lull_wire_link *link, const struct lull_segment *s);

// Write an ARP request (RFC 826) of the link's source for target. Ethernet only.
void lull_wire_arp(struct lull_wire *wire, const struct lull_wire_link *link,
	const struct lull_addr *sender, const struct lull_addr *target);

// Internet checksum of n bytes (RFC 1071), folded into 16 bits, not inverted; sum: what to add to.
uint16_t lull_wire_sum(const uint8_t *bytes, uint32_t n, uint64_t sum);
