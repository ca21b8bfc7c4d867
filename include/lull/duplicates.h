// SPDX-License-Identifier: BSD-3-Clause
// Does the tap show packets twice? A mirror port set to copy ingress and egress does, and all
// counts are then twice what they should be. One packet in 64, chosen by what is in it so that both
// copies are chosen, is remembered for a tenth of a second; the share of them that had been seen
// before is told. Under load the looking itself is sampled: see lull_duplicates_due().
//
// Two packets are copies when the outermost IP header (without TTL, hop limit, TOS, checksum and
// flow label, which routers change), and the first 40 bytes behind it are the same; MACs, tags and
// labels may differ. Senders make such packets, too: floods of one packet over and over, and
// datagrams without IP identification sent again. One instance sees the copies that come through
// its own queue.

#pragma once

#include <lull/packet.h>
#include <lull/siphash.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LULL_DUPLICATES_SAMPLE 64              // one packet in so many
#define LULL_DUPLICATES_NS UINT64_C(100000000) // copies come within
#define LULL_DUPLICATES_SLOTS 4096 // so many samples; beyond 2.6 M packets/s they last shorter

struct lull_duplicate {
	uint64_t digest; // 0: free
	uint64_t ts_ns;
};

// Written by the thread that sees the packets; the two counts may be read by any.
struct lull_duplicates {
	struct lull_sipkey key;
	_Atomic uint64_t sampled; // packets chosen
	_Atomic uint64_t copies;  // of them, those seen before: half of all when each comes twice
	struct lull_duplicate slots[LULL_DUPLICATES_SLOTS];
};

// key: secret, and the same for queues that should choose the same packets.
void lull_duplicates_init(struct lull_duplicates *d, struct lull_sipkey key);
// Is this burst one to look at? A short one is. Of those that tell of load, only what falls into
// stretches of time of about a tenth of a second each, one in eight, which nobody without the key
// can foresee: a packet and its copy, micro- or milliseconds apart, nearly always lie in the same
// one. now_ns: the source's clock.
bool lull_duplicates_due(const struct lull_duplicates *d, uint32_t n, uint64_t now_ns);
// Look at packets[0..n), whatever is in them. No allocation, no system call; 1 packet in 64 costs
// a SipHash and a line of the cache.
void lull_duplicates_see(struct lull_duplicates *d, const struct lull_packet *packets, uint32_t n);
