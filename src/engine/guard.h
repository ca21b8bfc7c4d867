// SPDX-License-Identifier: BSD-3-Clause
// What a live process does to itself and says to its service manager: becomes another user, drops
// capabilities, allows threads few system calls, notifies systemd, ends with a trace.

#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

// Once devices are open and files can be read: become user (NULL: stay), with its groups; no
// thread keeps a capability, and none can come back (no_new_privs; bounding set empty where that
// may be done). Threads of libraries that run already are taken along, by a signal (SIGUSR2);
// in the end the kernel is asked about every thread. state: a directory to be handed to the user
// first, made if missing; may be NULL. 0 or -errno after a message: privileges may be there still.
// From the main thread, before workers are made.
int lull_guard_drop(const char *user, const char *state);
// The calling thread only, once it is pinned, named and attached to its queue: from now on it may
// poll devices, read clocks, get memory, wait and end (seccomp allow-list; any other call kills
// the process with SIGSYS). 0 or -errno after a message; -ENOSYS quietly where the kernel has no
// seccomp. Any thread.
int lull_guard_worker(void);

// A worker that stands still: write where it stands to stderr, by a signal (SIGUSR2) to thread,
// then abort(). thread has not been joined.
_Noreturn void lull_guard_abort(const char *worker, pthread_t thread);

// systemd (sd_notify); all do nothing outside of it. status: a line for `systemctl status`.
// Also ends what lull_guard_reloading() began.
void lull_guard_ready(const char *status);
void lull_guard_reloading(void);
void lull_guard_stopping(void);
// Tell the watchdog that all is well, at half of the time it waits; without one, the status
// every ten seconds. To be called when every worker and the analyzer made progress, more often
// than twice in WatchdogSec=. One thread.
void lull_guard_alive(const char *status);
