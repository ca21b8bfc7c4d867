// SPDX-License-Identifier: BSD-3-Clause
// IPv6 look-up: a tree over the starts of the spans that adapts to where they are. A node cuts
// the range from its first to its last start into equal slices, about one per start, so the
// crowded parts of the address space cost one step more and the empty parts nothing. Up to five
// starts fill a leaf of one cache line. The upper halves of addresses (/64 and shorter) are one
// tree; an upper half that is divided further leads to a tree over lower halves.

#pragma once

#include "spans.h"

#define LULL_MATCH6_LEAF 5           // starts in a leaf
#define LULL_MATCH6_DEEP 0x80000000u // value: not a target but the cell of a tree of lower halves

enum lull_match6_kind {
	LULL_MATCH6_VALUE, // base is the value
	LULL_MATCH6_NODE,  // base is the first of its cells
	LULL_MATCH6_LEAFS, // base is the leaf
};

// A cell: what one slice of a node holds.
struct lull_match6_cell {
	uint64_t start; // NODE: lowest start; slice s begins at start + (s << shift)
	uint32_t base;
	uint32_t last : 24; // NODE: number of the last slice; addresses beyond belong to it too
	uint32_t shift : 6;
	uint32_t kind : 2;
};

struct lull_match6_leaf {
	uint64_t starts[LULL_MATCH6_LEAF]; // unused ones: UINT64_MAX with the last value again
	uint32_t values[LULL_MATCH6_LEAF + 1];
};

#define LULL_MATCH6_FILTER 65536 // bits, 8 KiB: it stays in the first cache

struct lull_match6 {
	// One bit per hash of an address's first bits: a target is there, or not. All bits that
	// matter are in the upper half of the address.
	uint32_t filter[LULL_MATCH6_FILTER / 32];
	unsigned filter_shift;
	uint64_t filter_factor; // 0: no filter
	bool in_cache;          // the tree is small: no need to hide the time memory takes
	struct lull_match6_cell root;
	struct lull_match6_cell *cells;
	struct lull_match6_leaf *leaves;
	size_t n_cells, n_leaves;
};

// Build from the spans of family 6. 0 or -ENOMEM (then *m needs finish() as well).
int lull_match6_init(struct lull_match6 *m, const struct lull_spans *spans);
void lull_match6_finish(struct lull_match6 *m);
size_t lull_match6_bytes(const struct lull_match6 *m);

static inline uint32_t lull_match6_hash(const struct lull_match6 *m, uint64_t hi)
{
	return (uint32_t)((hi >> m->filter_shift) * m->filter_factor >> 48);
}

// False: no target is near. True: look it up.
static inline bool lull_match6_near(const struct lull_match6 *m, uint64_t hi)
{
	uint32_t bit = lull_match6_hash(m, hi);
	return m->filter[bit >> 5] >> (bit & 31) & 1;
}

// Number of the cell of a node that key falls into.
static inline uint32_t lull_match6_child(const struct lull_match6_cell *node, uint64_t key)
{
	uint64_t slice = key > node->start ? (key - node->start) >> node->shift : 0;
	return node->base + (uint32_t)(slice < node->last ? slice : node->last);
}

static inline uint32_t lull_match6_scan(const struct lull_match6_leaf *leaf, uint64_t key)
{
	unsigned k = 0;
	for (int i = 0; i < LULL_MATCH6_LEAF; i++)
		k += leaf->starts[i] <= key;
	return leaf->values[k];
}

static inline uint32_t lull_match6_find(
	const struct lull_match6 *m, const struct lull_match6_cell *cell, uint64_t key)
{
	while (cell->kind == LULL_MATCH6_NODE)
		cell = &m->cells[lull_match6_child(cell, key)];
	return cell->kind == LULL_MATCH6_VALUE ? cell->base
					       : lull_match6_scan(&m->leaves[cell->base], key);
}

// Target of one address, in host order.
static inline uint32_t lull_match6_target(const struct lull_match6 *m, uint64_t hi, uint64_t lo)
{
	uint32_t value = lull_match6_find(m, &m->root, hi);
	if (value & LULL_MATCH6_DEEP)
		value = lull_match6_find(m, &m->cells[value & ~LULL_MATCH6_DEEP], lo);
	return value;
}
