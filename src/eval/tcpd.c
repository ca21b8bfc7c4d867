// SPDX-License-Identifier: BSD-3-Clause
// F1 and covering of sets of change points.

#include "tcpd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int lull_tcpd_put(struct lull_tcpd_set *s, size_t index)
{
	size_t at = s->n;
	while (at > 0 && s->items[at - 1] > index)
		at--;
	if (at > 0 && s->items[at - 1] == index)
		return 0;
	if ((s->n & (s->n - 1)) == 0) { // full: capacities are powers of two
		size_t *grown = realloc(s->items, (s->n > 0 ? 2 * s->n : 1) * sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		s->items = grown;
	}
	memmove(&s->items[at + 1], &s->items[at], (s->n - at) * sizeof(*s->items));
	s->items[at] = index;
	s->n++;
	return 0;
}

void lull_tcpd_free(struct lull_tcpd_set *s)
{
	free(s->items);
	*s = (struct lull_tcpd_set){0};
}

static int copy_into(struct lull_tcpd_set *into, const struct lull_tcpd_set *s)
{
	int e = 0;
	for (size_t i = 0; e == 0 && i < s->n; i++)
		e = lull_tcpd_put(into, s->items[i]);
	return e;
}

// taken: found->n of scratch.
static size_t true_positives(
	const struct lull_tcpd_set *truth, const struct lull_tcpd_set *found, bool *taken)
{
	size_t n = 0, first = 0;
	memset(taken, 0, found->n * sizeof(*taken));
	for (size_t t = 0; t < truth->n; t++) {
		size_t a = truth->items[t], best = found->n, least = LULL_TCPD_MARGIN + 1;
		while (first < found->n && found->items[first] + LULL_TCPD_MARGIN < a)
			first++;
		for (size_t x = first; x < found->n && found->items[x] <= a + LULL_TCPD_MARGIN;
			x++) {
			size_t b = found->items[x], away = a > b ? a - b : b - a;
			if (!taken[x] && away < least) {
				least = away;
				best = x;
			}
		}
		if (best < found->n) {
			taken[best] = true;
			n++;
		}
	}
	return n;
}

// Both sets begin with 0: segment i is [items[i], items[i + 1]), the last one ends at n.
static double covering(size_t n, const struct lull_tcpd_set *a, const struct lull_tcpd_set *b)
{
	double sum = 0.0;
	size_t first = 0;
	for (size_t i = 0; i < a->n; i++) {
		size_t from = a->items[i], to = i + 1 < a->n ? a->items[i + 1] : n;
		double best = 0.0;
		while (first + 1 < b->n && b->items[first + 1] <= from)
			first++;
		for (size_t j = first; j < b->n && b->items[j] < to; j++) {
			size_t lo = b->items[j], hi = j + 1 < b->n ? b->items[j + 1] : n;
			size_t left = lo > from ? lo : from, right = hi < to ? hi : to;
			size_t either = (hi > to ? hi : to) - (lo < from ? lo : from);
			double jaccard = (double)(right - left) / (double)either;
			if (jaccard > best)
				best = jaccard;
		}
		sum += (double)(to - from) * best;
	}
	return sum / (double)n;
}

struct work {
	struct lull_tcpd_set found, all;  // with 0 in them
	struct lull_tcpd_set *annotators; // n_annotators, likewise
	bool *taken;
};

static int prepare(struct work *w, const struct lull_tcpd_set *annotators, size_t n,
	const struct lull_tcpd_set *found)
{
	w->annotators = calloc(n + 1, sizeof(*w->annotators));
	w->taken = calloc(found->n + 1, sizeof(*w->taken));
	if (w->annotators == NULL || w->taken == NULL)
		return -ENOMEM;
	int e = lull_tcpd_put(&w->found, 0) | lull_tcpd_put(&w->all, 0) |
		copy_into(&w->found, found);
	for (size_t k = 0; e == 0 && k < n; k++)
		e = lull_tcpd_put(&w->annotators[k], 0) |
		    copy_into(&w->annotators[k], &annotators[k]) |
		    copy_into(&w->all, &annotators[k]);
	return e;
}

int lull_tcpd_score(size_t n, const struct lull_tcpd_set *annotators, size_t n_annotators,
	const struct lull_tcpd_set *found, double *f1, double *cover)
{
	struct work w = {0};
	int e = prepare(&w, annotators, n_annotators, found);
	if (e == 0) {
		double k = (double)n_annotators, recall = 0.0, covers = 0.0;
		double precision =
			(double)true_positives(&w.all, &w.found, w.taken) / (double)w.found.n;
		for (size_t i = 0; i < n_annotators; i++) {
			const struct lull_tcpd_set *t = &w.annotators[i];
			recall += (double)true_positives(t, &w.found, w.taken) / (double)t->n / k;
			covers += covering(n, t, &w.found) / k;
		}
		*f1 = 2.0 * precision * recall / (precision + recall);
		*cover = covers;
	}
	for (size_t i = 0; w.annotators != NULL && i < n_annotators; i++)
		lull_tcpd_free(&w.annotators[i]);
	free(w.annotators);
	free(w.taken);
	lull_tcpd_free(&w.found);
	lull_tcpd_free(&w.all);
	return e < 0 ? -ENOMEM : 0;
}
