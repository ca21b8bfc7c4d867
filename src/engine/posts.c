// SPDX-License-Identifier: BSD-3-Clause
// Watching the workers while they work, and judging afterwards what they saw. A worker that stands
// still lets no bin close, so the first is for people and the second for the detector.

#include "engine/posts.h"

#include "engine/guard.h"

#include <errno.h>
#include <lull/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lull_posts_init(struct lull_posts *p, struct lull_worker *const *workers, size_t n,
	const struct lull_config *config)
{
	const struct lull_capture_config *c = &config->capture;
	*p = (struct lull_posts){.workers = workers, .n = n};
	p->posts = calloc(n > 0 ? n : 1, sizeof(*p->posts));
	if (p->posts == NULL)
		return -ENOMEM;
	size_t i = 0;
	for (size_t port = 0; port < c->n_ports; port++)
		for (unsigned q = 0; q < c->ports[port].queues && i < n; q++, i++)
			p->posts[i] = (struct lull_post){(uint16_t)port, (uint16_t)q, false, false};
	return lull_watchdog_init(&p->watchdog, n, config->bin_ns);
}

void lull_posts_finish(struct lull_posts *p)
{
	free(p->posts);
	lull_watchdog_finish(&p->watchdog);
	*p = (struct lull_posts){0};
}

static bool watch_one(struct lull_posts *p, size_t i, const struct lull_crew *crew, uint64_t now_ns)
{
	struct lull_worker *w = p->workers[i];
	struct lull_post *post = &p->posts[i];
	if (lull_worker_answer(w) == LULL_GONE) {
		if (!post->gone && !lull_tap_stopped(w->tap))
			lull_log_warning("run: nothing more comes from port %u; its bins are "
					 "flagged from now on",
				post->port);
		post->gone = true;
		post->stalled = false;
		return true;
	}
	uint64_t polls = atomic_load_explicit(&w->gauges.polls, memory_order_relaxed);
	enum lull_watchdog_verdict v = lull_watchdog_look(&p->watchdog, i, polls, now_ns);
	if (v == LULL_WATCHDOG_DEAD) {
		char name[32];
		snprintf(name, sizeof(name), "worker %zu", i);
		lull_guard_abort(name, lull_crew_thread(crew, i));
	}
	if (v == LULL_WATCHDOG_STALLED && !post->stalled)
		lull_log_warning(
			"run: worker %zu stands still; bins of port %u are flagged", i, post->port);
	post->stalled = v == LULL_WATCHDOG_STALLED;
	return v == LULL_WATCHDOG_OK;
}

bool lull_posts_watch(struct lull_posts *p, const struct lull_crew *crew, uint64_t now_ns)
{
	bool well = true;
	for (size_t i = 0; i < p->n; i++)
		well &= watch_one(p, i, crew, now_ns);
	return well;
}

// Did the worker look at the bin to its end, or to where the run ended in it (exposure says so)?
// Coming late is no fault where all packets waited for it.
static bool saw(const struct lull_worker *w, const struct lull_bin *bin,
	const struct lull_port_health *health)
{
	uint64_t end_ns = bin->start_ns + bin->len_ns;
	bool kept = w->tap->source->ops->keeps && health->loss == LULL_LOSS_NONE;
	if (!kept && lull_absences_touch(&w->absences, bin->start_ns, end_ns))
		return false;
	if (lull_counter_watermark(w->counter) != UINT64_MAX)
		return true;
	uint64_t last_ns = w->tap->clock.last_ns; // it has ended: nobody writes it any more
	return bin->exposure < 1.0 ? last_ns > bin->start_ns : last_ns >= end_ns;
}

void lull_posts_judge(
	const struct lull_posts *p, const struct lull_bin *bin, struct lull_port_health *health)
{
	for (size_t i = 0; i < p->n; i++) {
		struct lull_port_health *h = &health[p->posts[i].port];
		h->stalled |= !saw(p->workers[i], bin, h);
	}
}
