// SPDX-License-Identifier: BSD-3-Clause
// What every target holds, and the forest turned around: from parents to children.

#include "targets_view.h"
#include "packet/spans.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define LINES 300 // a table of countries fits, a million names do not

// Addresses from one span's start to the next one's; where there is none, to the end of the space.
// IPv6 in /48s: a double holds what people count, and ::/0 too.
static double width_v6(const struct lull_span *from, const struct lull_span *to)
{
	if (to == NULL)
		return ldexp(0x1p64 - (double)from->hi, -16) - ldexp((double)from->lo, -80);
	return ldexp((double)(to->hi - from->hi), -16) +
	       ldexp((double)to->lo - (double)from->lo, -80);
}

// Spans belong to their most specific target, so nothing is counted twice.
static int add_spans(struct lull_view *v, uint8_t family)
{
	size_t n;
	const struct lull_target_prefix *prefixes = lull_targets_prefixes(v->targets, &n);
	struct lull_spans s;
	int e = lull_spans_build(prefixes, n, family, &s);
	if (e < 0)
		return e;
	for (size_t i = 0; i < s.n; i++) {
		const struct lull_span *from = &s.spans[i], *to = i + 1 < s.n ? from + 1 : NULL;
		struct lull_extent *x = &v->extents[from->target];
		if (family == 4)
			x->v4 += (to != NULL ? to->lo : UINT64_C(1) << 32) - from->lo;
		else
			x->v6 += width_v6(from, to);
	}
	free(s.spans);
	return 0;
}

static void add_extent(struct lull_extent *sum, const struct lull_extent *x)
{
	sum->prefixes += x->prefixes;
	sum->v4 += x->v4;
	sum->v6 += x->v6;
}

// What a target holds itself becomes what its ancestors hold too. [0] takes everything.
static int sum_up(struct lull_view *v, uint32_t n)
{
	struct lull_extent *own = malloc((n + 1) * sizeof(*own));
	if (own == NULL)
		return -ENOMEM;
	for (uint32_t id = 0; id <= n; id++)
		own[id] = v->extents[id];
	v->extents[0] = (struct lull_extent){0};
	for (uint32_t id = 1; id <= n; id++) {
		add_extent(&v->extents[0], &own[id]);
		for (uint32_t up = lull_targets_parent(v->targets, id); up != 0;
			up = lull_targets_parent(v->targets, up))
			add_extent(&v->extents[up], &own[id]);
	}
	free(own);
	return 0;
}

int lull_view_init(struct lull_view *v, const struct lull_targets *targets, bool all)
{
	uint32_t n = (uint32_t)lull_targets_count(targets);
	*v = (struct lull_view){.targets = targets, .limit = all ? SIZE_MAX : LINES};
	v->extents = calloc(n + 1, sizeof(*v->extents));
	v->first = calloc(n + 1, sizeof(*v->first));
	v->next = calloc(n + 1, sizeof(*v->next));
	if (v->extents == NULL || v->first == NULL || v->next == NULL)
		return -ENOMEM;
	for (uint32_t id = n; id > 0; id--) { // backwards: children come out in order
		uint32_t up = lull_targets_parent(targets, id);
		v->next[id] = v->first[up];
		v->first[up] = id;
	}
	size_t n_prefixes;
	const struct lull_target_prefix *p = lull_targets_prefixes(targets, &n_prefixes);
	for (size_t i = 0; i < n_prefixes; i++)
		v->extents[p[i].target].prefixes++;
	int e = add_spans(v, 4);
	if (e == 0)
		e = add_spans(v, 6);
	return e < 0 ? e : sum_up(v, n);
}

void lull_view_finish(struct lull_view *v)
{
	free(v->extents);
	free(v->first);
	free(v->next);
	*v = (struct lull_view){0};
}
