// SPDX-License-Identifier: BSD-3-Clause
// The hull of starts: a stack, popped at the end as concavity asks, dropped at the front where
// the path climbed at least as fast as forecast.

#include "focus.h"
#include <assert.h>
#include <math.h>

void lull_focus_init(struct lull_focus *f, struct lull_focus_point *points, size_t cap)
{
	*f = (struct lull_focus){.points = points, .cap = cap};
}

// Does b lie on or below the line from a to c?
static int below(const struct lull_focus_point *a, const struct lull_focus_point *b,
	const struct lull_focus_point *c)
{
	return (b->k - a->k) * (c->l - b->l) <= (c->k - b->k) * (b->l - a->l);
}

void lull_focus_update(struct lull_focus *f, double k, double l)
{
	struct lull_focus_point now = {.k = f->k, .l = f->l, .at = f->bins};
	struct lull_focus_point *p = f->points;
	while (f->n - f->first >= 2 && below(&p[f->n - 2], &p[f->n - 1], &now))
		f->n--;
	assert(f->n < f->cap);
	p[f->n++] = now;
	while (f->n - f->first >= 2 &&
		p[f->first + 1].k - p[f->first].k >= p[f->first + 1].l - p[f->first].l)
		f->first++;
	f->k += k;
	f->l += l;
	f->bins++;
}

double lull_focus_ratio(double k, double l)
{
	if (k >= l)
		return 0.0;
	return k > 0.0 ? k * log(k / l) + l - k : l;
}

struct lull_focus_best lull_focus_best(const struct lull_focus *f)
{
	struct lull_focus_best best = {.at = f->bins};
	for (size_t i = f->first; i < f->n; i++) {
		const struct lull_focus_point *p = &f->points[i];
		double ratio = lull_focus_ratio(f->k - p->k, f->l - p->l);
		if (ratio > best.ratio)
			best = (struct lull_focus_best){
				.ratio = ratio, .at = p->at, .k = f->k - p->k, .l = f->l - p->l};
	}
	return best;
}
