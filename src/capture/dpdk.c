// SPDX-License-Identifier: BSD-3-Clause
// DPDK, as far as this version goes: which one is loaded.

#include <lull/dpdk.h>
#include <rte_version.h>

const char *lull_dpdk_version(void)
{
	return rte_version();
}
