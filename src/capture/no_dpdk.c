// SPDX-License-Identifier: BSD-3-Clause
// Stands in for dpdk*.c in a build without DPDK.

#include "ports.h"

#include <errno.h>
#include <lull/dpdk.h>
#include <lull/log.h>
#include <stddef.h>

const char *lull_dpdk_version(void)
{
	return NULL;
}

static struct lull_ports *refuse(const struct lull_config *config)
{
	lull_log_error("%s: this lull was built without DPDK; `capture: {kind: interface, ...}` "
		       "reads an interface without it",
		config->capture.n_ports > 0 ? config->capture.ports[0].device : "capture");
	errno = ENOTSUP;
	return NULL;
}

const struct lull_ports_ops lull_ports_dpdk = {
	.name = "dpdk",
	.open = refuse,
};
