// SPDX-License-Identifier: BSD-3-Clause
// One capture file: its bytes, its reader, its report. Packets come in the order of the file.

#pragma once

#include "block.h"
#include "input.h"
#include "reader.h"
#include <lull/summary.h>

struct lull_file {
	struct lull_input input;
	struct lull_reader reader;
	struct lull_pool *pool;
	struct lull_block *block;         // the last packets read lie here; one reference
	struct lull_input_report *report; // kept up to date by every read
	uint64_t bytes_read;              // decompressed
	bool over;
};

// Open without reading, and clear the report but for its path. pool, report and done must outlive
// the file. 0 or -errno.
int lull_file_open(struct lull_file *f, struct lull_pool *pool, struct lull_input_report *report,
	_Atomic uint64_t *done);
// Up to max packets, all out of f->block. 0: over, and the report says how it ended.
unsigned lull_file_read(struct lull_file *f, struct lull_packet *out, unsigned max);
// Idempotent. Blocks that a lease holds stay.
void lull_file_close(struct lull_file *f);
