// SPDX-License-Identifier: BSD-3-Clause
// A closed bin: the record the analyzer works on, and all that later floors ever see of packets.

#pragma once

#include <lull/class.h>
#include <lull/decode.h>
#include <lull/event.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_CONTROL_GROUPS 16 // unmatched traffic, split by a keyed hash of its addresses
#define LULL_PORTS_MAX 16      // ports told apart in health; higher ones share the last
#define LULL_ALL_UPSTREAMS 0   // index of `all` in the registry

// Counts of one series in one bin.
struct lull_row {
	uint32_t target;   // 1..n
	uint32_t upstream; // index into bin->upstreams
	uint8_t direction; // enum lull_direction
	// TCP flows with data toward the target, upstream `all`, of a sample of at most 64: those
	// seen before and again within the last 800 ms (or in the bin, where that is longer), and
	// those of them that came no further than they had been: all they sent was sent again
	uint8_t flows, stuck;
	uint64_t packets;
	uint64_t bytes;                       // IP total length
	uint64_t syn, synack, rst;            // TCP; SYN without ACK, SYN with ACK, RST
	uint64_t unreach[LULL_UNREACH_KINDS]; // ICMP errors about packets to it: in
	uint64_t distinct;          // estimated addresses: in the target (out), talking to it (in)
	uint64_t first_ns, last_ns; // of the packets counted; LULL_TIME_NONE when packets == 0
};

struct lull_port_bin {
	struct lull_law law;
	uint64_t control[LULL_CONTROL_GROUPS]; // packets of class unmatched by keyed group
	uint64_t first_ns, last_ns;            // of all packets in time; LULL_TIME_NONE without
};

// What a live port may have lost in a bin. The truth lies within [counted, counted + lost] when
// loss is KNOWN; UNKNOWN: no bound.
struct lull_port_health {
	enum lull_loss loss;
	uint64_t lost;
	bool link_up;
	bool stalled; // a worker of the port did not poll through the whole bin, or nobody knows
		      // whether the link was there
};

// The registry of upstreams: grows, never changes what is in it.
struct lull_upstreams {
	size_t n; // [0] is `all`
	const uint64_t *keys;
	const char *const *names;
};

struct lull_bin {
	uint64_t seq, start_ns, len_ns;
	uint64_t gap_ns; // time without counts before this bin (a jump of the clock, bins that
			 // were overwritten, a restart), or 0
	double exposure; // share of the bin the source covered, in (0, 1]
	const struct lull_row *rows; // sorted by target, upstream, direction
	size_t n_rows;
	const struct lull_port_bin *ports;
	size_t n_ports;
	const struct lull_port_health *health; // by port; NULL: files, which lose nothing
	size_t n_health;
	struct lull_law law; // over all ports
	const struct lull_upstreams *upstreams;
	// Packets, by target and direction, of learnt upstreams that found no room in the registry:
	// they are counted as "other". 0 where none is to be learnt (upstreams_max: 0).
	uint64_t refused_packets;
};
