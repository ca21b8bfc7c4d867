// SPDX-License-Identifier: BSD-3-Clause
// Blocks and leases: nothing that is still read is filled again.

#include "capture/block.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(block, a_block_is_taken_again_only_when_nobody_holds_it)
{
	struct lull_pool pool = {0};
	struct lull_block *a = lull_pool_take(&pool, 1);
	cr_expect(eq(sz, a->size, LULL_BLOCK_BYTES));
	struct lull_block *b = lull_pool_take(&pool, 1);
	cr_expect(ne(ptr, a, b));
	lull_block_hold(a);
	lull_block_drop(a);
	struct lull_block *c = lull_pool_take(&pool, 1);
	cr_expect(ne(ptr, c, a));
	lull_block_drop(a);
	cr_expect(eq(ptr, lull_pool_take(&pool, 1), a));
	lull_block_drop(a);
	lull_block_drop(b);
	lull_block_drop(c);
	cr_expect(eq(sz, pool.n_blocks, 3));
	lull_pool_finish(&pool);
}

Test(block, a_block_grows_for_a_long_record_and_shrinks_again)
{
	struct lull_pool pool = {0};
	struct lull_block *a = lull_pool_take(&pool, 16u << 20);
	cr_expect(eq(sz, a->size, 16u << 20));
	a->bytes[a->size - 1] = 1;
	lull_block_drop(a);
	cr_expect(eq(ptr, lull_pool_take(&pool, 1), a));
	cr_expect(eq(sz, a->size, LULL_BLOCK_BYTES));
	lull_block_drop(a);
	lull_pool_finish(&pool);
}

Test(block, a_lease_holds_each_of_its_blocks_once_and_says_when_it_is_full)
{
	struct lull_pool pool = {0};
	struct lull_lease *lease = lull_pool_lease(&pool);
	struct lull_block *blocks[LULL_LEASE_BLOCKS + 1];
	for (int i = 0; i <= LULL_LEASE_BLOCKS; i++) {
		blocks[i] = lull_pool_take(&pool, 1);
		cr_expect(eq(int, lull_lease_add(lease, blocks[i]), i < LULL_LEASE_BLOCKS));
		cr_expect(eq(int, lull_lease_add(lease, blocks[0]), true));
		cr_expect(eq(uint, blocks[i]->refs, i < LULL_LEASE_BLOCKS ? 2 : 1));
	}
	cr_expect(eq(uint, blocks[0]->refs, 2));
	cr_expect(ne(ptr, lull_pool_lease(&pool), lease));
	for (int i = 0; i <= LULL_LEASE_BLOCKS; i++)
		lull_block_drop(blocks[i]);
	lull_lease_end(lease);
	cr_expect(eq(uint, blocks[0]->refs, 0));
	cr_expect(eq(ptr, lull_pool_lease(&pool), lease));
	cr_expect(eq(uint, lease->n, 0));
	lull_pool_finish(&pool);
}
