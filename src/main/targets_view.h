// SPDX-License-Identifier: BSD-3-Clause
// What `lull targets` shows: the forest with what every target holds, what prefixes meet, and
// look-ups. Output goes to standard output.

#pragma once

#include <lull/targets.h>

// What a target holds, with all that stands under it.
struct lull_extent {
	size_t prefixes;
	uint64_t v4; // addresses
	double v6;   // in /48s
};

struct lull_view {
	const struct lull_targets *targets;
	struct lull_extent *extents; // [id]; [0]: the whole set
	uint32_t *first, *next;      // [id]: first child, next sibling; first[0]: first root
	size_t limit;                // lines of a list; SIZE_MAX: all
};

// 0 or -ENOMEM. finish() also after a failure.
int lull_view_init(struct lull_view *v, const struct lull_targets *targets, bool all);
void lull_view_finish(struct lull_view *v);

// The forest, then what prefixes meet; as CSV the targets alone.
void lull_view_text(const struct lull_view *v);
void lull_view_csv(const struct lull_view *v);

// One line for each address.
void lull_view_lookup_text(const struct lull_view *v, const struct lull_addr *addrs, size_t n);
void lull_view_lookup_csv(const struct lull_view *v, const struct lull_addr *addrs, size_t n);
