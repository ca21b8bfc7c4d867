// SPDX-License-Identifier: BSD-3-Clause
// What a live process does to itself and says to its service manager: becomes another user, drops
// capabilities, allows threads few system calls, notifies systemd.

#pragma once

#include <stdbool.h>
#include <stdint.h>

// Once devices are open and files can be read: become user (NULL: stay), with its groups; no
// capability is kept (libcap-ng), none can come back (no_new_privs, bounding set empty). state: a
// directory to be handed to the user first, made if missing; may be NULL. 0 or -errno after a
// message.
int lull_guard_drop(const char *user, const char *state);
// The calling thread only: from now on it may poll devices, read clocks, wait and end (seccomp
// allow-list; any other call kills the process with SIGSYS and a core). Verified for every capture
// kind by the lab. 0 or -errno after a message; -ENOSYS quietly where the kernel has no seccomp.
int lull_guard_worker(void);

// systemd (sd_notify); all do nothing outside of it. status: a line for `systemctl status`.
void lull_guard_ready(const char *status);
void lull_guard_reloading(void);
void lull_guard_stopping(void);
// Tell the watchdog that all is well, at most as often as it asks. To be called when every
// worker and the analyzer made progress.
void lull_guard_alive(const char *status);
