// SPDX-License-Identifier: BSD-3-Clause
// What prefixes mean together: sorted, each once, and where they meet.

#pragma once

#include "forest.h"
#include <lull/targets.h>

#define LULL_NOTES_MAX 10000

struct lull_notes {
	struct lull_target_note *notes;
	size_t n, cap;    // kept, at most LULL_NOTES_MAX
	size_t total;     // found
	size_t conflicts; // of them conflicts
};

// Sort prefixes[0..*n), drop the duplicates (*n shrinks; the first by file and line stays) and
// note duplicates, conflicts and overlaps in the order of the prefixes. A prefix inside one of
// its own ancestors is what nesting is for, and no overlap. 0 or -ENOMEM.
// O(n log n); the nesting of prefixes bounds the stack at 129.
int lull_overlap_find(struct lull_target_prefix *prefixes, size_t *n, const struct lull_forest *f,
	struct lull_notes *notes);
