// SPDX-License-Identifier: BSD-3-Clause
// When a file's next packet may go. Its own time decides, with two exceptions, so that one packet
// with a broken time does not hold its whole file back: a packet without a time goes at once, and
// one that is more than LULL_FAR_NS ahead of packets right behind it goes when those could.

#include "track.h"

#include <errno.h>
#include <lull/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEEK 64 // packets that say where a file begins, and read at a time when several are active

struct lull_ahead {
	unsigned pos, n;
	uint64_t last_ns;          // time of the packet given last
	struct lull_block *parted; // block of `first`, or NULL: there is none
	struct lull_packet first;  // goes before packets[pos], which lie in a later block
	struct lull_packet packets[LULL_BURST];
	uint64_t lowest_ns[LULL_BURST]; // over packets[i..n); LULL_TIME_NONE: none has a time
};

static void index_lowest(struct lull_ahead *a)
{
	uint64_t low = LULL_TIME_NONE;
	for (unsigned i = a->n; i-- > a->pos;) {
		low = a->packets[i].ts_ns < low ? a->packets[i].ts_ns : low;
		a->lowest_ns[i] = low;
	}
}

static bool load(struct lull_track *t)
{
	struct lull_ahead *a = t->ahead;
	a->pos = 0;
	a->n = lull_file_read(&t->file, a->packets, PEEK);
	index_lowest(a);
	return a->n > 0;
}

static bool reopen(struct lull_track *t, struct lull_pool *pool, _Atomic uint64_t *done)
{
	int r = lull_file_open(&t->file, pool, t->report, done);
	if (r == 0)
		return true;
	t->report->damaged = true;
	snprintf(t->report->error, sizeof(t->report->error), "cannot be opened again: %s",
		strerror(-r));
	return false;
}

void lull_track_fail(struct lull_track *t, const char *why)
{
	t->report->damaged = true;
	snprintf(t->report->error, sizeof(t->report->error), "%s", why);
	lull_track_close(t);
}

static bool get_ready(struct lull_track *t)
{
	if (t->ahead == NULL)
		t->ahead = calloc(1, sizeof(*t->ahead));
	if (t->ahead == NULL)
		lull_track_fail(t, "out of memory");
	return t->ahead != NULL;
}

int lull_track_open(
	struct lull_track *t, struct lull_pool *pool, _Atomic uint64_t *done, bool again)
{
	int r = lull_file_open(&t->file, pool, t->report, done);
	if (r < 0)
		return r;
	t->size = t->file.input.size;
	if (!get_ready(t))
		return -ENOMEM;
	if (again) {
		t->scheduled = load(t);
		t->start_ns = t->scheduled ? t->ahead->lowest_ns[0] : 0;
	} else {
		t->scheduled = true;
	}
	if (t->start_ns == LULL_TIME_NONE)
		t->start_ns = 0;
	t->ahead->last_ns = t->start_ns;
	if (!t->scheduled || (again && t->file.input.regular)) {
		atomic_fetch_sub(done, t->scheduled ? t->file.input.raw_bytes : 0);
		lull_track_close(t);
	}
	return 0;
}

bool lull_track_start(struct lull_track *t, struct lull_pool *pool, _Atomic uint64_t *done)
{
	if (t->ahead != NULL)
		return true; // was left open
	if (!reopen(t, pool, done) || !get_ready(t))
		return false;
	t->ahead->last_ns = t->start_ns;
	return true;
}

// The last packet read is far ahead of the one before: only those behind it can tell whether it
// is to be believed, and they lie in a block to come.
static void part(struct lull_track *t)
{
	struct lull_ahead *a = t->ahead;
	const struct lull_packet *p = &a->packets[a->pos];
	if (p->ts_ns == LULL_TIME_NONE || p->ts_ns < a->last_ns ||
		p->ts_ns - a->last_ns <= LULL_FAR_NS)
		return;
	a->first = *p;
	a->parted = t->file.block;
	lull_block_hold(a->parted);
	load(t);
}

bool lull_track_next(struct lull_track *t)
{
	struct lull_ahead *a = t->ahead;
	if (a->parted == NULL && a->pos == a->n && !load(t)) {
		lull_track_close(t);
		return false;
	}
	if (a->parted == NULL && a->pos + 1 == a->n)
		part(t);
	uint64_t ts_ns = a->parted != NULL ? a->first.ts_ns : a->packets[a->pos].ts_ns;
	uint64_t low_ns = a->pos < a->n ? a->lowest_ns[a->pos] : LULL_TIME_NONE;
	if (ts_ns == LULL_TIME_NONE)
		t->key_ns = 0;
	else if (low_ns < ts_ns && ts_ns - low_ns > LULL_FAR_NS)
		t->key_ns = low_ns;
	else
		t->key_ns = ts_ns;
	return true;
}

bool lull_track_take(struct lull_track *t, struct lull_burst *burst, struct lull_lease *lease)
{
	struct lull_ahead *a = t->ahead;
	if (!lull_lease_add(lease, a->parted != NULL ? a->parted : t->file.block))
		return false;
	const struct lull_packet *p = a->parted != NULL ? &a->first : &a->packets[a->pos++];
	burst->packets[burst->n++] = *p;
	lull_block_drop(a->parted);
	a->parted = NULL;
	if (t->key_ns > 0)
		a->last_ns = t->key_ns;
	return true;
}

bool lull_track_idle(const struct lull_track *t)
{
	return t->ahead->parted == NULL && t->ahead->pos == t->ahead->n;
}

void lull_track_unread(struct lull_track *t, struct lull_burst *burst, uint32_t from)
{
	struct lull_ahead *a = t->ahead;
	a->pos = 0;
	a->n = burst->n - from;
	memcpy(a->packets, &burst->packets[from], a->n * sizeof(a->packets[0]));
	index_lowest(a);
	for (uint32_t i = 0; i < from; i++)
		if (burst->packets[i].ts_ns != LULL_TIME_NONE)
			a->last_ns = burst->packets[i].ts_ns;
	burst->n = from;
}

void lull_track_close(struct lull_track *t)
{
	if (t->ahead != NULL)
		lull_block_drop(t->ahead->parted);
	free(t->ahead);
	t->ahead = NULL;
	lull_file_close(&t->file);
}
