// SPDX-License-Identifier: BSD-3-Clause
// What the kernel says of a network interface, by ioctl (netdevice(7)): unlike /sys it speaks of
// the network namespace the process is in, and unlike rtnetlink it needs no family of sockets that
// a service could do without.

#pragma once

#include <stdbool.h>

struct lull_iflink {
	int index;
	unsigned type; // ARPHRD_* of <net/if_arp.h>
	bool up;       // administratively up, and with carrier
};

// A socket for lull_iflink_read(), or -errno. Needs no privilege. The caller closes it.
int lull_iflink_open(void);
// 0; -ENODEV: no interface of that name; -errno. Any thread; waits for nobody.
int lull_iflink_read(int fd, const char *name, struct lull_iflink *out);
