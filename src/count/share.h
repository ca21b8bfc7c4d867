// SPDX-License-Identifier: BSD-3-Clause
// Shares: what one cell adds to one row. Sorted by row, they are summed in one pass, and the rows
// come out in order.

#pragma once

#include <stdint.h>

struct lull_share {
	uint64_t row; // (target * upstreams + upstream) * 2 + direction
	uint32_t slot, cell;
};

// Sort by row. spare: room for n more. Linear in n; the work depends on highest, the largest row.
// Returns where the sorted shares are: shares or spare.
struct lull_share *lull_shares_sort(
	struct lull_share *shares, struct lull_share *spare, uint32_t n, uint64_t highest);
