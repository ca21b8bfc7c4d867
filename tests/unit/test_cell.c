// SPDX-License-Identifier: BSD-3-Clause
// The table of cells against a plain list, through growth and reset.

#include "count/cell.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const struct lull_sipkey salt = {3, 4};

static struct lull_cell_key key_of(uint32_t i)
{
	return (struct lull_cell_key){
		.upstream = lull_upstream_key(LULL_UPSTREAM_MAC, 0x020000000000 + i / 6 % 997),
		.target = 1 + i / 2 % 3 + i / 5982 * 3,
		.direction = i % 2,
	};
}

static uint32_t find(const struct lull_cells *t, struct lull_cell_key key)
{
	return lull_cells_find(t, key, lull_cells_hash(t, key));
}

Test(cell, every_key_finds_its_own_cell_in_order_of_first_touch)
{
	enum { N = 60000 };
	struct lull_cells t;
	cr_assert(lull_cells_init(&t, &salt));
	for (int use = 0; use < 3; use++) {
		for (uint32_t i = 0; i < N; i++) {
			cr_assert_eq(find(&t, key_of(i)), LULL_NO_CELL);
			cr_assert_eq(lull_cells_append(&t, key_of(i)), i);
			t.cells[i].packets = i;
		}
		for (uint32_t i = 0; i < N; i++) {
			cr_assert_eq(find(&t, key_of(i)), i);
			cr_assert_eq(t.cells[i].packets, i);
			cr_assert_eq(t.cells[i].first_ns, LULL_TIME_NONE);
		}
		lull_cells_reset(&t);
		cr_assert_eq(find(&t, key_of(0)), LULL_NO_CELL);
	}
	lull_cells_finish(&t);
}

Test(cell, counts_stop_at_their_highest_value)
{
	uint32_t count = UINT32_MAX - 1;
	lull_cell_bump(&count);
	lull_cell_bump(&count);
	cr_assert_eq(count, UINT32_MAX);
}

Test(cell, one_flood_does_not_keep_its_memory_for_ever)
{
	struct lull_cells t;
	cr_assert(lull_cells_init(&t, &salt));
	for (uint32_t i = 0; i < 100000; i++)
		cr_assert_neq(lull_cells_append(&t, key_of(i)), LULL_NO_CELL);
	size_t flooded = lull_cells_bytes(&t);
	bool shrunk = lull_cells_reset(&t);
	for (int bin = 0; bin < 300; bin++) {
		for (uint32_t i = 0; i < 10; i++)
			cr_assert_neq(lull_cells_append(&t, key_of(i)), LULL_NO_CELL);
		shrunk |= lull_cells_reset(&t);
	}
	cr_assert(shrunk);
	cr_assert_lt(lull_cells_bytes(&t), flooded / 100);
	lull_cells_finish(&t);
}
