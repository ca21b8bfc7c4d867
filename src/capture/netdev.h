// SPDX-License-Identifier: BSD-3-Clause
// What the kernel says of its interfaces, by /sys/class/net (Documentation/ABI/testing/
// sysfs-class-net and sysfs-class-net-statistics) and /proc/self/net/dev (proc(5)).

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_NETDEV_NAME 64 // longest name kept, with its NUL; the kernel's own limit is 16

// One number below /sys/class/net/NAME/: "statistics/rx_dropped", "carrier". Returns 0 or -errno.
// -EINVAL: not a number, or a name that is none. Any thread.
int lull_netdev_read(const char *name, const char *what, uint64_t *value);

// True when the interface has carrier. Interfaces that are down have none. false, too, for one
// that is gone.
bool lull_netdev_up(const char *name);

// /sys shows the network namespace of who mounted it, which need not be that of this process. True
// when what it shows under this name is the interface that /proc/self/net/dev, which is always of
// this process's namespace, shows under it: packets received are the same number in both.
bool lull_netdev_here(const char *name);

// Names of the interfaces of this namespace, in the kernel's order, NUL-terminated in names[0..n).
// Returns how many, room at most.
size_t lull_netdev_names(char (*names)[LULL_NETDEV_NAME], size_t room);
