// SPDX-License-Identifier: BSD-3-Clause
// Revisions on their way to the log of events. A revision is kept here, and in the state file, from
// when it is found until the log has it: whenever the process dies, and however long the disk is
// full, it is told, once, with the words it was found with.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_UNTOLD_MAX 32768u          // revisions that wait; the oldest go first
#define LULL_UNTOLD_BYTES (64u << 20)   // ... and their bytes, all together
#define LULL_UNTOLD_TEXT_MAX (1u << 20) // bytes of one text

struct lull_untold_one {
	char id[17];
	uint32_t rev;
	char *line; // for the log, with its newline
	size_t n_line;
	char *said; // for standard output; NULL: it was said
	size_t n_said;
};

// All zeros is empty. One thread.
struct lull_untold {
	struct lull_untold_one *ones;
	size_t n, cap, bytes;
	uint64_t dropped; // never to be written: too many, too long, or no memory
};

// Add one at the end; it takes over one->line and one->said, also when it drops it.
void lull_untold_add(struct lull_untold *u, struct lull_untold_one *one);
// The first n were written, or are given up.
void lull_untold_remove(struct lull_untold *u, size_t n);
void lull_untold_finish(struct lull_untold *u);

// As bytes of a state file, and back (added at the end). Save: *bytes (malloc) becomes the
// caller's, NULL when there are none; 0 or -ENOMEM. Load: 0, or -EBADMSG for what no save wrote.
int lull_untold_save(const struct lull_untold *u, uint8_t **bytes, size_t *n);
int lull_untold_load(struct lull_untold *u, const uint8_t *bytes, size_t n);
