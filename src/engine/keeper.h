// SPDX-License-Identifier: BSD-3-Clause
// Keeping the state on disk: when it is written, and what a start makes of what it finds.

#pragma once

#include "engine/generation.h"
#include "engine/untold.h"

#include <stdbool.h>
#include <stdint.h>

struct lull_keeper {
	const char *dir;            // NULL: nothing is kept
	struct lull_untold *untold; // kept with the rest; may be NULL
	uint64_t saved_ns;          // when it was last tried
	uint64_t cost_ns;           // what that took; 0 when it failed
	uint64_t saves[2];          // [0] failed, [1] written
};

// Read what a run before left and go on from it; gap_ns: time since its last bin, 0 when it left
// nothing. A stop closes the open bin before it is over, and a clock may have been set back by some
// seconds: then the start is put off to the end of that bin, so that no time is looked at twice
// (*start_ns). What cannot be used is said and moved aside.
// 0 or -ENOMEM.
int lull_keeper_restore(
	struct lull_keeper *k, struct lull_generation *g, uint64_t *start_ns, uint64_t *gap_ns);
// After a bin; the last one shown ended at end_ns (0: none yet, and nothing to keep). Writes when
// there was news of an event, and else every five seconds, or less often where that takes long, but
// at least once a minute.
void lull_keeper_bin(struct lull_keeper *k, const struct lull_generation *g, uint64_t end_ns,
	uint64_t now_ns, bool news);
// Write now, at the end of a run.
void lull_keeper_last(struct lull_keeper *k, const struct lull_generation *g, uint64_t end_ns);
