// SPDX-License-Identifier: BSD-3-Clause
// A candidate with its event. Names are looked up again; what derives from the candidate's place
// (target, upstream, digest) is not stored.

#include "assess.h"
#include "state.h"
#include "surge.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HUGE LULL_STATE_HUGE
#define RATE 1e24
#define GONE "no longer in the configuration: not watched any more"

static struct lull_instant instant(struct lull_state_walk *w, struct lull_instant i)
{
	i.ns = lull_state_time(w, i.ns);
	i.lo_ns = lull_state_time(w, i.lo_ns);
	i.hi_ns = lull_state_time(w, i.hi_ns);
	bool none = i.ns == LULL_TIME_NONE;
	if (!w->saving &&
		(i.lo_ns > i.ns || i.ns > i.hi_ns || none != (i.lo_ns == LULL_TIME_NONE) ||
			none != (i.hi_ns == LULL_TIME_NONE)))
		lull_state_bad(w, -EBADMSG);
	return i;
}

static struct lull_signals signals(struct lull_state_walk *w, struct lull_signals s)
{
	double x[sizeof(s) / sizeof(double)]; // every signal is one
	memcpy(x, &s, sizeof(x));
	for (size_t i = 0; i < sizeof(x) / sizeof(x[0]); i++)
		x[i] = lull_state_real(w, x[i], 0.0, RATE);
	memcpy(&s, x, sizeof(x));
	return s;
}

static bool printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static void cause(struct lull_state_walk *w, struct lull_cause *c)
{
	lull_state_text(w, c->label ? c->label : "", w->name, sizeof(w->name));
	if (!w->saving && w->name[0]) {
		c->label = lull_cause_label(w->name);
		if (!c->label)
			lull_state_bad(w, -EBADMSG);
	}
	c->weight = lull_state_real(w, c->weight, 0.0, 1.0 + 1e-9);
	lull_state_text(w, c->evidence, c->evidence, sizeof(c->evidence));
	if (!w->saving && !printable(c->evidence))
		lull_state_bad(w, -EBADMSG);
}

static void parts(struct lull_state_walk *w, struct lull_event *ev)
{
	size_t n = lull_state_count(w, ev->n_parts, 26, LULL_SCOPE_PARTS), kept = 0;
	for (size_t i = 0; i < n; i++) {
		struct lull_scope_part p = ev->parts[i];
		p.upstream = lull_state_upstream_name(w, p.upstream);
		p.expected_pps = lull_state_real(w, p.expected_pps, 0.0, RATE);
		p.observed_pps = lull_state_real(w, p.observed_pps, 0.0, RATE);
		p.lost = lull_state_real(w, p.lost, -9.0, 1.0);
		if (p.upstream)
			ev->parts[kept++] = p;
	}
	ev->n_parts = kept;
}

static void id(struct lull_state_walk *w, struct lull_event *ev)
{
	lull_state_text(w, ev->id, ev->id, sizeof(ev->id));
	bool fine = strspn(ev->id, "0123456789abcdef") == 16;
	if (!w->saving && !fine)
		lull_state_bad(w, -EBADMSG);
}

static void figures(struct lull_state_walk *w, struct lull_event *ev)
{
	ev->expected_pps = lull_state_real(w, ev->expected_pps, 0.0, RATE);
	ev->observed_pps = lull_state_real(w, ev->observed_pps, 0.0, RATE);
	ev->lost.value = lull_state_real(w, ev->lost.value, -9.0, 1.0);
	ev->lost.lo = lull_state_real(w, ev->lost.lo, -9.0, 1.0);
	ev->lost.hi = lull_state_real(w, ev->lost.hi, -9.0, 1.0);
	ev->evidence = lull_state_real(w, ev->evidence, -1e30, 1e30);
	ev->threshold = lull_state_real(w, ev->threshold, -1e3, 1e3);
	ev->budget_per_day = lull_state_real(w, ev->budget_per_day, 0.0, HUGE);
	ev->control_ratio = lull_state_real_or_nan(w, ev->control_ratio, 0.0, 1e300);
	ev->lost_packets = lull_state_u64(w, ev->lost_packets);
	ev->bin_ns = lull_state_span(w, ev->bin_ns);
	ev->learnt_ns = lull_state_span(w, ev->learnt_ns);
}

static void event(struct lull_state_walk *w, struct lull_event *ev)
{
	id(w, ev);
	ev->rev = lull_state_u32(w, ev->rev);
	ev->state = (enum lull_state)lull_state_u8(w, (uint8_t)ev->state, LULL_STATES - 1);
	ev->kind = (enum lull_kind)lull_state_u8(w, (uint8_t)ev->kind, LULL_KINDS - 1);
	ev->scope = (enum lull_scope)lull_state_u8(w, (uint8_t)ev->scope, LULL_SCOPES - 1);
	ev->tap = (enum lull_health)lull_state_u8(w, (uint8_t)ev->tap, LULL_HEALTHS - 1);
	ev->loss = (enum lull_loss)lull_state_u8(w, (uint8_t)ev->loss, LULL_LOSS_UNKNOWN);
	ev->revised_ns = lull_state_span(w, ev->revised_ns);
	ev->onset = instant(w, ev->onset);
	ev->end = instant(w, ev->end);
	ev->detected_ns = lull_state_span(w, ev->detected_ns);
	figures(w, ev);
	ev->before = signals(w, ev->before);
	ev->during = signals(w, ev->during);
	parts(w, ev);
	ev->n_causes = lull_state_count(w, ev->n_causes, 12, LULL_CAUSES);
	for (size_t i = 0; i < ev->n_causes; i++) {
		cause(w, &ev->causes[i]);
		if (!w->saving && !ev->causes[i].label)
			lull_state_bad(w, -EBADMSG);
	}
}

void lull_state_surge(struct lull_state_walk *w, struct lull_subject *t)
{
	bool is = lull_state_bool(w, t->surge != NULL);
	if (!is)
		return;
	struct lull_surge u = w->saving ? *t->surge : (struct lull_surge){0};
	struct lull_event ev = {.rev = u.rev};
	memcpy(ev.id, u.id, sizeof(ev.id));
	id(w, &ev);
	memcpy(u.id, ev.id, sizeof(u.id));
	u.rev = lull_state_u32(w, u.rev);
	u.onset = instant(w, u.onset);
	u.detected_ns = lull_state_span(w, u.detected_ns);
	u.expected_pps = lull_state_real(w, u.expected_pps, 0.0, RATE);
	if (w->saving)
		return;
	if (!t->out.known || !t->out.episode || u.onset.ns == LULL_TIME_NONE)
		lull_state_bad(w, -EBADMSG);
	t->surge = malloc(sizeof(*t->surge));
	if (!t->surge)
		lull_state_bad(w, -ENOMEM);
	else
		*t->surge = u;
}

static struct lull_sum sum(struct lull_state_walk *w, struct lull_sum s)
{
	s.k = lull_state_real(w, s.k, 0.0, 1e35);
	s.l = lull_state_real(w, s.l, 0.0, 1e35);
	s.s = lull_state_real(w, s.s, 0.0, LULL_STATE_AGE_S);
	return s;
}

static void progress(struct lull_state_walk *w, struct lull_candidate *c)
{
	c->after_ns = lull_state_span(w, c->after_ns);
	c->tap_from_ns = lull_state_span(w, c->tap_from_ns);
	c->sure = sum(w, c->sure);
	c->maybe = sum(w, c->maybe);
	c->half[0] = sum(w, c->half[0]);
	c->half[1] = sum(w, c->half[1]);
	c->half_ns = lull_state_span(w, c->half_ns);
	c->figure_seen = lull_state_u64(w, c->figure_seen);
	c->driver_seen = lull_state_u64(w, c->driver_seen);
	c->alarm_seen = lull_state_u64(w, c->alarm_seen);
	c->look_ns = lull_state_span(w, c->look_ns);
	c->remains_l = lull_state_real(w, c->remains_l, 0.0, 1e35);
	c->revise_ns = lull_state_u64(w, c->revise_ns);
	c->told_lost = lull_state_real(w, c->told_lost, -9.0, INFINITY);
	c->told_scope = (enum lull_scope)lull_state_u8(w, (uint8_t)c->told_scope, LULL_SCOPES - 1);
	cause(w, &c->told_cause);
	c->fell_state = (enum lull_state)lull_state_u8(w, (uint8_t)c->fell_state, LULL_STATES - 1);
	c->reported = lull_state_bool(w, c->reported);
	c->dated = lull_state_bool(w, c->dated);
	c->sank = lull_state_bool(w, c->sank);
}

static bool fell(enum lull_state s)
{
	return s == LULL_SUSPECTED || s == LULL_CONFIRMED || s == LULL_MEASUREMENT;
}

// What the rest of the code takes for granted of a candidate.
static bool sound(const struct lull_candidate *c)
{
	const struct lull_event *ev = &c->ev;
	if (!fell(c->fell_state) || !(fell(ev->state) || ev->state == LULL_RECOVERING))
		return false;
	if (ev->onset.ns == LULL_TIME_NONE)
		return false;
	if (ev->state == LULL_RECOVERING && ev->end.ns == LULL_TIME_NONE)
		return false;
	// News is told by comparing with what was told before.
	bool told = ev->n_causes > 0 && c->told_cause.label && isfinite(c->told_lost);
	return !c->reported || told || isinf(c->told_lost);
}

void lull_state_candidate(struct lull_state_walk *w, struct lull_candidate *c)
{
	if (w->saving) {
		struct lull_candidate copy = *c;
		event(w, &copy.ev);
		progress(w, &copy);
		return;
	}
	event(w, &c->ev);
	progress(w, c);
	c->ev.config_digest = w->d->env.config->digest;
	if (!sound(c))
		lull_state_bad(w, -EBADMSG);
}

void lull_state_oneway(struct lull_state_walk *w, struct lull_oneway *o)
{
	struct lull_event ev = o->event ? *o->event : (struct lull_event){0};
	bool is = lull_state_bool(w, o->event != NULL);
	uint64_t back_ns = lull_state_span(w, o->back_ns);
	if (!is)
		return;
	event(w, &ev);
	if (w->saving)
		return;
	bool fine = ev.onset.ns != LULL_TIME_NONE && ev.n_causes > 0 && ev.kind == LULL_OUTAGE &&
		    (back_ns > 0 ? ev.state == LULL_RECOVERING && ev.end.ns != LULL_TIME_NONE
				 : ev.state == LULL_SUSPECTED);
	if (!fine)
		lull_state_bad(w, -EBADMSG);
	o->event = malloc(sizeof(*o->event));
	if (!o->event) {
		lull_state_bad(w, -ENOMEM);
		return;
	}
	ev.basis = LULL_FLOWS;
	ev.target = o->target;
	ev.target_name = w->target_name;
	ev.upstream = w->upstreams->names[LULL_ALL_UPSTREAMS];
	ev.config_digest = w->d->env.config->digest;
	*o->event = ev;
	o->back_ns = back_ns;
}

void lull_state_orphan(struct lull_state_walk *w, const struct lull_candidate *c)
{
	if (!c->reported || w->error)
		return;
	struct lull_orphan *grown =
		realloc(w->orphans, (w->n_orphans + 1) * sizeof(struct lull_orphan));
	if (!grown) {
		lull_state_bad(w, -ENOMEM);
		return;
	}
	w->orphans = grown;
	struct lull_orphan *o = &grown[w->n_orphans++];
	*o = (struct lull_orphan){.ev = c->ev,
		.target = strdup(c->ev.target_name),
		.upstream = strdup(c->ev.upstream)};
	if (!o->target || !o->upstream)
		lull_state_bad(w, -ENOMEM);
	snprintf(o->ev.causes[0].evidence, sizeof(o->ev.causes[0].evidence), "%s, was %s", GONE,
		lull_state_name(c->ev.state));
}

void lull_state_tell_orphans(struct lull_state_walk *w)
{
	const struct lull_detect_env *env = &w->d->env;
	for (size_t i = 0; i < w->n_orphans; i++) {
		struct lull_orphan *o = &w->orphans[i];
		struct lull_event *ev = &o->ev;
		ev->target_name = o->target;
		ev->upstream = o->upstream;
		ev->state = LULL_ENDED;
		ev->rev++;
		ev->revised_ns = env->now_ns;
		ev->n_causes = 1;
		ev->causes[0].label = "unknown";
		ev->causes[0].weight = 1.0;
		env->on_event(env->context, ev);
	}
}
