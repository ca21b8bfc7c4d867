// SPDX-License-Identifier: BSD-3-Clause
// A rise has two revisions: when the bank alarms, and when it calms down, when the higher level has
// become the normal one, or when a fall takes its place.

#include "surge.h"
#include "assess.h"
#include "focus.h"
#include "gamma.h"
#include "moment.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_CAUSE "a rise is told, not explained"

// The bin from which counts stand highest above the upper edge of what is normal, and its
// neighbours: GLR upward, the mirror image of lull_focus_ratio().
static struct lull_instant begun(const struct lull_watch *s)
{
	struct lull_recent room;
	const struct lull_recent *h = lull_watch_history(s, &room);
	double k = 0.0, l = 0.0, best = -1.0, edge = 1.0 / sqrt((double)s->base.rho);
	size_t at = h->n - 1;
	for (size_t i = h->n; i-- > 0;) {
		k += (double)h->bins[i].k;
		l += edge * (double)h->bins[i].l;
		double ratio = k > l && l > 0.0 ? k * log(k / l) + l - k : k > l ? k : 0.0;
		if (ratio > best) {
			best = ratio;
			at = i;
		}
	}
	const struct lull_recent_bin *b = &h->bins[at];
	return (struct lull_instant){b->start_ns, at > 0 ? h->bins[at - 1].start_ns : b->start_ns,
		b->start_ns + b->len_ns};
}

static void tell(struct lull_surge *u, const struct lull_subject *t,
	const struct lull_detect_env *env, enum lull_state state)
{
	const struct lull_watch *s = &t->out;
	struct lull_recent_sum sum = lull_watch_judged(s, u->onset.ns);
	struct lull_estimate share = lull_gamma_share(sum.k, sum.l, s->base.phi);
	struct lull_event ev = {
		.rev = ++u->rev,
		.state = state,
		.kind = LULL_SURGE,
		.target = t->target,
		.target_name = lull_targets_name(env->targets, t->target),
		.upstream = env->upstreams.names[LULL_ALL_UPSTREAMS],
		.revised_ns = env->now_ns,
		.onset = u->onset,
		.end = {LULL_TIME_NONE, LULL_TIME_NONE, LULL_TIME_NONE},
		.detected_ns = u->detected_ns,
		.expected_pps = u->expected_pps,
		.observed_pps = sum.s > 0.0 ? sum.k / sum.s : 0.0,
		.lost = {0.0, -9.0, 0.0},
		.evidence = s->h,
		.threshold = s->h,
		.budget_per_day = env->config->detector.budget_per_day,
		.tap = LULL_TAP_UNVERIFIED,
		.control_ratio = NAN,
		.loss = LULL_LOSS_NONE,
		.bin_ns = env->watch.ladder->rungs[s->rung].bin_ns,
		.learnt_ns = lull_moment_ns(s->base.learnt_s),
		.config_digest = env->config->digest,
	};
	ev.n_causes = 1;
	ev.causes[0] = (struct lull_cause){
		.label = lull_cause_label("unknown"), .weight = 1.0, .evidence = NO_CAUSE};
	if (sum.l > 0.0)
		ev.lost = (struct lull_estimate){fmax(1.0 - share.value, -9.0),
			fmax(1.0 - share.hi, -9.0), fmax(1.0 - share.lo, -9.0)};
	if (state == LULL_ENDED) {
		uint64_t high = s->episode->surge_high_ns > u->onset.ns ? s->episode->surge_high_ns
									: u->onset.ns;
		uint64_t lo = high > ev.bin_ns ? high - ev.bin_ns : 0;
		ev.end = (struct lull_instant){high, lo, high + ev.bin_ns};
	}
	if (u->rev == 1)
		lull_assess_id(&ev, env);
	else
		memcpy(ev.id, u->id, sizeof(ev.id));
	memcpy(u->id, ev.id, sizeof(u->id));
	env->on_event(env->context, &ev);
}

static int open_surge(struct lull_subject *t, const struct lull_detect_env *env)
{
	const struct lull_watch *s = &t->out;
	t->surge = calloc(1, sizeof(*t->surge));
	if (!t->surge)
		return -ENOMEM;
	t->surge->onset = begun(s);
	t->surge->detected_ns = s->last.start_ns + s->last.len_ns;
	t->surge->expected_pps = lull_watch_rate(s, t->surge->onset.ns);
	tell(t->surge, t, env, LULL_CONFIRMED);
	return 0;
}

int lull_surge_step(struct lull_subject *t, const struct lull_detect_env *env)
{
	const struct lull_watch *s = &t->out;
	bool on = s->surging && !t->outage && !s->alarmed;
	if (!t->surge && on && s->state != LULL_LEARNING && s->known)
		return open_surge(t, env);
	if (!t->surge || on)
		return 0;
	tell(t->surge, t, env, s->state == LULL_LEARNING ? LULL_LEVEL_SHIFT : LULL_ENDED);
	free(t->surge);
	t->surge = NULL;
	return 0;
}
