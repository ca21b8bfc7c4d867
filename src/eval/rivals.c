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

void lull_claims_free(struct lull_claims *c)
{
	free(c->items);
	*c = (struct lull_claims){0};
}
