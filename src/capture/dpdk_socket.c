// SPDX-License-Identifier: BSD-3-Clause
// Losses that a driver over a socket of the kernel does not pass on. net_af_packet never asks for
// PACKET_STATISTICS, net_af_xdp passes on one of the counters of XDP_STATISTICS only; but the
// sockets belong to this process, so lull asks itself. (packet(7); linux/if_xdp.h.)

#include "dpdk.h"

#include <dirent.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <stdlib.h>
#include <sys/socket.h>

static int family_of(int fd)
{
	int family;
	socklen_t len = sizeof(family);
	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) == 0 ? family : AF_UNSPEC;
}

static bool among(int fd, const int *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == fd)
			return true;
	return false;
}

size_t lull_dpdk_sockets(const int *known, size_t n_known, int *fds)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;
	if (dir == NULL)
		return 0;
	for (struct dirent *e; n < LULL_DPDK_SOCKETS && (e = readdir(dir)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		int fd = atoi(e->d_name);
		int family = family_of(fd);
		if ((family == AF_PACKET || family == AF_XDP) && !among(fd, known, n_known))
			fds[n++] = fd;
	}
	closedir(dir);
	return n;
}

void lull_dpdk_socket_lost(int fd, struct lull_wrap *lost)
{
	if (family_of(fd) == AF_PACKET) { // reading it sets it to 0
		struct tpacket_stats s = {0};
		socklen_t len = sizeof(s);
		if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &s, &len) == 0)
			lost->total += s.tp_drops;
		return;
	}
	// rx_fill_ring_empty_descs is no third part: each such packet is in rx_dropped, too.
	struct xdp_statistics x = {0};
	socklen_t len = sizeof(x);
	if (getsockopt(fd, SOL_XDP, XDP_STATISTICS, &x, &len) == 0)
		lull_wrap_add(lost, x.rx_dropped + x.rx_ring_full);
}
