// SPDX-License-Identifier: BSD-3-Clause
// Words to systemd (sd_notify(3)). Without NOTIFY_SOCKET in the environment none is said.

#include "engine/guard.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define NS_PER_US 1000u
#define STATUS_NS 10000000000u // without a watchdog

static uint64_t monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// A status is one line: what looks like another variable in it is none.
static void say(const char *variables, const char *status)
{
	char line[256], text[384];
	snprintf(line, sizeof(line), "%s", status != NULL ? status : "");
	for (char *c = line; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	snprintf(text, sizeof(text), "%s%s%s", variables, line[0] != '\0' ? "\nSTATUS=" : "", line);
	sd_notify(0, text);
}

void lull_guard_ready(const char *status)
{
	say("READY=1", status);
}

void lull_guard_reloading(void)
{
	char variables[64];
	snprintf(variables, sizeof(variables), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		monotonic_ns() / NS_PER_US);
	say(variables, "reading the configuration");
}

void lull_guard_stopping(void)
{
	say("STOPPING=1", "closing the last bin");
}

void lull_guard_alive(const char *status)
{
	static _Atomic uint64_t said_ns; // there is one service manager and one process
	uint64_t usec = 0, now = monotonic_ns();
	bool watched = sd_watchdog_enabled(0, &usec) > 0;
	uint64_t every = watched ? usec * NS_PER_US / 2 : STATUS_NS;
	uint64_t last = atomic_load(&said_ns);
	if (last != 0 && now - last < every)
		return;
	atomic_store(&said_ns, now);
	say(watched ? "WATCHDOG=1" : "", status);
}
