// SPDX-License-Identifier: BSD-3-Clause
// The bytes of one path, decompressed, from front to back. Knows nothing of captures.

#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LULL_INPUT_MAGIC 6 // bytes that tell compressions apart

struct lull_input {
	int fd;
	bool regular;            // can be closed and read again later
	uint64_t size;           // of a regular file, compressed as it is; else 0
	const char *compression; // "none", "gzip", "zstd", "lz4", "xz"; known after the first read
	char error[160];         // why the last read failed
	bool started;
	uint8_t ahead[LULL_INPUT_MAGIC]; // read to recognise the compression
	size_t n_ahead, used_ahead;
	struct archive *archive; // NULL: plain
	struct archive_entry *entry;
	uint8_t *chunk;   // compressed bytes lent to libarchive
	const void *left; // decompressed and not asked for yet
	size_t n_left;
	int broken;               // errno-like; a broken stream stays broken
	uint64_t raw_bytes;       // read from fd
	_Atomic uint64_t *done;   // the same, summed over inputs, for progress
	const _Atomic bool *stop; // ends a wait for a pipe; NULL: it may last; the opener sets it
};

// Open a path ("-": standard input) without reading from it. done must outlive the input.
// 0 or -errno (-EISDIR for a directory).
int lull_input_open(struct lull_input *in, const char *path, _Atomic uint64_t *done);
// At most n bytes; as few as one where the path is a pipe. 0: the end. -errno: error says why, as
// a part of a sentence; -EBADMSG when a compressed stream is cut or corrupt. What libarchive had
// decompressed but not handed out by then is lost: 64 KiB at most (zstd 128 KiB, lz4 one block).
ssize_t lull_input_read(struct lull_input *in, uint8_t *out, size_t n);
// Standard input stays open. All zeros is closed.
void lull_input_close(struct lull_input *in);
