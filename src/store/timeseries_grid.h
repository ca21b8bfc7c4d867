// SPDX-License-Identifier: BSD-3-Clause
// From rows in any order to series on their grids.

#pragma once

#include <lull/timeseries.h>

// One value at one time. NAN: the row is there, its value is not.
struct lull_cell {
	uint64_t ns;
	double value;
	uint32_t series; // from 1; LULL_CELL_WATCHED: see below
	uint32_t line;
};

// A cell of this series says that something was seen at its time: then a series that has begun and
// has no row is silent, not missing.
#define LULL_CELL_WATCHED 0u

// Put cells[0..n) (which is sorted) on grids of bins of bin_ns; 0: the commonest distance of
// neighbouring rows. A bin with several rows holds their mean; of rows with the same time the last
// counts, and is warned of. set->items[i].value and its grid are filled in for series i + 1; the
// set is made by the caller, with names. file: for messages. 0; -EINVAL after a message; -ENOMEM.
int lull_grid_fill(struct lull_cell *cells, size_t n, uint64_t bin_ns, const char *file,
	struct lull_timeseries_set *set);
