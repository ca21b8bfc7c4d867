// SPDX-License-Identifier: BSD-3-Clause
// The table of cells: growth and reset. Finding is inline in cell.h.

#include "cell.h"

#include "array.h"

#define INDEX_MIN 128   // entries of the smallest index
#define CALM_RESETS 256 // resets after which a table far too large is given back

static void use_index(struct lull_cells *t, uint32_t entries)
{
	t->shift = 64 - (uint32_t)__builtin_ctz(entries);
	memset(t->index, 0, entries * sizeof(*t->index));
}

bool lull_cells_init(struct lull_cells *t, const struct lull_sipkey *salt)
{
	memset(t, 0, sizeof(*t));
	t->salt[0] = lull_siphash_pair(salt, 1, 1) | 1;
	t->salt[1] = lull_siphash_pair(salt, 2, 2) | 1;
	t->index = lull_array_grow(NULL, &t->cap_index, INDEX_MIN, sizeof(*t->index));
	if (t->index == NULL)
		return false;
	use_index(t, INDEX_MIN);
	return true;
}

void lull_cells_finish(struct lull_cells *t)
{
	free(t->cells);
	free(t->keys);
	free(t->index);
	memset(t, 0, sizeof(*t));
}

size_t lull_cells_bytes(const struct lull_cells *t)
{
	return t->cap_cells * sizeof(*t->cells) + t->cap_keys * sizeof(*t->keys) +
	       t->cap_index * sizeof(*t->index);
}

static bool shrink(struct lull_cells *t)
{
	struct lull_cell_entry *small = lull_array_alloc(INDEX_MIN * sizeof(*small));
	if (small == NULL)
		return false; // then it stays large
	free(t->cells);
	free(t->keys);
	free(t->index);
	t->cells = NULL;
	t->keys = NULL;
	t->index = small;
	t->cap_cells = t->cap_keys = 0;
	t->cap_index = INDEX_MIN;
	t->calm = 0;
	return true;
}

bool lull_cells_reset(struct lull_cells *t)
{
	// one flood must not cost its memory for the rest of the year
	bool calm = t->cap_cells > 4096 && t->n < t->cap_cells / 16;
	t->calm = calm ? t->calm + 1 : 0;
	bool shrunk = t->calm >= CALM_RESETS && shrink(t);
	// the next bin will be about like this one: clear no more of the index than that takes
	uint32_t entries = INDEX_MIN;
	while (entries / 2 < t->n && entries < t->cap_index)
		entries *= 2;
	t->n = 0;
	use_index(t, entries);
	return shrunk;
}

static void enter(struct lull_cells *t, uint32_t cell)
{
	uint64_t hash = lull_cells_hash(t, t->keys[cell]);
	uint32_t mask = (uint32_t)(UINT64_C(1) << (64 - t->shift)) - 1;
	uint32_t i = (uint32_t)(hash >> t->shift);
	while (t->index[i].cell != 0)
		i = (i + 1) & mask;
	t->index[i] = (struct lull_cell_entry){cell + 1, (uint32_t)hash};
}

static bool widen(struct lull_cells *t)
{
	uint64_t entries = UINT64_C(2) << (64 - t->shift);
	if (entries > UINT32_C(1) << 31)
		return false;
	if (entries > t->cap_index) {
		struct lull_cell_entry *wide = lull_array_alloc(entries * sizeof(*wide));
		if (wide == NULL)
			return false;
		free(t->index); // it is filled anew: nothing to copy
		t->index = wide;
		t->cap_index = (uint32_t)entries;
	}
	use_index(t, (uint32_t)entries);
	for (uint32_t cell = 0; cell < t->n; cell++)
		enter(t, cell);
	return true;
}

uint32_t lull_cells_append(struct lull_cells *t, struct lull_cell_key key)
{
	uint64_t entries = UINT64_C(1) << (64 - t->shift);
	if (t->n + 1 > entries / 2 && !widen(t))
		return LULL_NO_CELL;
	void *cells = lull_array_grow(t->cells, &t->cap_cells, t->n + 1, sizeof(*t->cells));
	if (cells == NULL)
		return LULL_NO_CELL;
	t->cells = cells;
	void *keys = lull_array_grow(t->keys, &t->cap_keys, t->n + 1, sizeof(*t->keys));
	if (keys == NULL)
		return LULL_NO_CELL;
	t->keys = keys;
	uint32_t cell = t->n++;
	t->keys[cell] = key;
	t->cells[cell] = (struct lull_cell){.first_ns = LULL_TIME_NONE};
	enter(t, cell);
	return cell;
}
