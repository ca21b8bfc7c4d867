// SPDX-License-Identifier: BSD-3-Clause
// Blocks of 2 MiB, which is a large page where the kernel has one to spare. The first is left to
// small pages: most who have few targets fill a corner of it.

#include "slab.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LINE 64
#define BLOCK ((size_t)2 << 20)

void lull_slab_init(struct lull_slab *p, size_t size)
{
	*p = (struct lull_slab){.size = (size + LINE - 1) / LINE * LINE};
}

static void *add_block(struct lull_slab *p)
{
	void **blocks = realloc(p->blocks, (p->n_blocks + 1) * sizeof(*blocks));
	if (!blocks)
		return NULL;
	p->blocks = blocks;
	void *block = aligned_alloc(BLOCK, BLOCK);
	if (!block)
		return NULL;
	if (p->n_blocks > 0)
		madvise(block, BLOCK, MADV_HUGEPAGE); // refused: it works as well
	p->blocks[p->n_blocks++] = block;
	p->used = 0;
	return block;
}

void *lull_slab_take(struct lull_slab *p)
{
	if ((p->n_blocks == 0 || p->used == BLOCK / p->size) && !add_block(p))
		return NULL;
	void *thing = (char *)p->blocks[p->n_blocks - 1] + p->used++ * p->size;
	return memset(thing, 0, p->size);
}

void lull_slab_empty(struct lull_slab *p)
{
	for (size_t i = 0; i < p->n_blocks; i++)
		free(p->blocks[i]);
	free(p->blocks);
	lull_slab_init(p, p->size);
}
