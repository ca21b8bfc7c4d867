// SPDX-License-Identifier: BSD-3-Clause
// The keys of the configuration.

#pragma once

#include "config_read.h"

// Read the whole tree over what r->config holds; lists replace what was there.
void lull_config_read(struct lull_reader *r, const struct lull_yaml *root);

// Read one key, "bin", "detector.budget" or "http.listen". Unknown: a complaint.
void lull_config_read_path(struct lull_reader *r, const char *path, const struct lull_yaml *value);

// Free what the lists hold and leave them empty.
void lull_config_free_targets(struct lull_config *c);
void lull_config_free_groups(struct lull_config *c);
void lull_config_free_upstreams(struct lull_config *c);
void lull_config_free_http(struct lull_config *c);

// The same, and back to the defaults.
void lull_config_free_capture(struct lull_config *c);

// The rules in force when none are configured: learn: auto. False: out of memory.
bool lull_config_learn_auto(struct lull_config *c);
