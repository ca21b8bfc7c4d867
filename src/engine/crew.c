// SPDX-License-Identifier: BSD-3-Clause
// Threads around lull_worker_step(). Replay may wait (nothing is lost by it), so a side that is
// ahead sleeps a moment; live workers never wait and do not come through here.

#include "engine/crew.h"

#include <errno.h>
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

static void *work(void *argument)
{
	struct lull_crew_member *m = argument;
	int r = 1;
	while (r != 0 && !atomic_load_explicit(&m->crew->leave, memory_order_relaxed)) {
		r = lull_worker_step(m->worker);
		if (r == -EAGAIN)
			lull_crew_wait(m->crew);
		else if (r < 0)
			break;
	}
	if (r < 0 && r != -EAGAIN) {
		int none = 0;
		atomic_compare_exchange_strong(&m->crew->error, &none, r);
		atomic_store(&m->crew->leave, true);
	}
	atomic_fetch_sub(&m->crew->working, 1);
	return NULL;
}

int lull_crew_start(struct lull_crew *crew, struct lull_worker *const *workers, size_t n)
{
	memset(crew, 0, sizeof(*crew));
	crew->members = calloc(n, sizeof(*crew->members));
	if (crew->members == NULL)
		return -ENOMEM;
	crew->n = n;
	for (size_t i = 0; i < n; i++) {
		struct lull_crew_member *m = &crew->members[i];
		m->crew = crew;
		m->worker = workers[i];
		atomic_fetch_add(&crew->working, 1);
		int e = pthread_create(&m->thread, NULL, work, m);
		if (e != 0) {
			atomic_fetch_sub(&crew->working, 1);
			return -e;
		}
		m->started = true;
	}
	return 0;
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
