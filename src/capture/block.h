// SPDX-License-Identifier: BSD-3-Clause
// Memory that packets point into. A block is filled by one file and read in place; a lease is
// what a burst owns: the blocks its packets lie in. Blocks and leases are reused, never freed
// before the pool is. Taking is for whoever is inside fill(); giving back is for any thread.

#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Read size: stays in L2 until it was walked (64 KiB: 10 % slower in all, 256 KiB: 3 %).
#define LULL_BLOCK_BYTES (512u << 10)
#define LULL_LEASE_BLOCKS 16

struct lull_block {
	_Atomic unsigned refs; // 0: free
	size_t size;
	uint8_t *bytes;
};

struct lull_lease {
	_Atomic bool out;
	unsigned n;
	struct lull_block *blocks[LULL_LEASE_BLOCKS];
};

// All zeros is an empty pool.
struct lull_pool {
	struct lull_block **blocks;
	struct lull_lease **leases;
	size_t n_blocks, n_leases;
	const _Atomic bool *stop; // for those who wait for bytes; may be NULL
};

// Every block must be free and every lease given back.
void lull_pool_finish(struct lull_pool *p);

// A block of at least size bytes with one reference, or NULL: out of memory. It never waits: when
// all blocks are out the pool grows, to what all bursts and open files together hold.
struct lull_block *lull_pool_take(struct lull_pool *p, size_t size);
void lull_block_hold(struct lull_block *b);
// NULL does nothing.
void lull_block_drop(struct lull_block *b);

// An empty lease, or NULL: out of memory.
struct lull_lease *lull_pool_lease(struct lull_pool *p);
// Is any lease out? Then one will come back.
bool lull_pool_is_lent(const struct lull_pool *p);
// Keep the block as long as the lease. False: the lease is full.
bool lull_lease_add(struct lull_lease *l, struct lull_block *b);
void lull_lease_end(struct lull_lease *l);
