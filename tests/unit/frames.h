// SPDX-License-Identifier: BSD-3-Clause
// Test frames from recipes: "eth vlan:100 ip4 udp vxlan eth ip6 tcp:2" gives the bytes, with every
// type, length and bottom-of-stack bit as the next word asks for. Numbers after a word, as in
// "icmp:3.1", are its parameters; see the table in frames.c.
//
// The nth IP header of a frame has the addresses 10.0.n.1 > 10.0.n.2 or 2001:db8:n::1 >
// 2001:db8:n::2, the nth Ethernet header 02:00:00:00:01:n > 02:00:00:00:02:n, n from 1.

#pragma once

#include <lull/decode.h>
#include <stddef.h>

struct frame {
	uint8_t bytes[1024];
	uint32_t n;
};

// Fails the test on a word it does not know.
void frame_make(struct frame *f, const char *recipe);

// Decode the first caplen bytes, from heap memory of just that size so that a sanitizer sees any
// read beyond; as much as wirelen is said to have been on the wire.
struct lull_headers frame_decode(
	const uint8_t *bytes, uint32_t caplen, uint32_t wirelen, uint16_t linktype, unsigned decap);

// Make and decode, whole.
struct lull_headers frame_headers(const char *recipe, uint16_t linktype, unsigned decap);

// Frames of every kind, for mutation and truncation.
struct frame_recipe {
	uint16_t linktype;
	unsigned decap; // enters every tunnel it has
	const char *recipe;
};
extern const struct frame_recipe frame_recipes[];
extern const size_t n_frame_recipes;
