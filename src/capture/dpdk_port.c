// SPDX-License-Identifier: BSD-3-Clause
// One device: found, configured for receiving only, and started. No TX queue is made where the
// driver starts without (net_af_xdp, net_tap and net_memif want as many as there are RX queues);
// nothing here or elsewhere in lull calls rte_eth_tx_burst().

#include "dpdk.h"

#include <errno.h>
#include <lull/log.h>
#include <net/if.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define DESCRIPTORS 4096       // of a ring, as far as the device allows: 4 ms at 1 Mpps
#define BUFFER 2176            // data of a buffer: a frame of 2048 behind the headroom
#define LONGEST_MTU 9600       // network cards only; what is longer is split over buffers
#define STRAYS_MOST (1u << 20) // packets of a ring looked through at the start
// Buffers kept by each thread, as many as DPDK allows: twice a burst, so that a burst given back
// is what the next is received into, and the buffers stay in the processor's cache.
#define CACHE RTE_MEMPOOL_CACHE_MAX_SIZE
#define RSS_TYPES (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP)

static const char *device_of(const struct lull_dpdk_port *p)
{
	return p->spec->device;
}

// The device with the arguments that follow from the configuration or that its driver needs to be
// a tap. NULL: out of memory.
static char *with_defaults(const struct lull_dpdk_port *p)
{
	const char *device = device_of(p);
	const struct lull_dpdk_driver *driver = lull_dpdk_driver_of(device);
	struct lull_text t = {0};
	char value[64], key[32];
	lull_text_add(&t, "%s", device);
	if (driver != NULL && driver->queues_key != NULL && p->spec->queues > 1 &&
		!lull_dpdk_argument(device, driver->queues_key, value, sizeof(value)))
		lull_text_add(&t, ",%s=%u", driver->queues_key, p->spec->queues);
	if (driver != NULL && driver->defaults != NULL) {
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(driver->defaults, "="),
			driver->defaults);
		if (!lull_dpdk_argument(device, key, value, sizeof(value)))
			lull_text_add(&t, ",%s", driver->defaults);
	}
	if (!t.failed)
		return t.data;
	lull_text_finish(&t);
	return NULL;
}

// DPDK's number of the device, or -1.
static int number_of(const struct lull_dpdk_port *p)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	struct rte_dev_iterator it;
	uint16_t id;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(device_of(p), ","), device_of(p));
	if (rte_eth_dev_get_port_by_name(name, &id) == 0)
		return id;
	if (rte_eth_iterator_init(&it, name) != 0)
		return -1;
	id = rte_eth_iterator_next(&it);
	if (id == RTE_MAX_ETHPORTS)
		return -1;
	rte_eth_iterator_cleanup(&it);
	return id;
}

// The driver's XDP program is to be the one on the interface, not a part of libxdp's dispatcher,
// whose pins in a file system outlive every process: see dpdk_xdp.c.
static void prepare(const char *device)
{
	const struct lull_dpdk_driver *driver = lull_dpdk_driver_of(device);
	if (driver != NULL && driver->telling == LULL_DPDK_PART)
		setenv("LIBXDP_SKIP_DISPATCHER", "1", 0);
}

static int probe(struct lull_dpdk_port *p, char said[LULL_DPDK_SAID])
{
	struct lull_dpdk_hush h;
	char *device = with_defaults(p);
	said[0] = '\0';
	if (device == NULL)
		return -ENOMEM;
	prepare(device);
	lull_dpdk_hush_begin(&h);
	int id = number_of(p), r = 0;
	if (id < 0 && !lull_dpdk_is_pci(device)) {
		r = rte_dev_probe(device);
		id = r == 0 ? number_of(p) : -1;
		p->probed = id >= 0;
	}
	lull_dpdk_hush_end(&h, said);
	free(device);
	if (id < 0)
		return r < -1 ? r : -ENODEV; // drivers return -1 for anything
	p->id = (uint16_t)id;
	return 0;
}

static int find(struct lull_dpdk_port *p)
{
	char said[LULL_DPDK_SAID];
	const char *problem = lull_dpdk_device_problem(device_of(p), rte_eal_has_hugepages() != 0);
	if (problem != NULL) {
		lull_log_error("%s: %s", device_of(p), problem);
		return -ENOTSUP;
	}
	int r = probe(p, said);
	if (r == 0)
		return 0;
	if (lull_dpdk_is_pci(device_of(p)))
		lull_log_error("%s: DPDK has no such device; bind it to vfio-pci (dpdk-devbind.py "
			       "-b vfio-pci %s), or for a Mellanox card install its kernel driver",
			device_of(p), device_of(p));
	else
		lull_log_error("%s: %s", device_of(p), said[0] != '\0' ? said : strerror(-r));
	return r;
}

// A key nobody can know: else a sender could aim all its packets at one queue.
static int set_rss(
	struct lull_dpdk_port *p, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	uint64_t types = info->flow_type_rss_offloads & RSS_TYPES;
	size_t len = info->hash_key_size > 0 ? info->hash_key_size : 52;
	if (p->spec->queues == 1)
		return 0;
	if (types == 0) {
		if (!lull_dpdk_is_pci(device_of(p)))
			return 0; // spread by the kernel, or by who fills it
		lull_log_error("%s: %s cannot spread packets over queues (RSS); write `queues: 1`",
			device_of(p), p->driver_name);
		return -ENOTSUP;
	}
	if (len > LULL_DPDK_KEY || getrandom(p->key, len, 0) != (ssize_t)len) {
		lull_log_error("%s: no random key of %zu bytes for RSS; write `queues: 1`",
			device_of(p), len);
		return -EIO;
	}
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf->rx_adv_conf.rss_conf = (struct rte_eth_rss_conf){
		.rss_key = p->key,
		.rss_key_len = (uint8_t)len,
		.rss_hf = types,
	};
	return 0;
}

static void set_offloads(
	struct lull_dpdk_port *p, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	bool card = lull_dpdk_is_pci(device_of(p));
	bool scatter = (info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) != 0;
	if (card && scatter) {
		// Frames of any length are traffic; their headers are in the first buffer.
		conf->rxmode.offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
		conf->rxmode.mtu = info->max_mtu < LONGEST_MTU ? info->max_mtu : LONGEST_MTU;
	}
	p->clocked = card && (info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0 &&
		     rte_mbuf_dyn_rx_timestamp_register(&p->stamp_offset, &p->stamp_flag) == 0;
	if (p->clocked)
		conf->rxmode.offloads |= RTE_ETH_RX_OFFLOAD_TIMESTAMP;
	if (info->dev_flags != NULL && (*info->dev_flags & RTE_ETH_DEV_INTR_RMV) != 0)
		conf->intr_conf.rmv = 1;
}

// Buffers near the device: what the rings hold, the bursts that are out, the caches of threads.
static int make_pool(struct lull_dpdk_port *p, uint16_t descriptors)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	unsigned each = descriptors + LULL_DPDK_QUEUE_MBUFS + 2 * CACHE;
	unsigned n = p->spec->queues * each + (unsigned)lull_dpdk_kept_packets(device_of(p));
	snprintf(name, sizeof(name), "lull-%u", p->number);
	p->pool = rte_pktmbuf_pool_create(name, n, CACHE, 0, BUFFER, rte_eth_dev_socket_id(p->id));
	if (p->pool != NULL)
		return 0;
	int r = rte_errno > 0 ? -rte_errno : -ENOMEM;
	lull_log_error(
		"%s: no memory for %u packet buffers (%s); give it huge pages (sysctl "
		"vm.nr_hugepages=512), more memory (`eal: [--no-huge, -m, \"1024\"]`) or fewer "
		"queues",
		device_of(p), n, strerror(-r));
	return r;
}

// One try with so many TX queues, which nobody uses. 0 or -errno.
static int attempt(struct lull_dpdk_port *p, const struct rte_eth_conf *conf, uint16_t descriptors,
	uint16_t tx_queues)
{
	int r = rte_eth_dev_configure(p->id, (uint16_t)p->spec->queues, tx_queues, conf);
	int node = rte_eth_dev_socket_id(p->id);
	unsigned socket = node < 0 ? (unsigned)SOCKET_ID_ANY : (unsigned)node;
	p->configured = r == 0;
	for (uint16_t i = 0; r == 0 && i < p->spec->queues; i++)
		r = rte_eth_rx_queue_setup(p->id, i, descriptors, socket, NULL, p->pool);
	for (uint16_t i = 0; r == 0 && i < tx_queues; i++)
		r = rte_eth_tx_queue_setup(p->id, i, 0, socket, NULL);
	if (r == 0)
		r = rte_eth_dev_start(p->id);
	p->started = r == 0;
	return r;
}

static void tell_failure(const struct lull_dpdk_port *p, int r, bool rss, const char *said)
{
	unsigned queues = p->spec->queues;
	lull_log_error("%s: %s does not start with %u queue%s%s: %s%s", device_of(p),
		p->driver_name, queues, queues == 1 ? "" : "s", rss ? " and RSS" : "",
		said[0] != '\0' ? said : strerror(-r), queues > 1 ? "; try `queues: 1`" : "");
}

static int start(struct lull_dpdk_port *p, const struct rte_eth_conf *conf, uint16_t descriptors,
	uint16_t max_tx_queues)
{
	char said[LULL_DPDK_SAID], again[LULL_DPDK_SAID] = "";
	struct lull_dpdk_hush h;
	uint16_t pairs = p->driver->pairs ? (uint16_t)p->spec->queues : 0;
	lull_dpdk_hush_begin(&h);
	int r = attempt(p, conf, descriptors, pairs);
	lull_dpdk_hush_end(&h, said);
	if (r != 0 && pairs == 0 && max_tx_queues >= p->spec->queues) {
		pairs = (uint16_t)p->spec->queues;
		lull_dpdk_hush_begin(&h);
		r = attempt(p, conf, descriptors, pairs);
		lull_dpdk_hush_end(&h, again);
	}
	if (r != 0)
		tell_failure(p, r, conf->rxmode.mq_mode == RTE_ETH_MQ_RX_RSS,
			again[0] != '\0' ? again : said);
	else if (pairs > 0)
		lull_log_info("%s: %s works with TX queues only; it has %u, and lull sends nothing",
			device_of(p), p->driver_name, pairs);
	return r;
}

// Called by DPDK's interrupt thread.
static int on_removal(uint16_t id, enum rte_eth_event_type event, void *context, void *result)
{
	(void)id, (void)event, (void)result;
	struct lull_dpdk_port *p = context;
	atomic_store_explicit(&p->removed, true, memory_order_relaxed);
	return 0;
}

// What is good to have and no reason to stop when it cannot be had.
static void settle(struct lull_dpdk_port *p)
{
	struct lull_dpdk_hush h;
	uint64_t ticks;
	lull_dpdk_hush_begin(&h);
	int promiscuous = rte_eth_promiscuous_enable(p->id);
	int vlan = rte_eth_dev_get_vlan_offload(p->id);
	if (vlan > 0)
		rte_eth_dev_set_vlan_offload(p->id, 0);
	p->clocked = p->clocked && rte_eth_read_clock(p->id, &ticks) == 0;
	rte_eth_dev_callback_register(p->id, RTE_ETH_EVENT_INTR_RMV, on_removal, p);
	lull_dpdk_hush_end(&h, NULL);
	if (promiscuous != 0)
		lull_log_warning("%s: %s refuses promiscuous mode (%s): frames to other addresses "
				 "may not be seen",
			device_of(p), p->driver_name, strerror(-promiscuous));
}

// net_af_packet makes its rings before it binds their sockets to the interface, so that packets of
// others are the first in them. Done when a ring is empty, or was read that often on a busy wire.
static void drop_strays(struct lull_dpdk_port *p)
{
	struct rte_mbuf *mbufs[LULL_BURST];
	unsigned strays = 0;
	if (p->driver->telling != LULL_DPDK_SOCKET)
		return;
	for (uint16_t queue = 0; queue < p->spec->queues; queue++) {
		unsigned before = strays, n;
		do {
			n = rte_eth_rx_burst(p->id, queue, mbufs, LULL_BURST);
			rte_pktmbuf_free_bulk(mbufs, n);
			strays += n;
		} while (n > 0 && strays - before < STRAYS_MOST);
	}
	if (strays > 0)
		lull_log_info("%s: %u packet%s from before the start put away, not counted",
			device_of(p), strays, strays == 1 ? "" : "s");
}

static int check_queues(const struct lull_dpdk_port *p, const struct rte_eth_dev_info *info)
{
	unsigned files = 0;
	for (const char *at = device_of(p); (at = strstr(at, ",rx_pcap=")) != NULL; at++)
		files++;
	if (p->spec->queues > info->max_rx_queues) {
		lull_log_error("%s: %s offers %u queue%s; write `queues: %u`", device_of(p),
			p->driver_name, info->max_rx_queues, info->max_rx_queues == 1 ? "" : "s",
			info->max_rx_queues);
		return -EINVAL;
	}
	if (files > p->spec->queues) {
		lull_log_error("%s: one queue a file: write `queues: %u`", device_of(p), files);
		return -EINVAL;
	}
	return 0;
}

// Who is behind it: the driver, an interface of the kernel, a file.
static void identify(struct lull_dpdk_port *p, const struct rte_eth_dev_info *info)
{
	snprintf(p->driver_name, sizeof(p->driver_name), "%s",
		info->driver_name != NULL ? info->driver_name : "unknown");
	p->driver = lull_dpdk_driver(p->driver_name);
	if (info->if_index > 0 && if_indextoname(info->if_index, p->netdev) == NULL)
		p->netdev[0] = '\0';
	if (info->if_index == 0)
		lull_dpdk_argument(device_of(p), "iface", p->netdev, sizeof(p->netdev));
	if (p->netdev[0] != '\0' && !lull_netdev_here(p->netdev)) {
		lull_log_warning("%s: /sys is not of this network namespace, so what %s loses is "
				 "unknown (`ip netns exec` mounts the right one)",
			device_of(p), p->netdev);
		p->netdev[0] = '\0';
	}
	p->is_file = strstr(device_of(p), ",rx_pcap=") != NULL && !lull_dpdk_repeats(device_of(p));
}

int lull_dpdk_port_open(struct lull_dpdk_port *p)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = {0};
	uint16_t descriptors = DESCRIPTORS, none = 512;
	int known[LULL_DPDK_SOCKETS];
	size_t n_known = lull_dpdk_sockets(NULL, 0, known);
	int r = find(p);
	if (r != 0)
		return r;
	r = rte_eth_dev_info_get(p->id, &info);
	if (r != 0) {
		lull_log_error("%s: %s", device_of(p), strerror(-r));
		return r;
	}
	identify(p, &info);
	r = check_queues(p, &info);
	if (r == 0)
		r = set_rss(p, &info, &conf);
	if (r != 0)
		return r;
	set_offloads(p, &info, &conf);
	rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &descriptors, &none);
	r = make_pool(p, descriptors);
	if (r == 0)
		r = start(p, &conf, descriptors, info.max_tx_queues);
	if (r != 0)
		return r;
	settle(p);
	lull_dpdk_flow_tell(p);
	lull_dpdk_xdp_tie(p);
	drop_strays(p);
	p->n_sockets = lull_dpdk_sockets(known, n_known, p->sockets);
	lull_dpdk_stats_begin(p);
	return 0;
}

void lull_dpdk_port_close(struct lull_dpdk_port *p)
{
	struct lull_dpdk_hush h;
	lull_dpdk_hush_begin(&h);
	lull_dpdk_xdp_end(p);
	if (p->started) {
		rte_eth_dev_callback_unregister(p->id, RTE_ETH_EVENT_INTR_RMV, on_removal, p);
		rte_eth_dev_stop(p->id);
	}
	if (p->configured || p->probed)
		rte_eth_dev_close(p->id);
	lull_dpdk_hush_end(&h, NULL);
	rte_mempool_free(p->pool);
	lull_dpdk_stats_end(p);
}
