// SPDX-License-Identifier: BSD-3-Clause
// Plain files by read(2): as fast as a mapping, and a file that shrinks meanwhile is a short read
// and no SIGBUS. Compressed ones by libarchive, which takes concatenated members and frames.

#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES (128u << 10)
#define WAIT_MS 50 // between looks whether to stop

struct compression {
	const char *name;
	uint8_t magic[LULL_INPUT_MAGIC];
	uint8_t mask[LULL_INPUT_MAGIC];
	int (*support)(struct archive *a);
};

// RFC 1952, 2.3.1; RFC 8878, 3.1.1 and 3.1.2 (skippable frames, which pzstd writes first); LZ4
// frame format 1.6; the .xz file format 1.1, 2.1.1.1.
static const struct compression compressions[] = {
	{"gzip", {0x1f, 0x8b}, {0xff, 0xff}, archive_read_support_filter_gzip},
	{"zstd", {0x28, 0xb5, 0x2f, 0xfd}, {0xff, 0xff, 0xff, 0xff},
		archive_read_support_filter_zstd},
	{"zstd", {0x50, 0x2a, 0x4d, 0x18}, {0xf0, 0xff, 0xff, 0xff},
		archive_read_support_filter_zstd},
	{"lz4", {0x04, 0x22, 0x4d, 0x18}, {0xff, 0xff, 0xff, 0xff},
		archive_read_support_filter_lz4},
	{"xz", {0xfd, '7', 'z', 'X', 'Z', 0}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		archive_read_support_filter_xz},
};

// A FIFO that nobody writes yet must not hold up the opening: waiting is for the reads. Standard
// input may be shared with others and is left as it is.
static int open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
	if (flags >= 0)
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	return fd;
}

int lull_input_open(struct lull_input *in, const char *path, _Atomic uint64_t *done)
{
	*in = (struct lull_input){.compression = "none", .done = done};
	in->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open_path(path);
	struct stat st;
	if (in->fd < 0 || fstat(in->fd, &st) < 0 || (S_ISDIR(st.st_mode) && (errno = EISDIR))) {
		int saved = errno;
		lull_input_close(in);
		return -saved;
	}
	in->regular = S_ISREG(st.st_mode) && in->fd != STDIN_FILENO;
	in->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return 0;
}

void lull_input_close(struct lull_input *in)
{
	archive_read_free(in->archive);
	archive_entry_free(in->entry);
	free(in->chunk);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	*in = (struct lull_input){.fd = -1, .compression = in->compression};
}

static ssize_t fail(struct lull_input *in, int error, const char *why)
{
	snprintf(in->error, sizeof(in->error), "%s", why != NULL ? why : strerror(error));
	in->broken = error;
	return -error;
}

// Until a read would not block: a signal only interrupts the thread it is given to.
static bool await(const struct lull_input *in)
{
	struct pollfd p = {.fd = in->fd, .events = POLLIN};
	for (;;) {
		int r = poll(&p, 1, WAIT_MS);
		if (r > 0 || (r < 0 && errno != EINTR))
			return true;
		if (in->stop != NULL && atomic_load_explicit(in->stop, memory_order_relaxed))
			return false;
	}
}

static ssize_t read_raw(struct lull_input *in, void *out, size_t n)
{
	ssize_t r;
	if (!in->regular && !await(in))
		return fail(in, EINTR, "reading was interrupted");
	do
		r = read(in->fd, out, n);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return fail(in, errno, NULL);
	in->raw_bytes += (size_t)r;
	atomic_fetch_add_explicit(in->done, (size_t)r, memory_order_relaxed);
	return r;
}

// Hand the first bytes, read to recognise the compression, to whoever reads on.
static size_t take_ahead(struct lull_input *in, uint8_t *out, size_t n)
{
	size_t left = in->n_ahead - in->used_ahead;
	n = n < left ? n : left;
	memcpy(out, in->ahead + in->used_ahead, n);
	in->used_ahead += n;
	return n;
}

static la_ssize_t feed(struct archive *a, void *user, const void **bytes)
{
	struct lull_input *in = user;
	*bytes = in->chunk;
	size_t n = take_ahead(in, in->chunk, CHUNK_BYTES);
	if (n > 0)
		return (la_ssize_t)n;
	ssize_t r = read_raw(in, in->chunk, CHUNK_BYTES);
	if (r < 0)
		archive_set_error(a, (int)-r, "%s", in->error);
	return r < 0 ? ARCHIVE_FATAL : r;
}

static ssize_t corrupt(struct lull_input *in)
{
	char why[sizeof(in->error)];
	const char *text = archive_error_string(in->archive);
	snprintf(why, sizeof(why), "the %s stream is cut or corrupt (%s)", in->compression,
		text != NULL ? text : "no whole header");
	return fail(in, in->broken != 0 ? in->broken : EBADMSG, why);
}

static ssize_t open_archive(struct lull_input *in, const struct compression *c)
{
	in->compression = c->name;
	in->archive = archive_read_new();
	in->chunk = malloc(CHUNK_BYTES);
	in->entry = archive_entry_new(); // libarchive does not look whether it got its own
	if (in->archive == NULL || in->chunk == NULL || in->entry == NULL)
		return fail(in, ENOMEM, NULL);
	c->support(in->archive);
	archive_read_support_format_raw(in->archive);
	archive_read_support_format_empty(in->archive);
	if (archive_read_open(in->archive, in, NULL, feed, NULL) != ARCHIVE_OK)
		return corrupt(in);
	int r = archive_read_next_header2(in->archive, in->entry);
	if (r != ARCHIVE_OK && r != ARCHIVE_EOF)
		return corrupt(in);
	// A header too short for the filter is passed through as plain bytes.
	return archive_filter_code(in->archive, 0) != ARCHIVE_FILTER_NONE ? 0 : corrupt(in);
}

static ssize_t start(struct lull_input *in)
{
	in->started = true;
	while (in->n_ahead < LULL_INPUT_MAGIC) {
		ssize_t r = read_raw(in, in->ahead + in->n_ahead, LULL_INPUT_MAGIC - in->n_ahead);
		if (r < 0)
			return r;
		if (r == 0)
			break;
		in->n_ahead += (size_t)r;
	}
	// A file shorter than the longest magic holds no capture, compressed or not.
	if (in->n_ahead < LULL_INPUT_MAGIC)
		return 0;
	for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++) {
		const struct compression *c = &compressions[i];
		size_t k = 0;
		while (k < LULL_INPUT_MAGIC && (in->ahead[k] & c->mask[k]) == c->magic[k])
			k++;
		if (k == LULL_INPUT_MAGIC)
			return open_archive(in, c);
	}
	return 0;
}

// archive_read_data() would drop what it copied before an error, so its blocks are taken as
// they come.
static ssize_t read_archive(struct lull_input *in, uint8_t *out, size_t n)
{
	while (in->n_left == 0) {
		la_int64_t offset;
		int r = archive_read_data_block(in->archive, &in->left, &in->n_left, &offset);
		if (r == ARCHIVE_EOF)
			return 0;
		if (r != ARCHIVE_OK)
			return corrupt(in);
	}
	n = n < in->n_left ? n : in->n_left;
	memcpy(out, in->left, n);
	in->left = (const uint8_t *)in->left + n;
	in->n_left -= n;
	return (ssize_t)n;
}

ssize_t lull_input_read(struct lull_input *in, uint8_t *out, size_t n)
{
	if (!in->started && start(in) < 0)
		return -in->broken;
	if (in->broken != 0)
		return -in->broken;
	if (in->archive != NULL)
		return read_archive(in, out, n);
	size_t ahead = take_ahead(in, out, n);
	if (ahead > 0 && (ahead == n || !in->regular))
		return (ssize_t)ahead;
	ssize_t r = read_raw(in, out + ahead, n - ahead);
	return r < 0 && ahead == 0 ? r : (ssize_t)ahead + (r > 0 ? r : 0);
}
