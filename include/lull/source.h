// SPDX-License-Identifier: BSD-3-Clause
// Where packets come from. A source hands out bursts and says when it is over. One thread at a
// time may be inside fill(); release() may be called by any worker for a burst it was given.

#pragma once

#include <lull/packet.h>
#include <lull/summary.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct lull_source;

struct lull_source_ops {
	const char *name;
	// fill() may come late: packets wait with the time they came, and those that find no room
	// are counted as lost by the port. False: what came meanwhile is stamped when it is found,
	// or missed.
	bool keeps;
	// Give up to LULL_BURST packets: burst->packets, n, clock_ns, next_ns, owner, and at_once
	// when packets are left without a time: they have clock_ns then. May give none and go on. A
	// source that cannot tell next_ns does not end a burst with a packet a minute or more ahead
	// of the one before it, unless none follows. Returns 1: go on; 0: over (burst->n may still
	// be > 0).
	int (*fill)(struct lull_source *s, struct lull_burst *burst);
	// Take back what fill() lent. Idempotent; any thread.
	void (*release)(struct lull_source *s, struct lull_burst *burst);
	void (*close)(struct lull_source *s);
	// Progress for people: bytes done and in all (0: unknown). May be NULL. Any thread.
	void (*progress)(struct lull_source *s, uint64_t *done, uint64_t *total);
};

struct lull_source {
	const struct lull_source_ops *ops;
};

static inline int lull_source_fill(struct lull_source *s, struct lull_burst *burst)
{
	return s->ops->fill(s, burst);
}

static inline void lull_source_release(struct lull_source *s, struct lull_burst *burst)
{
	s->ops->release(s, burst);
}

static inline void lull_source_close(struct lull_source *s)
{
	if (s != NULL)
		s->ops->close(s);
}

// Capture files as one timeline: merged by packet time (heads compared; ties by the order of
// first packets, then of paths). pcap (us, ns, both byte orders, Kuznetzov), pcapng; each plain
// or gzip, zstd, lz4, xz; "-" is standard input. Only files whose time has come are open.
// A head more than a minute ahead of packets right behind it (64 are looked at) goes when those
// could: one broken time does not hold its file back.
// Ports are pcapng interface numbers; 0 for pcap. clock_ns is 0: files know no other time.
// A file that cannot be opened is an error: NULL, errno, and a message. One that is damaged or of
// another format is reported in its lull_input_report and the others go on. Of a compressed
// stream that is cut, what libarchive had not handed out yet is lost (64 KiB; zstd 128 KiB; lz4
// one block).
// paths must outlive the source. Any number of bursts may be out at once; each costs memory.
// stop: once true, a wait for a pipe ends, and what it gave before is reported; NULL: wait forever.
struct lull_source *lull_files_open(const char *const *paths, size_t n, const _Atomic bool *stop);
// One report per path, in the order given. Valid until close; final once fill() returned 0, and
// before that to be read only by whoever may call fill().
const struct lull_input_report *lull_files_reports(const struct lull_source *s, size_t *n);

// Packet filter: cBPF by libpcap, compiled for each link type as it appears.
struct lull_filter;
// NULL and errno EINVAL after a message when the expression is wrong for Ethernet, or needs a
// loop (protochain).
struct lull_filter *lull_filter_create(const char *expression);
void lull_filter_destroy(struct lull_filter *f);
// True when the packet passes. A link type the expression cannot be compiled for passes nothing.
// Any number of threads.
bool lull_filter_pass(struct lull_filter *f, const struct lull_packet *packet);
