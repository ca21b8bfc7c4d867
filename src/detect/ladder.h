// SPDX-License-Identifier: BSD-3-Clause
// The ladder of bin lengths a series can be judged in: the base bin and those of 1, 10, 60 and
// 600 s that are whole multiples of it. All lengths are aligned to the epoch, so a longer bin is
// a whole number of base bins; what was covered is summed once per rung, not once per series.

#pragma once

#include <stddef.h>
#include <stdint.h>

// Effective packets a bin is to hold: with fewer, its length is no longer what a fall waits for.
#define LULL_RUNG_LEAST 0.15
#define LULL_RUNGS 5

// One bin of one rung, over or in the making.
struct lull_period {
	uint64_t start_ns, len_ns; // len_ns: the part of it that has been seen
	double exposure_s;         // seconds times exposure
	double common_s;           // the same times the common-mode factor G
};

struct lull_rung {
	uint64_t bin_ns;
	struct lull_period span; // in the making
};

struct lull_ladder {
	struct lull_rung rungs[LULL_RUNGS];
	size_t n;
};

void lull_ladder_init(struct lull_ladder *l, uint64_t base_ns);
// Take a base bin: start, length, exposure in (0, 1], common-mode factor in [0, 1].
void lull_ladder_add(
	struct lull_ladder *l, uint64_t start_ns, uint64_t len_ns, double exposure, double common);
// A hole: what is in the making is dropped.
void lull_ladder_break(struct lull_ladder *l);
// Is the bin of this rung complete? Then the caller judges it and restarts the rung.
int lull_ladder_full(const struct lull_rung *r);
void lull_ladder_restart(struct lull_rung *r);

// The rung for a series whose null says that `rate` = rho lambda / phi effective packets arrive
// per second: the shortest bin with at least half of one, else the longest.
size_t lull_ladder_choose(const struct lull_ladder *l, double rate);
