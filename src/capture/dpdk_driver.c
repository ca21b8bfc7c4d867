// SPDX-License-Identifier: BSD-3-Clause
// What each driver of DPDK 22.11 tells of loss, and what to ask of it. A driver that counts no
// drops shows 0, so 0 is no evidence: only drivers named here with COUNTS or LOSSLESS are believed.
// How it was seen: docs/drivers.md.

#include "dpdk.h"

#include <string.h>

// LINKTYPE_ETHERNET and LINKTYPE_RAW of the pcap format.
#define ETHERNET 1
#define RAW 101

#define SILENT(driver)                                                                             \
	{                                                                                          \
		driver, LULL_DPDK_SILENT, NULL, NULL, ETHERNET, false                              \
	}
#define COUNTS(driver)                                                                             \
	{                                                                                          \
		driver, LULL_DPDK_COUNTS, NULL, NULL, ETHERNET, false                              \
	}

static const struct lull_dpdk_driver drivers[] = {
	// Interfaces of the kernel. net_af_packet never fills imissed, and its ring of 512 frames
	// is too short for a tap.
	{"net_af_packet", LULL_DPDK_SOCKET, "qpairs", "framecnt=16384", ETHERNET, false},
	// imissed is XDP_STATISTICS.rx_dropped, which stayed 0 while the rings overflowed.
	{"net_af_xdp", LULL_DPDK_PART, "queue_count", NULL, ETHERNET, true},
	// The kernel hands us packets by sending them out of the interface it made for us.
	{"net_tap", LULL_DPDK_TX_SIDE, NULL, NULL, ETHERNET, true},
	{"net_tun", LULL_DPDK_TX_SIDE, NULL, NULL, RAW, true},
	// A file gives all it has. Over an interface, libpcap's ps_drop is in imissed.
	COUNTS("net_pcap"),
	// Memory. Whoever fills a ring is told when it is full; before that point nobody is lost.
	{"net_ring", LULL_DPDK_LOSSLESS, NULL, NULL, ETHERNET, false},
	{"net_null", LULL_DPDK_LOSSLESS, NULL, NULL, ETHERNET, false},
	// The other side drops when the ring is full and does not tell this one. net_memif starts
	// without a TX queue and then refuses whoever connects ("Invalid ring index").
	{"net_memif", LULL_DPDK_SILENT, NULL, NULL, ETHERNET, true},
	SILENT("net_virtio_user"),
	SILENT("net_vhost"),
	// Network cards: imissed is the card's own count of packets without a descriptor.
	COUNTS("mlx5_pci"),
	COUNTS("mlx5_auxiliary"),
	COUNTS("mlx5_eth"),
	COUNTS("net_mlx4"),
	COUNTS("net_ice"),
	COUNTS("net_i40e"),
	COUNTS("net_ixgbe"),
	COUNTS("net_e1000_igb"),
	COUNTS("net_e1000_em"),
	COUNTS("net_igc"),
	COUNTS("net_bnxt"),
	COUNTS("net_ena"),
	COUNTS("net_vmxnet3"),
	COUNTS("net_iavf"),
	COUNTS("net_cxgbe"),
	COUNTS("net_sfc_efx"),
	COUNTS("net_enic"),
	COUNTS("net_hns3"),
	COUNTS("net_nfp_pf"),
	COUNTS("net_qede"),
	COUNTS("net_txgbe"),
	COUNTS("net_ngbe"),
	// Guests: what the host dropped before the ring is not told.
	SILENT("net_virtio"),
	SILENT("net_netvsc"),
	SILENT("net_gve"),
};

const struct lull_dpdk_driver *lull_dpdk_driver(const char *name)
{
	static const struct lull_dpdk_driver unknown = SILENT("unknown");
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strcmp(drivers[i].name, name) == 0)
			return &drivers[i];
	return &unknown;
}

const struct lull_dpdk_driver *lull_dpdk_driver_of(const char *device)
{
	size_t len = strcspn(device, ",");
	while (len > 0 && strchr("0123456789", device[len - 1]) != NULL)
		len--;
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strlen(drivers[i].name) == len && strncmp(drivers[i].name, device, len) == 0)
			return &drivers[i];
	return NULL;
}
