// SPDX-License-Identifier: BSD-3-Clause
// An array kept in order: appending is the common case, making room the rare one.

#include "recent.h"
#include <lull/time.h>
#include <string.h>

// Bins behind the start of a suspicion that are never merged: the change lies among them.
#define SHARP 16

static void drop_oldest(struct lull_recent *h, size_t n)
{
	h->n -= n;
	memmove(h->bins, h->bins + n, h->n * sizeof(h->bins[0]));
}

// Merge neighbours from bin `from` on, two by two.
static void merge_pairs(struct lull_recent *h, size_t from)
{
	size_t to = from;
	for (size_t i = from; i < h->n; i += 2, to++) {
		struct lull_recent_bin b = h->bins[i];
		if (i + 1 < h->n) {
			b.len_ns += h->bins[i + 1].len_ns;
			b.k += h->bins[i + 1].k;
			b.l += h->bins[i + 1].l;
		}
		h->bins[to] = b;
	}
	h->n = to;
}

static void make_room(struct lull_recent *h, uint64_t suspect_ns)
{
	size_t sharp = 0;
	while (sharp < h->n && h->bins[sharp].start_ns < suspect_ns)
		sharp++;
	sharp += SHARP;
	if (suspect_ns == LULL_TIME_NONE || sharp + 32 > h->n)
		drop_oldest(h, h->n / 4);
	else
		merge_pairs(h, sharp);
}

void lull_recent_add(struct lull_recent *h, const struct lull_recent_bin *bin, uint64_t suspect_ns)
{
	if (h->n == LULL_RECENT_BINS)
		make_room(h, suspect_ns);
	h->bins[h->n++] = *bin;
}

void lull_recent_forget(struct lull_recent *h, uint64_t from_ns)
{
	size_t n = 0;
	while (n + 1 < h->n && h->bins[n].start_ns < from_ns)
		n++;
	drop_oldest(h, n);
}

struct lull_recent_sum lull_recent_since(const struct lull_recent *h, uint64_t from_ns)
{
	struct lull_recent_sum sum = {0};
	for (size_t i = h->n; i-- > 0 && h->bins[i].start_ns >= from_ns;) {
		sum.k += (double)h->bins[i].k;
		sum.l += (double)h->bins[i].l;
		sum.s += 1e-9 * (double)h->bins[i].len_ns;
	}
	return sum;
}
