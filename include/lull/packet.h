// SPDX-License-Identifier: BSD-3-Clause
// A packet as every source hands it out, and the burst it comes in. Nothing here or above knows
// whether a packet came from a file or from a wire.

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LULL_BURST 256     // packets in a burst at most
#define LULL_CAPLEN 262144 // longest captured packet; longer ones are an error of the file

// What the clock said of a packet's time before anyone looked at its bytes.
enum lull_fate {
	LULL_IN_TIME, // count it in packet->bin
	LULL_LATE,    // its bin is closed; packet->bin is the bin that reports it
	LULL_JUMP,    // its time cannot be believed; packet->bin is the bin that reports it
};

// A view of one packet. data belongs to the source and is valid until the burst is released.
struct lull_packet {
	const uint8_t *data; // caplen bytes, starting at the link-layer header
	uint32_t caplen;     // bytes captured, <= LULL_CAPLEN
	uint32_t wirelen;    // bytes on the wire; >= caplen (a source raises it where a file lies)
	uint64_t ts_ns;      // arrival by the source's clock; LULL_TIME_NONE: not representable
	uint64_t bin;        // sequence number of the bin (see clock.h); set by lull_clock_stamp()
	uint16_t port;       // interface it came from, numbered from 0 by the source
	uint16_t linktype;   // LINKTYPE_* of the pcap format (1 = Ethernet)
	uint8_t fate;        // enum lull_fate; set by lull_clock_stamp()
};

// Up to LULL_BURST packets, in the order the source saw them.
struct lull_burst {
	struct lull_packet packets[LULL_BURST];
	uint32_t n;
	uint64_t clock_ns; // the source's own clock: no later packet is expected to be older
	uint64_t next_ns;  // time of the packet after these; LULL_TIME_NONE: none, or not known yet
	uint64_t floor;    // no packet of this or a later burst counts in a bin below it
	bool at_once;      // the packets came at clock_ns: lull_clock_stamp() writes it to them
	bool even;         // all packets are in time and of one bin; set by lull_clock_stamp()
	uint64_t first_ns; // then: lowest and highest time of them
	uint64_t last_ns;
	void *owner; // what the source must give back; NULL: nothing
};
