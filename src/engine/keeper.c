// SPDX-License-Identifier: BSD-3-Clause
// When state is written and read.

#include "engine/keeper.h"

#include <errno.h>
#include <lull/log.h>
#include <lull/time.h>

#define EVERY_NS (60 * LULL_NS_PER_SECOND)

static void tell(const struct lull_saved *saved, uint64_t gap_ns)
{
	char age[LULL_TIME_TEXT];
	lull_log_info("run: going on from the state of %s ago (%zu upstreams known)",
		lull_duration_format(gap_ns, age), saved->n_upstream_keys);
}

int lull_keeper_restore(
	struct lull_keeper *k, struct lull_generation *g, uint64_t *start_ns, uint64_t *gap_ns)
{
	struct lull_saved saved = {0};
	*gap_ns = 0;
	if (k->dir == NULL)
		return 0;
	int e = lull_state_read(k->dir, &saved);
	if (e == 0 && saved.end_ns > *start_ns + g->config->bin_ns) {
		lull_log_warning("run: the state in %s is from the future (is the clock right?); "
				 "starting anew",
			k->dir);
		e = -ESTALE;
	}
	if (e == 0)
		e = lull_generation_load(g, &saved);
	if (e == -EBADMSG)
		lull_log_warning("run: the state in %s does not fit (another bin length or "
				 "version); starting anew",
			k->dir);
	if (e == 0) {
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
	int e = lull_generation_save(g, &saved);
	saved.end_ns = end_ns;
	if (e == 0)
		e = lull_state_write(k->dir, &saved);
	lull_saved_finish(&saved);
	k->saves[e == 0]++;
}

void lull_keeper_bin(struct lull_keeper *k, const struct lull_generation *g, uint64_t end_ns,
	uint64_t now_ns, bool news)
{
	if (k->dir == NULL || (!news && now_ns - k->saved_ns < EVERY_NS))
		return;
	k->saved_ns = now_ns;
	save(k, g, end_ns);
}

void lull_keeper_last(struct lull_keeper *k, const struct lull_generation *g, uint64_t end_ns)
{
	if (k->dir != NULL && end_ns != 0)
		save(k, g, end_ns);
}
