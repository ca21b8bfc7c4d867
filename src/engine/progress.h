// SPDX-License-Identifier: BSD-3-Clause
// A progress bar on standard error, for work that turns out to be long.

#pragma once

#include <lull/source.h>
#include <stdbool.h>
#include <stdint.h>

struct lull_progress {
	bool wanted;       // the caller asked for it (stderr is a terminal)
	bool drawn;        // something stands on the terminal
	uint64_t start_ns; // wall clock
	uint64_t drawn_ns; // wall clock of the last drawing
	unsigned calls;
};

void lull_progress_init(struct lull_progress *p, bool wanted);
// Cheap; draws at most five times a second, and nothing in the first second.
void lull_progress_tick(struct lull_progress *p, struct lull_source *source);
// Wipe the bar.
void lull_progress_finish(struct lull_progress *p);
