// SPDX-License-Identifier: BSD-3-Clause
// Cells: what one slot counts of one target, upstream and direction, found by their key. Cells
// stand in order of first touch, so the table is its own list of what was touched.
//
// A table belongs to one thread at a time and is handed over whole (see ring.h): plain loads and
// stores are enough.

#pragma once

#include "sketch.h"

#include <lull/time.h>
#include <lull/upstream.h>
#include <stdbool.h>
#include <stdint.h>

// One line. Counts of flags and errors stop at 2^32 - 1 instead of wrapping.
struct lull_cell {
	uint64_t packets, bytes;
	uint64_t first_ns, last_ns; // UINT64_MAX and 0 while packets == 0
	uint32_t syn, synack, rst;
	uint32_t unreach[LULL_UNREACH_KINDS - 1]; // [kind - 1]
	struct lull_sketch distinct;
};
_Static_assert(sizeof(struct lull_cell) == 64, "a cell is one cache line");

struct lull_cell_key {
	uint64_t upstream;
	uint32_t target;
	uint32_t direction; // enum lull_direction
};

#define LULL_NO_CELL UINT32_MAX
// Cells of a slot beyond which learnt upstreams are no longer told apart (they count as the key
// NONE): a neighbour that invents MAC addresses takes some 400 MiB and no more.
#define LULL_CELLS_MAX (1u << 22)

// Where a cell is: its number from 1 (0: free), and bits of the key's hash, so that a key is read
// only when it is almost surely the right one.
struct lull_cell_entry {
	uint32_t cell, tag;
};

// Open addressing, at most half full.
struct lull_cells {
	struct lull_cell *cells;
	struct lull_cell_key *keys;
	struct lull_cell_entry *index;
	uint64_t salt[2];  // odd secrets: keys cannot be chosen to collide
	uint32_t n, shift; // index has 1 << (64 - shift) entries in use
	uint32_t cap_cells, cap_keys, cap_index;
	uint32_t calm; // resets in a row that found the table nearly empty
};

// salt: where the secrets come from. False: out of memory.
bool lull_cells_init(struct lull_cells *t, const struct lull_sipkey *salt);
void lull_cells_finish(struct lull_cells *t);
// Forget all cells. Keeps the memory, unless little of it was needed for long: then true.
bool lull_cells_reset(struct lull_cells *t);
size_t lull_cells_bytes(const struct lull_cells *t);
// Append a cell with this key, which must not be there. LULL_NO_CELL: out of memory.
uint32_t lull_cells_append(struct lull_cells *t, struct lull_cell_key key);

// Multilinear hashing (Dietzfelbinger 1996): its high bits are as good as the secrets.
static inline uint64_t lull_cells_hash(const struct lull_cells *t, struct lull_cell_key key)
{
	uint64_t low = (uint64_t)key.target << 1 | key.direction;
	return (key.upstream ^ key.upstream >> 32) * t->salt[0] + low * t->salt[1];
}

static inline bool lull_cell_key_equal(struct lull_cell_key a, struct lull_cell_key b)
{
	return a.upstream == b.upstream && a.target == b.target && a.direction == b.direction;
}

// The entry of a hash, from entry i on, or the free one that ends the search.
static inline uint32_t lull_cells_probe(const struct lull_cells *t, uint64_t hash, uint32_t i)
{
	uint32_t mask = (uint32_t)(UINT64_C(1) << (64 - t->shift)) - 1;
	while (t->index[i & mask].cell != 0 && t->index[i & mask].tag != (uint32_t)hash)
		i++;
	return i & mask;
}

// The cell of a key, or LULL_NO_CELL. hash: lull_cells_hash() of the key.
static inline uint32_t lull_cells_find(
	const struct lull_cells *t, struct lull_cell_key key, uint64_t hash)
{
	uint32_t i = lull_cells_probe(t, hash, (uint32_t)(hash >> t->shift));
	while (t->index[i].cell != 0 && !lull_cell_key_equal(t->keys[t->index[i].cell - 1], key))
		i = lull_cells_probe(t, hash, i + 1);
	return t->index[i].cell - 1; // 0 - 1: LULL_NO_CELL
}

// value + 1, or the highest value again.
static inline void lull_cell_bump(uint32_t *count)
{
	*count += *count != UINT32_MAX;
}
