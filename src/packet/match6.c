// SPDX-License-Identifier: BSD-3-Clause
// Building the IPv6 tree from spans. Memory is bounded by the number of starts whatever they are:
// a node has at most two cells per start, and every level below parts at least one start from
// the rest and narrows the range by the number of its slices.

#include "match6.h"
#include "pages.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLICE_BITS_MAX 20
#define FILTER_SHARE 0.15                   // of its bits: with more set it says yes too often
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15) // 2^64 / golden ratio (Knuth, TAOCP 3, 6.4)
#define CACHE_BYTES (256u << 10)
#define CELLS_MAX 0x7fffffffu // a cell's number must leave the DEEP bit free

// Where the value of a half changes.
struct start {
	uint64_t key;
	uint32_t value;
};

// The tree while it grows; it moves into pages of its own when it is whole.
struct build {
	struct lull_match6_cell *cells, root;
	struct lull_match6_leaf *leaves;
	size_t n_cells, n_leaves, cells_cap, leaves_cap;
	struct start *upper; // of upper halves
	size_t n_upper;
	struct start *lower; // of the lower halves of one upper half
};

static void *grown(void *old, size_t n, size_t *cap, size_t more, size_t size)
{
	if (*cap - n >= more)
		return old;
	size_t want = *cap * 2 + more;
	void *new = realloc(old, want * size);
	if (new != NULL)
		*cap = want;
	return new;
}

static int reserve_cells(struct build *b, size_t n)
{
	if (b->n_cells + n > CELLS_MAX)
		return -ENOMEM;
	void *cells = grown(b->cells, b->n_cells, &b->cells_cap, n, sizeof(*b->cells));
	if (cells == NULL)
		return -ENOMEM;
	b->cells = cells;
	return 0;
}

static int make_leaf(struct build *b, const struct start *starts, size_t n, uint32_t before,
	struct lull_match6_cell *out)
{
	void *leaves = grown(b->leaves, b->n_leaves, &b->leaves_cap, 1, sizeof(*b->leaves));
	if (leaves == NULL)
		return -ENOMEM;
	b->leaves = leaves;
	*out = (struct lull_match6_cell){.base = (uint32_t)b->n_leaves, .kind = LULL_MATCH6_LEAFS};
	struct lull_match6_leaf *leaf = &b->leaves[b->n_leaves++];
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
	size_t base = b->n_cells;
	b->n_cells += slices;
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
		b->cells[base + s] = cell; // cells may have moved meanwhile
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
	uint32_t root = (uint32_t)b->n_cells++;
	struct lull_match6_cell cell;
	e = make_cell(b, b->lower, n, before, &cell);
	if (e < 0)
		return e;
	b->cells[root] = cell;
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
	return make_cell(b, b->upper + 1, b->n_upper - 1, b->upper[0].value, &b->root);
}

// Upper half of the last address of span i.
static uint64_t last_of(const struct lull_spans *s, size_t i)
{
	if (i + 1 == s->n)
		return UINT64_MAX;
	return s->spans[i + 1].lo > 0 ? s->spans[i + 1].hi : s->spans[i + 1].hi - 1;
}

// How many blocks of 2^shift upper halves hold a target's address; counting stops beyond most.
static uint64_t blocks_covered(const struct lull_spans *s, unsigned shift, uint64_t most)
{
	uint64_t n = 0, free_from = 0;
	for (size_t i = 0; i < s->n && n <= most; i++) {
		if (s->spans[i].target == LULL_NO_TARGET)
			continue;
		uint64_t first = s->spans[i].hi >> shift, last = last_of(s, i) >> shift;
		first = first > free_from ? first : free_from;
		n += last >= first ? last - first + 1 : 0;
		free_from = last + 1;
	}
	return n;
}

// The filter looks at as many bits of an address as the prefixes allow: at each a bit is set for
// every block that holds a target.
static void build_filter(struct lull_match6 *m, const struct lull_spans *s)
{
	const uint64_t most = (uint64_t)(FILTER_SHARE * LULL_MATCH6_FILTER);
	unsigned shift = 8;
	while (shift <= 56 && blocks_covered(s, shift, most) > most)
		shift += 4;
	if (shift > 56) {
		m->filter[0] = 1; // bit 0 is all a factor of 0 asks for
		return;
	}
	m->filter_shift = shift;
	m->filter_factor = GOLDEN;
	for (size_t i = 0; i < s->n; i++) {
		if (s->spans[i].target == LULL_NO_TARGET)
			continue;
		uint64_t first = s->spans[i].hi >> shift, last = last_of(s, i) >> shift;
		for (uint64_t b = first; b <= last; b++) {
			uint32_t bit = lull_match6_hash(m, b << shift);
			m->filter[bit >> 5] |= 1u << (bit & 31);
		}
	}
}

// Move the tree into pages: exactly as large as it is, leaves on lines of the cache.
static int settle(struct lull_match6 *m, const struct build *b)
{
	m->root = b->root;
	m->cells = lull_pages_copy(b->cells, b->n_cells * sizeof(*b->cells));
	m->n_cells = b->n_cells;
	m->leaves = lull_pages_copy(b->leaves, b->n_leaves * sizeof(*b->leaves));
	m->n_leaves = b->n_leaves;
	bool all = (m->cells != NULL || m->n_cells == 0) && (m->leaves != NULL || m->n_leaves == 0);
	return all ? 0 : -ENOMEM;
}

int lull_match6_init(struct lull_match6 *m, const struct lull_spans *spans)
{
	memset(m, 0, sizeof(*m));
	struct build b = {0};
	// A divided upper half has at least one span of its own and starts at most two values.
	b.upper = malloc((2 * spans->n + 1) * sizeof(*b.upper));
	b.lower = malloc(spans->n * sizeof(*b.lower));
	int e = b.upper == NULL || b.lower == NULL ? -ENOMEM : build_tree(&b, spans);
	free(b.upper);
	free(b.lower);
	if (e == 0)
		e = settle(m, &b);
	free(b.cells);
	free(b.leaves);
	build_filter(m, spans);
	m->in_cache = m->root.kind != LULL_MATCH6_NODE || lull_match6_bytes(m) < CACHE_BYTES;
	return e;
}

void lull_match6_finish(struct lull_match6 *m)
{
	lull_pages_unmap(m->cells, m->n_cells * sizeof(*m->cells));
	lull_pages_unmap(m->leaves, m->n_leaves * sizeof(*m->leaves));
	memset(m, 0, sizeof(*m));
}

size_t lull_match6_bytes(const struct lull_match6 *m)
{
	return m->n_cells * sizeof(*m->cells) + m->n_leaves * sizeof(*m->leaves);
}
