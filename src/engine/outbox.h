// SPDX-License-Identifier: BSD-3-Clause
// Words on their way to standard output, which may be a pipe that nobody reads: they wait here, and
// nobody waits for them. What is written goes out whole and in order. One thread.

#pragma once

#include <stddef.h>
#include <stdint.h>

#define LULL_OUTBOX_BYTES (64u << 20) // that wait; what comes when it is full is dropped

struct lull_outbox {
	int fd;
	struct lull_outbox_one {
		char *text;
		size_t n;
	} * ones;
	size_t n, cap, bytes;
	size_t at;        // bytes of the first that are written
	uint64_t dropped; // never to be written: no room, no memory, or the reader is gone
};

// From now on writes to fd do not wait: where there is no room they fail with EAGAIN. A pipe or a
// terminal is opened anew for that, since what it is open as may be shared with other programs; a
// socket is not, and those who share it do not wait either. Files are left as they are, and so is
// what cannot be opened anew. Before rights are dropped.
void lull_outbox_unwait(int fd);

// fd stays the caller's.
void lull_outbox_init(struct lull_outbox *o, int fd);
void lull_outbox_finish(struct lull_outbox *o);
// Add a text at the end; it becomes the outbox's (malloc). False: there was no room, and it is
// dropped and counted.
_Bool lull_outbox_add(struct lull_outbox *o, char *text, size_t n);
// Write what goes without waiting. 0: nothing waits any more; -EAGAIN: the reader is behind;
// -EPIPE: there is none any more, and all that waited is dropped; another -errno: try again.
int lull_outbox_push(struct lull_outbox *o);
// The same, but give the reader so many milliseconds.
int lull_outbox_drain(struct lull_outbox *o, unsigned patience_ms);
