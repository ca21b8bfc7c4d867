// SPDX-License-Identifier: BSD-3-Clause
// -t, -T and -c, which mean the same to every command that watches targets.

#pragma once

#include <lull/config.h>
#include <stdbool.h>

struct lull_watched {
	const char **targets, **tables; // values of -t and -T, in the order given
	size_t n_targets, n_tables;
	const char *config; // NULL: the defaults
};

// True for 0. The one error that is not told where it arises, -ENOMEM, is told here.
bool lull_went(int e);

// Room for as many -t and -T as argc can hold. 0, or -ENOMEM after a
// message; lull_watched_finish() either way.
int lull_watched_init(struct lull_watched *w, int argc);
void lull_watched_finish(struct lull_watched *w);

// Take an option; false: not one of the three.
bool lull_watched_take(struct lull_watched *w, int key, const char *value);

// The configuration file, then what the command line adds to it; not yet checked. NULL after
// messages. The caller destroys it.
struct lull_config *lull_watched_config(const struct lull_watched *w);
