// SPDX-License-Identifier: BSD-3-Clause
// The end of a process whose worker stands still: first where, then abort().

#include "engine/guard.h"

#include <execinfo.h>
#include <lull/log.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LAST_S 4
#define WAIT_MS 1000 // a thread that sleeps in the kernel for good never takes the signal

static _Atomic bool told; // by the handler, which has nothing else to hang it off

// In the thread that stands still. Async-signal-safe once backtrace() has been called before
// (prepare() in guard_seccomp.c): no malloc, no lock.
static void tell(int number)
{
	(void)number;
	void *frames[64];
	backtrace_symbols_fd(frames, backtrace(frames, 64), STDERR_FILENO);
	atomic_store(&told, true);
}

_Noreturn void lull_guard_abort(const char *worker, pthread_t thread)
{
	struct sigaction take = {.sa_handler = tell};
	struct timespec moment = {.tv_nsec = 1000 * 1000};
	sigemptyset(&take.sa_mask);
	signal(SIGALRM, SIG_DFL); // the end comes, also when nobody reads what is written here
	alarm(LAST_S);
	lull_log_error("%s stands still; it is here, and the process ends:", worker);
	if (sigaction(SIGUSR2, &take, NULL) == 0 && pthread_kill(thread, SIGUSR2) == 0)
		for (int ms = 0; ms < WAIT_MS && !atomic_load(&told); ms++)
			nanosleep(&moment, NULL);
	if (!atomic_load(&told))
		lull_log_error("%s does not answer: it waits in the kernel", worker);
	abort();
}
