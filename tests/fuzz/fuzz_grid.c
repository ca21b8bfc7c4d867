// SPDX-License-Identifier: BSD-3-Clause
// Grids of simulated series, and one short series of whatever is accepted.

#include <eval/grid.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Long series are right and slow.
static int is_small(const struct lull_sim_spec *spec)
{
	double often = spec->outages.per_week + spec->floods.per_week + spec->missing.per_week +
		       spec->holes.per_week;
	return lull_sim_bins(spec) < 5000 && often * spec->weeks < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lull_grids g;
	if (lull_grids_parse(&g, (const char *)data, size, "fuzz") == 0) {
		struct lull_sim_spec spec = lull_grid_cell(&g.items[0], 0);
		struct lull_sim sim = {0};
		if (is_small(&spec)) {
			if (lull_sim_make(&sim, &spec, lull_grid_seed(&g.items[0], 0, 0)) != 0)
				abort(); // a spec that passed can be made
			for (size_t i = 0; i < sim.series.n; i++) {
				double v = sim.series.value[i];
				if (!isnan(v) && !(v >= 0 && isfinite(v) && v == floor(v)))
					abort();
			}
		}
		lull_sim_finish(&sim);
	}
	lull_grids_free(&g);
	return 0;
}
