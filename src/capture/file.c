// SPDX-License-Identifier: BSD-3-Clause
// One capture file. A record that a block's end cuts is copied to the front of the next block, so
// readers only ever see whole records in one piece.

#include "file.h"

#include <errno.h>
#include <lull/time.h>
#include <stdio.h>
#include <string.h>

int lull_file_open(struct lull_file *f, struct lull_pool *pool, struct lull_input_report *report,
	_Atomic uint64_t *done)
{
	*f = (struct lull_file){.pool = pool, .report = report};
	*report = (struct lull_input_report){
		.path = report->path,
		.format = "unknown",
		.compression = "none",
		.first_ns = LULL_TIME_NONE,
		.last_ns = LULL_TIME_NONE,
	};
	lull_reader_reset(&f->reader);
	int r = lull_input_open(&f->input, report->path, done);
	f->input.stop = pool->stop;
	return r;
}

void lull_file_close(struct lull_file *f)
{
	lull_block_drop(f->block);
	f->block = NULL;
	lull_reader_reset(&f->reader);
	lull_input_close(&f->input);
	f->over = true;
}

static uint64_t offset(const struct lull_file *f)
{
	return f->bytes_read - (uint64_t)(f->reader.end - f->reader.at);
}

static void damaged(struct lull_file *f, uint64_t at, const char *why)
{
	f->report->damaged = true;
	f->report->error_offset = at;
	snprintf(f->report->error, sizeof(f->report->error), "%s", why);
}

// The bytes are over: did they end where a record does?
static void end(struct lull_file *f)
{
	f->over = true;
	if (f->input.error[0] != '\0')
		damaged(f, f->bytes_read, f->input.error);
	else if (f->bytes_read == 0)
		damaged(f, 0, "the file is empty");
	else if (f->reader.at < f->reader.end)
		damaged(f, offset(f), "the file ends in the middle of a record");
}

// Move the unread tail to the front of a block with room for what the reader needs.
static bool next_block(struct lull_file *f)
{
	struct lull_reader *r = &f->reader;
	size_t left = (size_t)(r->end - r->at);
	struct lull_block *b = lull_pool_take(f->pool, r->need);
	if (b == NULL)
		return lull_reader_fail(r, "out of memory");
	if (left > 0)
		memcpy(b->bytes, r->at, left);
	lull_block_drop(f->block);
	f->block = b;
	r->at = b->bytes;
	r->end = b->bytes + left;
	return true;
}

// More bytes behind the window. False: there are none, or no memory.
static bool refill(struct lull_file *f)
{
	struct lull_reader *r = &f->reader;
	struct lull_block *b = f->block;
	// A pipe gives little at a time: fill on while what is needed fits and a quarter is free.
	if (b == NULL || r->need > (size_t)(b->bytes + b->size - r->at) ||
		(size_t)(b->bytes + b->size - r->end) < b->size / 4) {
		if (!next_block(f))
			return false;
		b = f->block;
	}
	ssize_t n = lull_input_read(
		&f->input, (uint8_t *)r->end, (size_t)(b->bytes + b->size - r->end));
	f->report->compression = f->input.compression;
	if (n <= 0)
		return false;
	r->end += n;
	f->bytes_read += (uint64_t)n;
	return true;
}

static unsigned parse(struct lull_file *f, struct lull_packet *out, unsigned max)
{
	struct lull_reader *r = &f->reader;
	r->need = (size_t)(r->end - r->at) + 1;
	if (r->format == NULL && !lull_reader_recognise(r))
		return 0;
	return r->format->parse(r, out, max);
}

static void tell(struct lull_file *f)
{
	f->report->format = f->reader.name;
	f->report->received = f->reader.received;
	f->report->first_ns = f->reader.first_ns;
	f->report->last_ns = f->reader.last_ns;
	f->report->file_bytes = f->bytes_read;
}

unsigned lull_file_read(struct lull_file *f, struct lull_packet *out, unsigned max)
{
	struct lull_reader *r = &f->reader;
	unsigned n = 0;
	while (!f->over) {
		n = parse(f, out, max);
		if (n > 0)
			break;
		if (r->error[0] == '\0' && r->last)
			end(f);
		else if (r->error[0] == '\0' && !refill(f))
			r->last = true; // the reader may say more of the end than "cut"
		if (r->last && (f->bytes_read == 0 || f->input.error[0] != '\0'))
			end(f);
		if (r->error[0] != '\0') {
			damaged(f, offset(f), r->error);
			f->over = true;
		}
	}
	tell(f);
	return n;
}
