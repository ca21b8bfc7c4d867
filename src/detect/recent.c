// SPDX-License-Identifier: BSD-3-Clause
// An array kept in order: appending is the common case, making room the rare one.

#include "tail.h"
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

static float unpack(uint16_t packed)
{
	float x = 0.0f;
	uint32_t bits = (packed + LULL_TAIL_BIAS) << LULL_TAIL_CUT;
	if (packed > 0)
		memcpy(&x, &bits, sizeof(x));
	return x;
}

// The bin `age` before the newest.
static struct lull_recent_bin tail_bin(
	const struct lull_tail *t, const struct lull_recent_bin *last, size_t age)
{
	size_t at = (t->next + 2 * LULL_TAIL_BINS - 1 - age) % LULL_TAIL_BINS;
	return (struct lull_recent_bin){
		.start_ns = last->start_ns - age * last->len_ns,
		.len_ns = last->len_ns,
		.k = unpack(t->bins[at].k),
		.l = unpack(t->bins[at].l),
	};
}

void lull_tail_unpack(
	const struct lull_tail *t, const struct lull_recent_bin *last, struct lull_recent *h)
{
	h->n = t->n;
	for (size_t i = 0; i < h->n; i++)
		h->bins[i] = tail_bin(t, last, h->n - 1 - i);
}

void lull_tail_pack(struct lull_tail *t, const struct lull_recent *h)
{
	size_t from = h->n > LULL_TAIL_BINS ? h->n - LULL_TAIL_BINS : 0;
	*t = (struct lull_tail){0};
	for (size_t i = from; i < h->n; i++)
		lull_tail_add(t, &h->bins[i], &h->bins[i > from ? i - 1 : i]);
}

void lull_tail_forget(struct lull_tail *t, const struct lull_recent_bin *last, uint64_t from_ns)
{
	while (t->n > 1 && tail_bin(t, last, t->n - 1u).start_ns < from_ns)
		t->n--;
}

struct lull_recent_sum lull_tail_since(
	const struct lull_tail *t, const struct lull_recent_bin *last, uint64_t from_ns)
{
	struct lull_recent_sum sum = {0};
	for (size_t age = 0; age < t->n; age++) {
		struct lull_recent_bin b = tail_bin(t, last, age);
		if (b.start_ns < from_ns)
			break;
		sum.k += (double)b.k;
		sum.l += (double)b.l;
		sum.s += 1e-9 * (double)b.len_ns;
	}
	return sum;
}
