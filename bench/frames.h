// SPDX-License-Identifier: BSD-3-Clause
// Frames for the benches: Ethernet, IPv4, UDP, of one size or of the IMIX mixture.

#pragma once

#include "bench.h"

#include <lull/packet.h>

#define FRAME_64 64
#define FRAME_IMIX 0 // 64, 594 and 1518 bytes as 7:4:1, 354 on average

struct frames {
	uint8_t *bytes; // pcap records one behind the other: 16 bytes of header, then the frame
	size_t len;
	struct lull_packet *packets; // views of them
	uint32_t n;
};

// n frames; one in `hit_every` has its source in 192.0.2.0/24 (0: none), the others random
// addresses in 32.0.0.0/3. 0 or -1.
int frames_make(struct frames *f, uint32_t n, int size, uint32_t hit_every);
void frames_free(struct frames *f);

// The next burst of up to LULL_BURST views, round and round.
void frames_burst(const struct frames *f, uint32_t *at, struct lull_burst *burst);
