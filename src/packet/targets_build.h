// SPDX-License-Identifier: BSD-3-Clause
// The target set while it is filled from a configuration; what it holds is what stays.

#pragma once

#include "forest.h"
#include "overlap.h"

struct lull_targets {
	struct lull_forest forest;
	struct lull_target_prefix *prefixes;
	size_t n_prefixes, prefixes_cap;
	char **files;
	size_t n_files;
	struct lull_notes notes;
};

// Take everything the configuration names: targets, services, tables and groups. Complaints go to
// the log. 0; -EINVAL after complaints; -errno of a table that cannot be read (after a message);
// -ENOMEM.
int lull_targets_fill(struct lull_targets *t, const struct lull_config *config);
