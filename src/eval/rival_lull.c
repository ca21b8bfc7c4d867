// SPDX-License-Identifier: BSD-3-Clause
// lull's own detector among its rivals: what `lull detect` would say of the series, as claims. An
// event is one claim, whatever became of it; only what its revisions say of it is taken.

#include "feed.h"
#include "rival.h"
#include <errno.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>

struct judgement {
	struct lull_claims *claims;
	size_t first; // of the claims that are this series'
	char (*ids)[17];
	size_t n, cap;
	int error;
};

// Its claim, made on first sight.
static struct lull_claim *claim_of(struct judgement *j, const struct lull_event *e)
{
	for (size_t i = j->n; i-- > 0;)
		if (strcmp(j->ids[i], e->id) == 0)
			return &j->claims->items[j->first + i];
	if (j->n == j->cap) {
		size_t cap = j->cap == 0 ? 8 : 2 * j->cap;
		char(*more)[17] = realloc(j->ids, cap * sizeof(*more));
		if (more == NULL)
			return NULL;
		j->ids = more;
		j->cap = cap;
	}
	const struct lull_claim fresh = {.detected_ns = e->detected_ns, .end_ns = LULL_TIME_NONE};
	if (lull_claims_add(j->claims, &fresh) < 0)
		return NULL;
	memcpy(j->ids[j->n], e->id, sizeof(e->id));
	return &j->claims->items[j->first + j->n++];
}

static void take_event(void *context, const struct lull_event *e)
{
	struct judgement *j = context;
	if ((e->kind != LULL_OUTAGE && e->kind != LULL_SURGE) || j->error < 0)
		return;
	struct lull_claim *c = claim_of(j, e);
	if (c == NULL) {
		j->error = -ENOMEM;
		return;
	}
	c->onset_ns = e->onset.ns;
	c->onset_lo_ns = e->onset.lo_ns;
	c->onset_hi_ns = e->onset.hi_ns;
	c->lost = e->lost.value;
	c->up = e->kind == LULL_SURGE;
	c->shift = e->state == LULL_LEVEL_SHIFT;
	c->end_ns = c->shift ? e->revised_ns : e->end.ns;
}

static int lull_judge(const struct lull_timeseries *s, const struct lull_rival_options *o,
	struct lull_claims *claims)
{
	struct judgement j = {.claims = claims, .first = claims->n};
	struct lull_config *config = lull_feed_config(s, 1);
	if (config == NULL)
		return -errno;
	config->detector.budget_per_day = o->budget_per_day;
	config->detector.both = o->both;
	config->model = o->model;
	int e = lull_config_check(config);
	if (e == 0)
		e = lull_feed(s, 1, config, take_event, NULL, &j);
	lull_config_destroy(config);
	free(j.ids);
	return e < 0 ? e : j.error;
}

const struct lull_rival lull_rival_lull = {
	.name = "lull",
	.what = "lull's own detector with its defaults (docs/detection.md)",
	.judge = lull_judge,
};
