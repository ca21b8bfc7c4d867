// SPDX-License-Identifier: BSD-3-Clause
// When state is written and read. What is not written is lost in a crash, and an onset that falls
// into what was lost is only known to lie in it; so state is written as often as is cheap.

#include "engine/keeper.h"

#include <errno.h>
#include <lull/log.h>
#include <lull/ports.h>
#include <lull/time.h>

#define LEAST_NS (5 * LULL_NS_PER_SECOND) // also after a failure: a full disk has room again
#define MOST_NS (60 * LULL_NS_PER_SECOND)
#define SHARE 100                             // writing may take one part in so many of the time
#define SET_BACK_NS (10 * LULL_NS_PER_SECOND) // of clocks that were corrected meanwhile

static void tell(const struct lull_saved *saved, uint64_t gap_ns)
{
	char age[LULL_TIME_TEXT];
	lull_log_info("run: going on from the state of %s ago (%zu upstreams known)",
		lull_duration_format(gap_ns, age), saved->n_upstream_keys);
}

// What is wrong with a state that was read, or NULL; errors of memory in *e.
static const char *take(struct lull_keeper *k, struct lull_generation *g,
	const struct lull_saved *saved, uint64_t start_ns, int *e)
{
	uint64_t ahead_ns = g->config->bin_ns > SET_BACK_NS ? g->config->bin_ns : SET_BACK_NS;
	if (saved->end_ns > start_ns + ahead_ns)
		return "is from the future (is the clock right?)";
	*e = lull_generation_load(g, saved);
	if (*e == -EBADMSG)
		return "does not fit (another bin length or version)";
	if (*e == 0 && k->untold != NULL &&
		lull_untold_load(k->untold, saved->untold, saved->untold_bytes) < 0)
		lull_log_warning("run: %s/state: what was still to be told cannot be read", k->dir);
	return NULL;
}

int lull_keeper_restore(
	struct lull_keeper *k, struct lull_generation *g, uint64_t *start_ns, uint64_t *gap_ns)
{
	struct lull_saved saved = {0};
	*gap_ns = 0;
	if (k->dir == NULL)
		return 0;
	int e = lull_state_read(k->dir, &saved);
	bool known = e == 0 || e == -ENOENT || e == -EBADMSG || e == -ENOMEM;
	const char *problem = known ? NULL : "cannot be read";
	if (e == 0)
		problem = take(k, g, &saved, *start_ns, &e);
	if (problem != NULL)
		lull_state_aside(k->dir, problem);
	else if (e == 0) {
		*start_ns = saved.end_ns > *start_ns ? saved.end_ns : *start_ns;
		*gap_ns = *start_ns - saved.end_ns;
		tell(&saved, *gap_ns);
	}
	lull_saved_finish(&saved);
	return e == -ENOMEM ? e : 0;
}

static void save(struct lull_keeper *k, const struct lull_generation *g, uint64_t end_ns)
{
	struct lull_saved saved = {0};
	uint64_t before = lull_ports_now();
	int e = lull_generation_save(g, &saved);
	saved.end_ns = end_ns;
	if (e == 0 && k->untold != NULL)
		e = lull_untold_save(k->untold, &saved.untold, &saved.untold_bytes);
	if (e == 0)
		e = lull_state_write(k->dir, &saved);
	lull_saved_finish(&saved);
	k->saves[e == 0]++;
	k->cost_ns = e == 0 ? lull_ports_now() - before : 0;
}

void lull_keeper_bin(struct lull_keeper *k, const struct lull_generation *g, uint64_t end_ns,
	uint64_t now_ns, bool news)
{
	uint64_t every_ns = SHARE * k->cost_ns;
	every_ns = every_ns < LEAST_NS ? LEAST_NS : every_ns > MOST_NS ? MOST_NS : every_ns;
	if (k->dir == NULL || end_ns == 0 || (!news && now_ns - k->saved_ns < every_ns))
		return;
	k->saved_ns = now_ns;
	save(k, g, end_ns);
}

void lull_keeper_last(struct lull_keeper *k, const struct lull_generation *g, uint64_t end_ns)
{
	if (k->dir != NULL && end_ns != 0)
		save(k, g, end_ns);
}
