// SPDX-License-Identifier: BSD-3-Clause
// Most packets of a tap belong to no target, and for most of those a handful of comparisons tells.
// The sift parts a burst into these, which are counted as a number and never looked at again, and
// the odd ones, which go through every stage of the packet path.
//
// A packet is far when it is in time and all of this holds: Ethernet with at most one tag; IPv4
// with a header of 20 bytes and a total length of no less, or IPv6; TCP or, where no tunnel is to
// be looked into, UDP right behind it; no prefix in the blocks of the match's filter that its
// addresses lie in. The full way would give each of them the class UNMATCHED, no cell, and the same
// control group. Whatever else there is, is odd: the sift decides nothing about it.

#pragma once

#include <lull/match.h>
#include <lull/packet.h>
#include <stdbool.h>
#include <stdint.h>

struct lull_sifted {
	uint32_t n_odd;
	uint16_t odd[LULL_BURST];  // which packets are odd, rising
	uint64_t sums[LULL_BURST]; // of the others, in order: the sum of the words of both
				   // addresses, which is what control groups are told by
	bool one_port;             // all packets are of the same port
	uint64_t bytes;            // then: of all packets, on the wire
};

// Sift the packets of a stamped burst, n <= LULL_BURST. decap: as for lull_decode(). Any thread.
void lull_sift(const struct lull_match *m, const struct lull_packet *packets, uint32_t n,
	unsigned decap, struct lull_sifted *out);
// Nothing is sifted: all of n packets are odd, and may be of any port.
void lull_sift_none(uint32_t n, struct lull_sifted *out);
