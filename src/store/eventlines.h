// SPDX-License-Identifier: BSD-3-Clause
// Reads a log of lull.event/1 lines for the two things a restart must know: which revisions it
// holds, and where its last whole line ends.

#pragma once

#include "store/revisions.h"

#define LULL_EVENTLINE_MAX (1u << 20) // bytes, newline included; an event takes a few KiB

struct lull_eventlines {
	size_t events;          // lines taken
	size_t damaged;         // lines that are not an event, or longer than LULL_EVENTLINE_MAX
	uint64_t first_damaged; // its number, from 1
	uint64_t end;           // offset behind the newline of the last whole line
	uint64_t size;          // bytes read; end < size: the last line has no newline
	bool last_whole;        // ... and yet is a whole event (taken)
};

// Read fd from its start to its end, in memory of a line or two. 0 or -errno.
int lull_eventlines_read(int fd, struct lull_revisions *into, struct lull_eventlines *seen);
