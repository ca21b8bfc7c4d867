// SPDX-License-Identifier: BSD-3-Clause
// The life of one candidate. Each state has one function, which looks at the series, the tap and
// the clock and says what is next; a change of state is a revision.
//
// Confirmed needs a tap that demonstrably sees: control traffic that kept its level, or, where
// there is none, other traffic (to the target, of its other upstreams, of anybody else) that
// keeps arriving. And it needs to stand even if every packet the ports lost had been the target's;
// where a port cannot tell what it lost, that cannot be said, and suspected is all it will be.

#include "candidate.h"
#include "assess.h"
#include "gamma.h"
#include "moment.h"
#include "subject.h"
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS (120 * LULL_NS_PER_SECOND) // at most this long unreported for the control
#define HOLD_NS (60 * LULL_NS_PER_SECOND)      // at most this long recovering before ended
#define BACK 0.85           // share of the control's forecast that counts as back
#define SILENT 0.95         // fraction lost from which an outage counts as silence
#define MATERIAL 0.02       // change of the fraction lost worth a revision
#define MATERIAL_WEIGHT 0.1 // the same for the weight of the likeliest cause

static const struct lull_instant never = {LULL_TIME_NONE, LULL_TIME_NONE, LULL_TIME_NONE};

static void revise(struct lull_candidate *c, const struct lull_detect_env *env)
{
	struct lull_event *ev = &c->ev;
	lull_assess_loss(c);
	// Once traffic is back, the latest bins no longer say what the outage was like.
	if (!c->reported || (ev->state != LULL_RECOVERING && ev->state != LULL_ENDED)) {
		lull_assess_missed(c, env);
		lull_assess_scope(c, env);
		lull_assess_cause(c, env);
	}
	ev->rev++;
	ev->revised_ns = env->now_ns;
	ev->learnt_ns = lull_moment_ns(c->figure->base.learnt_s);
	ev->bin_ns = env->watch.ladder->rungs[c->driver->rung].bin_ns;
	c->told_lost = ev->lost.value;
	c->told_scope = ev->scope;
	c->told_cause = ev->causes[0];
	// A figure may be corrected once per doubling of the event's age.
	uint64_t age = env->now_ns > ev->onset.ns ? env->now_ns - ev->onset.ns : 0;
	c->revise_ns = env->now_ns + age;
	c->reported = true;
	env->on_event(env->context, ev);
}

static void become(
	struct lull_candidate *c, const struct lull_detect_env *env, enum lull_state state)
{
	c->ev.state = state;
	revise(c, env);
}

struct lull_candidate *lull_candidate_create(struct lull_subject *t, struct lull_watch *driver,
	uint32_t upstream, enum lull_kind kind, const struct lull_detect_env *env)
{
	struct lull_candidate *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->subject = t;
	c->driver = driver;
	c->figure = kind == LULL_REROUTE ? driver : &t->out;
	c->upstream = upstream;
	c->ev = (struct lull_event){
		.state = LULL_SUSPECTED,
		.kind = kind,
		.target = t->target,
		.target_name = lull_targets_name(env->targets, t->target),
		.upstream =
			env->upstreams.names[kind == LULL_REROUTE ? upstream : LULL_ALL_UPSTREAMS],
		.end = never,
		.detected_ns = driver->episode->alarm_ns,
		.budget_per_day = env->config->detector.budget_per_day,
		.control_ratio = NAN,
		.loss = LULL_LOSS_NONE,
		.config_digest = env->config->digest,
	};
	lull_assess_basis(c);
	lull_assess_onset(c, env);
	lull_assess_id(&c->ev, env);
	c->tap_from_ns = c->half_ns = c->ev.onset.ns;
	c->fell_state = LULL_SUSPECTED;
	c->figure_seen = c->figure->judged;
	c->driver_seen = c->alarm_seen = driver->judged;
	return c;
}

static void add(struct lull_sum *to, const struct lull_sum *sum)
{
	to->k += sum->k;
	to->l += sum->l;
	to->s += sum->s;
}

// Bins in which the driver may be coming back are set aside until it is known; after a relapse they
// are part of the event.
static void take_bin(struct lull_candidate *c)
{
	const struct lull_watch *f = c->figure;
	if (f->judged == c->figure_seen)
		return;
	c->figure_seen = f->judged;
	struct lull_sum bin = {(double)f->last.k, (double)f->last.l, 1e-9 * (double)f->last.len_ns};
	add(&c->maybe, &bin);
	if (c->driver->recovered)
		return;
	add(&c->half[0], &bin);
	if (c->driver->episode->recovery.c > 0.0)
		return;
	add(&c->sure, &c->maybe);
	c->maybe = (struct lull_sum){0};
}

// Each time twice as much is known of it.
static void note_remaining(struct lull_candidate *c)
{
	const struct lull_watch *d = c->driver;
	if (d->recovered || d->episode->recovery.c > 0.0)
		return;
	struct lull_recent_sum sum = lull_watch_judged(d, c->after_ns);
	if (sum.l < fmax(3.0 * d->base.phi, 2.0 * c->remains_l))
		return;
	c->remains_l = sum.l;
	lull_watch_remains(c->driver, lull_gamma_share(sum.k, sum.l, d->base.phi).hi);
}

// Is the fall of the control enough to explain what is seen of the target?
static bool blames_tap(const struct lull_candidate *c, const struct lull_control_view *v)
{
	if (v->health == LULL_TAP_FAILED)
		return true;
	double left = 1.0 - c->ev.lost.lo; // at most
	return v->health == LULL_TAP_DEGRADED && !v->one_port &&
	       left >= c->driver->base.rho * v->ratio.lo;
}

// Did the control go when the target went, and is it not back yet?
static bool sank(const struct lull_candidate *c, const struct lull_detect_env *env)
{
	uint64_t lately = env->now_ns > PATIENCE_NS / 2 ? env->now_ns - PATIENCE_NS / 2 : 0;
	if (!c->sank || lately < c->ev.detected_ns)
		return c->sank || lull_control_sank(env->control, &env->watch, c->ev.onset.ns);
	return !(lull_control_since(env->control, &env->watch, lately).ratio.lo > BACK);
}

static bool trusts_tap(const struct lull_candidate *c, const struct lull_control_view *v,
	const struct lull_detect_env *env)
{
	if (env->config->series)
		return true; // nobody here can vouch for it: confirmed says that it lasted
	if (v->health == LULL_TAP_UNVERIFIED)
		return !v->waiting && lull_assess_seen(c, env);
	if (c->sank)
		return false;
	if (v->health == LULL_TAP_HEALTHY)
		return true;
	return v->health == LULL_TAP_DEGRADED && !v->one_port; // and not to blame
}

// Would what was seen, and all that may have been lost, still alarm? Counted from where the
// ports last saw everything there was to see.
static bool survives_loss(const struct lull_candidate *c, const struct lull_detect_env *env)
{
	const struct lull_watch *d = c->driver;
	struct lull_blind_sum blind = lull_blind_since(env->blind, c->ev.onset.ns);
	if (blind.loss == LULL_LOSS_UNKNOWN || env->blind->gone_ns > c->ev.onset.lo_ns)
		return false;
	if (!blind.dark && blind.lost == 0)
		return true;
	uint64_t from = c->after_ns > env->blind->dark_ns ? c->after_ns : env->blind->dark_ns;
	double lost = (double)lull_blind_since(env->blind, from).lost;
	struct lull_recent_sum sum = lull_watch_since(d, &env->watch, from);
	double phi = d->base.phi;
	return lull_ecusum_stretch((sum.k + lost) / phi, d->base.rho * sum.l / phi) >= d->h;
}

static void step_suspected(struct lull_candidate *c, const struct lull_detect_env *env)
{
	struct lull_control_view v = lull_assess_tap(c, env);
	c->sank = sank(c, env);
	lull_assess_loss(c);
	if (blames_tap(c, &v)) {
		c->ev.kind = LULL_TAP;
		c->fell_state = LULL_MEASUREMENT;
		become(c, env, LULL_MEASUREMENT);
		return;
	}
	bool again = c->driver->judged > c->alarm_seen;
	if (!c->reported) {
		if (v.waiting && env->now_ns < c->ev.detected_ns + PATIENCE_NS)
			return;
		become(c, env, LULL_SUSPECTED);
	} else if (again && trusts_tap(c, &v, env) && survives_loss(c, env)) {
		if (!c->dated)
			lull_assess_onset(c, env);
		c->fell_state = LULL_CONFIRMED;
		become(c, env, LULL_CONFIRMED);
	}
}

// The control is back: does the target's fall stand on its own now?
static void step_measurement(struct lull_candidate *c, const struct lull_detect_env *env)
{
	struct lull_watch *d = c->driver;
	uint64_t from = env->control->down_ns;
	if (from >= env->now_ns || from < c->ev.onset.ns)
		from = c->ev.onset.ns;
	struct lull_control_view v = lull_control_since(env->control, &env->watch, from);
	struct lull_recent_sum sum = lull_watch_judged(d, from);
	struct lull_estimate left = lull_gamma_share(sum.k, sum.l, d->base.phi);
	if (v.health != LULL_TAP_HEALTHY || d->base.rho * sum.l < d->h * d->base.phi ||
		left.hi >= d->base.rho)
		return;
	c->ev.kind = LULL_OUTAGE;
	c->ev.onset.hi_ns = from > c->ev.onset.hi_ns ? from : c->ev.onset.hi_ns;
	c->tap_from_ns = c->after_ns = from;
	sum = lull_watch_judged(c->figure, from);
	c->sure = (struct lull_sum){sum.k, sum.l, sum.s};
	c->maybe = (struct lull_sum){0};
	c->fell_state = LULL_SUSPECTED;
	c->alarm_seen = d->judged;
	lull_assess_tap(c, env);
	become(c, env, LULL_SUSPECTED);
}

// After silence the first packet dates the end: arrivals at rate lambda/phi, so the true return
// lies before it by an exponential time. A partial fall is dated to a bin.
static void date_end(struct lull_candidate *c, const struct lull_detect_env *env)
{
	const struct lull_recovery *r = &c->driver->episode->recovery;
	uint64_t bin_ns = env->watch.ladder->rungs[c->driver->rung].bin_ns;
	double rate = lull_watch_rate(c->driver, c->ev.onset.ns) / c->driver->base.phi;
	if (c->ev.lost.value < SILENT || r->first_ns == LULL_TIME_NONE || !(rate > 0.0)) {
		c->ev.end =
			(struct lull_instant){r->tau_ns, r->tau_ns - bin_ns, r->tau_ns + bin_ns};
		return;
	}
	uint64_t reach = lull_moment_ns(-log(env->config->detector.onset_delta) / rate);
	uint64_t lo = r->first_ns > reach ? r->first_ns - reach : 0;
	if (r->quiet_ns != LULL_TIME_NONE && r->quiet_ns > lo && r->quiet_ns < r->first_ns)
		lo = r->quiet_ns;
	c->ev.end = (struct lull_instant){r->first_ns, lo, r->first_ns};
}

// How long it has to stay: a tenth of how long it lasted, at least five bins, at most a minute. A
// partial fall always waits the minute: level noise can lift what remains for some seconds.
static uint64_t hold(const struct lull_candidate *c, uint64_t bin_ns)
{
	uint64_t lasted = c->ev.end.ns > c->ev.onset.ns ? c->ev.end.ns - c->ev.onset.ns : 0;
	uint64_t ns = lasted / 10 < HOLD_NS ? lasted / 10 : HOLD_NS;
	if (c->ev.lost.value < SILENT)
		ns = HOLD_NS;
	return ns > 5 * bin_ns ? ns : 5 * bin_ns;
}

static void step_recovering(struct lull_candidate *c, const struct lull_detect_env *env)
{
	uint64_t bin_ns = env->watch.ladder->rungs[c->driver->rung].bin_ns;
	int settled = lull_watch_settled(c->driver, hold(c, bin_ns), env->now_ns);
	if (settled < 0) {
		c->ev.end = never;
		become(c, env, c->fell_state);
	} else if (settled > 0) {
		become(c, env, LULL_ENDED);
		c->over = true;
	}
}

// Steady and not silent over the last two halves of shift_ns: the new normal.
static bool shifted(struct lull_candidate *c, const struct lull_detect_env *env)
{
	uint64_t half_ns = env->config->detector.shift_ns / 2;
	if (env->now_ns < c->half_ns + half_ns || half_ns == 0)
		return false;
	struct lull_sum now = c->half[0], old = c->half[1];
	c->half[1] = now;
	c->half[0] = (struct lull_sum){0};
	c->half_ns = env->now_ns;
	if (!(old.l > 0.0) || !(now.l > 0.0))
		return false;
	double a = old.k / old.l, b = now.k / now.l, phi = c->figure->base.phi;
	return fmin(a, b) >= 0.02 && now.k >= 20.0 * phi && a < 1.5 * b && b < 1.5 * a;
}

// Often at first, then ever more rarely: an event may stay open for weeks. What is found here
// is what recovery will freeze.
static void look(struct lull_candidate *c, const struct lull_detect_env *env)
{
	c->look_ns = env->now_ns + (env->now_ns - c->ev.detected_ns) / 16;
	if (c->ev.state == LULL_SUSPECTED)
		step_suspected(c, env);
	else if (c->ev.state == LULL_MEASUREMENT)
		step_measurement(c, env);
	if (!c->reported)
		return;
	lull_assess_tap(c, env);
	lull_assess_loss(c);
	lull_assess_scope(c, env);
	lull_assess_cause(c, env);
}

// Would a reader of the last revision want to know?
static bool material(const struct lull_candidate *c)
{
	const struct lull_cause *likeliest = &c->ev.causes[0];
	return fabs(c->ev.lost.value - c->told_lost) > MATERIAL || c->ev.scope != c->told_scope ||
	       strcmp(likeliest->label, c->told_cause.label) != 0 ||
	       fabs(likeliest->weight - c->told_cause.weight) > MATERIAL_WEIGHT;
}

static void step_open(struct lull_candidate *c, const struct lull_detect_env *env)
{
	if (c->driver->recovered) {
		lull_assess_loss(c);
		if (!c->reported) {
			struct lull_control_view v = lull_assess_tap(c, env);
			if (blames_tap(c, &v))
				c->ev.kind = LULL_TAP;
		}
		date_end(c, env);
		lull_blind_stretch(env->blind, c->ev.detected_ns,
			c->driver->episode->recovery.tau_ns, c->ev.end.hi_ns, &c->ev.end);
		become(c, env, LULL_RECOVERING);
		return;
	}
	if (env->now_ns >= c->look_ns)
		look(c, env);
	if (shifted(c, env)) {
		become(c, env, LULL_LEVEL_SHIFT);
		c->over = true;
	} else if (c->reported && env->now_ns >= c->revise_ns) {
		if (material(c))
			revise(c, env);
		else
			c->revise_ns = env->now_ns + (env->now_ns - c->ev.onset.ns);
	}
}

void lull_candidate_step(struct lull_candidate *c, const struct lull_detect_env *env)
{
	take_bin(c);
	if (c->driver->judged == c->driver_seen && c->reported && c->ev.state != LULL_RECOVERING)
		return;
	c->driver_seen = c->driver->judged;
	note_remaining(c);
	if (c->ev.state == LULL_RECOVERING)
		step_recovering(c, env);
	else
		step_open(c, env);
}

void lull_candidate_lead(struct lull_candidate *c, struct lull_watch *driver)
{
	c->driver = driver;
	c->figure = &c->subject->out;
	c->upstream = LULL_ALL_UPSTREAMS;
	lull_assess_basis(c);
	c->figure_seen = c->figure->judged;
	c->driver_seen = c->alarm_seen = driver->judged;
}

void lull_candidate_continue(struct lull_candidate *c, const struct lull_candidate *before)
{
	memcpy(c->ev.id, before->ev.id, sizeof(c->ev.id));
	c->ev.rev = before->ev.rev;
	c->reported = before->reported;
	c->told_lost = INFINITY; // whatever it is, it is news
	c->revise_ns = 0;
}

void lull_candidate_last(struct lull_candidate *c, const struct lull_detect_env *env)
{
	if (!c->reported || c->ev.revised_ns != env->now_ns)
		revise(c, env);
}
