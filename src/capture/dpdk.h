// SPDX-License-Identifier: BSD-3-Clause
// DPDK ports from the inside: shared by dpdk.c (the whole), dpdk_eal.c (its environment),
// dpdk_port.c (opening a device), dpdk_queue.c (bursts), dpdk_stats.c and dpdk_driver.c (loss).
// Threads: main opens and closes; a queue is its worker's; stats are the analyzer's.

#pragma once

#include "netdev.h"
#include "ports.h"
#include "tick.h"
#include "wrap.h"

#include <lull/packet.h>
#include <lull/text.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>
#include <stdatomic.h>

#define LULL_DPDK_LEASES 4      // bursts of a queue that may be out at once
#define LULL_DPDK_KEY 128       // longest RSS key of a device; most take 40 or 52 bytes
#define LULL_DPDK_SOCKETS 64    // sockets of a port's driver whose losses the kernel tells
#define LULL_DPDK_SAID 1024     // what is kept of DPDK's own messages, for ours
#define LULL_DPDK_CLOCK_MS 1000 // a network card's clock is compared with ours this often

// How a driver tells of packets that reached the device and not us.
enum lull_dpdk_telling {
	LULL_DPDK_SILENT,   // some may be lost, and nobody counts them
	LULL_DPDK_COUNTS,   // imissed, ierrors, rx_nombuf or extended statistics hold all of them
	LULL_DPDK_LOSSLESS, // nothing can be lost between the device and us
	LULL_DPDK_SOCKET,   // the driver is silent, but its sockets tell: see dpdk_socket.c
	LULL_DPDK_PART,     // its sockets tell a part: what is lost is at least that
	LULL_DPDK_TX_SIDE,  // the kernel hands packets to us by sending: its tx_dropped
};

struct lull_dpdk_driver {
	const char *name; // as the driver calls itself
	enum lull_dpdk_telling telling;
	const char *queues_key; // device argument that sets the number of queues, or NULL
	const char *defaults;   // device arguments given unless the configuration has them, or NULL
	uint16_t linktype;      // LINKTYPE_*
	bool pairs;             // works only with as many TX queues as there are RX queues
};

// Never NULL: drivers not in the table are silent.
const struct lull_dpdk_driver *lull_dpdk_driver(const char *name);
// By the device's name ("net_af_packet0" -> net_af_packet), before there is a driver to ask. NULL:
// none.
const struct lull_dpdk_driver *lull_dpdk_driver_of(const char *device);

struct lull_dpdk_lease {
	struct rte_mbuf *mbufs[LULL_BURST];
	uint16_t n;
	bool simple; // every buffer is one segment of the port's pool, and nobody else's
	_Atomic bool out;
};

struct lull_dpdk_port {
	const struct lull_port_spec *spec;
	const struct lull_dpdk_driver *driver;
	char driver_name[64];
	char netdev[LULL_NETDEV_NAME]; // interface of the kernel behind it, or ""
	uint16_t number;               // as configured
	uint16_t id;                   // DPDK's
	bool probed, configured, started;
	bool is_file;               // net_pcap over a file: it will be silent for ever at its end
	bool clocked;               // has a clock of its own that stamps packets and can be read
	int stamp_offset;           // where in an mbuf the stamp is
	uint64_t stamp_flag;        // and the flag that it is there
	uint8_t key[LULL_DPDK_KEY]; // of RSS
	struct rte_mempool *pool;
	_Atomic bool removed;           // by DPDK's interrupt thread
	int sockets[LULL_DPDK_SOCKETS]; // of the driver, which closes them
	size_t n_sockets;
	int xdp_link; // 1 + descriptor that keeps the driver's XDP program attached; 0: none
	// the analyzer's:
	struct lull_wrap received, sent, missed, nombuf, errors;
	struct lull_wrap kernel[2]; // drops of the interface behind it
	struct lull_wrap *others;   // extended statistics that tell of loss
	uint64_t *other_ids, *other_values;
	size_t n_others;
	struct lull_wrap socket_lost[LULL_DPDK_SOCKETS];
	bool complained;
};

struct lull_dpdk_queue {
	struct lull_source source; // first: the handle is this
	struct lull_dpdk_port *port;
	uint16_t id;
	bool pinned;   // its thread has a core of its own: poll without a pause
	bool attached; // registered with EAL
	bool over;
	uint32_t empty;    // polls in a row that gave nothing
	uint64_t quiet_ns; // since when
	struct lull_tick tick;
	struct lull_dpdk_lease leases[LULL_DPDK_LEASES];
};

struct lull_dpdk {
	struct lull_ports ports; // first: the handle is this
	const struct lull_config *config;
	bool started; // EAL
	struct lull_dpdk_port *list;
	size_t n_ports;
	struct lull_dpdk_queue *queues;
	size_t n_queues;
};

// While DPDK talks: standard output goes nowhere (its usage text would be taken for data),
// standard error into memory.
struct lull_dpdk_hush {
	int out, err, memory;
};
void lull_dpdk_hush_begin(struct lull_dpdk_hush *h);
// said: what was said first, on one line, or "". May be NULL.
void lull_dpdk_hush_end(struct lull_dpdk_hush *h, char said[LULL_DPDK_SAID]);

// True for a PCI address ("0000:3b:00.0", "3b:00.0"), with or without device arguments.
bool lull_dpdk_is_pci(const char *device);
// The value of a device argument ("iface=eth0"), cut to what fits; false: not given.
bool lull_dpdk_argument(const char *device, const char *key, char *value, size_t room);
// Why such a device cannot be opened, though DPDK would try; NULL: it can. huge_pages: EAL has
// some.
const char *lull_dpdk_device_problem(const char *device, bool huge_pages);
// net_pcap over a file again and again (infinite_rx), which it keeps in buffers.
bool lull_dpdk_repeats(const char *device);
// Buffers that takes at most; 0 for any other device.
size_t lull_dpdk_kept_packets(const char *device);
// The arguments for rte_eal_init(): argv[0..n), NULL at its end; free with lull_dpdk_args_free().
// huge_pages: there are free ones. NULL: out of memory.
char **lull_dpdk_args(const struct lull_config *config, bool huge_pages, int *n);
void lull_dpdk_args_free(char **args);
// Start EAL: once in a process. 0, or -errno after a message.
int lull_dpdk_start(const struct lull_config *config);
void lull_dpdk_stop(void);

// Find, configure and start one device. 0, or -errno after a message.
int lull_dpdk_port_open(struct lull_dpdk_port *p);
void lull_dpdk_port_close(struct lull_dpdk_port *p);

// The operations of a queue as a source.
extern const struct lull_source_ops lull_dpdk_queue_ops;
// Memory buffers a queue may hold besides those its ring holds.
#define LULL_DPDK_QUEUE_MBUFS (LULL_DPDK_LEASES * LULL_BURST)

// Remember what is counted so far, and which extended statistics tell of loss.
void lull_dpdk_stats_begin(struct lull_dpdk_port *p);
void lull_dpdk_stats_end(struct lull_dpdk_port *p);
int lull_dpdk_stats(struct lull_dpdk_port *p, struct lull_port_stats *stats);

// A name of an extended statistic that counts packets lost on receiving, and is no part of the
// basic ones.
bool lull_dpdk_tells_loss(const char *name);

// Say whether a started device takes flow rules.
void lull_dpdk_flow_tell(const struct lull_dpdk_port *p);

// Tie the XDP program of net_af_xdp to this process, with which it then ends; a warning when that
// cannot be. Nothing for other drivers. After the device is started.
void lull_dpdk_xdp_tie(struct lull_dpdk_port *p);
void lull_dpdk_xdp_end(struct lull_dpdk_port *p);

// Sockets of this process of families AF_PACKET and AF_XDP that are not in known[0..n_known).
// Returns how many it put into fds[0..LULL_DPDK_SOCKETS).
size_t lull_dpdk_sockets(const int *known, size_t n_known, int *fds);
// Add the packets the kernel dropped at a socket since the last call.
void lull_dpdk_socket_lost(int fd, struct lull_wrap *lost);
