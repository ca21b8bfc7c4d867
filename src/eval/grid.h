// SPDX-License-Identifier: BSD-3-Clause
// GRID.yaml: which series `lull eval --sim` makes, and what a detector is to reach on them. The
// keys are in docs/evaluation.md.
//
// A file is one grid, or `defaults:` and `grids:`, a list of them. A grid's cells are the product
// of its lists of lambda, phi, sigma, diurnal and remains.

#pragma once

#include "sim.h"

enum lull_grid_axis_name {
	LULL_GRID_LAMBDA,
	LULL_GRID_PHI,
	LULL_GRID_SIGMA,
	LULL_GRID_DIURNAL,
	LULL_GRID_REMAINS,
	LULL_GRID_AXES
};

#define LULL_GRID_VALUES 32   // of an axis
#define LULL_GRID_CELLS 10000 // of a grid
#define LULL_GRIDS 256        // of a file

struct lull_grid_axis {
	double values[LULL_GRID_VALUES];
	size_t n;
};

// What is to be reached; 0 is "nothing said".
struct lull_reach {
	uint64_t delay_ns;  // median delay at most this
	uint64_t within_ns; // this long after the start ...
	double found;       // ... at least this share is found
	double ratio;       // in every cell: median delay at most so many times the bound
	double coverage_lo, coverage_hi; // share of onsets within their interval
};

struct lull_grid {
	char name[96];
	struct lull_grid_axis axes[LULL_GRID_AXES];
	struct lull_sim_spec base; // all but the axes
	uint64_t seed;
	uint32_t series;       // per cell
	double budget_per_day; // false alarms over all series watched; 0: the caller's
	double watched;        // series that share the budget, whether they are made or not
	struct lull_reach reach;
};

struct lull_grids {
	struct lull_grid *items;
	size_t n;
};

// Complaints go to the log as `file:line:col: what`. 0; -EINVAL after them; -ENOMEM; or the
// file's -errno after a message. lull_grids_free() in every case.
int lull_grids_read(struct lull_grids *g, const char *path);
// The same from n bytes; file is the name for messages.
int lull_grids_parse(struct lull_grids *g, const char *text, size_t n, const char *file);
void lull_grids_free(struct lull_grids *g);

size_t lull_grid_cells(const struct lull_grid *g);
// The last axis changes fastest.
struct lull_sim_spec lull_grid_cell(const struct lull_grid *g, size_t cell);
// The seed of a series of a cell, both from 0.
uint64_t lull_grid_seed(const struct lull_grid *g, size_t cell, uint32_t series);
