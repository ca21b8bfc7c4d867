// SPDX-License-Identifier: BSD-3-Clause
// Live ports: devices opened as the configuration says, their queues as sources, and what their
// drivers tell of loss. No packet is ever sent: no port has a TX queue where the driver allows it.

#pragma once

#include <lull/config.h>
#include <lull/event.h>
#include <lull/source.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What a driver says of a port, cumulated since lull_ports_open(): wraps of 32-bit counters and
// resets by the driver are mended.
struct lull_port_stats {
	bool link_up;
	bool downs_told;     // the driver counts:
	uint64_t downs;      // how often the link went down, if ever so briefly
	enum lull_loss loss; // what `lost` is worth: NONE (it would say and there was none so
			     // far), KNOWN (it says), UNKNOWN (this driver does not tell)
	uint64_t lost;       // missed + nombuf + errors; a lower bound when UNKNOWN
	uint64_t received;   // packets the driver handed out, as it counts them; 0: not told
	uint64_t missed, nombuf, errors;
	uint64_t sent; // packets sent by this port as the driver counts them: 0, always
};

struct lull_ports;

struct lull_ports_ops {
	const char *name; // "dpdk", "interface"
	struct lull_ports *(*open)(const struct lull_config *config);
	void (*close)(struct lull_ports *p);
	size_t (*queues)(const struct lull_ports *p);
	struct lull_source *(*queue)(struct lull_ports *p, size_t i);
	int (*attach)(struct lull_ports *p, size_t i);
	void (*detach)(struct lull_ports *p, size_t i);
	size_t (*count)(const struct lull_ports *p);
	const char *(*device)(const struct lull_ports *p, size_t port);
	const char *(*driver)(const struct lull_ports *p, size_t port);
	int (*stats)(struct lull_ports *p, size_t port, struct lull_port_stats *stats);
};

struct lull_ports {
	const struct lull_ports_ops *ops;
};

// Open every port config->capture names, ready to receive but for the first fill(). NULL and
// errno after a message that names the device. Packets are handed out with
// packet->port = index into config->capture.ports. Call once in a process, from its main thread,
// before other threads are made. config must outlive it.
struct lull_ports *lull_ports_open(const struct lull_config *config);
// Workers have ended. May be NULL.
void lull_ports_close(struct lull_ports *p);

// Queues over all ports, numbered by port, then queue: one worker each.
size_t lull_ports_queues(const struct lull_ports *p);
// The source of queue i, owned by the ports (lull_source_close() on it does nothing). fill()
// never waits longer than 5 ms and sets burst->clock_ns, by the wall clock kept steady
// (CLOCK_MONOTONIC from one reading of CLOCK_REALTIME), even when there was no packet. It returns
// 1 for ever, or 0 once the device is gone for good (a message says so; net_pcap at the end of its
// file is that, too).
struct lull_source *lull_ports_queue(struct lull_ports *p, size_t i);
// In the worker's thread, before its first fill() and after its last. 0 or -errno.
int lull_ports_attach(struct lull_ports *p, size_t i);
void lull_ports_detach(struct lull_ports *p, size_t i);

size_t lull_ports_count(const struct lull_ports *p);
const char *lull_ports_device(const struct lull_ports *p, size_t port); // as configured
const char *lull_ports_driver(const struct lull_ports *p, size_t port); // "net_af_xdp", "tpacket"
// One thread (the analyzer). 0 or -errno, with a message once per port.
int lull_ports_stats(struct lull_ports *p, size_t port, struct lull_port_stats *stats);

// Nanoseconds since the epoch by the clock that live sources stamp with: steady, never stepped.
// Any thread.
uint64_t lull_ports_now(void);
// How far the wall clock is ahead of that one now, in ns: what it was stepped since the start. Any
// thread.
int64_t lull_ports_offset(void);
