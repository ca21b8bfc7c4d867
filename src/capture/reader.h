// SPDX-License-Identifier: BSD-3-Clause
// From bytes of a capture file to packet views: one reader per format, and the table that tells
// formats apart. A reader sees a window of the file and nothing else: no I/O, no time, no threads.

#pragma once

#include <lull/class.h>
#include <lull/packet.h>
#include <stdbool.h>
#include <stddef.h>

struct lull_reader;

struct lull_format {
	const char *name;
	// Read the file header at `at`, allocate state. False: need or error says why.
	bool (*open)(struct lull_reader *r);
	// Up to max packets out of [at, end); at moves past what was read. Returns how many; 0:
	// need or error says why. Packets before an error come first, the error with the next call.
	unsigned (*parse)(struct lull_reader *r, struct lull_packet *out, unsigned max);
	void (*close)(struct lull_reader *r); // frees state
};

// All zeros is a reader before its first byte.
struct lull_reader {
	const struct lull_format *format; // NULL: not recognised yet
	const uint8_t *at, *end;          // the window: read from memory that stays put
	bool last;                        // the file ends at `end`
	size_t need;      // bytes from `at` needed to go on, when more than the window has
	char error[200];  // "" or why nothing beyond `at` can be read
	const char *name; // of the format, also of those that are only recognised
	struct lull_tally received; // packets handed out
	uint64_t first_ns, last_ns; // lowest and highest time; LULL_TIME_NONE without any
	void *state;
};

extern const struct lull_format lull_format_pcap;
extern const struct lull_format lull_format_pcapng;

// Find the format by its first bytes and open it. False: need or error says why.
bool lull_reader_recognise(struct lull_reader *r);
// Frees the state; the reader is as new.
void lull_reader_reset(struct lull_reader *r);

// Note why nothing more can be read. Returns false.
bool lull_reader_fail(struct lull_reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

// Is there a whole item of n bytes at `at`? If not, need says so.
static inline bool lull_reader_has(struct lull_reader *r, size_t n)
{
	if ((size_t)(r->end - r->at) >= n)
		return true;
	r->need = n;
	return false;
}
