// SPDX-License-Identifier: BSD-3-Clause
// What is said of an interface that cannot be opened: interface_complain.c.

#pragma once

#include <lull/config.h>

// One message for spec, at its place in the configuration. error: -errno of the attempt.
void lull_interface_complain(
	const struct lull_config *config, const struct lull_port_spec *spec, int error);
