// SPDX-License-Identifier: BSD-3-Clause
// The state file: whatever happens to the bytes, the disk or the process, what is read is what
// was written once, or nothing.

#include "disk_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/siphash.h>
#include <lull/state.h>

static char dir[64];

static void begin(void)
{
	cr_assert_not_null(disk_dir_make(dir));
}

static void end(void)
{
	disk_dir_remove(dir);
}

TestSuite(state, .init = begin, .fini = end);

static uint64_t keys[3] = {0x0100000000000000, 0x0500020000000001, 0x0500020000000002};
static uint8_t memory[5] = {1, 0, 255, 10, 7}, untold[3] = {9, 0, 8};
static const struct lull_saved small = {.end_ns = 1750000000000000000,
	.bin_ns = 1000000000,
	.upstream_keys = keys,
	.n_upstream_keys = 3,
	.detect = memory,
	.detect_bytes = 5,
	.untold = untold,
	.untold_bytes = 3};

static bool same(const struct lull_saved *a, const struct lull_saved *b)
{
	return a->end_ns == b->end_ns && a->bin_ns == b->bin_ns &&
	       a->n_upstream_keys == b->n_upstream_keys && a->detect_bytes == b->detect_bytes &&
	       (a->n_upstream_keys == 0 ||
		       memcmp(a->upstream_keys, b->upstream_keys, a->n_upstream_keys * 8) == 0) &&
	       memcmp(a->detect, b->detect, a->detect_bytes) == 0 &&
	       a->untold_bytes == b->untold_bytes &&
	       (a->untold_bytes == 0 || memcmp(a->untold, b->untold, a->untold_bytes) == 0);
}

static void expect_small_is_there(void)
{
	struct lull_saved back;
	cr_assert(eq(int, lull_state_read(dir, &back), 0));
	cr_assert(same(&back, &small));
	lull_saved_finish(&back);
}

// The file of `small`, in memory of exactly its size.
static uint8_t *file(size_t *n)
{
	cr_assert(eq(int, lull_state_write(dir, &small), 0));
	return (uint8_t *)disk_dir_read(dir, "state", n);
}

static int parse(const uint8_t *bytes, size_t n)
{
	struct lull_saved back;
	uint8_t *tight = malloc(n > 0 ? n : 1); // sanitizers see every overrun
	memcpy(tight, bytes, n);
	int e = lull_state_parse(tight, n, &back);
	free(tight);
	lull_saved_finish(&back);
	return e;
}

Test(state, what_was_written_is_read)
{
	struct lull_saved back;
	cr_assert(eq(int, lull_state_read(dir, &back), -ENOENT));
	cr_assert(eq(int, lull_state_write(dir, &small), 0));
	expect_small_is_there();
	const struct lull_saved empty = {.bin_ns = 1};
	cr_assert(eq(int, lull_state_write(dir, &empty), 0));
	cr_assert(eq(int, lull_state_read(dir, &back), 0));
	cr_expect(eq(sz, back.n_upstream_keys, 0));
	cr_expect(eq(sz, back.detect_bytes, 0));
	lull_saved_finish(&back);
	size_t n;
	cr_expect_null(disk_dir_read(dir, "state.tmp", &n));
}

// docs: magic, version, reserved, length, hash, then the fields, little endian.
Test(state, layout_is_the_documented_one)
{
	size_t n;
	uint8_t *bytes = file(&n);
	static const uint8_t head[24] = {'l', 'u', 'l', 'l', 's', 't', 'a', 't', 2, 0, 0, 0, 0, 0,
		0, 0, 8 * 3 + 3 * 8 + 8 + 5 + 8 + 3};
	cr_assert(eq(sz, n, 32 + 24 + 24 + 8 + 5 + 8 + 3));
	cr_expect_arr_eq(bytes, head, sizeof(head));
	cr_expect(eq(u64, le64toh(*(uint64_t *)(bytes + 32)), small.end_ns));
	cr_expect(eq(u64, le64toh(*(uint64_t *)(bytes + 48)), 3));
	cr_expect_arr_eq(bytes + n - 16, memory, 5);
	cr_expect_arr_eq(bytes + n - 3, untold, 3);
	free(bytes);
}

// A run of before this version: it knew of nothing untold.
Test(state, a_file_of_version_1_is_read)
{
	size_t n;
	struct lull_saved back;
	uint8_t *bytes = file(&n);
	static const struct lull_sipkey damage = {0x6c756c6c73746174, 0x2f31};
	n -= 8 + 3;
	bytes[8] = 1;
	bytes[16] -= 8 + 3;
	uint64_t hash = htole64(lull_siphash(&damage, bytes + 32, n - 32));
	memcpy(bytes + 24, &hash, 8);
	cr_assert(eq(int, lull_state_parse(bytes, n, &back), 0));
	cr_expect(eq(sz, back.detect_bytes, 5));
	cr_expect(eq(sz, back.untold_bytes, 0));
	lull_saved_finish(&back);
	free(bytes);
}

Test(state, every_truncation_is_refused)
{
	size_t n;
	uint8_t *bytes = file(&n);
	for (size_t cut = 0; cut < n; cut++)
		cr_assert(eq(int, parse(bytes, cut), -EBADMSG), "%zu of %zu bytes", cut, n);
	cr_assert(eq(int, parse(bytes, n), 0));
	free(bytes);
}

Test(state, every_flipped_bit_is_refused)
{
	size_t n;
	uint8_t *bytes = file(&n);
	for (size_t bit = 0; bit < n * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert(eq(int, parse(bytes, n), -EBADMSG), "bit %zu", bit);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	cr_assert(eq(int, parse(bytes, n), 0));
	free(bytes);
}

Test(state, a_damaged_file_is_moved_aside_and_not_lost)
{
	struct lull_saved back;
	size_t n, kept;
	uint8_t *bytes = file(&n);
	bytes[n - 1] ^= 1;
	cr_assert(disk_dir_write(dir, "state", bytes, n));
	cr_assert(eq(int, lull_state_read(dir, &back), -EBADMSG));
	lull_saved_finish(&back);
	uint8_t *bad = (uint8_t *)disk_dir_read(dir, "state.bad", &kept);
	cr_assert(eq(sz, kept, n));
	cr_expect_arr_eq(bad, bytes, n);
	cr_assert(eq(int, lull_state_read(dir, &back), -ENOENT));
	free(bytes);
	free(bad);
}

Test(state, a_directory_that_is_missing_or_no_directory_is_an_error)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/none", dir);
	cr_expect(eq(int, lull_state_write(path, &small), -ENOENT));
	cr_assert(disk_dir_write(dir, "none", "x", 1));
	cr_expect(eq(int, lull_state_write(path, &small), -ENOTDIR));
}

Test(state, a_pipe_or_a_link_in_its_place_does_not_stop_the_start)
{
	char path[128];
	struct lull_saved back;
	snprintf(path, sizeof(path), "%s/state", dir);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect(eq(int, lull_state_read(dir, &back), -EBADMSG));
	cr_assert_eq(symlink("/etc/passwd", path), 0);
	cr_expect(eq(int, lull_state_read(dir, &back), -ELOOP));
}

Test(state, what_may_not_be_written_leaves_the_old_file)
{
	cr_assert(eq(int, lull_state_write(dir, &small), 0));
	struct lull_saved next = small;
	next.end_ns++;
	cr_assert_eq(chmod(dir, 0555), 0);
	pid_t child = fork();
	if (child == 0) { // root may write anything, so be somebody else
		if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
			_exit(2);
		_exit(lull_state_write(dir, &next) == -EACCES ? 0 : 1);
	}
	int status;
	waitpid(child, &status, 0);
	cr_expect_eq(status, 0);
	chmod(dir, 0755);
	expect_small_is_there();
}

Test(state, a_write_cut_by_a_limit_leaves_the_old_file)
{
	size_t n;
	struct lull_saved next = small;
	cr_assert(eq(int, lull_state_write(dir, &small), 0));
	next.end_ns++;
	for (size_t limit = 0; limit < 93; limit += 31) {
		disk_limit_files(limit);
		cr_assert(eq(int, lull_state_write(dir, &next), -EFBIG), "%zu", limit);
		expect_small_is_there();
		cr_expect_null(disk_dir_read(dir, "state.tmp", &n));
	}
}

Test(state, a_full_disk_leaves_the_old_file_and_heals)
{
	if (!disk_mount_small(dir, 64))
		cr_skip_test("no right to mount a small file system");
	cr_assert(eq(int, lull_state_write(dir, &small), 0));
	struct lull_saved large = small;
	large.detect_bytes = 80 * 1024;
	large.detect = calloc(1, large.detect_bytes);
	for (int i = 0; i < 3; i++)
		cr_assert(eq(int, lull_state_write(dir, &large), -ENOSPC));
	expect_small_is_there();
	large.detect_bytes = 20 * 1024;
	cr_assert(eq(int, lull_state_write(dir, &large), 0));
	free(large.detect);
	umount(dir);
}

// What write number `seq` holds: sizes and bytes that depend on it.
static void compose(uint64_t seq, struct lull_saved *s, uint8_t *bytes)
{
	*s = (struct lull_saved){.end_ns = seq, .bin_ns = 1, .detect = bytes};
	s->detect_bytes = seq * 7919 % 30000;
	for (size_t i = 0; i < s->detect_bytes; i++)
		bytes[i] = (uint8_t)(seq * 31 + i * 7);
}

static void write_for_ever(int done)
{
	static uint8_t bytes[30000];
	struct lull_saved s;
	for (uint64_t seq = 1;; seq++) {
		compose(seq, &s, bytes);
		if (lull_state_write(dir, &s) != 0 || write(done, &seq, 8) != 8)
			_exit(1);
	}
}

static uint64_t last_told(int fd)
{
	uint64_t seq = 0, told[512];
	for (ssize_t n; (n = read(fd, told, sizeof(told))) > 0;)
		seq = told[n / 8 - 1];
	return seq;
}

Test(state, killed_at_any_moment_it_is_one_of_the_written_and_none_older_than_the_last_told)
{
	static uint8_t bytes[30000];
	unsigned random = 1;
	for (int round = 0; round < 60; round++) {
		int told[2], status;
		cr_assert_eq(pipe(told), 0);
		pid_t child = fork();
		if (child == 0)
			write_for_ever(told[1]);
		close(told[1]);
		random = random * 1103515245 + 12345;
		usleep(500 + (random >> 16) % 15000);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		cr_assert(eq(int, status, SIGKILL));
		uint64_t seq = last_told(told[0]);
		close(told[0]);
		struct lull_saved back, written;
		int e = lull_state_read(dir, &back);
		cr_assert(e == 0 || (e == -ENOENT && seq == 0), "round %d: %d", round, e);
		if (e == 0) {
			cr_assert(back.end_ns == seq || back.end_ns == seq + 1 || seq == 0);
			compose(back.end_ns, &written, bytes);
			cr_assert(same(&back, &written), "round %d", round);
			lull_saved_finish(&back);
		}
	}
}
