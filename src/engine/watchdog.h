// SPDX-License-Identifier: BSD-3-Clause
// Which worker stands still? Pure logic over counters of progress and times it is told: no clock,
// no thread. A worker makes progress without traffic, too: fill() never waits longer than 1 ms.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lull_watchdog_verdict {
	LULL_WATCHDOG_OK,
	LULL_WATCHDOG_STALLED, // for two bins, or two seconds where bins are longer
	LULL_WATCHDOG_DEAD,    // for five seconds: no tap can be believed any more
};

struct lull_watchdog_worker {
	uint64_t progress; // as last seen
	uint64_t since_ns; // when it was first seen to be that
	uint64_t looked_ns;
	bool seen;
};

struct lull_watchdog {
	struct lull_watchdog_worker *workers;
	size_t n;
	uint64_t stalled_ns;
};

// n workers. 0 or -ENOMEM; lull_watchdog_finish() frees it.
int lull_watchdog_init(struct lull_watchdog *w, size_t n, uint64_t bin_ns);
void lull_watchdog_finish(struct lull_watchdog *w);

// Worker i < n has counted to progress (any change is progress) at now_ns, of a steady clock. To
// be called at least once a second for each worker: whoever looks later than two seconds after the
// last time was itself away (the process was stopped, the machine asleep), says nothing about the
// worker, and begins anew.
enum lull_watchdog_verdict lull_watchdog_look(
	struct lull_watchdog *w, size_t i, uint64_t progress, uint64_t now_ns);
