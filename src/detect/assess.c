// SPDX-License-Identifier: BSD-3-Clause
// Figures come from the histories of the series concerned; nothing here has a memory.

#include "assess.h"
#include "gamma.h"
#include "onset.h"
#include <lull/siphash.h>
#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define BORNE_OUT 4.6 // nats of packets, ln 5 + ln 20: in one of 20 they come so far by chance
#define STAYED 0.5    // an upstream that keeps at least this share has not fallen
#define ENOUGH 10.0   // effective packets expected before a share says anything

// Share that remains, with the forecast's own noise: 2 sigma on either side.
static struct lull_estimate remaining(const struct lull_watch *s, double k, double l)
{
	struct lull_estimate e = lull_gamma_share(k, l, s->base.phi);
	double noise = exp(2.0 * lull_baseline_sigma(&s->base));
	e.lo /= noise;
	e.hi *= noise;
	return e;
}

void lull_assess_onset(struct lull_candidate *c, const struct lull_detect_env *env)
{
	const struct lull_watch *s = c->driver;
	struct lull_onset_question q = {
		.phi = fmax(1.0, s->base.fano),
		.floor = s->episode->fell_below,
		.delta = env->config->detector.onset_delta,
		.last_ns = s->last_ns,
	};
	struct lull_recent room;
	struct lull_onset o = lull_onset_find(lull_watch_history(s, &room), &q);
	c->ev.onset = o.at;
	lull_blind_stretch(env->blind, 0, o.at.lo_ns, o.after_ns, &c->ev.onset);
	c->dated = o.silent;
	c->after_ns = o.after_ns;
	struct lull_recent_sum sum =
		lull_watch_judged(c->figure->known ? c->figure : s, o.after_ns);
	c->sure = (struct lull_sum){sum.k, sum.l, sum.s};
	c->maybe = (struct lull_sum){0};
	c->ev.expected_pps = lull_watch_rate(c->figure, o.at.ns);
}

void lull_assess_basis(struct lull_candidate *c)
{
	const struct lull_watch *keen = lull_subject_keen(c->subject);
	c->ev.basis = LULL_PACKETS;
	if (keen && c->driver == keen)
		c->ev.basis = (enum lull_feature)c->subject->keen->feature;
}

void lull_assess_id(struct lull_event *ev, const struct lull_detect_env *env)
{
	static const struct lull_sipkey key = {0, 0};
	const char *digest = env->config->digest ? env->config->digest : "";
	uint64_t parts[4] = {
		lull_siphash(&key, ev->target_name, strlen(ev->target_name)),
		lull_siphash(&key, ev->upstream, strlen(ev->upstream)),
		ev->onset.ns,
		lull_siphash(&key, digest, strlen(digest)),
	};
	snprintf(ev->id, sizeof(ev->id), "%016llx",
		(unsigned long long)lull_siphash(&key, parts, sizeof(parts)));
}

void lull_assess_loss(struct lull_candidate *c)
{
	struct lull_event *ev = &c->ev;
	const struct lull_sum *sum = &c->sure;
	struct lull_estimate e = remaining(c->figure, sum->k, sum->l);
	if (isnan(e.value))
		e = (struct lull_estimate){1.0, 0.0, 10.0}; // not one whole bin yet: nothing known
	ev->lost = (struct lull_estimate){
		.value = fmax(1.0 - e.value, -9.0),
		.lo = fmax(1.0 - e.hi, -9.0),
		.hi = fmax(1.0 - e.lo, -9.0),
	};
	ev->observed_pps = sum->s > 0.0 ? sum->k / sum->s : 0.0;
	ev->evidence = c->driver->episode->evidence;
	ev->threshold = c->driver->h;
}

void lull_assess_missed(struct lull_candidate *c, const struct lull_detect_env *env)
{
	struct lull_blind_sum blind = lull_blind_since(env->blind, c->ev.onset.ns);
	c->ev.loss = blind.loss;
	c->ev.lost_packets = blind.lost;
}

// While a port is dark its traffic is missing, which is no news about anybody; the control is
// compared from its return on.
struct lull_control_view lull_assess_tap(
	struct lull_candidate *c, const struct lull_detect_env *env)
{
	uint64_t dark_ns = env->blind->dark_ns;
	if (dark_ns > c->tap_from_ns && dark_ns < env->now_ns)
		c->tap_from_ns = dark_ns;
	struct lull_control_view v = lull_control_since(env->control, &env->watch, c->tap_from_ns);
	if (dark_ns >= env->now_ns && v.health != LULL_TAP_FAILED) {
		v.health = LULL_TAP_DEGRADED;
		v.one_port = true;
		v.waiting = false;
	}
	c->ev.tap = v.health;
	if (env->blind->gone && v.health == LULL_TAP_HEALTHY)
		c->ev.tap = LULL_TAP_DEGRADED; // of what is left all can be believed
	c->ev.control_ratio = v.ratio.value;
	return v;
}

// `all` without `one`, over the seconds of `all`: windows differ where bins do, rates compare.
static struct lull_recent_sum without(struct lull_recent_sum all, struct lull_recent_sum one)
{
	double f = one.s > 0.0 ? all.s / one.s : 0.0;
	all.k = fmax(all.k - one.k * f, 0.0);
	all.l -= one.l * f;
	return all;
}

static bool arrives(struct lull_recent_sum sum, double phi, double least)
{
	return sum.l >= fmax(ENOUGH * phi, least) && lull_gamma_share(sum.k, sum.l, phi).lo > 0.3;
}

bool lull_assess_seen(const struct lull_candidate *c, const struct lull_detect_env *env)
{
	const struct lull_subject *t = c->subject;
	uint64_t from = c->tap_from_ns;
	struct lull_recent_sum out = lull_watch_since(&t->out, &env->watch, from), in = {0};
	if (t->in)
		in = lull_watch_since(t->in, &env->watch, from);
	if (t->in && arrives(in, t->in->base.phi, 0.0))
		return true;
	if (c->upstream != LULL_ALL_UPSTREAMS) { // the other upstreams of the target
		struct lull_recent_sum one = lull_watch_since(c->driver, &env->watch, from);
		if (arrives(without(out, one), t->out.base.phi, 0.0))
			return true;
	}
	const struct lull_watch *w = &env->control->world;
	if (!w->known)
		return false;
	struct lull_recent_sum world = lull_watch_since(w, &env->watch, from);
	return arrives(without(without(world, out), in), w->base.phi, 0.05 * world.l);
}

enum lull_gone lull_assess_gone(const struct lull_subject *t, const struct lull_watch *branch,
	uint64_t from_ns, const struct lull_detect_env *env)
{
	const struct lull_watch *all = &t->out;
	struct lull_recent_sum total = lull_watch_since(all, &env->watch, from_ns);
	struct lull_recent_sum one = lull_watch_since(branch, &env->watch, from_ns);
	if (!all->known || !(total.s > 0.0) || !(one.s > 0.0))
		return LULL_GONE_UNCLEAR;
	double lost = (one.l - one.k) / one.s, missing = (total.l - total.k) / total.s;
	double noise = sqrt(all->base.phi * total.l) / total.s;
	if (missing + 2.0 * noise <= 0.6 * lost)
		return LULL_GONE_MOVED;
	return remaining(all, total.k, total.l).hi < 1.0 && missing - 2.0 * noise > 0.4 * lost
		       ? LULL_GONE_LOST
		       : LULL_GONE_UNCLEAR;
}

enum lull_gone lull_assess_stopped(const struct lull_subject *t, const struct lull_watch *feature,
	const struct lull_detect_env *env)
{
	const struct lull_watch *all = &t->out;
	// The bin in which it fell is neither before nor after.
	uint64_t from_ns =
		lull_ecusum_tau(&feature->bank, &feature->starts, 0.5 * (double)feature->h);
	if (from_ns == LULL_TIME_NONE)
		return LULL_GONE_UNCLEAR;
	struct lull_recent_sum sum = lull_watch_since(all, &env->watch, from_ns);
	if (!(sum.l > 0.0) || !(sum.s > 0.0))
		return LULL_GONE_UNCLEAR;
	if (lull_gamma_share(sum.k, sum.l, all->base.phi).lo > STAYED)
		return LULL_GONE_MOVED;
	double k = sum.k / (double)all->base.phi, l = sum.l / (double)all->base.phi;
	return lull_ecusum_stretch(k, (double)all->base.rho * l) >= BORNE_OUT ? LULL_GONE_LOST
									      : LULL_GONE_UNCLEAR;
}

struct tally {
	double fell, stayed, open; // packets per second expected of upstreams that did each
	double lost, gained;       // packets per second
};

static void add_part(struct lull_candidate *c, struct tally *n, const struct lull_branch *b,
	const struct lull_detect_env *env)
{
	struct lull_recent_sum sum = lull_watch_since(b->out, &env->watch, c->after_ns);
	if (!(sum.l > 0.0) || !(sum.s > 0.0))
		return;
	struct lull_estimate e = lull_gamma_share(sum.k, sum.l, b->out->base.phi);
	double limit = fmax(b->out->base.rho, STAYED);
	double expected = sum.l / sum.s, observed = sum.k / sum.s;
	if (e.hi < limit) {
		n->fell += expected;
		n->lost += expected - observed;
	} else {
		*(e.lo >= STAYED ? &n->stayed : &n->open) += expected;
		n->gained += fmax(observed - expected, 0.0);
	}
	if (c->ev.n_parts < LULL_SCOPE_PARTS)
		c->ev.parts[c->ev.n_parts++] = (struct lull_scope_part){
			.upstream = env->upstreams.names[b->upstream],
			.expected_pps = expected,
			.observed_pps = observed,
			.lost = fmax(1.0 - sum.k / sum.l, -9.0),
		};
}

void lull_assess_scope(struct lull_candidate *c, const struct lull_detect_env *env)
{
	struct tally n = {0};
	c->ev.n_parts = 0;
	for (size_t i = 0; i < c->subject->n_branches; i++) {
		const struct lull_branch *b = &c->subject->branches[i];
		if (b->out && b->out->known)
			add_part(c, &n, b, env);
	}
	double all = n.fell + n.stayed + n.open;
	if (c->ev.n_parts < 2 || n.fell <= 0.0)
		c->ev.scope = LULL_SCOPE_UNKNOWN;
	else if (n.gained >= 0.5 * n.lost)
		c->ev.scope = LULL_SCOPE_MOVED;
	else if (n.stayed > 0.0)
		c->ev.scope = LULL_SCOPE_SOME;
	else
		c->ev.scope = n.fell >= 0.9 * all ? LULL_SCOPE_ALL : LULL_SCOPE_UNKNOWN;
}
