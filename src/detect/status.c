// SPDX-License-Identifier: BSD-3-Clause
// What the detector says of a target now. Nothing here has a memory.

#include "detector.h"
#include "moment.h"
#include <errno.h>
#include <math.h>

size_t lull_detect_open(const struct lull_detect *d)
{
	size_t n = 0;
	for (size_t i = 0; i < d->n_busy; i++) {
		const struct lull_subject *t = d->busy[i];
		n += t->outage && t->outage->reported;
		for (size_t j = 0; j < t->n_branches; j++)
			n += t->branches[j].reroute && t->branches[j].reroute->reported;
	}
	for (size_t i = 0; i < d->n_oneways; i++)
		n += d->oneways[i]->event != NULL;
	return n;
}

static void subject_status(const struct lull_detect *d, const struct lull_subject *t,
	struct lull_target_status *status)
{
	const struct lull_watch *s = &t->out, *keen = lull_subject_keen(t);
	const struct lull_candidate *c = t->outage;
	bool told = c && c->reported, seen = keen && keen->state == LULL_UP;
	status->state = told ? c->ev.state : seen ? LULL_UP : s->state;
	status->bin_ns = d->ladder.rungs[s->rung].bin_ns;
	status->learnt_ns = lull_moment_ns(s->base.learnt_s);
	status->events = t->outages + (told && c->ev.kind == LULL_OUTAGE);
	if (s->state == LULL_LEARNING)
		return;
	status->expected_pps = lull_watch_rate(s, d->env.now_ns);
	status->phi = s->base.phi;
	status->sigma = lull_baseline_sigma(&s->base);
	status->detectable_delay_s = lull_watch_delay(s, &d->env.watch, d->env.now_ns);
	if (seen)
		status->detectable_delay_s = fmin(status->detectable_delay_s,
			lull_watch_delay(keen, &d->env.watch, d->env.now_ns));
}

int lull_detect_status(
	const struct lull_detect *d, uint32_t target, struct lull_target_status *status)
{
	if (target == LULL_NO_TARGET || target > d->n_targets)
		return -EINVAL;
	const struct lull_face *f = &d->faces[target];
	// Without packets out there is nothing whose absence would be a sign.
	bool learning = d->seen_ns < d->env.config->detector.warmup_ns;
	*status = (struct lull_target_status){
		.target = target,
		.state = learning ? LULL_LEARNING : LULL_NOT_MEASURABLE,
		.packets_out = f->packets_out,
		.packets_in = f->packets_in,
		.expected_pps = NAN,
		.phi = NAN,
		.sigma = NAN,
		.bin_ns = d->env.config->bin_ns,
		.detectable_delay_s = INFINITY,
	};
	if (f->subject)
		subject_status(d, f->subject, status);
	if (f->oneway) {
		status->events += f->oneway->outages + (f->oneway->event != NULL);
		status->state = f->oneway->event ? f->oneway->event->state : status->state;
	}
	return 0;
}
