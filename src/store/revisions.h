// SPDX-License-Identifier: BSD-3-Clause
// Which revision of which event was written last: a set of event ids. One thread.

#pragma once

#include <lull/siphash.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_REVISIONS_MAX (4u << 20) // ids; more than a log of 64 MiB has lines

struct lull_revision {
	uint64_t id;
	uint32_t rev; // 0: an empty slot
};

struct lull_revisions {
	struct lull_revision *slots;
	size_t n, cap;  // cap: 0 or a power of two
	size_t dropped; // ids beyond LULL_REVISIONS_MAX: forgotten
	struct lull_sipkey key;
};

// The 16 lower-case hex digits of an event's id as a number. False when they are not that.
bool lull_revisions_id(const char *text, uint64_t *id);

// Empty, under a key nobody can guess: ids in a file may have been chosen to collide.
void lull_revisions_init(struct lull_revisions *r);
void lull_revisions_finish(struct lull_revisions *r);

// Room for so many ids more, so that noting them cannot fail. 0 or -ENOMEM.
int lull_revisions_reserve(struct lull_revisions *r, size_t more);
// Remember rev (>= 1) unless a later one is known. 0 or -ENOMEM.
int lull_revisions_note(struct lull_revisions *r, uint64_t id, uint32_t rev);
// The last revision, or 0.
uint32_t lull_revisions_last(const struct lull_revisions *r, uint64_t id);
