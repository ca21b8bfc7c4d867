// SPDX-License-Identifier: BSD-3-Clause
// Building the IPv6 tree from spans. Memory is bounded by the number of starts whatever they are:
// a node has at most two cells per start, and every level below parts at least one start from
// the rest and narrows the range by the number of its slices.

#include "match6.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLICE_BITS_MAX 20
#define CELLS_MAX 0x7fffffffu // a cell's number must leave the DEEP bit free

// Where the value of a half changes.
struct start {
	uint64_t key;
	uint32_t value;
};

struct build {
	struct lull_match6 *m;
	size_t cells_cap, leaves_cap;
	struct start *upper; // of upper halves
	size_t n_upper;
	struct start *lower; // of the lower halves of one upper half
};

static void *grown(void *old, size_t n, size_t *cap, size_t more, size_t size)
{
	if (*cap - n >= more)
		return old;
	size_t want = *cap * 2 + more;
	// Leaves must not straddle cache lines, and realloc() knows nothing of alignment.
	void *new = aligned_alloc(64, (want * size + 63) & ~(size_t)63);
	if (new == NULL)
		return NULL;
	if (n > 0)
		memcpy(new, old, n * size);
	free(old);
	*cap = want;
	return new;
}

static int reserve_cells(struct build *b, size_t n)
{
	struct lull_match6 *m = b->m;
	if (m->n_cells + n > CELLS_MAX)
		return -ENOMEM;
	void *cells = grown(m->cells, m->n_cells, &b->cells_cap, n, sizeof(*m->cells));
	if (cells == NULL)
		return -ENOMEM;
	m->cells = cells;
	return 0;
}

static int make_leaf(struct build *b, const struct start *starts, size_t n, uint32_t before,
	struct lull_match6_cell *out)
{
	struct lull_match6 *m = b->m;
	void *leaves = grown(m->leaves, m->n_leaves, &b->leaves_cap, 1, sizeof(*m->leaves));
	if (leaves == NULL)
		return -ENOMEM;
	m->leaves = leaves;
	*out = (struct lull_match6_cell){.base = (uint32_t)m->n_leaves, .kind = LULL_MATCH6_LEAFS};
	struct lull_match6_leaf *leaf = &m->leaves[m->n_leaves++];
	leaf->values[0] = before;
	for (size_t i = 0; i < LULL_MATCH6_LEAF; i++) {
		leaf->starts[i] = i < n ? starts[i].key : UINT64_MAX;
		leaf->values[i + 1] = i < n ? starts[i].value : leaf->values[i];
	}
	return 0;
}

static unsigned bits_of(uint64_t v)
{
	return v == 0 ? 0 : 64 - (unsigned)__builtin_clzll(v);
}

static int make_cell(struct build *b, const struct start *starts, size_t n, uint32_t before,
	struct lull_match6_cell *out);

// starts[0..n), n > LULL_MATCH6_LEAF: cut their range into slices and build each.
static int make_node(struct build *b, const struct start *starts, size_t n, uint32_t before,
	struct lull_match6_cell *out)
{
	uint64_t range = starts[n - 1].key - starts[0].key;
	unsigned want = bits_of(n - 1);
	want = want < SLICE_BITS_MAX ? want : SLICE_BITS_MAX;
	unsigned shift = bits_of(range) > want ? bits_of(range) - want : 0;
	size_t slices = (size_t)(range >> shift) + 1;
	int e = reserve_cells(b, slices);
	if (e < 0)
		return e;
	size_t base = b->m->n_cells;
	b->m->n_cells += slices;
	*out = (struct lull_match6_cell){.start = starts[0].key,
		.base = (uint32_t)base,
		.last = (uint32_t)(slices - 1) & 0xffffff,
		.shift = shift & 63,
		.kind = LULL_MATCH6_NODE};
	size_t i = 0;
	for (size_t s = 0; s < slices; s++) {
		size_t first = i;
		while (i < n && (starts[i].key - starts[0].key) >> shift == s)
			i++;
		struct lull_match6_cell cell;
		e = make_cell(b, starts + first, i - first, before, &cell);
		if (e < 0)
			return e;
		b->m->cells[base + s] = cell; // cells may have moved meanwhile
		before = i > first ? starts[i - 1].value : before;
	}
	return 0;
}

// before: the value below the first start.
static int make_cell(struct build *b, const struct start *starts, size_t n, uint32_t before,
	struct lull_match6_cell *out)
{
	if (n > LULL_MATCH6_LEAF)
		return make_node(b, starts, n, before, out);
	if (n > 0)
		return make_leaf(b, starts, n, before, out);
	*out = (struct lull_match6_cell){.base = before, .kind = LULL_MATCH6_VALUE};
	return 0;
}

// spans[0..n) start at the same upper half, not all at its beginning: a tree of lower halves.
// before: the target of the addresses below the first.
static int divide(struct build *b, const struct lull_span *spans, size_t n, uint32_t before)
{
	for (size_t i = 0; i < n; i++)
		b->lower[i] = (struct start){spans[i].lo, spans[i].target};
	int e = reserve_cells(b, 1);
	if (e < 0)
		return e;
	uint32_t root = (uint32_t)b->m->n_cells++;
	struct lull_match6_cell cell;
	e = make_cell(b, b->lower, n, before, &cell);
	if (e < 0)
		return e;
	b->m->cells[root] = cell;
	uint64_t hi = spans[0].hi;
	b->upper[b->n_upper++] = (struct start){hi, LULL_MATCH6_DEEP | root};
	if (hi != UINT64_MAX) // overruled when a span starts right there
		b->upper[b->n_upper++] = (struct start){hi + 1, spans[n - 1].target};
	return 0;
}

static int build_tree(struct build *b, const struct lull_spans *s)
{
	for (size_t i = 0, end; i < s->n; i = end) {
		for (end = i + 1; end < s->n && s->spans[end].hi == s->spans[i].hi;)
			end++;
		if (b->n_upper > 0 && b->upper[b->n_upper - 1].key == s->spans[i].hi)
			b->n_upper--;
		if (end == i + 1 && s->spans[i].lo == 0) {
			b->upper[b->n_upper++] = (struct start){s->spans[i].hi, s->spans[i].target};
			continue;
		}
		uint32_t before = i > 0 ? s->spans[i - 1].target : LULL_NO_TARGET;
		int e = divide(b, s->spans + i, end - i, before);
		if (e < 0)
			return e;
	}
	// The first span starts at 0, so what lies before it is never asked for.
	return make_cell(b, b->upper + 1, b->n_upper - 1, b->upper[0].value, &b->m->root);
}

int lull_match6_init(struct lull_match6 *m, const struct lull_spans *spans)
{
	*m = (struct lull_match6){0};
	struct build b = {.m = m};
	// A divided upper half has at least one span of its own and starts at most two values.
	b.upper = malloc((2 * spans->n + 1) * sizeof(*b.upper));
	b.lower = malloc(spans->n * sizeof(*b.lower));
	int e = b.upper == NULL || b.lower == NULL ? -ENOMEM : build_tree(&b, spans);
	free(b.upper);
	free(b.lower);
	return e;
}

void lull_match6_finish(struct lull_match6 *m)
{
	free(m->cells);
	free(m->leaves);
	*m = (struct lull_match6){0};
}

size_t lull_match6_bytes(const struct lull_match6 *m)
{
	return m->n_cells * sizeof(*m->cells) + m->n_leaves * sizeof(*m->leaves);
}
