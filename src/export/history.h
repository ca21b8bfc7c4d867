// SPDX-License-Identifier: BSD-3-Clause
// What the charts are drawn from: packets out and in over time, per target, in bounded memory.
// Time is cut into at most LULL_HISTORY_SLOTS slots of equally many bins; when they are used up,
// neighbours are added together and a slot holds twice as many. Targets that saw packets are
// kept; beyond LULL_HISTORY_TARGETS the half with fewer packets is forgotten.

#pragma once

#include <lull/bin.h>
#include <lull/upstream.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_HISTORY_SLOTS 512    // a chart 256 columns wide
#define LULL_HISTORY_TARGETS 4096 // 8 KiB each: 32 MiB

struct lull_history; // opaque

// n_targets: ids are 1..n_targets. NULL and errno ENOMEM on failure.
struct lull_history *lull_history_create(size_t n_targets);
void lull_history_destroy(struct lull_history *h);

// Before the first bin: a row that is not there is a value that is missing, not silence.
void lull_history_sparse(struct lull_history *h);
int lull_history_bin(struct lull_history *h, const struct lull_bin *bin); // 0 or -ENOMEM

// Slots in use. 0: no bin yet.
size_t lull_history_slots(const struct lull_history *h);
bool lull_history_has(const struct lull_history *h, uint32_t target);

// Packets per second of a target in one direction at n points, equally many bins each: means over
// the time covered (of a sparse history: by the target). NAN where no time was covered. Needs
// lull_history_slots() > 0.
void lull_history_sample(const struct lull_history *h, uint32_t target,
	enum lull_direction direction, double *points, size_t n);
// times[0..n): where each point starts; times[n]: the end of the last.
void lull_history_times(const struct lull_history *h, uint64_t *times, size_t n);
