// SPDX-License-Identifier: BSD-3-Clause
// Parts of the configuration as YAML.

#pragma once

#include <lull/config.h>
#include <lull/text.h>

// A text as a scalar: plain when no reader of YAML could take it for anything else, quoted
// otherwise.
void lull_print_string(struct lull_text *t, const char *s);

// The keys of `lull run`.
void lull_config_print_run(struct lull_text *t, const struct lull_config *c);
