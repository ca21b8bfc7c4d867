// SPDX-License-Identifier: BSD-3-Clause
// Capabilities belong to threads, not to processes (capabilities(7)), and libraries started some
// before lull could drop anything. A signal makes each of them drop its own.

#pragma once

#include <sys/types.h>

enum lull_threads_step {
	LULL_THREADS_BIND,  // no_new_privs, ambient and bounding sets empty
	LULL_THREADS_STRIP, // effective, permitted and inheritable sets empty
};

// Do it in every thread of the process, the calling one included. 0 or -errno after a message.
int lull_guard_threads(enum lull_threads_step step);

// Ask the kernel: every thread is uid's, without a capability, with no_new_privs. 0 or -EPERM
// after a message that names the thread.
int lull_guard_threads_check(uid_t uid);
