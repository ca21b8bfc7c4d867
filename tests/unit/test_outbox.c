// SPDX-License-Identifier: BSD-3-Clause
// A pipe that nobody reads: nobody waits for it, and what was written comes whole, in order. The
// alarm kills a test that waits.

#include "engine/outbox.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <lull/log.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int ends[2];
static struct lull_outbox box;

static void begin(void)
{
	signal(SIGPIPE, SIG_IGN);
	cr_assert(eq(int, pipe(ends), 0));
	lull_outbox_init(&box, ends[1]);
}

static void end(void)
{
	lull_outbox_finish(&box);
}

TestSuite(outbox, .init = begin, .fini = end, .timeout = 20);

// Text i: its number at its begin, longer than what a pipe takes whole (4 KiB) now and then.
static char *text(unsigned i, size_t *n)
{
	*n = i % 7 == 0 ? 9000 : 300;
	char *made = malloc(*n + 1);
	cr_assert(made != NULL);
	memset(made, 'a' + (int)(i % 26), *n);
	made[snprintf(made, 16, "%u", i)] = ' ';
	made[*n - 1] = '\n';
	return made;
}

static void add(unsigned i)
{
	size_t n;
	char *made = text(i, &n);
	cr_assert(lull_outbox_add(&box, made, n));
}

Test(outbox, a_pipe_nobody_reads_keeps_nobody_and_all_comes_in_order_once_it_is_read)
{
	lull_outbox_unwait(ends[1]);
	for (unsigned i = 0; i < 1000; i++) {
		add(i);
		lull_outbox_push(&box);
	}
	cr_expect(eq(int, lull_outbox_push(&box), -EAGAIN));
	cr_expect(gt(sz, box.n, 500));
	char got[9000];
	for (unsigned i = 0; i < 1000; i++) {
		size_t n, have = 0;
		char *want = text(i, &n);
		while (have < n) {
			lull_outbox_push(&box);
			ssize_t k = read(ends[0], got + have, n - have);
			cr_assert(k > 0);
			have += (size_t)k;
		}
		cr_assert(memcmp(got, want, n) == 0, "text %u", i);
		free(want);
	}
	cr_expect(eq(int, lull_outbox_push(&box), 0));
	cr_expect(eq(sz, box.n, 0));
	cr_expect(eq(sz, box.bytes, 0));
	cr_expect(eq(u64, box.dropped, 0));
}

Test(outbox, what_finds_no_room_is_dropped_and_counted_and_what_waits_stays)
{
	lull_outbox_unwait(ends[1]);
	size_t n = 16u << 20;
	for (unsigned i = 0; i < 4; i++)
		cr_assert(lull_outbox_add(&box, calloc(1, n), n));
	for (unsigned i = 0; i < 3; i++)
		cr_assert(not(lull_outbox_add(&box, calloc(1, 1), 1)));
	cr_expect(eq(u64, box.dropped, 3));
	cr_expect(eq(sz, box.n, 4));
	cr_expect(eq(int, lull_outbox_push(&box), -EAGAIN));
	cr_expect(eq(sz, box.n, 4)); // the first is on its way
	cr_expect(gt(sz, box.at, 4096));
}

Test(outbox, a_reader_that_is_gone_ends_the_waiting)
{
	lull_outbox_unwait(ends[1]);
	for (unsigned i = 0; i < 100; i++)
		add(i);
	cr_expect(eq(int, lull_outbox_push(&box), -EAGAIN));
	size_t waiting = box.n;
	close(ends[0]);
	cr_expect(eq(int, lull_outbox_push(&box), -EPIPE));
	cr_expect(eq(sz, box.n, 0));
	cr_expect(eq(u64, box.dropped, waiting));
	add(1);
	cr_expect(eq(int, lull_outbox_push(&box), -EPIPE));
}

Test(outbox, the_end_waits_for_a_reader_as_long_as_it_is_told)
{
	struct timespec before, after;
	lull_outbox_unwait(ends[1]);
	for (unsigned i = 0; i < 100; i++)
		add(i);
	clock_gettime(CLOCK_MONOTONIC, &before);
	cr_expect(eq(int, lull_outbox_drain(&box, 200), -EAGAIN));
	clock_gettime(CLOCK_MONOTONIC, &after);
	double took = (double)(after.tv_sec - before.tv_sec) +
		      (double)(after.tv_nsec - before.tv_nsec) * 1e-9;
	cr_expect(took > 0.19 && took < 2);
	pid_t pid = fork();
	if (pid == 0) {
		char away[65536];
		close(ends[1]);
		while (read(ends[0], away, sizeof(away)) > 0)
			usleep(1000);
		_exit(0);
	}
	cr_expect(eq(int, lull_outbox_drain(&box, 10000), 0));
	cr_expect(eq(sz, box.n, 0));
}

Test(outbox, those_who_share_a_pipe_go_on_to_wait_for_it)
{
	int shared = dup(ends[1]);
	lull_outbox_unwait(ends[1]);
	cr_expect(eq(int, fcntl(shared, F_GETFL) & O_NONBLOCK, 0));
	cr_expect(ne(int, fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0));
}

Test(outbox, a_message_nobody_reads_is_dropped_counted_and_confessed)
{
	static char said[1 << 20];
	int real = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	lull_outbox_unwait(STDERR_FILENO);
	unsigned i = 0;
	while (lull_log_dropped() == 0 && i < 100000)
		lull_log_info("message %u", i++);
	lull_log_info("message %u", i++);
	cr_assert(read(ends[0], said, sizeof(said)) > 10000);
	lull_log_info("the last");
	memset(said, 0, sizeof(said));
	cr_assert(read(ends[0], said, sizeof(said) - 1) > 0);
	dup2(real, STDERR_FILENO);
	cr_expect(eq(sz, lull_log_dropped(), 2));
	cr_expect_str_eq(
		said, "lull: warning: 2 messages are missing here: nobody read\nlull: the last\n");
}
