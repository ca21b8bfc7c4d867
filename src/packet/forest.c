// SPDX-License-Identifier: BSD-3-Clause
// The forest of targets. Walks up are cut at the depth allowed, so a cycle cannot hold one.

#include "forest.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int grow(struct lull_forest *f)
{
	if (f->names.n < f->parents_cap)
		return 0;
	size_t cap = f->parents_cap == 0 ? 64 : f->parents_cap * 2;
	uint32_t *parents = realloc(f->parents, cap * sizeof(*parents));
	if (parents == NULL)
		return -ENOMEM;
	f->parents = parents;
	f->parents_cap = cap;
	return 0;
}

static uint32_t plant_one(struct lull_forest *f, const char *name, size_t len, uint32_t parent)
{
	if (grow(f) < 0) {
		errno = ENOMEM;
		return 0;
	}
	uint32_t before = f->names.n;
	uint32_t id = lull_names_intern(&f->names, name, len);
	if (f->names.n > before)
		f->parents[id - 1] = parent;
	return id;
}

uint32_t lull_forest_plant(struct lull_forest *f, const char *name, size_t len)
{
	uint32_t id = 0;
	size_t start = 0;
	for (unsigned depth = 0; depth < LULL_FOREST_DEPTH; depth++) {
		const char *slash = memchr(name + start, '/', len - start);
		size_t end = slash == NULL ? len : (size_t)(slash - name);
		if (end == start)
			break;
		id = plant_one(f, name, end, id);
		if (id == 0 || end == len)
			return id;
		start = end + 1;
	}
	errno = EINVAL;
	return 0;
}

uint32_t lull_forest_plant_alone(struct lull_forest *f, const char *name, size_t len)
{
	return plant_one(f, name, len, 0);
}

int lull_forest_join(struct lull_forest *f, uint32_t child, uint32_t parent)
{
	uint32_t *up = &f->parents[child - 1];
	if (*up != 0)
		return *up == parent ? 0 : -EEXIST;
	unsigned depth = 0;
	for (uint32_t n = parent; n != 0; n = f->parents[n - 1])
		if (n == child || ++depth == LULL_FOREST_DEPTH)
			return -ELOOP;
	*up = parent;
	return 0;
}

bool lull_forest_above(const struct lull_forest *f, uint32_t ancestor, uint32_t node)
{
	for (node = f->parents[node - 1]; node != 0; node = f->parents[node - 1])
		if (node == ancestor)
			return true;
	return false;
}

uint32_t lull_forest_too_deep(const struct lull_forest *f)
{
	for (uint32_t id = 1; id <= f->names.n; id++) {
		unsigned depth = 1;
		for (uint32_t n = f->parents[id - 1]; n != 0; n = f->parents[n - 1])
			if (++depth > LULL_FOREST_DEPTH)
				return id;
	}
	return 0;
}

void lull_forest_finish(struct lull_forest *f)
{
	lull_names_finish(&f->names);
	free(f->parents);
	*f = (struct lull_forest){0};
}
