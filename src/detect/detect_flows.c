// SPDX-License-Identifier: BSD-3-Clause
// Which targets are watched by the flows toward them (oneway.h): those whose packets out say
// nothing, as long as there are flows.

#include "detector.h"

#include <errno.h>
#include <stdlib.h>

int lull_detect_watch_flows(struct lull_detect *d, struct lull_oneway *o)
{
	if (d->n_oneways == d->cap_oneways) {
		size_t cap = d->cap_oneways ? 2 * d->cap_oneways : 16;
		struct lull_oneway **grown = realloc(d->oneways, cap * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		d->oneways = grown;
		d->cap_oneways = cap;
	}
	d->oneways[d->n_oneways++] = o;
	return 0;
}

// Can packets out of the target show that it is up?
static bool has_pulse(const struct lull_face *f)
{
	const struct lull_subject *t = f->subject;
	const struct lull_watch *keen = t ? lull_subject_keen(t) : NULL;
	return t && (t->out.state == LULL_UP || t->out.alarmed || t->outage ||
			    (keen && (keen->state == LULL_UP || keen->alarmed)));
}

// Flows are watched where packets out say nothing.
int lull_detect_flows_row(struct lull_detect *d, const struct lull_row *row, uint64_t start_ns)
{
	struct lull_face *f = &d->faces[row->target];
	if (!f->oneway) {
		if (row->flows < LULL_ONEWAY_LEAST || has_pulse(f))
			return 0;
		f->oneway = lull_oneway_create(row->target);
		if (!f->oneway)
			return -ENOMEM;
		if (lull_detect_watch_flows(d, f->oneway)) {
			lull_oneway_destroy(f->oneway);
			f->oneway = NULL;
			return -ENOMEM;
		}
	}
	return lull_oneway_count(f->oneway, row, start_ns);
}

int lull_detect_flows_step(struct lull_detect *d, double exposure)
{
	size_t kept = 0;
	for (size_t i = 0; i < d->n_oneways; i++) {
		struct lull_oneway *o = d->oneways[i];
		struct lull_face *f = &d->faces[o->target];
		bool pulse = has_pulse(f);
		if (lull_oneway_step(o, &d->env, exposure, !pulse))
			return -ENOMEM;
		if ((pulse && !o->event) || lull_oneway_idle(o, d->env.now_ns)) {
			lull_oneway_destroy(o);
			f->oneway = NULL;
		} else {
			d->oneways[kept++] = o;
		}
	}
	d->n_oneways = kept;
	return 0;
}
