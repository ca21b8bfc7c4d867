// SPDX-License-Identifier: BSD-3-Clause
// Packets per bin of the targets worth a chart. Slots are numbered by bin, not by time: a jump of
// the clock takes no room, and time that runs backward is no special case.

#include "export/history.h"

#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct track {
	uint32_t target;
	uint64_t total; // packets
	uint64_t packets[LULL_DIRECTIONS][LULL_HISTORY_SLOTS];
	double *covered_s; // by slot, of a sparse history
};

struct slot {
	uint64_t start_ns, end_ns;
	double covered_s; // time the source was there
};

struct lull_history {
	uint32_t *index; // per target: place in tracks + 1, or 0
	size_t n_targets;
	struct track *tracks[LULL_HISTORY_TARGETS];
	size_t n_tracks;
	struct slot slots[LULL_HISTORY_SLOTS];
	size_t n_slots;
	uint64_t first_seq, bins_per_slot;
	bool sparse;
};

struct lull_history *lull_history_create(size_t n_targets)
{
	struct lull_history *h = calloc(1, sizeof(*h));
	if (h == NULL)
		return NULL;
	h->n_targets = n_targets;
	h->bins_per_slot = 1;
	h->index = calloc(n_targets + 1, sizeof(*h->index));
	if (h->index == NULL) {
		lull_history_destroy(h);
		errno = ENOMEM;
		return NULL;
	}
	return h;
}

static void forget(struct track *t)
{
	if (t != NULL)
		free(t->covered_s);
	free(t);
}

void lull_history_sparse(struct lull_history *h)
{
	h->sparse = true;
}

void lull_history_destroy(struct lull_history *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < h->n_tracks; i++)
		forget(h->tracks[i]);
	free(h->index);
	free(h);
}

static int busier(const void *a, const void *b)
{
	const struct track *x = *(struct track *const *)a, *y = *(struct track *const *)b;
	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	return x->target < y->target ? -1 : x->target > y->target;
}

static void forget_quiet_half(struct lull_history *h)
{
	qsort(h->tracks, h->n_tracks, sizeof(struct track *), busier);
	for (size_t i = h->n_tracks / 2; i < h->n_tracks; i++) {
		h->index[h->tracks[i]->target] = 0;
		forget(h->tracks[i]);
	}
	h->n_tracks /= 2;
	for (size_t i = 0; i < h->n_tracks; i++)
		h->index[h->tracks[i]->target] = (uint32_t)i + 1;
}

static struct track *track(struct lull_history *h, uint32_t target)
{
	if (h->index[target] != 0)
		return h->tracks[h->index[target] - 1];
	if (h->n_tracks == LULL_HISTORY_TARGETS)
		forget_quiet_half(h);
	struct track *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	if (h->sparse && (t->covered_s = calloc(LULL_HISTORY_SLOTS, sizeof(double))) == NULL) {
		free(t);
		return NULL;
	}
	t->target = target;
	h->tracks[h->n_tracks++] = t;
	h->index[target] = (uint32_t)h->n_tracks;
	return t;
}

static void fold_seconds(double *s)
{
	for (size_t i = 0; i < LULL_HISTORY_SLOTS / 2; i++)
		s[i] = s[2 * i] + s[2 * i + 1];
	memset(s + LULL_HISTORY_SLOTS / 2, 0, LULL_HISTORY_SLOTS / 2 * sizeof(*s));
}

static void fold_counts(uint64_t *counts)
{
	for (size_t i = 0; i < LULL_HISTORY_SLOTS / 2; i++)
		counts[i] = counts[2 * i] + counts[2 * i + 1];
	memset(counts + LULL_HISTORY_SLOTS / 2, 0, LULL_HISTORY_SLOTS / 2 * sizeof(*counts));
}

// Twice as many bins in a slot.
static void fold(struct lull_history *h)
{
	for (size_t i = 0; i < h->n_tracks; i++) {
		for (int d = 0; d < LULL_DIRECTIONS; d++)
			fold_counts(h->tracks[i]->packets[d]);
		if (h->sparse)
			fold_seconds(h->tracks[i]->covered_s);
	}
	for (size_t i = 0; i < LULL_HISTORY_SLOTS / 2; i++) {
		struct slot *a = &h->slots[2 * i], *b = &h->slots[2 * i + 1];
		h->slots[i] = (struct slot){a->start_ns, b->end_ns, a->covered_s + b->covered_s};
	}
	memset(h->slots + LULL_HISTORY_SLOTS / 2, 0, sizeof(h->slots) / 2);
	h->n_slots = (h->n_slots + 1) / 2;
	h->bins_per_slot *= 2;
}

int lull_history_bin(struct lull_history *h, const struct lull_bin *bin)
{
	if (h->n_slots == 0)
		h->first_seq = bin->seq;
	uint64_t place;
	while ((place = (bin->seq - h->first_seq) / h->bins_per_slot) >= LULL_HISTORY_SLOTS)
		fold(h);
	for (; h->n_slots <= place; h->n_slots++)
		h->slots[h->n_slots] = (struct slot){bin->start_ns, bin->start_ns, 0};
	struct slot *slot = &h->slots[place];
	slot->end_ns = bin->start_ns + bin->len_ns;
	slot->covered_s += (double)bin->len_ns / 1e9 * bin->exposure;
	for (size_t i = 0; i < bin->n_rows; i++) {
		const struct lull_row *row = &bin->rows[i];
		if (row->upstream != LULL_ALL_UPSTREAMS || (row->packets == 0 && !h->sparse) ||
			row->target - 1 >= h->n_targets || row->direction >= LULL_DIRECTIONS)
			continue;
		struct track *t = track(h, row->target);
		if (t == NULL)
			return -ENOMEM;
		t->packets[row->direction][place] += row->packets;
		t->total += row->packets;
		if (h->sparse)
			t->covered_s[place] += (double)bin->len_ns / 1e9 * bin->exposure;
	}
	return 0;
}

size_t lull_history_slots(const struct lull_history *h)
{
	return h->n_slots;
}

bool lull_history_has(const struct lull_history *h, uint32_t target)
{
	return target - 1 < h->n_targets && h->index[target] != 0;
}

// Bounds of point i of n in slots.
static double bound(const struct lull_history *h, size_t i, size_t n)
{
	return (double)h->n_slots * (double)i / (double)n;
}

// The mean over slots from..to, ends weighted by the share of them inside.
static double mean(const struct lull_history *h, const struct track *t,
	enum lull_direction direction, double from, double to)
{
	const double *own_s = t != NULL ? t->covered_s : NULL;
	double sum = 0, covered = 0;
	for (size_t s = (size_t)from; s < h->n_slots && (double)s < to; s++) {
		double share = fmin(to, (double)s + 1) - fmax(from, (double)s);
		sum += share * (t != NULL ? (double)t->packets[direction][s] : 0);
		covered += share * (own_s != NULL ? own_s[s] : h->slots[s].covered_s);
	}
	return covered > 0 ? sum / covered : NAN;
}

void lull_history_sample(const struct lull_history *h, uint32_t target,
	enum lull_direction direction, double *points, size_t n)
{
	const struct track *t = NULL;
	if (lull_history_has(h, target))
		t = h->tracks[h->index[target] - 1];
	for (size_t i = 0; i < n; i++)
		points[i] = mean(h, t, direction, bound(h, i, n), bound(h, i + 1, n));
}

void lull_history_times(const struct lull_history *h, uint64_t *times, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double at = bound(h, i, n);
		size_t s = (size_t)at;
		if (s >= h->n_slots)
			s = h->n_slots - 1;
		const struct slot *slot = &h->slots[s];
		// A slot with a jump inside ends before it starts, or far away: both are one place.
		uint64_t len = slot->end_ns > slot->start_ns ? slot->end_ns - slot->start_ns : 0;
		if ((double)len / 1e9 > 2 * slot->covered_s)
			len = 0;
		times[i] = slot->start_ns + (uint64_t)((double)len * (at - (double)s));
	}
	times[n] = h->slots[h->n_slots - 1].end_ns;
}
