// SPDX-License-Identifier: BSD-3-Clause
// Open addressing with linear probes, at most half full.

#include "store/revisions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FIRST 64

bool lull_revisions_id(const char *text, uint64_t *id)
{
	uint64_t value = 0;
	for (int i = 0; i < 16; i++) {
		char c = text[i]; // stops at the NUL
		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*id = value;
	return text[16] == '\0';
}

void lull_revisions_init(struct lull_revisions *r)
{
	memset(r, 0, sizeof(*r));
	if (getrandom(&r->key, sizeof(r->key), GRND_NONBLOCK) != sizeof(r->key))
		r->key.k0 = (uint64_t)(uintptr_t)r; // right anyhow, only guessable
}

void lull_revisions_finish(struct lull_revisions *r)
{
	free(r->slots);
	memset(r, 0, sizeof(*r));
}

// The slot of id, or the empty one where it would be. cap > 0.
static struct lull_revision *slot_of(const struct lull_revisions *r, uint64_t id)
{
	size_t i = (size_t)lull_siphash_pair(&r->key, id, 0) & (r->cap - 1);
	while (r->slots[i].rev != 0 && r->slots[i].id != id)
		i = (i + 1) & (r->cap - 1);
	return &r->slots[i];
}

static int grow(struct lull_revisions *r)
{
	struct lull_revisions wide = *r;
	wide.cap = r->cap > 0 ? r->cap * 2 : FIRST;
	wide.slots = calloc(wide.cap, sizeof(*wide.slots));
	if (wide.slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < r->cap; i++)
		if (r->slots[i].rev != 0)
			*slot_of(&wide, r->slots[i].id) = r->slots[i];
	free(r->slots);
	*r = wide;
	return 0;
}

int lull_revisions_reserve(struct lull_revisions *r, size_t more)
{
	size_t room = LULL_REVISIONS_MAX - r->n, need = r->n + (more < room ? more : room);
	int e = 0;
	while (e == 0 && need > r->n && need * 2 > r->cap)
		e = grow(r);
	return e;
}

int lull_revisions_note(struct lull_revisions *r, uint64_t id, uint32_t rev)
{
	struct lull_revision *s = r->cap > 0 ? slot_of(r, id) : NULL;
	if (s != NULL && s->rev != 0) {
		s->rev = rev > s->rev ? rev : s->rev;
		return 0;
	}
	if (r->n == LULL_REVISIONS_MAX) {
		r->dropped++;
		return 0;
	}
	int e = lull_revisions_reserve(r, 1);
	if (e < 0)
		return e;
	*slot_of(r, id) = (struct lull_revision){id, rev};
	r->n++;
	return 0;
}

uint32_t lull_revisions_last(const struct lull_revisions *r, uint64_t id)
{
	return r->cap > 0 ? slot_of(r, id)->rev : 0;
}
