// SPDX-License-Identifier: BSD-3-Clause
// The log of revisions: nothing told is lost or told twice, whatever the disk does.

#include "disk_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
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

TestSuite(eventlog, .init = begin, .fini = end);

static struct lull_event event(uint64_t id, uint32_t rev)
{
	struct lull_event e = {.rev = rev};
	snprintf(e.id, sizeof(e.id), "%016llx", (unsigned long long)id);
	return e;
}

static size_t line(char out[256], const struct lull_event *e)
{
	return (size_t)snprintf(out, 256,
		"{\"schema\":\"lull.event/1\",\"id\":\"%s\",\"rev\":%u,\"state\":\"suspected\"}\n",
		e->id, e->rev);
}

static int append_line(
	struct lull_eventlog *log, const struct lull_event *event, const char *text, size_t n)
{
	int e;
	size_t done = lull_eventlog_append(
		log, &(struct lull_eventlog_line){event->id, event->rev, text, n}, 1, &e);
	cr_assert(eq(int, done == 1, e == 0));
	return e;
}

static int append(struct lull_eventlog *log, uint64_t id, uint32_t rev)
{
	char text[256];
	struct lull_event e = event(id, rev);
	return append_line(log, &e, text, line(text, &e));
}

static bool known(const struct lull_eventlog *log, uint64_t id, uint32_t rev)
{
	struct lull_event e = event(id, rev);
	return lull_eventlog_known(log, &e);
}

static struct lull_eventlog *open_log(void)
{
	struct lull_eventlog *log = lull_eventlog_open(dir);
	cr_assert_not_null(log);
	return log;
}

static struct lull_eventlog *open_with(const char *text, size_t n)
{
	cr_assert(disk_dir_write(dir, "events.jsonl", text, n));
	return open_log();
}

static void expect_file(const char *text, size_t n)
{
	size_t there = 0;
	char *bytes = disk_dir_read(dir, "events.jsonl", &there);
	cr_assert(eq(sz, there, n));
	cr_assert(memcmp(bytes, text, n) == 0);
	free(bytes);
}

Test(eventlog, knows_what_was_written_before_and_after_a_restart)
{
	struct lull_eventlog *log = open_log();
	for (uint64_t id = 1; id <= 300; id++)
		for (uint32_t rev = 1; rev <= 3; rev++) {
			cr_assert(not(known(log, id << 40, rev)));
			cr_assert(eq(int, append(log, id << 40, rev), 0));
			cr_assert(known(log, id << 40, rev));
		}
	for (int restart = 0; restart < 2; restart++) {
		for (uint64_t id = 1; id <= 300; id++) {
			cr_assert(known(log, id << 40, 1) && known(log, id << 40, 3));
			cr_assert(not(known(log, id << 40, 4)));
		}
		cr_assert(not(known(log, 301llu << 40, 1)));
		lull_eventlog_close(log);
		log = open_log();
	}
	lull_eventlog_close(log);
}

Test(eventlog, a_last_line_cut_anywhere_is_removed_and_the_rest_kept)
{
	char text[512], last[256];
	struct lull_event a = event(10, 2), b = event(11, 1);
	size_t n = line(text, &a), m = line(last, &b);
	memcpy(text + n, last, m);
	for (size_t cut = 0; cut < m - 1; cut++) { // m - 1: only the newline is missing
		struct lull_eventlog *log = open_with(text, n + cut);
		cr_assert(known(log, 10, 2));
		cr_assert(not(known(log, 11, 1)), "cut %zu", cut);
		expect_file(text, n);
		cr_assert(eq(int, append(log, 11, 1), 0));
		expect_file(text, n + m);
		lull_eventlog_close(log);
	}
	lull_eventlog_close(open_with("{\"schema\":", 10));
	expect_file("", 0);
}

Test(eventlog, a_last_line_that_lacks_its_newline_alone_is_an_event)
{
	char text[256];
	struct lull_event a = event(10, 2);
	size_t n = line(text, &a);
	struct lull_eventlog *log = open_with(text, n - 1);
	cr_assert(known(log, 10, 2));
	expect_file(text, n);
	cr_assert(eq(int, append(log, 10, 3), 0));
	lull_eventlog_close(log);
	lull_eventlog_close(log = open_log());
}

Test(eventlog, damaged_lines_are_kept_and_skipped)
{
	static const char *const damaged[] = {
		"\n",
		"null\n",
		"{}\n",
		"{\"schema\":\"lull.event/2\",\"id\":\"000000000000000b\",\"rev\":1}\n",
		"{\"schema\":\"lull.event/1\",\"id\":\"000000000000000B\",\"rev\":1}\n",
		"{\"schema\":\"lull.event/1\",\"id\":\"00000000000000b\",\"rev\":1}\n",
		"{\"schema\":\"lull.event/1\",\"id\":\"000000000000000b0\",\"rev\":1}\n",
		"{\"schema\":\"lull.event/1\",\"id\":\"000000000000000b\",\"rev\":0}\n",
		"{\"schema\":\"lull.event/1\",\"id\":\"000000000000000b\",\"rev\":-1}\n",
		"{\"schema\":\"lull.event/1\",\"id\":\"000000000000000b\",\"rev\":4294967296}\n",
		"{\"schema\":\"lull.event/1\",\"id\":\"000000000000000b\",\"rev\":1.5}\n",
		"{\"schema\":\"lull.event/1\",\"id\":\"000000000000000b\",\"rev\":1,\"rev\":2}\n",
		"{\"schema\":\"lull.event/1\",\"id\":\"000000000000000b\",\"rev\":1}}\n",
		"{\"schema\":\"lull.event/1\",\"id\":\"00000000\xff\xfe\",\"rev\":1}\n",
	};
	char text[4096], one[256];
	size_t n = 0;
	struct lull_event a = event(10, 2), c = event(12, 1);
	n += line(text, &a);
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", damaged[i]);
	memset(text + n, 0, 100); // blocks that a crash left without their data
	text[n + 100] = '\n';
	n += 101;
	size_t m = line(one, &c);
	memcpy(text + n, one, m);
	n += m;
	struct lull_eventlog *log = open_with(text, n);
	cr_expect(known(log, 10, 2) && known(log, 12, 1));
	cr_expect(not(known(log, 11, 1)));
	expect_file(text, n);
	lull_eventlog_close(log);
}

Test(eventlog, a_line_beyond_a_mebibyte_is_skipped_and_what_follows_is_read)
{
	size_t n = 5 << 20, m;
	char *text = malloc(n + 512);
	struct lull_event a = event(10, 1), b = event(11, 1);
	m = line(text, &a);
	memset(text + m, '[', n);
	text[m + n - 1] = '\n';
	n += m;
	n += line(text + n, &b);
	struct lull_eventlog *log = open_with(text, n);
	cr_expect(known(log, 10, 1) && known(log, 11, 1));
	lull_eventlog_close(log);
	log = open_with(text, n - 200); // and cut: the brackets are the last line
	lull_eventlog_close(log);
	expect_file(text, m);
	free(text);
}

Test(eventlog, what_could_not_be_read_again_is_not_written)
{
	struct lull_eventlog *log = open_log();
	struct lull_event e = event(10, 1);
	char text[256];
	size_t n = line(text, &e);
	char *large = calloc(1, (1 << 20) + 1);
	memset(large, ' ', 1 << 20);
	large[1 << 20] = '\n';
	cr_expect(eq(int, append_line(log, &e, text, n - 1), -EINVAL));
	cr_expect(eq(int, append_line(log, &e, "{\n}\n", 4), -EINVAL));
	cr_expect(eq(int, append_line(log, &e, text, 0), -EINVAL));
	cr_expect(eq(int, append_line(log, &e, large, (1 << 20) + 1), -EINVAL));
	e.rev = 0;
	cr_expect(eq(int, append_line(log, &e, text, n), -EINVAL));
	e = event(10, 1);
	e.id[3] = 'x';
	cr_expect(eq(int, append_line(log, &e, text, n), -EINVAL));
	expect_file("", 0);
	lull_eventlog_close(log);
	free(large);
}

Test(eventlog, one_process_at_a_time)
{
	struct lull_eventlog *log = open_log();
	cr_expect_null(lull_eventlog_open(dir));
	cr_expect_eq(errno, EBUSY);
	lull_eventlog_close(log);
	lull_eventlog_close(open_log());
}

Test(eventlog, a_directory_that_is_missing_is_an_error)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/none", dir);
	cr_expect_null(lull_eventlog_open(path));
	cr_expect_eq(errno, ENOENT);
}

Test(eventlog, a_log_beyond_64_mib_becomes_the_old_one_and_both_are_known)
{
	size_t n = 0, there = 0, cap = 64u << 20;
	char *text = malloc(cap + 256);
	uint64_t id = 0;
	memset(text, ' ', cap);
	// one event a 64 KiB line keeps the test short
	for (; n < cap - 200; id++) {
		struct lull_event e = event(id, 1);
		char one[256];
		size_t m = line(one, &e);
		size_t len = cap - n < 65536 + 200 ? cap - n : 65536;
		memcpy(text + n, one, m - 1);
		text[n + len - 1] = '\n';
		n += len;
	}
	struct lull_eventlog *log = open_with(text, n);
	for (int restart = 0; restart < 2; restart++) {
		cr_assert(eq(int, append(log, 1llu << 50, restart + 1), 0));
		cr_expect(known(log, 0, 1) && known(log, id - 1, 1) && known(log, 1llu << 50, 1));
		cr_expect(not(known(log, id, 1)));
		lull_eventlog_close(log);
		log = open_log();
	}
	char *old = disk_dir_read(dir, "events.jsonl.1", &there);
	cr_assert(eq(sz, there, n));
	cr_assert(memcmp(old, text, n) == 0);
	char *fresh = disk_dir_read(dir, "events.jsonl", &there);
	cr_expect(lt(sz, there, 256));
	free(old);
	free(fresh);
	free(text);
	lull_eventlog_close(log);
}

static int syncs, failing_sync; // the sync that fails, from 1

int fdatasync(int fd)
{
	(void)fd;
	if (++syncs != failing_sync)
		return 0;
	errno = EIO;
	return -1;
}

Test(eventlog, a_batch_is_certain_at_its_one_sync_and_gone_where_that_fails)
{
	struct lull_eventlog_line lines[100];
	struct lull_event events[100];
	char text[100][256], all[100 * 256];
	size_t n = 0;
	int e;
	struct lull_eventlog *log = open_log();
	cr_assert(eq(int, append(log, 3, 1), 0)); // known: written no second time
	n = line(all, &(struct lull_event){.id = "0000000000000003", .rev = 1});
	for (size_t i = 0; i < 100; i++) {
		events[i] = event(i, 1);
		lines[i] = (struct lull_eventlog_line){
			events[i].id, 1, text[i], line(text[i], &events[i])};
	}
	syncs = 0;
	failing_sync = 1;
	cr_expect(eq(sz, lull_eventlog_append(log, lines, 100, &e), 0));
	cr_expect(eq(int, e, -EIO));
	cr_expect(known(log, 3, 1) && !known(log, 0, 1) && !known(log, 99, 1));
	expect_file(all, n);
	lines[60].n--; // no newline: none of a log
	cr_expect(eq(sz, lull_eventlog_append(log, lines, 100, &e), 60));
	cr_expect(eq(int, e, -EINVAL));
	cr_expect(eq(int, syncs, 2));
	cr_expect(known(log, 59, 1) && !known(log, 60, 1));
	lines[60].n++;
	cr_expect(eq(sz, lull_eventlog_append(log, lines + 60, 40, &e), 40));
	cr_expect(eq(int, syncs, 3));
	for (size_t i = 0; i < 100; i++)
		if (i != 3)
			n += line(all + n, &events[i]);
	expect_file(all, n);
	lull_eventlog_close(log);
}

Test(eventlog, a_full_disk_leaves_whole_lines_and_heals)
{
	if (!disk_mount_small(dir, 16))
		cr_skip_test("no right to mount a small file system");
	struct lull_eventlog *log = open_log();
	uint64_t id = 0;
	int e;
	while ((e = append(log, id, 1)) == 0 && id < 10000)
		id++;
	cr_assert(eq(int, e, -ENOSPC));
	cr_assert(not(known(log, id, 1)));
	cr_assert(eq(int, append(log, id, 1), -ENOSPC));
	size_t n = 0;
	char *bytes = disk_dir_read(dir, "events.jsonl", &n);
	cr_assert(n > 0 && bytes[n - 1] == '\n');
	free(bytes);
	cr_assert(eq(int, mount("none", dir, "tmpfs", MS_REMOUNT, "size=64k"), 0));
	cr_assert(eq(int, append(log, id, 1), 0));
	lull_eventlog_close(log);
	log = open_log();
	for (uint64_t i = 0; i <= id; i++)
		cr_assert(known(log, i, 1) == true);
	lull_eventlog_close(log);
	umount(dir);
}

#define BATCH 5

// A batch is a line more each time, up to 5.
static void append_for_ever(int done)
{
	struct lull_eventlog *log = lull_eventlog_open(dir);
	if (log == NULL)
		_exit(1);
	uint64_t id = 0;
	while (known(log, id, 1))
		id++;
	for (size_t n = 1;; n = n % BATCH + 1) {
		struct lull_eventlog_line lines[BATCH];
		struct lull_event events[BATCH];
		char text[BATCH][256];
		int e;
		for (size_t i = 0; i < n; i++) {
			events[i] = event(id + i, 1);
			lines[i] = (struct lull_eventlog_line){
				events[i].id, 1, text[i], line(text[i], &events[i])};
		}
		if (lull_eventlog_append(log, lines, n, &e) != n || e != 0)
			_exit(1);
		id += n;
		if (write(done, &id, 8) != 8)
			_exit(1);
	}
}

Test(eventlog, killed_at_any_moment_no_line_is_lost_doubled_or_torn)
{
	unsigned random = 7;
	uint64_t told = 0, next = 0, ids[512];
	for (int round = 0; round < 40; round++) {
		int fds[2], status;
		cr_assert_eq(pipe(fds), 0);
		pid_t child = fork();
		if (child == 0)
			append_for_ever(fds[1]);
		close(fds[1]);
		random = random * 1103515245 + 12345;
		usleep(500 + (random >> 16) % 10000);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		cr_assert(eq(int, status, SIGKILL));
		for (ssize_t n; (n = read(fds[0], ids, sizeof(ids))) > 0;)
			told = ids[n / 8 - 1];
		close(fds[0]);
		struct lull_eventlog *log = open_log();
		told = next > told ? next : told; // lines of earlier rounds are there to stay
		for (next = 0; known(log, next, 1);)
			next++;
		cr_assert(next >= told && next <= told + BATCH, "round %d", round);
		lull_eventlog_close(log);
	}
	char *expected = malloc((next + 1) * 256);
	size_t n = 0;
	for (uint64_t id = 0; id < next; id++) {
		struct lull_event e = event(id, 1);
		n += line(expected + n, &e);
	}
	expect_file(expected, n);
	free(expected);
}
