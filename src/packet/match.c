// SPDX-License-Identifier: BSD-3-Clause
// Longest-prefix match over bursts. Look-ups are collected first and resolved together, so that
// the memory accesses of one burst overlap instead of waiting for each other.

#include "match4.h"
#include "match6.h"
#include <errno.h>
#include <lull/match.h>
#include <lull/packet.h>
#include <stdlib.h>

#define PROBES_MAX (3 * LULL_BURST) // source, destination, embedded destination

struct lull_match {
	struct lull_match4 v4;
	struct lull_match6 v6;
	bool any4, any6; // prefixes of that family
};

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
	struct probe6 v6[PROBES_MAX];
};

static int build(struct lull_match *m, const struct lull_target_prefix *prefixes, size_t n)
{
	struct lull_spans spans;
	int e = lull_spans_build(prefixes, n, 4, &spans);
	if (e < 0)
		return e;
	m->any4 = spans.n_prefixes > 0;
	e = lull_match4_init(&m->v4, &spans);
	free(spans.spans);
	if (e < 0)
		return e;
	e = lull_spans_build(prefixes, n, 6, &spans);
	if (e < 0)
		return e;
	m->any6 = spans.n_prefixes > 0;
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
	if (family == 6)
		return m->any6 ? lull_match6_target(&m->v6, ip.hi, ip.lo) : LULL_NO_TARGET;
	if (family != 4 || !lull_match4_near(&m->v4, (uint32_t)ip.lo))
		return LULL_NO_TARGET;
	return lull_match4_target(&m->v4, (uint32_t)ip.lo);
}

static inline void want4(
	const struct lull_match *m, struct probes *p, struct lull_ip ip, uint32_t *target)
{
	p->v4[p->n4] = (struct probe4){(uint32_t)ip.lo, target};
	p->n4 += lull_match4_near(&m->v4, (uint32_t)ip.lo); // no branch: a coin to the predictor
}

static inline void want6(struct probes *p, struct lull_ip ip, uint32_t *target)
{
	p->v6[p->n6++] = (struct probe6){ip, target};
}

static void collect(const struct lull_match *m, const struct lull_headers *headers, uint32_t n,
	struct lull_matched *out, struct probes *p)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct lull_headers *h = &headers[i];
		out[i] = (struct lull_matched){0, 0, 0};
		if (h->verdict != LULL_IP)
			continue;
		if (h->family == 4) {
			want4(m, p, h->src, &out[i].src);
			want4(m, p, h->dst, &out[i].dst);
		} else if (m->any6) {
			want6(p, h->src, &out[i].src);
			want6(p, h->dst, &out[i].dst);
		}
		if (h->unreach == LULL_UNREACH_NONE)
			continue;
		if (h->embedded_family == 4)
			want4(m, p, h->embedded, &out[i].embedded);
		else if (h->embedded_family == 6 && m->any6)
			want6(p, h->embedded, &out[i].embedded);
	}
}

static void resolve4(const struct lull_match4 *m, const struct probe4 *p, size_t n)
{
	if (m->table == NULL) {
		for (size_t i = 0; i < n; i++)
			*p[i].target = lull_match4_few(m, p[i].ip);
		return;
	}
	size_t n_deep = 0;
	uint32_t deep[PROBES_MAX + 1];
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(&m->table[p[i].ip >> 8]);
	for (size_t i = 0; i < n; i++) {
		uint32_t entry = m->table[p[i].ip >> 8];
		*p[i].target = entry;
		deep[n_deep] = (uint32_t)i;
		n_deep += entry >> 31;
		if (entry & LULL_MATCH4_DEEP)
			__builtin_prefetch(&m->deep[entry & ~LULL_MATCH4_DEEP]);
	}
	for (size_t i = 0; i < n_deep; i++) {
		const struct probe4 *q = &p[deep[i]];
		*q->target = lull_match4_divided(m, *q->target, q->ip);
	}
}

static void resolve6(const struct lull_match6 *m, const struct probe6 *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*p[i].target = lull_match6_target(m, p[i].ip.hi, p[i].ip.lo);
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
