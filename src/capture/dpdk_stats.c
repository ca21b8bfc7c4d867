// SPDX-License-Identifier: BSD-3-Clause
// What a port lost, as far as its driver, its card, or the kernel behind it tell.
//
// Basic counters (imissed, rx_nombuf, ierrors) and extended statistics overlap in ways that differ
// from driver to driver, so their sum would count packets twice. The larger of the two sums is
// taken; what the extended ones have beyond the basic ones counts as missed. Drivers over an
// interface of the kernel are asked past the driver: see dpdk_socket.c and docs/drivers.md.

#include "dpdk.h"

#include <errno.h>
#include <lull/log.h>
#include <rte_ethdev.h>
#include <stdlib.h>
#include <string.h>

bool lull_dpdk_tells_loss(const char *name)
{
	static const char *const basic[] = {
		"rx_errors", "rx_missed_errors", "rx_mbuf_allocation_errors"};
	static const char *const words[] = {"miss", "discard", "drop", "no_buf", "out_of_buffer",
		"err", "no_desc", "overflow", "overrun"};
	static const char *const no_loss[] = {"csum", "checksum", "xsum", "ptp", "flow_control"};
	if (strncmp(name, "rx", 2) != 0 || (name[2] >= '0' && name[2] <= '9'))
		return false; // "rx0_...": of one queue; the sum is there as well
	if (strncmp(name, "rx_q", 4) == 0 && name[4] >= '0' && name[4] <= '9')
		return false;
	for (size_t i = 0; i < sizeof(basic) / sizeof(basic[0]); i++)
		if (strcmp(name, basic[i]) == 0)
			return false;
	for (size_t i = 0; i < sizeof(no_loss) / sizeof(no_loss[0]); i++)
		if (strstr(name, no_loss[i]) != NULL)
			return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(name, words[i]) != NULL)
			return true;
	return false;
}

// Room for the extended statistics; without it they are left out.
static bool make_room(struct lull_dpdk_port *p, size_t n)
{
	p->others = calloc(n, sizeof(*p->others));
	p->other_ids = calloc(n, sizeof(*p->other_ids));
	p->other_values = calloc(n, sizeof(*p->other_values));
	return p->others != NULL && p->other_ids != NULL && p->other_values != NULL;
}

static void choose_others(struct lull_dpdk_port *p)
{
	int n = rte_eth_xstats_get_names(p->id, NULL, 0);
	if (n <= 0)
		return;
	struct rte_eth_xstat_name *names = calloc((size_t)n, sizeof(*names));
	if (names != NULL && make_room(p, (size_t)n) &&
		rte_eth_xstats_get_names(p->id, names, (unsigned)n) == n)
		for (int i = 0; i < n; i++)
			if (lull_dpdk_tells_loss(names[i].name))
				p->other_ids[p->n_others++] = (uint64_t)i;
	free(names);
}

static bool read_others(struct lull_dpdk_port *p)
{
	return p->n_others > 0 && rte_eth_xstats_get_by_id(p->id, p->other_ids, p->other_values,
					  (unsigned)p->n_others) == (int)p->n_others;
}

// Packets the interface lost before they came to the socket, or on their way to us.
static const char *const *kernel_counters(const struct lull_dpdk_port *p)
{
	static const char *const rx[] = {"statistics/rx_dropped", "statistics/rx_missed_errors"};
	static const char *const tx[] = {"statistics/tx_dropped", NULL};
	return p->driver->telling == LULL_DPDK_TX_SIDE ? tx : rx;
}

static bool read_kernel(const struct lull_dpdk_port *p, size_t i, uint64_t *value)
{
	const char *counter = kernel_counters(p)[i];
	return p->netdev[0] != '\0' && counter != NULL &&
	       lull_netdev_read(p->netdev, counter, value) == 0;
}

void lull_dpdk_stats_begin(struct lull_dpdk_port *p)
{
	struct rte_eth_stats s;
	uint64_t value;
	if (rte_eth_stats_get(p->id, &s) == 0) {
		lull_wrap_begin(&p->received, s.ipackets);
		lull_wrap_begin(&p->sent, s.opackets);
		lull_wrap_begin(&p->missed, s.imissed);
		lull_wrap_begin(&p->nombuf, s.rx_nombuf);
		lull_wrap_begin(&p->errors, s.ierrors);
	}
	for (size_t i = 0; i < 2; i++)
		if (read_kernel(p, i, &value))
			lull_wrap_begin(&p->kernel[i], value);
	choose_others(p);
	if (read_others(p))
		for (size_t i = 0; i < p->n_others; i++)
			lull_wrap_begin(&p->others[i], p->other_values[i]);
	for (size_t i = 0; i < p->n_sockets; i++) {
		lull_dpdk_socket_lost(p->sockets[i], &p->socket_lost[i]);
		p->socket_lost[i].total = 0;
	}
}

void lull_dpdk_stats_end(struct lull_dpdk_port *p)
{
	free(p->others);
	free(p->other_ids);
	free(p->other_values);
}

// The i-th counter of the interface, since the beginning.
static uint64_t kernel_lost(struct lull_dpdk_port *p, size_t i)
{
	uint64_t value;
	if (read_kernel(p, i, &value))
		lull_wrap_add(&p->kernel[i], value);
	return p->kernel[i].total;
}

static uint64_t socket_lost(struct lull_dpdk_port *p)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < p->n_sockets; i++) {
		lull_dpdk_socket_lost(p->sockets[i], &p->socket_lost[i]);
		sum += p->socket_lost[i].total;
	}
	return sum;
}

// imissed of a driver over sockets is a part of what they tell. What the kernel drops before an
// AF_PACKET socket and at it are two things; what it drops at an AF_XDP socket it counts as
// dropped by the interface as well (seen on a veth: one is exactly the other).
static void add_kernel(struct lull_dpdk_port *p, struct lull_port_stats *stats)
{
	uint64_t dropped = kernel_lost(p, 0), never_in = kernel_lost(p, 1);
	bool twice = p->driver->telling == LULL_DPDK_PART;
	if (p->driver->telling == LULL_DPDK_SOCKET || twice) {
		uint64_t at_socket = socket_lost(p);
		if (twice)
			dropped = dropped > at_socket ? dropped - at_socket : 0;
		stats->missed = at_socket;
	}
	stats->missed += dropped + never_in;
}

static bool link_is_up(const struct lull_dpdk_port *p)
{
	struct rte_eth_link link = {0};
	if (atomic_load_explicit(&p->removed, memory_order_relaxed))
		return false;
	if (p->netdev[0] != '\0')
		return lull_netdev_up(p->netdev); // these drivers say up for ever
	return rte_eth_link_get_nowait(p->id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

static enum lull_loss worth(const struct lull_dpdk_port *p, uint64_t lost)
{
	enum lull_loss told = lost > 0 ? LULL_LOSS_KNOWN : LULL_LOSS_NONE;
	switch (p->driver->telling) {
	case LULL_DPDK_COUNTS:
	case LULL_DPDK_LOSSLESS:
		return told;
	case LULL_DPDK_TX_SIDE:
		return p->netdev[0] != '\0' ? told : LULL_LOSS_UNKNOWN;
	case LULL_DPDK_SOCKET:
		return p->n_sockets >= p->spec->queues && p->netdev[0] != '\0' ? told
									       : LULL_LOSS_UNKNOWN;
	default:
		return LULL_LOSS_UNKNOWN;
	}
}

int lull_dpdk_stats(struct lull_dpdk_port *p, struct lull_port_stats *stats)
{
	struct rte_eth_stats s;
	int r = rte_eth_stats_get(p->id, &s);
	*stats = (struct lull_port_stats){.loss = LULL_LOSS_UNKNOWN};
	if (r != 0) {
		if (!p->complained)
			lull_log_warning("%s: %s tells no statistics: %s", p->spec->device,
				p->driver_name, strerror(-r));
		p->complained = true;
		return r;
	}
	uint64_t others = 0;
	bool read = read_others(p);
	for (size_t i = 0; i < p->n_others; i++) {
		if (read)
			lull_wrap_add(&p->others[i], p->other_values[i]);
		others += p->others[i].total;
	}
	stats->link_up = link_is_up(p);
	stats->received = lull_wrap_add(&p->received, s.ipackets);
	stats->sent = lull_wrap_add(&p->sent, s.opackets);
	stats->nombuf = lull_wrap_add(&p->nombuf, s.rx_nombuf);
	stats->errors = lull_wrap_add(&p->errors, s.ierrors);
	stats->missed = lull_wrap_add(&p->missed, s.imissed);
	add_kernel(p, stats);
	stats->lost = stats->missed + stats->nombuf + stats->errors;
	if (others > stats->lost) {
		stats->missed += others - stats->lost;
		stats->lost = others;
	}
	stats->loss = worth(p, stats->lost);
	return 0;
}
