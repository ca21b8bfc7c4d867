// SPDX-License-Identifier: BSD-3-Clause
// The forest of targets: names and who belongs to whom. "a/b" always stands under "a", which is
// planted with it when it is not there yet.

#pragma once

#include "names.h"
#include <stdbool.h>

#define LULL_FOREST_DEPTH 32 // nodes from a root to a leaf at most

struct lull_forest {
	struct lull_names names;
	uint32_t *parents; // parents[id - 1], or 0
	size_t parents_cap;
};

// Id of the node of that name, planted when new, with those it stands under. 0 and errno:
// EINVAL: an empty part ("a//b") or too many; ENOMEM; E2BIG.
uint32_t lull_forest_plant(struct lull_forest *f, const char *name, size_t len);

// The same for a name whose slashes mean nothing: one root.
uint32_t lull_forest_plant_alone(struct lull_forest *f, const char *name, size_t len);

// Put child under parent. 0; -EEXIST: it has another parent; -ELOOP: it would stand above itself
// (or deeper than LULL_FOREST_DEPTH).
int lull_forest_join(struct lull_forest *f, uint32_t child, uint32_t parent);

// True when ancestor stands somewhere above node.
bool lull_forest_above(const struct lull_forest *f, uint32_t ancestor, uint32_t node);

// The first node that stands deeper than LULL_FOREST_DEPTH, or 0.
uint32_t lull_forest_too_deep(const struct lull_forest *f);

void lull_forest_finish(struct lull_forest *f);
