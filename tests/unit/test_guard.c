// SPDX-License-Identifier: BSD-3-Clause
// What a confined worker may still do, and what ends the process; the trace of one that stands.

#include "engine/guard.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static int event_fd, pipe_fds[2], file_fd;

// Runs `work` confined, in a process of its own; its wait status.
static int confined(void (*work)(void))
{
	int status;
	event_fd = eventfd(0, EFD_NONBLOCK);
	file_fd = open("/dev/null", O_WRONLY);
	cr_assert_eq(pipe(pipe_fds), 0);
	pid_t child = fork();
	if (child == 0) {
		if (lull_guard_worker() != 0)
			_exit(9);
		work();
		_exit(0);
	}
	waitpid(child, &status, 0);
	close(event_fd);
	close(file_fd);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return status;
}

static int signal_of(int status)
{
	return WIFSIGNALED(status) ? WTERMSIG(status) : -status;
}

static void must(bool holds)
{
	if (!holds)
		_exit(8);
}

static void poll_and_read(void)
{
	struct pollfd p = {pipe_fds[0], POLLIN, 0};
	uint64_t n = 3;
	must(poll(&p, 1, 1) == 0);
	must(write(event_fd, &n, 8) == 8 && read(event_fd, &n, 8) == 8 && n == 3);
	must(recv(pipe_fds[0], &n, 8, MSG_DONTWAIT) == -1 && errno == ENOTSOCK);
}

static void memory(void)
{
	for (size_t size = 1; size < 64u << 20; size *= 2) {
		char *p = malloc(size);
		must(p != NULL);
		memset(p, 1, size);
		p = realloc(p, size * 3);
		must(p != NULL && p[size - 1] == 1);
		free(p);
	}
}

static void time_and_waiting(void)
{
	struct timespec t = {.tv_nsec = 1000};
	must(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t) == 0);
	t = (struct timespec){.tv_nsec = 1000};
	must(nanosleep(&t, NULL) == 0 && clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL) == 0);
	sched_yield();
}

static void talk(void)
{
	fprintf(stderr, "a worker may complain\n");
	syslog(LOG_INFO, "and a driver may try to");
}

static void *end_at_once(void *none)
{
	return lull_guard_worker() == 0 ? none : &event_fd;
}

// Not confined itself: its thread is, and ends and is joined.
static void *thread_ends(void)
{
	pthread_t t;
	void *r = &event_fd;
	if (pthread_create(&t, NULL, end_at_once, NULL) == 0)
		pthread_join(t, &r);
	return r;
}

Test(guard, a_worker_may_poll_read_clocks_get_memory_wait_and_complain)
{
	cr_expect(eq(int, confined(poll_and_read), 0));
	cr_expect(eq(int, confined(memory), 0));
	cr_expect(eq(int, confined(time_and_waiting), 0));
	cr_expect(eq(int, confined(talk), 0));
	cr_expect_null(thread_ends());
}

static void run_a_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void open_to_read(void)
{
	open("/etc/passwd", O_RDONLY);
}

static void write_a_file(void)
{
	if (write(file_fd, "0123456789", 10) < 0)
		_exit(7);
}

static void fork_off(void)
{
	if (fork() == 0)
		_exit(0);
}

static void run_made_up_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void unprotect_code(void)
{
	mprotect((void *)((uintptr_t)run_made_up_code & ~4095lu), 4096,
		PROT_READ | PROT_WRITE | PROT_EXEC);
}

static void kill_the_parent(void)
{
	kill(getppid(), 0);
}

static void signal_another_process(void)
{
	syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static void trace(void)
{
	syscall(SYS_ptrace, 0, 0, 0, 0);
}

static void listen_somewhere(void)
{
	listen(pipe_fds[0], 1);
}

Test(guard, anything_else_kills_the_process)
{
	static void (*const evil[])(void) = {run_a_program, open_to_read, write_a_file, fork_off,
		run_made_up_code, unprotect_code, kill_the_parent, signal_another_process, trace,
		listen_somewhere};
	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		int status = confined(evil[i]);
		cr_expect(eq(int, signal_of(status), SIGSYS), "%zu", i);
	}
}

static void no_new_socket(void)
{
	must(socket(AF_INET, SOCK_STREAM, 0) == -1 && errno == EPERM);
	must(send(pipe_fds[1], "x", 1, 0) == -1 && errno == EPERM);
}

Test(guard, sockets_are_refused_without_a_death)
{
	cr_expect(eq(int, confined(no_new_socket), 0));
}

static void do_abort(void)
{
	abort();
}

Test(guard, a_failed_assertion_still_ends_as_one)
{
	int status = confined(do_abort);
	cr_expect(eq(int, signal_of(status), SIGABRT));
}

static _Atomic int ready;

static void *stand_still(void *none)
{
	sigset_t all;
	sigfillset(&all); // as a worker that leaves signals to the main thread
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	if (lull_guard_worker() != 0)
		_exit(9);
	ready = 1;
	for (;;)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_sec = 100}, NULL);
	return none;
}

Test(guard, a_worker_that_stands_still_is_shown_and_the_process_aborts)
{
	int fds[2], status;
	char text[8192];
	size_t n = 0;
	cr_assert_eq(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0) {
		pthread_t t;
		dup2(fds[1], STDERR_FILENO);
		pthread_create(&t, NULL, stand_still, NULL);
		while (!ready)
			usleep(1000);
		usleep(20 * 1000);
		lull_guard_abort("worker 3", t);
	}
	close(fds[1]);
	for (ssize_t got; (got = read(fds[0], text + n, sizeof(text) - 1 - n)) > 0;)
		n += (size_t)got;
	text[n] = '\0';
	waitpid(child, &status, 0);
	cr_expect(eq(int, signal_of(status), SIGABRT));
	cr_expect(strstr(text, "worker 3 stands still") != NULL, "%s", text);
	cr_expect(strstr(text, "nanosleep") != NULL, "no frame of the thread: %s", text);
	cr_expect(strstr(text, "does not answer") == NULL, "%s", text);
}

// A pipe to a log that hangs: whoever writes to it waits for ever.
Test(guard, a_process_whose_worker_stands_still_ends_even_when_nobody_reads_why, .timeout = 30)
{
	int fds[2], status = 0;
	cr_assert_eq(pipe2(fds, O_NONBLOCK), 0);
	for (char c = 'x'; write(fds[1], &c, 1) == 1;)
		;
	cr_assert_eq(fcntl(fds[1], F_SETFL, 0), 0);
	pid_t child = fork();
	if (child == 0) {
		pthread_t t;
		dup2(fds[1], STDERR_FILENO);
		pthread_create(&t, NULL, stand_still, NULL);
		while (!ready)
			usleep(1000);
		lull_guard_abort("worker 3", t);
	}
	int ms = 0;
	while (waitpid(child, &status, WNOHANG) == 0 && ms < 10000) {
		usleep(10000);
		ms += 10;
	}
	if (ms >= 10000)
		kill(child, SIGKILL);
	cr_expect_lt(ms, 10000, "it does not end");
}
