// SPDX-License-Identifier: BSD-3-Clause
// Why? A small model anybody can check by hand: each label has a score, a sum of the terms below
// in nats-like units, set by judgement and not fitted to data; weights are exp(score) normalised
// (softmax). A term counts only when its observation was possible; what cannot be seen adds
// nothing, and "unknown" then keeps the weight.
//
//   internal-shutdown    -0.5; all of >= 2 upstreams +1.5, some or moved -2; sharp onset +0.5,
//                        surge before -2.5, none +0.5; inbound keeps arriving +0.5; RST storm -1;
//                        flows toward it stuck, or SYNs unanswered +0.5
//   attack               -1.0; surge before +3.5, none -1; RST storm +0.5; not sharp +0.5
//   upstream-failure     -1.0; some or moved +3, all of >= 2 upstreams -1.5
//   routing-withdrawal   -1.0; no-route errors rose +2.5; flows stuck, or SYNs unanswered -1
//   filtering            -1.5; admin-prohibited errors rose +3; part remains, all paths +1
//   measurement          -3.0; tap unverified +1.5, degraded +3,
//                        failed or to blame +9
//   unknown               0.5; scope unknown +0.5; surge, no-route or admin seen -0.5

#include "assess.h"
#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define HOUR_NS (3600 * LULL_NS_PER_SECOND)
#define SHARP_NS (30 * LULL_NS_PER_SECOND)

struct facts {
	bool all, some, sharp, surge, inbound, inbound_known, rst, noroute, admin, partial;
	bool stuck, unanswered;
	double surge_peak, in_share;
	double sharp_s;
};

// Three times the rate before, and a few packets in all, so that one stray does not count.
static bool rose(double during, double before, double seconds)
{
	return during * seconds >= 3.0 && during >= 3.0 * before + 0.02;
}

// Do half of the flows toward it repeat themselves, which they did not before?
static bool got_stuck(const struct lull_signals *b, const struct lull_signals *d)
{
	return d->tcp_stuck > 0.0 && d->tcp_stuck >= 0.5 * d->tcp_flows &&
	       b->tcp_stuck < 0.25 * b->tcp_flows;
}

// Do connections begin as before, of which none is answered any more?
static bool unanswered(const struct lull_signals *b, const struct lull_signals *d, double seconds)
{
	return d->syn_in * seconds >= 10.0 && d->syn_in >= 0.3 * b->syn_in &&
	       d->synack_out <= 0.1 * d->syn_in && b->synack_out >= 0.3 * b->syn_in;
}

static bool shortly_before(uint64_t ns, uint64_t onset_ns)
{
	return ns != LULL_TIME_NONE && ns + HOUR_NS >= onset_ns;
}

// What the signals say.
static struct facts observe(const struct lull_event *ev, const struct lull_signals_log *log)
{
	const struct lull_signals *b = &ev->before, *d = &ev->during;
	double s = log->rest ? (double)log->rest->during_s : 0.0;
	struct facts f = {
		.all = ev->scope == LULL_SCOPE_ALL,
		.some = ev->scope == LULL_SCOPE_SOME || ev->scope == LULL_SCOPE_MOVED,
		.sharp = ev->onset.hi_ns - ev->onset.lo_ns <= SHARP_NS,
		.sharp_s = 1e-9 * (double)(ev->onset.hi_ns - ev->onset.lo_ns),
		.rst = rose(d->rst_in + d->rst_out, b->rst_in + b->rst_out, s),
		.noroute = rose(d->unreach_noroute, b->unreach_noroute, s),
		.admin = rose(d->unreach_admin, b->unreach_admin, s),
		.partial = ev->lost.hi < 0.9 && !isnan(ev->lost.value) && ev->basis != LULL_FLOWS,
		.unanswered = unanswered(b, d, s),
	};
	const struct lull_signals_rest *in = log->rest;
	if (!in || !in->in)
		return f;
	f.stuck = in->stuck_ns != LULL_TIME_NONE && got_stuck(b, d);
	if (shortly_before(in->syn_ns, ev->onset.ns)) {
		f.surge = true;
		f.surge_peak = (double)in->syn_peak;
	}
	return f;
}

static struct facts gather(const struct lull_candidate *c, const struct lull_detect_env *env)
{
	const struct lull_subject *t = c->subject;
	struct facts f = observe(&c->ev, &t->signals);
	uint64_t onset = c->ev.onset.ns;
	const struct lull_episode *e = t->in ? t->in->episode : NULL;
	if (e && shortly_before(e->surge_last_ns, onset) && e->surge_ns <= onset) {
		f.surge = true;
		f.surge_peak = fmax(f.surge_peak, (double)e->surge_peak);
	}
	if (t->in) {
		struct lull_recent_sum in = lull_watch_since(t->in, &env->watch, c->after_ns);
		f.inbound_known = in.l >= 10.0 * (double)t->in->base.phi;
		f.in_share = in.l > 0.0 ? in.k / in.l : 0.0;
		f.inbound = f.inbound_known && f.in_share > 0.3;
	}
	return f;
}

// Senders that want the target show that the way to it is there, and that nobody answers.
static const char *senders(const struct facts *f)
{
	return f->stuck && f->unanswered ? ", its senders repeat themselves, SYNs unanswered"
	       : f->stuck                ? ", its senders repeat themselves"
	       : f->unanswered           ? ", SYNs unanswered"
					 : "";
}

static struct lull_cause internal_shutdown(const struct facts *f)
{
	struct lull_cause c = {.label = "internal-shutdown", .weight = -0.5};
	c.weight += f->all ? 1.5 : f->some ? -2.0 : 0.0;
	c.weight += f->sharp ? 0.5 : 0.0;
	c.weight += f->surge ? -2.5 : 0.5;
	c.weight += f->inbound ? 0.5 : 0.0;
	c.weight += f->rst ? -1.0 : 0.0;
	c.weight += f->stuck || f->unanswered ? 0.5 : 0.0;
	snprintf(c.evidence, sizeof(c.evidence), "%s, within %.3g s, %s surge before, inbound %s%s",
		f->all    ? "all upstreams fell together"
		: f->some ? "some upstreams stayed"
			  : "upstreams not told apart",
		f->sharp_s, f->surge ? "a" : "no",
		!f->inbound_known ? "not measurable"
		: f->inbound      ? "keeps arriving"
				  : "fell too",
		senders(f));
	return c;
}

static struct lull_cause attack(const struct facts *f)
{
	struct lull_cause c = {.label = "attack", .weight = -1.0};
	c.weight += f->surge ? 3.5 : -1.0;
	c.weight += f->rst ? 0.5 : 0.0;
	c.weight += f->sharp ? 0.0 : 0.5;
	if (f->surge)
		snprintf(c.evidence, sizeof(c.evidence),
			"inbound surge to %.3g times the usual in the hour before", f->surge_peak);
	else
		snprintf(c.evidence, sizeof(c.evidence), "no surge in the hour before");
	return c;
}

static struct lull_cause upstream_failure(const struct lull_event *ev, const struct facts *f)
{
	struct lull_cause c = {.label = "upstream-failure", .weight = -1.0};
	c.weight += f->some ? 3.0 : f->all ? -1.5 : 0.0;
	size_t fell = 0;
	for (size_t i = 0; i < ev->n_parts; i++)
		fell += ev->parts[i].lost > 0.5;
	snprintf(c.evidence, sizeof(c.evidence), "%zu of %zu upstreams fell", fell, ev->n_parts);
	return c;
}

static struct lull_cause withdrawal(const struct lull_event *ev, const struct facts *f)
{
	struct lull_cause c = {.label = "routing-withdrawal", .weight = -1.0};
	c.weight += f->noroute ? 2.5 : 0.0;
	c.weight += f->stuck || f->unanswered ? -1.0 : 0.0;
	snprintf(c.evidence, sizeof(c.evidence), "no-route errors %.3g/s, before %.3g/s%s",
		ev->during.unreach_noroute, ev->before.unreach_noroute, senders(f));
	return c;
}

static struct lull_cause filtering(const struct lull_event *ev, const struct facts *f)
{
	struct lull_cause c = {.label = "filtering", .weight = -1.5};
	c.weight += f->admin ? 3.0 : 0.0;
	c.weight += f->partial && !f->some ? 1.0 : 0.0;
	snprintf(c.evidence, sizeof(c.evidence),
		"admin-prohibited errors %.3g/s, before %.3g/s; %.3g %% remains",
		ev->during.unreach_admin, ev->before.unreach_admin,
		100.0 * fmax(1.0 - ev->lost.value, 0.0));
	return c;
}

static struct lull_cause measurement(const struct lull_event *ev)
{
	static const double terms[LULL_HEALTHS] = {[LULL_TAP_HEALTHY] = 0.0,
		[LULL_TAP_UNVERIFIED] = 1.5,
		[LULL_TAP_DEGRADED] = 3.0,
		[LULL_TAP_FAILED] = 9.0};
	double term = ev->kind == LULL_TAP ? terms[LULL_TAP_FAILED] : terms[ev->tap];
	struct lull_cause c = {.label = "measurement", .weight = -3.0 + term};
	if (isnan(ev->control_ratio))
		snprintf(c.evidence, sizeof(c.evidence), "tap unverified: no control traffic");
	else
		snprintf(c.evidence, sizeof(c.evidence), "tap %s: control traffic at %.3g %%",
			lull_health_name(ev->tap), 100.0 * ev->control_ratio);
	return c;
}

static struct lull_cause unknown(const struct lull_event *ev, const struct facts *f)
{
	struct lull_cause c = {.label = "unknown", .weight = 0.5};
	c.weight += ev->scope == LULL_SCOPE_UNKNOWN ? 0.5 : 0.0;
	c.weight -= f->surge || f->noroute || f->admin ? 0.5 : 0.0;
	snprintf(c.evidence, sizeof(c.evidence), "what passive counts cannot tell apart");
	return c;
}

// Keep the LULL_CAUSES best, in order, with weights that sum to 1. Equal scores keep their order.
static void rank(struct lull_event *ev, struct lull_cause *all, size_t n)
{
	double sum = 0.0;
	for (size_t i = 1; i < n; i++) // insertion sort: seven entries
		for (size_t j = i; j > 0 && all[j].weight > all[j - 1].weight; j--) {
			struct lull_cause swap = all[j];
			all[j] = all[j - 1];
			all[j - 1] = swap;
		}
	ev->n_causes = n < LULL_CAUSES ? n : LULL_CAUSES;
	for (size_t i = 0; i < ev->n_causes; i++) {
		ev->causes[i] = all[i];
		ev->causes[i].weight = exp(all[i].weight);
		sum += ev->causes[i].weight;
	}
	for (size_t i = 0; i < ev->n_causes; i++)
		ev->causes[i].weight /= sum;
}

static void weigh(struct lull_event *ev, const struct facts *f)
{
	struct lull_cause all[] = {
		internal_shutdown(f),
		attack(f),
		upstream_failure(ev, f),
		withdrawal(ev, f),
		filtering(ev, f),
		measurement(ev),
		unknown(ev, f),
	};
	rank(ev, all, sizeof(all) / sizeof(all[0]));
}

static void signals_of(struct lull_event *ev, const struct lull_signals_log *log,
	const struct lull_detect_env *env)
{
	double bin_s = 1e-9 * (double)env->config->bin_ns;
	ev->before = lull_signals_before(log, bin_s);
	ev->during = lull_signals_during(log, bin_s);
}

void lull_assess_cause(struct lull_candidate *c, const struct lull_detect_env *env)
{
	signals_of(&c->ev, &c->subject->signals, env);
	struct facts f = gather(c, env);
	weigh(&c->ev, &f);
}

void lull_assess_cause_of_flows(struct lull_event *ev, const struct lull_signals_log *log,
	const struct lull_detect_env *env)
{
	signals_of(ev, log, env);
	struct facts f = observe(ev, log);
	weigh(ev, &f);
}

const char *lull_cause_label(const char *text)
{
	static const char *const labels[] = {"internal-shutdown", "attack", "upstream-failure",
		"routing-withdrawal", "filtering", "measurement", "unknown"};
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(labels[i], text) == 0)
			return labels[i];
	return NULL;
}
