// SPDX-License-Identifier: BSD-3-Clause
// The kinds of live ports there are. lull_ports_open() picks one by config->capture.kind and hands
// everything on to it; both stamp packets with lull_ports_now().

#pragma once

#include <lull/ports.h>

// In a library of its own (dpdk*.c), so that DPDK's compiler flags stay there; no_dpdk.c stands in
// for it, with an open() that fails with ENOTSUP after a message.
extern const struct lull_ports_ops lull_ports_dpdk;
extern const struct lull_ports_ops lull_ports_interface;
