// SPDX-License-Identifier: BSD-3-Clause
// What the kernel says of a network interface, by rtnetlink (rtnetlink(7)): unlike /sys it speaks
// of the network namespace the process is in.

#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lull_rtlink {
	int index;
	unsigned type;   // ARPHRD_* of <net/if_arp.h>
	bool up;         // administratively up, and with carrier
	uint64_t missed; // packets the device had no room for, as its driver counts
};

// A socket for lull_rtlink_read(), or -errno. Needs no privilege. The caller closes it.
int lull_rtlink_open(void);
// 0; -ENODEV: no interface of that name; -errno. One thread per socket; waits for nobody.
int lull_rtlink_read(int fd, const char *name, struct lull_rtlink *out);
