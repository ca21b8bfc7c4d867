// SPDX-License-Identifier: BSD-3-Clause
// One file's place on the common timeline: its next packet, and how long that can wait.

#pragma once

#include "file.h"

#include <lull/time.h>

// A step forward this long is looked at with the packets behind it.
#define LULL_FAR_NS (60 * LULL_NS_PER_SECOND)

struct lull_ahead;

struct lull_track {
	struct lull_file file;
	struct lull_input_report *report; // the caller's; its path is set
	uint64_t size;                    // of the file on disk; 0: unknown
	uint64_t start_ns;                // lowest time among its first packets
	size_t rank;                      // by start, then by order of paths: decides ties
	uint64_t key_ns;                  // of the next packet, while there is one
	bool scheduled;                   // has packets, and waits for its time or is active
	struct lull_ahead *ahead;         // packets read and not given yet; only while active
};

// Open and look at the first packets; close again what can be read again later, when `again`.
// 0 or -errno: cannot be opened. Damage is the report's affair.
int lull_track_open(
	struct lull_track *t, struct lull_pool *pool, _Atomic uint64_t *done, bool again);
// Its time has come. False: the report says why it has no packets after all.
bool lull_track_start(struct lull_track *t, struct lull_pool *pool, _Atomic uint64_t *done);
// Set key_ns. False: no packet is left; the track is closed.
bool lull_track_next(struct lull_track *t);
// Move the next packet into the burst. False: the lease is full.
bool lull_track_take(struct lull_track *t, struct lull_burst *burst, struct lull_lease *lease);
// Nothing read ahead: packets may be read straight into a burst.
bool lull_track_idle(const struct lull_track *t);
// Take back packets [from, burst->n) of a burst that was read straight out of the file.
void lull_track_unread(struct lull_track *t, struct lull_burst *burst, uint32_t from);
// Nothing more is read of it, and its report says why.
void lull_track_fail(struct lull_track *t, const char *why);
void lull_track_close(struct lull_track *t);
