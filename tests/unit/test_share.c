// SPDX-License-Identifier: BSD-3-Clause
// Sorting shares.

#include "count/share.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static int by_row(const void *a, const void *b)
{
	const struct lull_share *x = a, *y = b;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return (x->cell > y->cell) - (x->cell < y->cell); // stable: cells were numbered in order
}

Test(share, sorts_as_qsort_does_for_any_number_and_any_width_of_row)
{
	enum { MOST = 5000 };
	static struct lull_share shares[MOST], spare[MOST], expected[MOST];
	uint64_t random = 1;
	for (uint32_t n = 0; n < MOST; n = n < 60 ? n + 1 : n * 2) {
		for (unsigned bits = 1; bits <= 57; bits += 4) {
			uint64_t highest = 0;
			for (uint32_t i = 0; i < n; i++) {
				random = random * 6364136223846793005 + 1442695040888963407;
				shares[i].row = random >> 7 & ((UINT64_C(1) << bits) - 1);
				shares[i].slot = i % 3;
				shares[i].cell = i;
				expected[i] = shares[i];
				highest = shares[i].row > highest ? shares[i].row : highest;
			}
			qsort(expected, n, sizeof(*expected), by_row);
			struct lull_share *sorted = lull_shares_sort(shares, spare, n, highest);
			cr_assert(sorted == shares || sorted == spare);
			for (uint32_t i = 0; i < n; i++) {
				cr_assert_eq(sorted[i].row, expected[i].row);
				cr_assert_eq(sorted[i].cell, expected[i].cell);
			}
		}
	}
}
