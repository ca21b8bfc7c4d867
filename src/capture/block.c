// SPDX-License-Identifier: BSD-3-Clause
// The pool of blocks and leases. One thread takes, any thread gives back, so a count of
// references per block is all there is: no list, no lock.

#include "block.h"

#include <assert.h>
#include <stdlib.h>

static void destroy_block(struct lull_block *b)
{
	assert(atomic_load(&b->refs) == 0);
	free(b->bytes);
	free(b);
}

void lull_pool_finish(struct lull_pool *p)
{
	for (size_t i = 0; i < p->n_leases; i++)
		free(p->leases[i]);
	for (size_t i = 0; i < p->n_blocks; i++)
		destroy_block(p->blocks[i]);
	free(p->leases);
	free(p->blocks);
	*p = (struct lull_pool){0};
}

// Make room for one more pointer in a list of n.
static void *grow(void *list, size_t n)
{
	return realloc(list, (n + 1) * sizeof(void *));
}

static struct lull_block *add_block(struct lull_pool *p)
{
	struct lull_block **list = grow(p->blocks, p->n_blocks);
	if (list == NULL)
		return NULL;
	p->blocks = list;
	struct lull_block *b = calloc(1, sizeof(*b));
	if (b != NULL)
		p->blocks[p->n_blocks++] = b;
	return b;
}

// Blocks that grew for one long record go back to the usual size, so that such a record does not
// cost memory for the rest of the run.
static bool resize(struct lull_block *b, size_t size)
{
	size = size > LULL_BLOCK_BYTES ? size : LULL_BLOCK_BYTES;
	if (b->size == size)
		return true;
	free(b->bytes);
	b->bytes = malloc(size);
	b->size = b->bytes != NULL ? size : 0;
	return b->bytes != NULL;
}

struct lull_block *lull_pool_take(struct lull_pool *p, size_t size)
{
	struct lull_block *b = NULL;
	for (size_t i = 0; i < p->n_blocks && b == NULL; i++)
		// Acquire: the readers' last loads come before the next filling.
		if (atomic_load_explicit(&p->blocks[i]->refs, memory_order_acquire) == 0)
			b = p->blocks[i];
	if (b == NULL)
		b = add_block(p);
	if (b == NULL || !resize(b, size))
		return NULL;
	atomic_store_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void lull_block_hold(struct lull_block *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
}

void lull_block_drop(struct lull_block *b)
{
	if (b != NULL)
		atomic_fetch_sub_explicit(&b->refs, 1, memory_order_release);
}

static struct lull_lease *add_lease(struct lull_pool *p)
{
	struct lull_lease **list = grow(p->leases, p->n_leases);
	if (list == NULL)
		return NULL;
	p->leases = list;
	struct lull_lease *l = calloc(1, sizeof(*l));
	if (l != NULL)
		p->leases[p->n_leases++] = l;
	return l;
}

struct lull_lease *lull_pool_lease(struct lull_pool *p)
{
	struct lull_lease *l = NULL;
	for (size_t i = 0; i < p->n_leases && l == NULL; i++)
		if (!atomic_load_explicit(&p->leases[i]->out, memory_order_acquire))
			l = p->leases[i];
	if (l == NULL)
		l = add_lease(p);
	if (l == NULL)
		return NULL;
	l->n = 0;
	atomic_store_explicit(&l->out, true, memory_order_relaxed);
	return l;
}

bool lull_pool_is_lent(const struct lull_pool *p)
{
	for (size_t i = 0; i < p->n_leases; i++)
		if (atomic_load_explicit(&p->leases[i]->out, memory_order_acquire))
			return true;
	return false;
}

bool lull_lease_add(struct lull_lease *l, struct lull_block *b)
{
	for (unsigned i = l->n; i-- > 0;)
		if (l->blocks[i] == b)
			return true;
	if (l->n == LULL_LEASE_BLOCKS)
		return false;
	lull_block_hold(b);
	l->blocks[l->n++] = b;
	return true;
}

void lull_lease_end(struct lull_lease *l)
{
	for (unsigned i = 0; i < l->n; i++)
		lull_block_drop(l->blocks[i]);
	atomic_store_explicit(&l->out, false, memory_order_release);
}
