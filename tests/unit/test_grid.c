// SPDX-License-Identifier: BSD-3-Clause
// What GRID.yaml means, and that each mistake in it is told with its place.

#include "config_text.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <eval/grid.h>
#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse(struct lull_grids *g, const char *text)
{
	return lull_grids_parse(g, text, strlen(text), "grid.yaml");
}

Test(grid, its_cells_are_the_product_of_its_lists)
{
	struct lull_grids g;
	cr_assert(eq(int,
		parse(&g, "lambda: [1/min, 2/s, 36/h]\nphi: [1, 10]\nsigma: 0.3\n"
			  "remains: [0, 0.2]\nbin: 10s\nweeks: 2\nseries: 3\nseed: 9\n"
			  "budget: 1/day\nwatched: 1000\n"
			  "outages: {per_week: 2, length: [30s, 6h]}\n"
			  "reach: {delay: 2s, found: 0.95, within: 2m}\n"),
		0));
	cr_assert(eq(sz, g.n, 1));
	const struct lull_grid *grid = &g.items[0];
	cr_assert(eq(sz, lull_grid_cells(grid), 12));
	static const double lambdas[] = {1.0 / 60, 2, 0.01}, phis[] = {1, 10}, remains[] = {0, 0.2};
	for (size_t i = 0; i < 12; i++) {
		struct lull_sim_spec spec = lull_grid_cell(grid, i);
		cr_expect(eq(dbl, spec.lambda, lambdas[i / 4]));
		cr_expect(eq(dbl, spec.phi, phis[i / 2 % 2]));
		cr_expect(eq(dbl, spec.outages.lo, remains[i % 2]));
		cr_expect(eq(dbl, spec.outages.hi, remains[i % 2]));
		cr_expect(eq(dbl, spec.sigma, 0.3));
		cr_expect(eq(u64, spec.outages.hi_ns, 21600 * LULL_NS_PER_SECOND));
		cr_expect(eq(u64, spec.bin_ns, 10 * LULL_NS_PER_SECOND));
		for (size_t j = 0; j < i; j++)
			cr_expect(ne(u64, lull_grid_seed(grid, i, 0), lull_grid_seed(grid, j, 0)));
	}
	cr_expect(eq(dbl, grid->budget_per_day, 1));
	cr_expect(eq(dbl, grid->watched, 1000));
	cr_expect(eq(u64, grid->reach.within_ns, 120 * LULL_NS_PER_SECOND));
	lull_grids_free(&g);
}

Test(grid, defaults_hold_for_all_grids_of_a_file_unless_they_say_otherwise)
{
	struct lull_grids g;
	cr_assert(eq(int,
		parse(&g, "defaults: {phi: [3, 4], weeks: 1, holes: {per_week: 1}}\n"
			  "grids:\n- {name: a}\n- {name: b, phi: 5, holes: {length: 2d}}\n"),
		0));
	cr_assert(eq(sz, g.n, 2));
	cr_expect(eq(sz, lull_grid_cells(&g.items[0]), 2));
	cr_expect(eq(sz, lull_grid_cells(&g.items[1]), 1));
	cr_expect(strcmp(g.items[1].name, "b") == 0);
	cr_expect(eq(dbl, g.items[1].base.holes.per_week, 1));
	cr_expect(eq(u64, g.items[1].base.holes.lo_ns, 172800 * LULL_NS_PER_SECOND));
	lull_grids_free(&g);
}

// Each mistake, and the beginning of what is said about it.
static const char *const mistakes[][2] = {
	{"lambda: [1/s, 1/year]", "grid.yaml:1:15: lambda: \"1/year\" is not a rate"},
	{"lambda: -1/s", "grid.yaml:1:9: lambda: -1/s is outside"},
	{"phi: 0.5", "grid.yaml:1:6: phi: 0.5 is outside"},
	{"phi: []", "grid.yaml:1:6: phi: an empty list"},
	{"bin: 1s\nsgima: 1", "grid.yaml:2:1: unknown key \"sgima\": did you mean \"sigma\"?"},
	{"sigma: 1\nsigma: 1", "grid.yaml:2:1: \"sigma\" stands here twice"},
	{"outages: {length: [2h, 1h]}", "grid.yaml:1:19: length: the second is shorter"},
	{"outages: {length: [2h, 3h, 4h]}", "grid.yaml:1:19: length: one value, or two"},
	{"outages: {factor: 2}", "grid.yaml:1:11: unknown key \"factor\""},
	{"floods: {factor: [3, 2]}", "grid.yaml:1:18: factor: the second is less"},
	{"budget: often", "grid.yaml:1:9: budget: \"often\" is not a budget"},
	{"reach: {found: 0.9}", "grid.yaml:1:8: found and within go together"},
	{"weeks: 500\nbin: 1s", "grid.yaml:1:1: \"grid\": too many bins"},
	{"grids: 3", "grid.yaml:1:8: grids: expected a list"},
	{"grids: [3]", "grid.yaml:1:9: a grid is a mapping"},
	{"grids: [{phi: 0}]", "grid.yaml:1:15: phi: 0 is outside"},
	{"[1]", "grid.yaml:1:1: expected a grid"},
};

Test(grid, every_mistake_is_told_with_its_place)
{
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct lull_grids g;
		struct ear ear = listen_to_stderr();
		int rc = parse(&g, mistakes[i][0]);
		char *said = heard(ear);
		cr_expect(eq(int, rc, -EINVAL), "%s", mistakes[i][0]);
		cr_expect(strstr(said, mistakes[i][1]) != NULL, "%s\nsaid:   %swanted: %s",
			mistakes[i][0], said, mistakes[i][1]);
		free(said);
		lull_grids_free(&g);
	}
}

Test(grid, a_product_beyond_ten_thousand_cells_is_refused)
{
	char text[2048] = "", list[256] = "[1";
	struct lull_grids g;
	for (int i = 0; i < 30; i++)
		strcat(list, ", 1");
	strcat(list, "]");
	snprintf(text, sizeof(text), "lambda: %s\nphi: %s\nsigma: %s\n", list, list, list);
	struct ear ear = listen_to_stderr();
	cr_expect(eq(int, parse(&g, text), -EINVAL));
	char *said = heard(ear);
	cr_expect(strstr(said, "grid.yaml:1:1: 29791 cells: at most 10000") != NULL, "%s", said);
	free(said);
	lull_grids_free(&g);
}

Test(grid, those_in_the_tree_are_fine)
{
	static const char *const names[] = {"brief", "figures", "full", "learning", "partial"};
	const char *source = getenv("LULL_SOURCE");
	cr_assert(source != NULL);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[4096];
		struct lull_grids g;
		snprintf(path, sizeof(path), "%s/bench/grids/%s.yaml", source, names[i]);
		cr_expect(eq(int, lull_grids_read(&g, path), 0), "%s", path);
		if (strcmp(names[i], "full") == 0) { // what issue and documentation promise
			cr_expect(eq(sz, lull_grid_cells(&g.items[0]), 60));
			cr_expect(60 * g.items[0].series * g.items[0].base.weeks >= 1000);
		}
		lull_grids_free(&g);
	}
}
