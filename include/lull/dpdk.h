// SPDX-License-Identifier: BSD-3-Clause
// What lull asks of DPDK outside the packet path. rte_*.h stays in src/capture/dpdk*.

#pragma once

// "DPDK 22.11.11", or NULL when lull was built without it. Starts no EAL. Any thread.
const char *lull_dpdk_version(void);
