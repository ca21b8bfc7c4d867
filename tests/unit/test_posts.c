// SPDX-License-Identifier: BSD-3-Clause
// Workers that stand still, were away, or have nothing more to look at: silence then is nobody's.

#include "live_fixture.h"

#include "engine/crew.h"
#include "engine/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct live l;

// A machine that pauses for three seconds, workers and analyzer alike: nobody was there to see a
// worker stand still.
Test(posts, bins_in_which_a_worker_was_away_are_flagged_and_no_others)
{
	live_open(&l, START);
	for (size_t i = 0; i < WORKERS; i++)
		live_poll(&l, i, START + 2 * S + 300 * MS);
	live_analyze(&l);
	l.fakes[0].clock_ns += 3 * S;
	live_poll(&l, 0, START + 9 * S + 40 * MS);
	live_poll(&l, 1, START + 9 * S + 40 * MS);
	live_analyze(&l);
	cr_assert(eq(sz, l.n, 8)); // one bin of disorder is open
	for (size_t i = 0; i < l.n; i++) {
		cr_expect(eq(int, l.bins[i].stalled[0], i >= 2 && i <= 5), "bin %zu", i);
		cr_expect(not(l.bins[i].stalled[1]), "bin %zu", i);
	}
	live_close(&l);
}

// A ring of the kernel's: packets lie in it with their times, and what found no room is counted.
Test(posts, a_worker_that_was_away_missed_nothing_where_packets_wait_and_none_was_lost)
{
	struct lull_source_ops keeping = fake_ops;
	keeping.keeps = true;
	for (int loss = LULL_LOSS_NONE; loss <= LULL_LOSS_UNKNOWN; loss++) {
		live_open(&l, START);
		l.loss = (enum lull_loss)loss;
		l.fakes[0].base.ops = &keeping;
		live_poll(&l, 1, START + 9 * S + 40 * MS);
		live_poll(&l, 0, START + 2 * S + 300 * MS);
		l.fakes[0].clock_ns += 3 * S;
		live_poll(&l, 0, START + 9 * S + 40 * MS);
		live_analyze(&l);
		cr_assert(eq(sz, l.n, 8));
		for (size_t i = 0; i < l.n; i++)
			cr_expect(eq(int, l.bins[i].stalled[0],
					  loss != LULL_LOSS_NONE && i >= 2 && i <= 5),
				"loss %d, bin %zu", loss, i);
		live_close(&l);
	}
}

Test(posts, a_port_whose_source_is_over_while_others_go_on_is_flagged_from_then_on)
{
	live_open(&l, START);
	live_poll(&l, 0, START + 2 * S + 300 * MS);
	live_end(&l, 0);
	live_poll(&l, 1, START + 9 * S + 40 * MS);
	live_analyze(&l);
	cr_assert(eq(sz, l.n, 8));
	for (size_t i = 0; i < l.n; i++) {
		cr_expect(eq(int, l.bins[i].stalled[0], i >= 2), "bin %zu", i);
		cr_expect(not(l.bins[i].stalled[1]), "bin %zu", i);
	}
	cr_expect(lull_posts_watch(&l.posts, NULL, START + 9 * S)); // nobody stands still
	cr_expect(l.posts.posts[0].gone);
	cr_expect(not(l.posts.posts[1].gone));
	live_close(&l);
}

Test(posts, the_end_of_a_run_flags_nothing)
{
	live_open(&l, START);
	for (size_t i = 0; i < WORKERS; i++)
		live_poll(&l, i, START + 2 * S + 300 * MS + i * 20 * MS);
	l.leave = true;
	live_end(&l, 0);
	live_end(&l, 1);
	live_analyze(&l);
	cr_assert(eq(sz, l.n, 3));
	for (size_t i = 0; i < l.n; i++)
		cr_expect(not(l.bins[i].stalled[0] || l.bins[i].stalled[1]), "bin %zu", i);
	live_close(&l);
}

// --- with threads: a driver that never comes back ---

static _Atomic bool hang;

static int hanging_fill(struct lull_source *s, struct lull_burst *b)
{
	(void)s;
	while (atomic_load(&hang))
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_sec = 100}, NULL);
	b->n = 0;
	b->clock_ns = 0;
	return 1;
}

static const struct lull_source_ops hanging_ops = {
	.name = "hanging", .fill = hanging_fill, .release = fake_release, .close = NULL};

static uint64_t monotonic_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * S + (uint64_t)t.tv_nsec;
}

static int confine(void *context, size_t i)
{
	(void)context;
	(void)i;
	int e = lull_guard_worker();
	return e == -ENOSYS ? 0 : e;
}

// In a process of its own. Says on stderr, after how many ms it was seen.
static _Noreturn void watch_one_hang(int talk)
{
	const struct lull_crew_plan plan = {.begin = confine, .live = true};
	struct lull_crew crew;
	dup2(talk, STDERR_FILENO);
	live_open(&l, START);
	l.taps[0].source = l.taps[1].source = &(struct lull_source){&hanging_ops};
	if (lull_crew_start(&crew, l.workers, 1, &plan) < 0)
		_exit(9);
	l.posts.n = 1;
	for (uint64_t began = monotonic_ns(); monotonic_ns() - began < S;) {
		if (!lull_posts_watch(&l.posts, &crew, monotonic_ns()))
			_exit(8);
		usleep(2000);
	}
	uint64_t since = monotonic_ns();
	atomic_store(&hang, true);
	for (bool seen = false;; usleep(2000)) {
		if (!lull_posts_watch(&l.posts, &crew, monotonic_ns()) && !seen) {
			seen = true;
			fprintf(stderr, "seen: %llu ms\n",
				(unsigned long long)((monotonic_ns() - since) / MS));
		}
	}
}

Test(posts, a_worker_that_hangs_is_seen_within_two_bins_and_ends_the_process_after_five_seconds,
	.timeout = 60)
{
	int fds[2], status;
	char text[16384];
	size_t n = 0;
	unsigned ms = 0;
	cr_assert_eq(pipe(fds), 0);
	uint64_t began = monotonic_ns();
	pid_t child = fork();
	if (child == 0)
		watch_one_hang(fds[1]);
	close(fds[1]);
	for (ssize_t got; (got = read(fds[0], text + n, sizeof(text) - 1 - n)) > 0;)
		n += (size_t)got;
	text[n] = '\0';
	waitpid(child, &status, 0);
	uint64_t lasted = monotonic_ns() - began;
	cr_assert_eq(WIFSIGNALED(status) ? WTERMSIG(status) : 0, SIGABRT, "%s", text);
	cr_expect(ge(u64, lasted, 5 * S), "%llu", (unsigned long long)lasted);
	cr_expect(lt(u64, lasted, 12 * S), "%llu", (unsigned long long)lasted);
	const char *seen = strstr(text, "seen: ");
	cr_assert(seen != NULL && sscanf(seen, "seen: %u", &ms) == 1, "%s", text);
	cr_expect_lt(ms - 1900, 600, "%u ms", ms); // two bins, and a moment
	cr_expect(strstr(text, "worker 0 stands still; bins of port 0 are flagged") != NULL, "%s",
		text);
	cr_expect(strstr(text, "nanosleep") != NULL, "no frame of the thread: %s", text);
}
