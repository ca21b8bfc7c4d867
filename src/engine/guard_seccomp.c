// SPDX-License-Identifier: BSD-3-Clause
// What a worker may ask of the kernel. It reads frames that anybody may have made, so whoever
// takes it over finds neither files nor sockets nor programs.

#include "engine/guard.h"

#include <errno.h>
#include <execinfo.h>
#include <lull/log.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static const int allowed[] = {
	// devices: AF_PACKET rings poll, AF_XDP also receives, taps and captures are read,
	// memif reads an eventfd; libpcap asks a socket for its error
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(getsockopt),
	// clocks, where the vDSO has to ask
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	// waiting
	SCMP_SYS(futex),
	SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(sched_yield),
	SCMP_SYS(restart_syscall), // after a stop
	// memory (mmap and mprotect: below)
	SCMP_SYS(brk),
	SCMP_SYS(madvise),
	SCMP_SYS(munmap),
	// which thread, where
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getcpu),
	SCMP_SYS(sched_getaffinity),
	// signals, and the end
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(close),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

// Libc's syslog(), which a driver may reach when it complains: refused, but not deadly.
static const int refused[] = {
	SCMP_SYS(socket),
	SCMP_SYS(connect),
	SCMP_SYS(sendto),
};

// Allow a call when (argument & mask) == value.
static int allow(
	scmp_filter_ctx filter, int call, unsigned argument, scmp_datum_t mask, scmp_datum_t value)
{
	const struct scmp_arg_cmp when = {argument, SCMP_CMP_MASKED_EQ, mask, value};
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &when);
}

static int allow_with_arguments(scmp_filter_ctx filter)
{
	const scmp_datum_t all = ~(scmp_datum_t)0;
	int e = allow(filter, SCMP_SYS(mmap), 2, PROT_EXEC, 0);
	if (e == 0)
		e = allow(filter, SCMP_SYS(mprotect), 2, PROT_EXEC, 0);
	if (e == 0) // never to a place it names: nothing is put over code
		e = allow(filter, SCMP_SYS(mremap), 3, MREMAP_FIXED, 0);
	if (e == 0)
		e = allow(filter, SCMP_SYS(write), 0, all, STDERR_FILENO);
	if (e == 0)
		e = allow(filter, SCMP_SYS(writev), 0, all, STDERR_FILENO);
	if (e == 0) // an eventfd takes eight bytes: virtio, memif
		e = allow(filter, SCMP_SYS(write), 2, all, 8);
	if (e == 0) // abort()
		e = allow(filter, SCMP_SYS(tgkill), 0, all, (scmp_datum_t)getpid());
	return e;
}

static int fill(scmp_filter_ctx filter)
{
	int e = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && e == 0; i++)
		e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && e == 0; i++)
		e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	if (e == 0)
		e = allow_with_arguments(filter);
	if (e == 0) // a few comparisons, not thirty, for the calls made most
		e = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return e;
}

// What opens files the first time is done now: backtrace() loads a library, syslog() wants to
// know the time zone. The signal of lull_guard_abort() must reach this thread.
static void prepare(void)
{
	void *frame;
	sigset_t set;
	tzset();
	backtrace(&frame, 1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int lull_guard_worker(void)
{
	// Libseccomp finds out about the kernel once, without a lock of its own.
	static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
	prepare();
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		return -ENOSYS;
	pthread_mutex_lock(&one_at_a_time);
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	// No filter: another one forbids seccomp() itself (systemd's, say).
	int e = filter != NULL ? fill(filter) : -EPERM;
	if (e == 0)
		e = seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
	pthread_mutex_unlock(&one_at_a_time);
	if (e < 0)
		lull_log_error("cannot confine a worker by seccomp: %s", strerror(-e));
	return e;
}
