// SPDX-License-Identifier: BSD-3-Clause
// Which TCP flows toward a target get stuck, from bin to bin. The analyzer's side of the samples in
// the slots (flows.h): of every target, group and service it remembers the LULL_SAMPLE flows with
// the smallest hash that were seen lately, and how far each came. A flow that sent data in a bin
// and came no further than it had been is stuck: all it sent it had sent before, because nobody
// acknowledges it (Blink, NSDI 2019). It is so until it goes on. A flow seen for the first time is
// neither: nobody knows where it stood.
//
// What is told of a bin is what is known of LULL_STALL_NS up to its end, or of the bin alone where
// that is longer. One sender has at most LULL_STALL_VOICES voices, so that none of them can speak
// for the target.

#pragma once

#include "share.h"
#include "slot.h"

#include <stdbool.h>
#include <stdint.h>

#define LULL_STALL_NS UINT64_C(800000000) // Blink's window: a first repeat takes 200 ms to 1 s
#define LULL_STALL_IDLE_NS UINT64_C(2000000000) // forgotten after; Blink's, too
#define LULL_STALL_VOICES 4
// Behind where it stood by more than this, it is another flow with the same addresses and ports.
#define LULL_STALL_REACH (1 << 26)

struct lull_stall_flow {
	uint64_t id;
	uint64_t seen_ns;   // end of the bin it last sent data in
	uint64_t judged_ns; // the same, where it was known whether it went on; 0: never
	uint32_t end;       // highest sequence number so far
	uint8_t sender;
	bool stuck;
};

// Those of one target, by rising id.
struct lull_stall {
	uint64_t now_ns; // end of the last bin that brought something
	uint32_t n, cap;
	struct lull_stall_flow flows[];
};

// A target's flows in one bin.
struct lull_stall_sample {
	uint32_t target, n, first; // of found[], by rising id
};

struct lull_stalls {
	const uint32_t *parents;    // by target
	struct lull_stall **stalls; // by target; NULL: nothing is known
	uint32_t n_targets;
	uint64_t swept_ns, now_ns; // end of the bin all were last looked at in; of the last bin
	// of the bin
	struct lull_flow *found;
	struct lull_stall_sample *samples; // by rising target
	struct lull_share *shares, *spare; // samples of slots; row: the target
	uint32_t n_found, n_samples, n_shares;
	uint32_t cap_found, cap_samples, cap_shares, cap_spare;
	uint32_t max; // as in struct lull_flows
};

struct lull_stall_counts {
	uint8_t flows, stuck; // at most LULL_SAMPLE
};

// parents: by target, 0 where there is none; must outlive it. False: out of memory.
bool lull_stalls_init(struct lull_stalls *s, const uint32_t *parents, uint32_t n_targets);
void lull_stalls_finish(struct lull_stalls *s);

// Take the slots of the next bin. False: out of memory.
bool lull_stalls_bin(struct lull_stalls *s, struct lull_slot *const *slots, size_t n,
	uint64_t start_ns, uint64_t len_ns);
// What is known of a target at the end of that bin.
struct lull_stall_counts lull_stalls_count(
	const struct lull_stalls *s, uint32_t target, uint64_t end_ns, uint64_t len_ns);
