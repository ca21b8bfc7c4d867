// SPDX-License-Identifier: BSD-3-Clause
// Plain and compressed bytes: whole, concatenated, cut at any byte, corrupt, from a pipe.

#include "capture/input.h"
#include "captures.h"

#include <archive_entry.h>
#include <errno.h>

#define TEXT (300u << 10)

static const char *const names[] = {"gzip", "zstd", "lz4", "xz"};
static int (*const filters[])(struct archive *) = {archive_write_add_filter_gzip,
	archive_write_add_filter_zstd, archive_write_add_filter_lz4, archive_write_add_filter_xz};

static la_ssize_t collect(struct archive *a, void *user, const void *data, size_t n)
{
	(void)a;
	put(user, data, n);
	return (la_ssize_t)n;
}

// Append one compressed stream.
static void squeeze(struct bytes *out, int filter, const void *data, size_t n)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	archive_write_set_format_raw(a);
	cr_assert(ge(int, filters[filter](a), ARCHIVE_WARN));
	archive_write_set_bytes_in_last_block(a, 1);
	archive_write_open(a, out, NULL, collect, NULL);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_write_header(a, e);
	archive_write_data(a, data, n);
	archive_entry_free(e);
	archive_write_free(a);
}

// Bytes that compress about 4 to 1.
static uint8_t *text(void)
{
	uint8_t *t = malloc(TEXT);
	unsigned state = 7;
	for (size_t i = 0; i < TEXT; i++)
		t[i] = (uint8_t)("0123"[(unsigned)rand_r(&state) >> 8 & 3]);
	return t;
}

// Read all. Returns what the last read did; *n: bytes before that.
static ssize_t read_all(const void *data, size_t size, uint8_t *out, size_t *n, char *compression)
{
	_Atomic uint64_t done = 0;
	struct lull_input in;
	const char *path = memory_path(data, size);
	cr_assert(eq(int, lull_input_open(&in, path, &done), 0));
	ssize_t r;
	*n = 0;
	while ((r = lull_input_read(&in, out + *n, 4096 + *n % 1000)) > 0)
		*n += (size_t)r;
	cr_assert(eq(i64, lull_input_read(&in, out, 1), r)); // the end stays the end
	cr_expect(eq(int, r < 0, in.error[0] != '\0'));
	if (r == 0)
		cr_expect(eq(u64, done, size));
	strcpy(compression, in.compression);
	lull_input_close(&in);
	memory_close(path);
	return r;
}

Test(input, compressed_streams_give_their_bytes_and_may_be_concatenated)
{
	uint8_t *t = text();
	uint8_t *got = malloc(2 * TEXT + 8192);
	char compression[16];
	for (int f = 0; f < 4; f++) {
		struct bytes b = {0};
		squeeze(&b, f, t, TEXT);
		squeeze(&b, f, t, TEXT / 2);
		squeeze(&b, f, t, 1);
		size_t n;
		cr_expect(eq(i64, read_all(b.data, b.n, got, &n, compression), 0));
		cr_expect(same(compression, names[f]));
		cr_assert(eq(sz, n, TEXT + TEXT / 2 + 1), "%s", names[f]);
		cr_expect(eq(int, memcmp(got, t, TEXT), 0));
		cr_expect(eq(int, memcmp(got + TEXT, t, TEXT / 2), 0));
		free(b.data);
	}
	free(t);
	free(got);
}

Test(input, a_compressed_stream_cut_at_any_byte_is_broken_and_gives_no_wrong_byte)
{
	enum { SMALL = 700 };
	uint8_t *t = text();
	uint8_t *got = malloc(TEXT + 8192);
	char compression[16];
	for (int f = 0; f < 4; f++) {
		struct bytes b = {0};
		squeeze(&b, f, t, SMALL);
		for (size_t cut = LULL_INPUT_MAGIC; cut < b.n; cut++) {
			size_t n;
			ssize_t r = read_all(b.data, cut, got, &n, compression);
			cr_expect(eq(i64, r, -EBADMSG), "%s cut at %zu of %zu", names[f], cut, b.n);
			cr_expect(le(sz, n, SMALL));
			cr_expect(eq(int, memcmp(got, t, n), 0));
		}
		free(b.data);
	}
	free(t);
	free(got);
}

Test(input, a_long_stream_cut_in_the_middle_gives_about_the_half_before)
{
	uint8_t *t = text();
	uint8_t *got = malloc(TEXT + 8192);
	char compression[16];
	for (int f = 0; f < 4; f++) {
		struct bytes b = {0};
		squeeze(&b, f, t, TEXT);
		size_t n;
		cr_expect(eq(i64, read_all(b.data, b.n - 1000, got, &n, compression), -EBADMSG));
		// libarchive keeps back what it has of the block it was at.
		if (f != 2)
			cr_expect(ge(sz, n, TEXT - (128u << 10) - 8192), "%s", names[f]);
		cr_expect(eq(int, memcmp(got, t, n), 0));
		free(b.data);
	}
	free(t);
	free(got);
}

Test(input, plain_bytes_come_as_they_are_however_few)
{
	uint8_t got[8192];
	char compression[16];
	for (size_t size = 0; size < 20; size++) {
		size_t n;
		cr_expect(eq(i64, read_all("0123456789abcdefghij", size, got, &n, compression), 0));
		cr_expect(eq(sz, n, size));
		cr_expect(eq(int, memcmp(got, "0123456789abcdefghij", n), 0));
		cr_expect(same(compression, "none"));
	}
}

Test(input, a_path_that_cannot_be_read_says_why)
{
	_Atomic uint64_t done = 0;
	struct lull_input in;
	cr_expect(eq(int, lull_input_open(&in, "/nowhere/at/all", &done), -ENOENT));
	cr_expect(eq(int, lull_input_open(&in, "/", &done), -EISDIR));
	lull_input_close(&in);
}

Test(input, a_pipe_gives_what_it_has_without_waiting_for_more)
{
	int ends[2];
	uint8_t got[64];
	_Atomic uint64_t done = 0;
	struct lull_input in;
	cr_assert(eq(int, pipe(ends), 0));
	dup2(ends[0], STDIN_FILENO);
	cr_assert(eq(int, lull_input_open(&in, "-", &done), 0));
	cr_expect(not(in.regular));
	cr_assert(eq(i64, write(ends[1], "0123456789", 10), 10));
	cr_expect(eq(i64, lull_input_read(&in, got, sizeof(got)), 6));
	cr_expect(eq(i64, lull_input_read(&in, got + 6, sizeof(got) - 6), 4));
	cr_assert(eq(i64, write(ends[1], "x", 1), 1));
	close(ends[1]);
	cr_expect(eq(i64, lull_input_read(&in, got + 10, sizeof(got) - 10), 1));
	cr_expect(eq(int, memcmp(got, "0123456789x", 11), 0));
	cr_expect(eq(i64, lull_input_read(&in, got, sizeof(got)), 0));
	lull_input_close(&in);
}
