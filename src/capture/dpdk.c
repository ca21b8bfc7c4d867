// SPDX-License-Identifier: BSD-3-Clause
// DPDK, as far as this version goes: which one is loaded.

#include "ports.h"

#include <errno.h>
#include <lull/dpdk.h>
#include <lull/log.h>
#include <rte_version.h>

const char *lull_dpdk_version(void)
{
	return rte_version();
}

static struct lull_ports *refuse(const struct lull_config *config)
{
	lull_log_error("%s: live capture with DPDK is not in this version",
		config->capture.n_ports > 0 ? config->capture.ports[0].device : "capture");
	errno = ENOTSUP;
	return NULL;
}

const struct lull_ports_ops lull_ports_dpdk = {
	.name = "dpdk",
	.open = refuse,
};
