// SPDX-License-Identifier: BSD-3-Clause
// What the detector did not see: packets the ports lost, ports that were down or not polled, and
// times without any bin. Silence there proves nothing, and a count there is a lower bound.

#pragma once

#include <lull/bin.h>

#define LULL_BLIND_LOSSES 256
#define LULL_BLIND_HOLES 16
// A port whose link is down for so long is taken as gone. A repair is over by then; until then an
// outage is suspected and no more, and a port that never comes back must not make that for ever.
#define LULL_BLIND_GONE_NS (6 * 3600 * UINT64_C(1000000000))

struct lull_blind_loss {
	uint64_t start_ns, end_ns, lost; // several bins once merged
};

struct lull_blind_hole {
	uint64_t from_ns, to_ns;
};

struct lull_blind {
	struct lull_blind_loss losses[LULL_BLIND_LOSSES]; // bins with known losses, oldest first
	size_t n_losses;
	struct lull_blind_hole holes[LULL_BLIND_HOLES]; // the last ones, oldest first
	size_t n_holes;
	uint64_t unknown_ns; // end of the last bin in which a port could not tell its losses; or 0
	uint64_t dark_ns;    // end of the last bin in which some port was dark; or 0
	uint64_t held_ns;    // time of the bins that were held since the last one judged
	uint32_t carried;    // mask of ports that received a packet, and are not gone
	uint32_t gone;       // mask of ports that did, and were taken as gone
	uint64_t gone_ns; // when the last of them was; 0: none is. What fell before may have fallen
			  // because of it
	uint64_t down_ns[LULL_PORTS_MAX]; // since when a port has no link; 0: it has one
	bool down; // all ports were dark in the last bin, some for want of a link
};

// Take the health of a bin. Returns true when no port saw it whole: its link was down, or a worker
// did not poll; or the bin before had no link, which came back nobody knows when in this one. Such
// a bin is to be held back, as time without counts. Ports that never carried a packet, or are gone,
// are not missed while others do.
bool lull_blind_bin(struct lull_blind *b, const struct lull_bin *bin);

// Nobody looked from one time to the other.
void lull_blind_hole(struct lull_blind *b, uint64_t from_ns, uint64_t to_ns);

struct lull_blind_sum {
	enum lull_loss loss;
	uint64_t lost; // over all ports; a bound from above for what any one series lost
	bool dark;     // some port was dark
};

// Over the bins that end after from_ns.
struct lull_blind_sum lull_blind_since(const struct lull_blind *b, uint64_t from_ns);

// A moment that may lie in a hole lies anywhere in it: widen the interval by every hole that the
// time from lo_ns to hi_ns touches (at least the interval itself; more where nothing was judged
// between it and the hole) and that ends after after_ns.
void lull_blind_stretch(const struct lull_blind *b, uint64_t after_ns, uint64_t lo_ns,
	uint64_t hi_ns, struct lull_instant *at);
