// SPDX-License-Identifier: BSD-3-Clause
// What baseline.c and floor.c, which say one thing in two files, have to tell each other.

#pragma once

#include "baseline.h"

// Work rho out anew, or rho_fast; or only if its noise has moved by a hundredth.
void lull_floor_set(struct lull_baseline *b);
void lull_floor_set_fast(struct lull_baseline *b);
void lull_floor_follow(struct lull_baseline *b);
void lull_floor_follow_fast(struct lull_baseline *b);

// What may be asked of either forecast, whose time constants are level_s and fast_s.
void lull_floor_ask(struct lull_baseline *b, float level_s, float fast_s);

// Are differences of neighbours level noise in bins of that length?
bool lull_floor_coarse(const struct lull_baseline *b, float bin_s);

// In baseline.c: S around a time.
struct lull_shape lull_floor_shape(const struct lull_baseline *b, uint64_t time_ns);
