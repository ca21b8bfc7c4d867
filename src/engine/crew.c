// SPDX-License-Identifier: BSD-3-Clause
// Threads around lull_worker_step(). Replay may wait (nothing is lost by it), so a side that is
// ahead sleeps a moment; live workers never do.

#include "engine/crew.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct lull_crew_member {
	struct lull_crew *crew;
	struct lull_worker *worker;
	pthread_t thread;
	bool started;
};

void lull_crew_wait(const struct lull_crew *crew)
{
	(void)crew;
	struct timespec moment = {.tv_nsec = 50 * 1000};
	nanosleep(&moment, NULL);
}

static int step_on(struct lull_crew_member *m)
{
	int r = 1;
	while (r != 0 && !atomic_load_explicit(&m->crew->leave, memory_order_relaxed)) {
		r = lull_worker_step(m->worker);
		if (r == -EAGAIN) {
			if (!m->crew->plan.live)
				lull_crew_wait(m->crew);
		} else if (r < 0) {
			return r;
		}
	}
	return 0;
}

static void *work(void *argument)
{
	struct lull_crew_member *m = argument;
	const struct lull_crew_plan *plan = &m->crew->plan;
	size_t i = (size_t)(m - m->crew->members);
	int r = plan->begin == NULL ? 0 : plan->begin(plan->context, i);
	if (r == 0) {
		r = step_on(m);
		if (plan->end != NULL)
			plan->end(plan->context, i);
	}
	if (r < 0) {
		int none = 0;
		atomic_compare_exchange_strong(&m->crew->error, &none, r);
		atomic_store(&m->crew->leave, true);
	}
	atomic_fetch_sub(&m->crew->working, 1);
	return NULL;
}

static int start(struct lull_crew *crew, size_t i, struct lull_worker *worker)
{
	struct lull_crew_member *m = &crew->members[i];
	m->crew = crew;
	m->worker = worker;
	atomic_fetch_add(&crew->working, 1);
	int e = pthread_create(&m->thread, NULL, work, m);
	if (e != 0) {
		atomic_fetch_sub(&crew->working, 1);
		return -e;
	}
	m->started = true;
	char name[16];
	snprintf(name, sizeof(name), "lull-w%u", (unsigned)i % 1000);
	pthread_setname_np(m->thread, name);
	return 0;
}

int lull_crew_start(struct lull_crew *crew, struct lull_worker *const *workers, size_t n,
	const struct lull_crew_plan *plan)
{
	sigset_t all, before;
	memset(crew, 0, sizeof(*crew));
	crew->members = calloc(n, sizeof(*crew->members));
	if (crew->members == NULL)
		return -ENOMEM;
	crew->n = n;
	if (plan != NULL)
		crew->plan = *plan;
	sigfillset(&all); // signals are for the thread that analyzes
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int e = 0;
	for (size_t i = 0; i < n && e == 0; i++)
		e = start(crew, i, workers[i]);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return e;
}

pthread_t lull_crew_thread(const struct lull_crew *crew, size_t i)
{
	return crew->members[i].thread;
}

bool lull_crew_done(const struct lull_crew *crew)
{
	return atomic_load(&crew->working) == 0;
}

int lull_crew_finish(struct lull_crew *crew)
{
	if (!lull_crew_done(crew))
		atomic_store(&crew->leave, true);
	for (size_t i = 0; i < crew->n; i++)
		if (crew->members[i].started)
			pthread_join(crew->members[i].thread, NULL);
	free(crew->members);
	return atomic_load(&crew->error);
}
