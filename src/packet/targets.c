// SPDX-License-Identifier: BSD-3-Clause
// The target set as others see it.

#include "targets_build.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct lull_targets *lull_targets_create(const struct lull_config *config)
{
	struct lull_targets *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	int e = lull_targets_fill(t, config);
	if (e == 0)
		return t;
	lull_targets_destroy(t);
	errno = -e;
	return NULL;
}

struct lull_targets *lull_targets_named(const char *const *names, size_t n)
{
	struct lull_targets *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	int e = 0;
	for (size_t i = 0; i < n && e == 0; i++)
		if (lull_forest_plant_alone(&t->forest, names[i], strlen(names[i])) == 0)
			e = errno;
	if (e == 0)
		return t;
	lull_targets_destroy(t);
	errno = e;
	return NULL;
}

void lull_targets_destroy(struct lull_targets *t)
{
	if (t == NULL)
		return;
	lull_forest_finish(&t->forest);
	for (size_t i = 0; i < t->n_files; i++)
		free(t->files[i]);
	free(t->files);
	free(t->prefixes);
	free(t->notes.notes);
	free(t);
}

size_t lull_targets_count(const struct lull_targets *t)
{
	return t->forest.names.n;
}

const char *lull_targets_name(const struct lull_targets *t, uint32_t target)
{
	return lull_names_text(&t->forest.names, target);
}

uint32_t lull_targets_parent(const struct lull_targets *t, uint32_t target)
{
	return t->forest.parents[target - 1];
}

uint32_t lull_targets_find(const struct lull_targets *t, const char *name)
{
	return lull_names_find(&t->forest.names, name, strlen(name));
}

const struct lull_target_prefix *lull_targets_prefixes(const struct lull_targets *t, size_t *n)
{
	*n = t->n_prefixes;
	return t->prefixes;
}

static const struct lull_target_prefix *find_exact(
	const struct lull_targets *t, const struct lull_prefix *p)
{
	size_t lo = 0, hi = t->n_prefixes;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = lull_prefix_compare(&t->prefixes[mid].prefix, p);
		if (order == 0)
			return &t->prefixes[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct lull_target_prefix *lull_targets_lookup(
	const struct lull_targets *t, const struct lull_addr *addr)
{
	struct lull_prefix p = {.addr = *addr};
	for (int len = addr->family == 4 ? 32 : 128; len >= 0; len--) {
		p.len = (uint8_t)len;
		if (len < 128) // one bit fewer each time
			p.addr.bytes[len / 8] &= (uint8_t)(0xff00 >> (len % 8));
		const struct lull_target_prefix *found = find_exact(t, &p);
		if (found != NULL)
			return found;
	}
	return NULL;
}

const char *lull_targets_file(const struct lull_targets *t, uint16_t file)
{
	return t->files[file];
}

const struct lull_target_note *lull_targets_notes(
	const struct lull_targets *t, size_t *n, size_t *total)
{
	*n = t->notes.n;
	*total = t->notes.total;
	return t->notes.notes;
}
