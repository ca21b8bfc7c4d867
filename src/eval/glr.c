// SPDX-License-Identifier: BSD-3-Clause
// The exact scan: every start counts, but few need to be looked at.

#include "glr.h"
#include <math.h>
#include <string.h>

void lull_glr_restart(struct lull_glr *g)
{
	g->n = 0;
	g->k = g->l = 0.0;
}

static void mark(struct lull_glr *g, size_t i)
{
	double d = g->starts[i].l - g->starts[i].k;
	size_t b = i / LULL_GLR_BLOCK;
	g->least[b] = i % LULL_GLR_BLOCK == 0 ? d : fmin(g->least[b], d);
	g->most[b] = i % LULL_GLR_BLOCK == 0 ? d : fmax(g->most[b], d);
}

// A bin more: its start, then what it holds. The sums are taken anew from the oldest start kept, so
// they lose no digits however long the series.
void lull_glr_add(struct lull_glr *g, size_t bin, double k, double l)
{
	if (g->n == 2 * LULL_GLR_STARTS) {
		memmove(g->starts, g->starts + LULL_GLR_STARTS,
			LULL_GLR_STARTS * sizeof(*g->starts));
		g->n = LULL_GLR_STARTS;
		struct lull_glr_start first = g->starts[0];
		for (size_t i = 0; i < g->n; i++) {
			g->starts[i].k -= first.k;
			g->starts[i].l -= first.l;
			mark(g, i);
		}
		g->k -= first.k;
		g->l -= first.l;
	}
	g->starts[g->n] = (struct lull_glr_start){g->k, g->l, bin};
	mark(g, g->n++);
	g->k += k;
	g->l += l;
}

// K ln(K/L) - K + L <= (L - K)^2/L, as ln x <= x - 1: most starts need no logarithm, and of most
// blocks the greatest difference and the least L will do.
struct lull_glr_peak lull_glr_scan(const struct lull_glr *g, bool up, double floor)
{
	struct lull_glr_peak p = {0};
	double best = floor, at = g->l - g->k;
	size_t from = g->n > LULL_GLR_STARTS ? g->n - LULL_GLR_STARTS : 0;
	for (size_t b = from / LULL_GLR_BLOCK; b * LULL_GLR_BLOCK < g->n; b++) {
		size_t end = (b + 1) * LULL_GLR_BLOCK < g->n ? (b + 1) * LULL_GLR_BLOCK : g->n;
		double most = up ? g->most[b] - at : at - g->least[b];
		if (most <= 0.0 || most * most <= best * (g->l - g->starts[end - 1].l))
			continue;
		for (size_t i = b * LULL_GLR_BLOCK > from ? b * LULL_GLR_BLOCK : from; i < end;
			i++) {
			double l = g->l - g->starts[i].l, k = g->k - g->starts[i].k;
			double d = up ? k - l : l - k;
			if (d <= 0.0 || d * d <= best * l)
				continue;
			double value = (k > 0.0 ? k * log(k / l) : 0.0) - k + l;
			if (value <= best)
				continue;
			best = value;
			p = (struct lull_glr_peak){value, k / l, g->starts[i].bin};
		}
	}
	return p;
}
