// SPDX-License-Identifier: BSD-3-Clause
// The clock of a source: from packet times to bins. It is the one serial stage of the packet
// path: what is late and what is a jump depends on the order of arrival alone, never on which
// worker takes a packet, so any number of workers counts the same.
//
// Bins are aligned to the epoch and numbered by a dense sequence. Silence makes empty bins (they
// have numbers and nobody touches them); a jump makes one gap: the next number starts a new
// segment at another time, and all bins before are closed.
//
// A step forward beyond jump_ns is believed unless the very next packet is back at the old time:
// one damaged record is LULL_JUMP and changes nothing else. So is a first packet when the next one
// lies more than jump_ns before it. A step backward behind the reorder
// window may be mere disorder: it is believed only after LULL_CLOCK_WITNESSES packets in a row
// agree; until then they are LULL_LATE, and stay so. "Agree" is: each within jump_ns after, or
// the reorder window and one bin before, the highest of the run. A packet without a time is
// LULL_JUMP and neither helps nor breaks a run. A packet that is LATE or JUMP is reported in the
// newest bin.

#pragma once

#include <lull/packet.h>
#include <stdatomic.h>

#define LULL_CLOCK_WITNESSES 64
#define LULL_CLOCK_SEGMENTS 1024 // jumps beyond are never believed

struct lull_segment {
	uint64_t seq;      // first bin of the segment
	uint64_t start_ns; // its start
};

// Written by whoever holds the source; segments[0..n_segments) may be read by the analyzer.
struct lull_clock {
	uint64_t bin_ns, reorder_bins, jump_ns;
	uint64_t newest;    // highest bin a packet was counted in
	uint64_t floor;     // lowest bin still open
	uint64_t bin_start; // of the bin last used: most packets need no division
	uint64_t bin_seq;
	uint64_t first_ns, last_ns; // first packet; highest time believed
	uint64_t witness_ns;        // highest time in a run of late packets
	uint32_t witnesses;         // packets in that run
	bool started;
	bool fixed; // by lull_clock_fix()
	_Atomic uint32_t n_segments;
	struct lull_segment segments[LULL_CLOCK_SEGMENTS];
};

// bin_ns > 0; the first bin's sequence number is 0.
void lull_clock_init(
	struct lull_clock *c, uint64_t bin_ns, unsigned reorder_bins, uint64_t jump_ns);

// Lay a fixed grid: bin 0 is the one that holds start_ns, there will be no other segment, and
// the source's clock_ns is always believed, however far it went. For live taps: every queue has a
// clock of its own, and equal numbers mean equal bins. A packet more than jump_ns ahead of both
// the source's clock and the highest time believed is LULL_JUMP; one below the floor is LULL_LATE.
void lull_clock_fix(struct lull_clock *c, uint64_t start_ns);

// Set bin and fate of every packet of the burst, and burst->floor: the floor before its first
// packet. The floor may rise within a burst; a fate follows the floor of its moment, so every
// in-time bin is at or above burst->floor, and it takes the next burst to close the bins between.
// burst->clock_ns, when later than every packet and no jump, closes bins as a packet would; 0:
// the source has no clock of its own. No division unless a packet leaves the bin of the one
// before. A step forward in the last packet is judged by burst->next_ns.
void lull_clock_stamp(struct lull_clock *c, struct lull_burst *burst);

// Where bin seq lies in time. gap_ns: time skipped just before it (0 for most; the absolute step
// when the clock went back). Returns its start.
uint64_t lull_clock_bin(const struct lull_clock *c, uint64_t seq, uint64_t *gap_ns);
