// SPDX-License-Identifier: BSD-3-Clause
// SIGHUP: another configuration, taken at the edge of a bin. It is read and built first, while the
// old one is in force, so that a file with an error changes nothing. Then the workers are offered
// the new path (offer.h); when all have agreed on a bin, and the analyzer comes to it, the memory
// of the old detector moves into the new one.

#include "engine/guard.h"
#include "engine/live.h"

#include <errno.h>
#include <lull/log.h>
#include <stdio.h>

static void refuse(struct lull_run *r, const char *why)
{
	r->gauges.view.reloads[0]++;
	lull_log_error("run: reload refused: %s; the old configuration stays in force", why);
	lull_guard_ready("watching");
}

void lull_reload_begin(struct lull_run *r)
{
	struct lull_reload *x = &r->reload;
	if (x->next != NULL || r->change.phase != LULL_CHANGE_NONE) {
		x->again = true; // one after the other
		return;
	}
	lull_guard_reloading();
	struct lull_config *config = r->live->configure(r->live->context);
	if (config == NULL) {
		refuse(r, "see above");
		return;
	}
	const char *fixed = lull_config_fixed(r->generation->config, config);
	if (fixed != NULL) {
		char why[128];
		snprintf(
			why, sizeof(why), "'%s' cannot change while lull runs (restart it)", fixed);
		lull_config_destroy(config);
		refuse(r, why);
		return;
	}
	x->next = lull_generation_create(config, lull_run_event, r);
	if (x->next == NULL) {
		refuse(r, errno == ENOMEM ? "out of memory" : "see above");
		return;
	}
	lull_change_begin(&r->change, &x->next->path);
}

// The analyzer is at the edge: what was learnt goes over.
static int put_in_place(struct lull_run *r)
{
	struct lull_generation *next = r->reload.next;
	struct lull_saved saved = {0};
	int e = lull_generation_save(r->generation, &saved);
	if (e == 0)
		e = lull_generation_load(next, &saved);
	lull_saved_finish(&saved);
	if (e < 0 && e != -EBADMSG)
		return e;
	if (e == -EBADMSG)
		lull_log_error("run: the detector starts anew: its memory could not be moved; this "
			       "is a bug of lull");
	if ((e = lull_gauges_switch(&r->gauges, r->generation, next)) < 0)
		return e;
	lull_teller_switch(&r->teller, next->config, next->targets);
	if (r->series != NULL)
		lull_series_switch(r->series, next->targets);
	r->analyzer.merge = next->merge;
	r->reload.old = r->generation;
	r->generation = next;
	r->crowded = false;
	r->reload.next = NULL;
	r->gauges.view.reloads[1]++;
	lull_log_info("run: reloaded: %zu targets, configuration %s",
		lull_targets_count(next->targets), next->config->digest);
	lull_guard_ready("watching");
	return 0;
}

int lull_reload_step(struct lull_run *r)
{
	switch (lull_change_step(&r->change, r->analyzer.next)) {
	case LULL_CHANGE_WAIT:
		break;
	case LULL_CHANGE_PLACE:
		return put_in_place(r);
	case LULL_CHANGE_FREE:
		lull_generation_destroy(r->reload.old);
		r->reload.old = NULL;
		break;
	case LULL_CHANGE_DONE:
		if (r->reload.again) {
			r->reload.again = false;
			lull_reload_begin(r);
		}
		break;
	}
	return 0;
}
