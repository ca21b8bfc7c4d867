// SPDX-License-Identifier: BSD-3-Clause
// Address space no target on the internet can have (IANA special-purpose registries, RFC 6890).
// Documentation space (RFC 5737, RFC 3849, RFC 9637) is left out on purpose: examples use it.

#pragma once

#include <lull/address.h>

struct lull_bogon {
	struct lull_prefix prefix;
	const char *use; // "private use", ...
	const char *rfc; // "RFC 1918", ...
};

// The bogon that holds all of prefix, or NULL. Any thread.
const struct lull_bogon *lull_bogon_find(const struct lull_prefix *prefix);
