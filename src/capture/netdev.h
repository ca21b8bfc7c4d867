// SPDX-License-Identifier: BSD-3-Clause
// What the kernel says of one of its interfaces, by /sys/class/net (Documentation/ABI/testing/
// sysfs-class-net and sysfs-class-net-statistics).

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LULL_NETDEV_NAME 64 // longest name kept, with its NUL; the kernel's own limit is 16

// One number below /sys/class/net/NAME/: "statistics/rx_dropped", "carrier". Returns 0 or -errno.
// -EINVAL: not a number, or a name that is none. Any thread.
int lull_netdev_read(const char *name, const char *what, uint64_t *value);

// True when the interface has carrier. Interfaces that are down have none. false, too, for one
// that is gone.
bool lull_netdev_up(const char *name);
