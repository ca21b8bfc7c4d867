// SPDX-License-Identifier: BSD-3-Clause
// Claims, and the list of rivals.

#include "rival.h"
#include <errno.h>
#include <stdlib.h>

// lull first, then the baselines (docs/evaluation.md).
const struct lull_rival *const lull_rivals[] = {
	&lull_rival_lull,
	&lull_rival_median,
	&lull_rival_seasonal,
	&lull_rival_weekmin,
	&lull_rival_cusum,
	&lull_rival_glr,
	NULL,
};

int lull_claims_add(struct lull_claims *c, const struct lull_claim *claim)
{
	if (c->n == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 8;
		struct lull_claim *grown = realloc(c->items, cap * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		c->items = grown;
		c->cap = cap;
	}
	c->items[c->n++] = *claim;
	return 0;
}

int lull_rival_judge(const struct lull_rival *rival, const struct lull_timeseries *s,
	const struct lull_rival_options *o, struct lull_claims *claims)
{
	size_t from = claims->n, n = from;
	int e = rival->judge(s, o, claims);
	for (size_t i = from; i < claims->n && !o->both; i++)
		if (!claims->items[i].up)
			claims->items[n++] = claims->items[i];
	claims->n = o->both ? claims->n : n;
	return e;
}

void lull_claims_free(struct lull_claims *c)
{
	free(c->items);
	*c = (struct lull_claims){0};
}
