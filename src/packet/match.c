// SPDX-License-Identifier: BSD-3-Clause
// Longest-prefix match over bursts. Look-ups are collected first and resolved together, so that
// the memory accesses of one burst overlap instead of waiting for each other.

#include "match.h"

#include <errno.h>
#include <lull/packet.h>
#include <stdlib.h>

#define PROBES_MAX (3 * LULL_BURST) // source, destination, embedded destination

// A look-up to be resolved, and where its target goes.
struct probe4 {
	uint32_t ip;
	uint32_t *target;
};

struct probe6 {
	struct lull_ip ip;
	uint32_t *target;
};

// What became of a burst: the addresses worth a look.
struct probes {
	size_t n4, n6;
	struct probe4 v4[PROBES_MAX + 1]; // one more: an address is written before it is judged
	struct probe6 v6[PROBES_MAX + 1];
};

static int build(struct lull_match *m, const struct lull_target_prefix *prefixes, size_t n)
{
	struct lull_spans spans;
	int e = lull_spans_build(prefixes, n, 4, &spans);
	if (e < 0)
		return e;
	e = lull_match4_init(&m->v4, &spans);
	free(spans.spans);
	if (e < 0)
		return e;
	e = lull_spans_build(prefixes, n, 6, &spans);
	if (e < 0)
		return e;
	e = lull_match6_init(&m->v6, &spans);
	free(spans.spans);
	return e;
}

struct lull_match *lull_match_create(const struct lull_targets *targets)
{
	struct lull_match *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return NULL;
	size_t n;
	const struct lull_target_prefix *prefixes = lull_targets_prefixes(targets, &n);
	int e = build(m, prefixes, n);
	if (e == 0)
		return m;
	lull_match_destroy(m);
	errno = -e;
	return NULL;
}

void lull_match_destroy(struct lull_match *m)
{
	if (m == NULL)
		return;
	lull_match4_finish(&m->v4);
	lull_match6_finish(&m->v6);
	free(m);
}

uint32_t lull_match_one(const struct lull_match *m, uint8_t family, struct lull_ip ip)
{
	if (family == 6 && lull_match6_near(&m->v6, ip.hi))
		return lull_match6_target(&m->v6, ip.hi, ip.lo);
	if (family != 4 || !lull_match4_near(&m->v4, (uint32_t)ip.lo))
		return LULL_NO_TARGET;
	return lull_match4_target(&m->v4, (uint32_t)ip.lo);
}

static inline void want4(
	const struct lull_match *m, struct probes *p, struct lull_ip ip, uint32_t *target)
{
	p->v4[p->n4] = (struct probe4){(uint32_t)ip.lo, target};
	p->n4 += lull_match4_near(&m->v4, (uint32_t)ip.lo);
}

static inline void want6(
	const struct lull_match *m, struct probes *p, struct lull_ip ip, uint32_t *target)
{
	p->v6[p->n6] = (struct probe6){ip, target};
	p->n6 += lull_match6_near(&m->v6, ip.hi);
}

static void collect_embedded(const struct lull_match *m, const struct lull_headers *h,
	struct lull_matched *out, struct probes *p)
{
	if (h->embedded_family == 4)
		want4(m, p, h->embedded, &out->embedded);
	else if (h->embedded_family == 6)
		want6(m, p, h->embedded, &out->embedded);
}

// IPv4 in a loop of its own state: the filter and the length of the list stay in registers.
// Returns the first packet that is not plain IPv4, which the caller takes.
static uint32_t collect_plain4(const struct lull_match4 *m, const struct lull_headers *headers,
	uint32_t from, uint32_t n, struct lull_matched *out, struct probes *p)
{
	const struct lull_match4 v4 = *m;
	size_t n4 = p->n4;
	uint32_t i = from;
	for (; i < n; i++) {
		const struct lull_headers *h = &headers[i];
		if ((h->verdict ^ LULL_IP) | (h->family ^ 4) | h->unreach)
			break;
		uint32_t src = (uint32_t)h->src.lo, dst = (uint32_t)h->dst.lo;
		out[i] = (struct lull_matched){0, 0, 0};
		// no branches: a coin to the predictor
		p->v4[n4] = (struct probe4){src, &out[i].src};
		n4 += lull_match4_near(&v4, src);
		p->v4[n4] = (struct probe4){dst, &out[i].dst};
		n4 += lull_match4_near(&v4, dst);
	}
	p->n4 = n4;
	return i;
}

static void collect(const struct lull_match *m, const struct lull_headers *headers, uint32_t n,
	struct lull_matched *out, struct probes *p)
{
	for (uint32_t i = 0; (i = collect_plain4(&m->v4, headers, i, n, out, p)) < n; i++) {
		const struct lull_headers *h = &headers[i];
		out[i] = (struct lull_matched){0, 0, 0};
		if (h->verdict != LULL_IP)
			continue;
		if (h->family == 4) {
			want4(m, p, h->src, &out[i].src);
			want4(m, p, h->dst, &out[i].dst);
		} else {
			want6(m, p, h->src, &out[i].src);
			want6(m, p, h->dst, &out[i].dst);
		}
		if (h->unreach != LULL_UNREACH_NONE)
			collect_embedded(m, h, &out[i], p);
	}
}

static void resolve4(const struct lull_match4 *m, const struct probe4 *p, size_t n)
{
	size_t n_deep = 0;
	uint32_t deep[PROBES_MAX + 1];
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(&m->table[p[i].ip >> 8]);
	for (size_t i = 0; i < n; i++) {
		uint32_t entry = m->table[p[i].ip >> 8];
		*p[i].target = entry;
		deep[n_deep] = (uint32_t)i;
		n_deep += entry >> 31;
		if ((entry & LULL_MATCH4_DEEP) == 0)
			continue;
		const uint32_t *block = &m->deep[entry & ~LULL_MATCH4_DEEP];
		__builtin_prefetch(block);
		__builtin_prefetch(
			block + LULL_MATCH4_HEADER); // a line of 64 bytes may end between
	}
	for (size_t i = 0; i < n_deep; i++) {
		const struct probe4 *q = &p[deep[i]];
		*q->target = lull_match4_divided(m, *q->target, q->ip);
	}
}

// Walk down from a node, all probes abreast: a pass reads the cells that the pass before asked
// memory for. Which kind a cell is cannot be predicted, so what follows from it is computed for
// every kind and kept by moving the end of a list, not by branching.
struct step6 {
	uint32_t at;    // cell or leaf
	uint32_t probe; // whose
};

struct walk6 {
	size_t n_nodes, n_leaves, n_deep;
	uint64_t keys[PROBES_MAX];
	struct step6 nodes[PROBES_MAX + 1]; // lists have room for one more: see probes
	struct step6 leaves[PROBES_MAX + 1];
	uint16_t deep[PROBES_MAX + 1];
};

static inline void arrive(struct walk6 *w, const struct probe6 *p, uint32_t i, uint32_t value)
{
	*p[i].target = value;
	w->deep[w->n_deep] = (uint16_t)i;
	w->n_deep += value >> 31;
}

// One pass over the nodes, whose cells are on their way.
static void walk_down(const struct lull_match6 *m, struct walk6 *w, const struct probe6 *p)
{
	size_t n = w->n_nodes;
	w->n_nodes = 0;
	for (size_t i = 0; i < n; i++) {
		struct step6 from = w->nodes[i];
		const struct lull_match6_cell *cell = &m->cells[from.at];
		uint32_t child = lull_match6_child(cell, w->keys[from.probe]);
		bool node = cell->kind == LULL_MATCH6_NODE;
		bool leaf = cell->kind == LULL_MATCH6_LEAFS;
		w->nodes[w->n_nodes] = (struct step6){child, from.probe};
		w->leaves[w->n_leaves] = (struct step6){cell->base, from.probe};
		const void *next = leaf ? (const void *)&m->leaves[cell->base]
					: (const void *)&m->cells[child];
		__builtin_prefetch(next);
		w->n_nodes += node;
		w->n_leaves += leaf;
		arrive(w, p, from.probe, node || leaf ? LULL_NO_TARGET : cell->base);
	}
}

static void walk(const struct lull_match6 *m, struct walk6 *w, const struct probe6 *p)
{
	w->n_leaves = w->n_deep = 0;
	while (w->n_nodes > 0)
		walk_down(m, w, p);
	for (size_t i = 0; i < w->n_leaves; i++) {
		struct step6 from = w->leaves[i];
		arrive(w, p, from.probe,
			lull_match6_scan(&m->leaves[from.at], w->keys[from.probe]));
	}
}

static void resolve6(const struct lull_match6 *m, const struct probe6 *p, size_t n)
{
	if (m->in_cache) {
		for (size_t i = 0; i < n; i++)
			*p[i].target = lull_match6_target(m, p[i].ip.hi, p[i].ip.lo);
		return;
	}
	struct walk6 w;
	for (size_t i = 0; i < n; i++) {
		uint32_t at = lull_match6_child(&m->root, p[i].ip.hi);
		__builtin_prefetch(&m->cells[at]);
		w.keys[i] = p[i].ip.hi;
		w.nodes[i] = (struct step6){at, (uint32_t)i};
	}
	w.n_nodes = n;
	walk(m, &w, p);
	// Upper halves that are divided: once more, with the lower half.
	w.n_nodes = w.n_deep;
	for (size_t k = 0; k < w.n_nodes; k++) {
		uint32_t i = w.deep[k], at = *p[i].target & ~LULL_MATCH6_DEEP;
		__builtin_prefetch(&m->cells[at]);
		w.keys[i] = p[i].ip.lo;
		w.nodes[k] = (struct step6){at, i};
	}
	walk(m, &w, p);
}

void lull_match_burst(const struct lull_match *m, const struct lull_headers *headers, uint32_t n,
	struct lull_matched *out)
{
	struct probes p;
	p.n4 = p.n6 = 0;
	collect(m, headers, n, out, &p);
	resolve4(&m->v4, p.v4, p.n4);
	resolve6(&m->v6, p.v6, p.n6);
}

size_t lull_match_bytes(const struct lull_match *m)
{
	return sizeof(*m) + lull_match4_bytes(&m->v4) + lull_match6_bytes(&m->v6);
}
