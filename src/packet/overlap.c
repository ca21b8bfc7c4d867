// SPDX-License-Identifier: BSD-3-Clause
// Duplicates, conflicts and overlaps of prefixes, by one sort and one sweep.

#include "overlap.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

// Among equal prefixes the one named first leads; the rest only makes the order total.
static int compare(const void *x, const void *y)
{
	const struct lull_target_prefix *a = x, *b = y;
	int order = lull_prefix_compare(&a->prefix, &b->prefix);
	if (order != 0)
		return order;
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->target > b->target) - (a->target < b->target);
}

static int note(struct lull_notes *notes, int kind, const struct lull_target_prefix *a,
	const struct lull_target_prefix *b)
{
	notes->total++;
	notes->conflicts += kind == LULL_NOTE_CONFLICT;
	if (notes->n == LULL_NOTES_MAX)
		return 0;
	if (notes->n == notes->cap) {
		size_t cap = notes->cap == 0 ? 16 : notes->cap * 2;
		void *more = realloc(notes->notes, cap * sizeof(*notes->notes));
		if (more == NULL)
			return -ENOMEM;
		notes->notes = more;
		notes->cap = cap;
	}
	struct lull_target_note *new = &notes->notes[notes->n++];
	memset(new, 0, sizeof(*new));
	new->kind = kind;
	new->a = *a;
	new->b = *b;
	return 0;
}

static int drop_equals(struct lull_target_prefix *p, size_t *n, struct lull_notes *notes)
{
	size_t kept = 0;
	for (size_t i = 0; i < *n; i++) {
		if (kept == 0 || lull_prefix_compare(&p[kept - 1].prefix, &p[i].prefix) != 0) {
			p[kept++] = p[i];
			continue;
		}
		bool same = p[kept - 1].target == p[i].target;
		int kind = same ? LULL_NOTE_DUPLICATE : LULL_NOTE_CONFLICT;
		if (note(notes, kind, &p[kept - 1], &p[i]) < 0)
			return -ENOMEM;
	}
	*n = kept;
	return 0;
}

static int find_overlaps(const struct lull_target_prefix *p, size_t n, const struct lull_forest *f,
	struct lull_notes *notes)
{
	const struct lull_target_prefix *open[130];
	size_t depth = 0;
	for (size_t i = 0; i < n; i++) {
		while (depth > 0 &&
			!lull_prefix_contains(&open[depth - 1]->prefix, &p[i].prefix.addr))
			depth--;
		const struct lull_target_prefix *around = depth > 0 ? open[depth - 1] : NULL;
		open[depth++] = &p[i];
		if (around == NULL || around->target == p[i].target ||
			lull_forest_above(f, around->target, p[i].target))
			continue;
		if (note(notes, LULL_NOTE_OVERLAP, around, &p[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

int lull_overlap_find(struct lull_target_prefix *prefixes, size_t *n, const struct lull_forest *f,
	struct lull_notes *notes)
{
	bool sorted = true; // as tables often are
	for (size_t i = 1; i < *n && sorted; i++)
		sorted = compare(&prefixes[i - 1], &prefixes[i]) <= 0;
	if (!sorted)
		qsort(prefixes, *n, sizeof(*prefixes), compare);
	int e = drop_equals(prefixes, n, notes);
	return e < 0 ? e : find_overlaps(prefixes, *n, f, notes);
}
