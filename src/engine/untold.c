// SPDX-License-Identifier: BSD-3-Clause
// A queue of revisions. Bytes: u32 how many; each: id and revision (text, u32), the line and what
// is to be said (u32 length, bytes).

#include "engine/untold.h"

#include <errno.h>
#include <lull/bytes.h>
#include <stdlib.h>
#include <string.h>

static size_t size_of(const struct lull_untold_one *one)
{
	return one->n_line + one->n_said;
}

static void release(struct lull_untold_one *one)
{
	free(one->line);
	free(one->said);
	*one = (struct lull_untold_one){0};
}

static bool make_room(struct lull_untold *u)
{
	if (u->n < u->cap)
		return true;
	size_t cap = u->cap > 0 ? 2 * u->cap : 16;
	struct lull_untold_one *grown = realloc(u->ones, cap * sizeof(*grown));
	if (grown == NULL)
		return false;
	u->ones = grown;
	u->cap = cap;
	return true;
}

void lull_untold_add(struct lull_untold *u, struct lull_untold_one *one)
{
	bool fits = one->line != NULL && one->n_line <= LULL_UNTOLD_TEXT_MAX &&
		    one->n_said <= LULL_UNTOLD_TEXT_MAX;
	while (fits && u->n > 0 &&
		(u->n >= LULL_UNTOLD_MAX || u->bytes + size_of(one) > LULL_UNTOLD_BYTES)) {
		u->dropped++;
		lull_untold_remove(u, 1);
	}
	if (!fits || !make_room(u)) {
		u->dropped++;
		release(one);
		return;
	}
	u->bytes += size_of(one);
	u->ones[u->n++] = *one;
}

void lull_untold_remove(struct lull_untold *u, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		u->bytes -= size_of(&u->ones[i]);
		release(&u->ones[i]);
	}
	u->n -= n;
	if (n > 0)
		memmove(u->ones, u->ones + n, u->n * sizeof(*u->ones));
}

void lull_untold_finish(struct lull_untold *u)
{
	lull_untold_remove(u, u->n);
	free(u->ones);
	*u = (struct lull_untold){0};
}

static void put_bytes(struct lull_bytes *b, const char *text, size_t n)
{
	lull_bytes_put_u32(b, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		lull_bytes_put_u8(b, (uint8_t)text[i]);
}

int lull_untold_save(const struct lull_untold *u, uint8_t **bytes, size_t *n)
{
	struct lull_bytes b = {0};
	*bytes = NULL;
	*n = 0;
	if (u->n == 0)
		return 0;
	lull_bytes_put_u32(&b, (uint32_t)u->n);
	for (size_t i = 0; i < u->n; i++) {
		const struct lull_untold_one *one = &u->ones[i];
		lull_bytes_put_text(&b, one->id);
		lull_bytes_put_u32(&b, one->rev);
		put_bytes(&b, one->line, one->n_line);
		put_bytes(&b, one->said, one->said != NULL ? one->n_said : 0);
	}
	if (b.failed) {
		lull_bytes_finish(&b);
		return -ENOMEM;
	}
	*bytes = b.data;
	*n = b.n;
	return 0;
}

// A text of at most LULL_UNTOLD_TEXT_MAX bytes. NULL: it is empty, or failed.
static char *get_bytes(struct lull_bytes_view *v, size_t *n)
{
	*n = lull_bytes_get_u32(v);
	if (v->failed || *n > v->left || *n > LULL_UNTOLD_TEXT_MAX)
		v->failed = true;
	if (v->failed || *n == 0) {
		*n = 0;
		return NULL;
	}
	char *text = malloc(*n);
	if (text != NULL)
		memcpy(text, v->p, *n);
	v->p += *n;
	v->left -= *n;
	return text;
}

int lull_untold_load(struct lull_untold *u, const uint8_t *bytes, size_t n)
{
	struct lull_bytes_view v = {.p = bytes, .left = n};
	uint32_t count = n > 0 ? lull_bytes_get_u32(&v) : 0;
	for (uint32_t i = 0; i < count && !v.failed; i++) {
		struct lull_untold_one one = {0};
		lull_bytes_get_text(&v, one.id, sizeof(one.id));
		one.rev = lull_bytes_get_u32(&v);
		one.line = get_bytes(&v, &one.n_line);
		one.said = get_bytes(&v, &one.n_said);
		if (v.failed)
			release(&one);
		else
			lull_untold_add(u, &one);
	}
	return v.failed || v.left > 0 ? -EBADMSG : 0;
}
