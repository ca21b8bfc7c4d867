// SPDX-License-Identifier: BSD-3-Clause
// Stands in for dpdk.c in a build without DPDK.

#include <lull/dpdk.h>
#include <stddef.h>

const char *lull_dpdk_version(void)
{
	return NULL;
}
