// SPDX-License-Identifier: BSD-3-Clause
// Every thread drops its own capabilities; which of them, and when, guard.c says.

#include "engine/guard_threads.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <lull/log.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 2000

// A signal handler has no other way to be told. Only lull_guard_threads() uses them.
static _Atomic int asked_step;
static _Atomic int first_error;
static _Atomic unsigned answers;

static int bind_thread(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	// Without CAP_SETPCAP this cannot be done; no_new_privs then stands for it.
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	return 0;
}

static int strip_thread(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}, {0, 0, 0}};
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &head, none) == 0 ? 0 : -errno;
}

static int do_step(enum lull_threads_step step)
{
	return step == LULL_THREADS_BIND ? bind_thread() : strip_thread();
}

static void take_signal(int number)
{
	(void)number;
	int kept = errno;
	int none = 0;
	int e = do_step((enum lull_threads_step)atomic_load(&asked_step));
	if (e != 0)
		atomic_compare_exchange_strong(&first_error, &none, e);
	atomic_fetch_add(&answers, 1);
	errno = kept;
}

// Send the signal to all other threads; how many there were, or -errno.
static int ask_all(void)
{
	DIR *d = opendir("/proc/self/task");
	if (d == NULL)
		return -errno;
	pid_t self = (pid_t)syscall(SYS_gettid);
	int n = 0;
	for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
		pid_t tid = (pid_t)atoi(entry->d_name);
		if (tid > 0 && tid != self && syscall(SYS_tgkill, getpid(), tid, SIGUSR2) == 0)
			n++;
	}
	closedir(d);
	return n;
}

static int await(unsigned n)
{
	struct timespec moment = {.tv_nsec = 1000 * 1000};
	for (int ms = 0; atomic_load(&answers) < n; ms++) {
		if (ms == WAIT_MS)
			return -ETIMEDOUT;
		nanosleep(&moment, NULL);
	}
	return atomic_load(&first_error);
}

int lull_guard_threads(enum lull_threads_step step)
{
	struct sigaction take = {.sa_handler = take_signal, .sa_flags = SA_RESTART}, before;
	sigemptyset(&take.sa_mask);
	atomic_store(&asked_step, (int)step);
	atomic_store(&first_error, 0);
	atomic_store(&answers, 0);
	if (sigaction(SIGUSR2, &take, &before) != 0)
		return -errno;
	int e = do_step(step);
	if (e == 0)
		e = ask_all();
	if (e > 0)
		e = await((unsigned)e);
	if (e != -ETIMEDOUT) // else a signal may be under way that must find its taker
		sigaction(SIGUSR2, &before, NULL);
	if (e < 0)
		lull_log_error("cannot drop the privileges of every thread: %s", strerror(-e));
	return e;
}

// One "Key:\tvalue" of /proc/self/task/TID/status is what it must be.
static bool line_holds(const char *line, uid_t uid)
{
	static const char *const zeros[] = {"CapInh:", "CapPrm:", "CapEff:", "CapAmb:"};
	unsigned r, e, s, f;
	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		if (strncmp(line, zeros[i], 7) == 0)
			return strtoull(line + 7, NULL, 16) == 0;
	if (strncmp(line, "NoNewPrivs:", 11) == 0)
		return atoi(line + 11) == 1;
	if (sscanf(line, "Uid: %u %u %u %u", &r, &e, &s, &f) == 4)
		return r == uid && e == uid && s == uid && f == uid;
	return true;
}

static int check_thread(const char *tid, uid_t uid)
{
	char path[64], line[256];
	snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", tid);
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return errno == ENOENT ? 0 : -errno; // it has ended
	int e = 0;
	while (e == 0 && fgets(line, sizeof(line), f) != NULL)
		if (!line_holds(line, uid)) {
			line[strcspn(line, "\n")] = '\0';
			lull_log_error("thread %s still has privileges: %s", tid, line);
			e = -EPERM;
		}
	fclose(f);
	return e;
}

int lull_guard_threads_check(uid_t uid)
{
	DIR *d = opendir("/proc/self/task");
	int e = d != NULL ? 0 : -errno;
	for (struct dirent *entry; e == 0 && (entry = readdir(d)) != NULL;)
		if (entry->d_name[0] != '.')
			e = check_thread(entry->d_name, uid);
	if (d != NULL)
		closedir(d);
	if (e < 0 && e != -EPERM)
		lull_log_error("cannot ask about privileges: %s", strerror(-e));
	return e;
}
