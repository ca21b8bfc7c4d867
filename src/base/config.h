// SPDX-License-Identifier: BSD-3-Clause
// Inside the configuration: reading from memory, for tests and fuzzing.

#pragma once

#include <lull/config.h>

// As lull_config_load(), from text[0..n); name stands in messages.
struct lull_config *lull_config_load_text(const char *name, const char *text, size_t n);

struct lull_text;

// Add what shapes results, in canonical form: all of lull_config_print() but
// the site and the keys of `lull run`.
void lull_config_print_shape(struct lull_text *t, const struct lull_config *c);
