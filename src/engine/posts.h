// SPDX-License-Identifier: BSD-3-Clause
// The posts of the workers: which of them stand still now, and which did not look at their port in
// a bin. Analyzer thread.

#pragma once

#include "engine/crew.h"
#include "engine/watchdog.h"

#include <lull/bin.h>
#include <lull/config.h>

struct lull_post {
	uint16_t port, queue;
	bool stalled, gone; // as last told
};

struct lull_posts {
	struct lull_worker *const *workers; // borrowed
	size_t n;
	struct lull_post *posts; // by worker
	struct lull_watchdog watchdog;
};

// workers[0..n) stand at the queues of the configuration's ports, numbered by port, then queue.
// 0 or -ENOMEM; lull_posts_finish() either way.
int lull_posts_init(struct lull_posts *p, struct lull_worker *const *workers, size_t n,
	const struct lull_config *config);
void lull_posts_finish(struct lull_posts *p);

// Look at all of them; more often than once a second, but when the caller was held up. True: every
// worker moves, or has ended. One that stands still for too long ends the process
// (lull_guard_abort).
bool lull_posts_watch(struct lull_posts *p, const struct lull_crew *crew, uint64_t now_ns);
// A closed bin, with its exposure, and what its ports lost: health[port].stalled where a worker of
// the port did not look at it, or its source was over before it.
void lull_posts_judge(
	const struct lull_posts *p, const struct lull_bin *bin, struct lull_port_health *health);
