// SPDX-License-Identifier: BSD-3-Clause
// Reader of prefix tables: `prefix<TAB>name`, one a line. Blanks may stand for the tab; `#` begins
// a comment line; blank lines, CRLF and a byte-order mark are fine. Streaming: memory does not
// grow with the table. What rows mean together is left to the caller.

#pragma once

#include <lull/address.h>
#include <stddef.h>

#define LULL_TABLE_ROWS 4000000u
#define LULL_TABLE_LINE 4096u // bytes in a line at most, without its end
#define LULL_NAME_MAX 255u    // bytes in a name at most

// Who takes the rows. Calls come in the order of the lines, counted from 1.
struct lull_table_sink {
	void *context;
	// A row. name: len bytes (1..LULL_NAME_MAX), UTF-8 without control characters, not
	// terminated, valid during the call. 0: go on; -errno: stop reading.
	int (*row)(void *context, unsigned line, const struct lull_prefix *prefix, const char *name,
		size_t len);
	// Something is wrong with a line: what, and what to do. Reading goes on where it can.
	void (*complain)(void *context, unsigned line, const char *what);
};

// Read a file. Returns 0 (also after complaints); -errno when it cannot be opened or read;
// -EINVAL after a complaint that ends the reading (not text, too many rows); what row() returned.
int lull_table_read(const char *path, const struct lull_table_sink *sink);

// The same from memory: n bytes.
int lull_table_parse(const char *data, size_t n, const struct lull_table_sink *sink);

// Read the text of a prefix, len bytes. 0; or -EINVAL and what, and what to do, in why.
#define LULL_TABLE_WHY 192
int lull_table_prefix(
	const char *text, size_t len, struct lull_prefix *prefix, char why[LULL_TABLE_WHY]);

// Why a name cannot be a target's ("... is empty, give it a name"), or NULL when it can.
const char *lull_table_name_wrong(const char *name, size_t len);
