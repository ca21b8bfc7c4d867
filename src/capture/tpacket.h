// SPDX-License-Identifier: BSD-3-Clause
// A packet socket with a ring of blocks that the kernel fills and we read in place (AF_PACKET,
// TPACKET_V3; packet(7) and Documentation/networking/packet_mmap.rst of Linux). Knows no clock but
// the kernel's stamps.
//
// Not by libpcap: when an interface goes down, its pcap_dispatch() makes system calls that a
// worker is not allowed to make (guard.h), and it copies what can be read in place.

#pragma once

#include <linux/if_packet.h>
#include <lull/packet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Headers alone: Ethernet 14, 4 VLAN tags 16, 8 MPLS labels 32, IPv6 40, UDP and VXLAN 16, then
// Ethernet, IPv6 and an ICMP error with its IPv6 inside 102: 220, and 100 for extension headers.
#define LULL_TPACKET_SNAP 320
// A packet may wait as long in a block that the kernel has not handed over: the block is due after
// 4 ms, which kernels up to 6.17 round up to ticks and take twice, of a timer that may just have
// been set anew; a tick is up to 4 ms (10 ms with CONFIG_HZ=100).
#define LULL_TPACKET_LAG_NS UINT64_C(40000000)

// All zeros is closed, but for fd: -1.
struct lull_tpacket {
	int fd;
	bool ethernet; // whole frames; else what follows the link header
	uint8_t *map;
	unsigned n_blocks;
	unsigned block;    // to be read next, or being read
	unsigned held;     // blocks before it that the burst still points into
	uint32_t left;     // packets of `block` that were not handed out
	const uint8_t *at; // the next of them
};

// What there is to say of an interface before its socket can be opened.
struct lull_tpacket_device {
	int index;
	unsigned type; // ARPHRD_*
};

// Whether packets of that ARPHRD_* come with Ethernet headers.
bool lull_tpacket_ethernet(unsigned type);
// Make socket and ring, bind them; packets are thrown away until lull_tpacket_start(). 0 or
// -errno: -EPERM without CAP_NET_RAW, -ENOMEM: a ring that large cannot be had.
int lull_tpacket_open(
	struct lull_tpacket *t, const struct lull_tpacket_device *device, uint64_t ring_bytes);
void lull_tpacket_close(struct lull_tpacket *t);
// Share the interface's packets among several sockets, by a hash of addresses and ports that is
// the same both ways. *group: -1 for the first socket, which sets it. 0 or -errno.
int lull_tpacket_share(struct lull_tpacket *t, int *group);
// From here on packets are captured. 0 or -errno.
int lull_tpacket_start(struct lull_tpacket *t, bool loopback);
// To another interface of the same kind, or one that came back; needs no privilege. Any thread.
// 0 or -errno.
int lull_tpacket_bind(struct lull_tpacket *t, int index);

// Up to LULL_BURST packets, read in place: data, caplen, wirelen, linktype, and ts_ns by the
// kernel's wall clock. Waits for nothing. Returns how many; fewer than LULL_BURST: the kernel has
// handed over no more. They last until lull_tpacket_release(), which must come before the next
// read.
uint32_t lull_tpacket_read(struct lull_tpacket *t, struct lull_packet *packets);
void lull_tpacket_release(struct lull_tpacket *t);
// Sleep until there may be packets, 4 ms at most.
void lull_tpacket_wait(struct lull_tpacket *t);

// Packets since the last call: taken into the ring, and dropped because it was full. 0 or -errno.
// One thread, which may be another than the reader's.
int lull_tpacket_counts(struct lull_tpacket *t, uint64_t *taken, uint64_t *dropped);
