// SPDX-License-Identifier: BSD-3-Clause
// Memory for things of one size, side by side in the order they were asked for: what is visited one
// after the other is read from memory ahead of its use. Nothing is given back but all of it.

#pragma once

#include <stddef.h>

struct lull_slab {
	size_t size;   // bytes of a thing, a multiple of 64
	void **blocks; // all full but the last
	size_t n_blocks;
	size_t used; // things in the last block
};

// size: is rounded up to whole lines of 64 bytes, at most 64 KiB.
void lull_slab_init(struct lull_slab *p, size_t size);
// A thing at the beginning of a line, all zeros. NULL: out of memory.
void *lull_slab_take(struct lull_slab *p);
// All things go; the slab is as fresh.
void lull_slab_empty(struct lull_slab *p);
