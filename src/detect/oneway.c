// SPDX-License-Identifier: BSD-3-Clause
// The life of an event that rests on flows: suspected, recovering, ended. It lasts until most flows
// go on again; silence says nothing, because flows that give up fall silent, too.

#include "oneway.h"
#include "assess.h"
#include "ecusum.h"
#include "moment.h"
#include <errno.h>
#include <lull/time.h>
#include <lull/upstream.h>
#include <math.h>
#include <stdlib.h>

#define LOSSY 0.2                     // share of flows that repeat themselves on a crowded path
#define MEMORY_S 1200.0               // of the usual share
#define WINDOW_NS UINT64_C(800000000) // what a row's flows are known of
#define REPEAT_NS UINT64_C(200000000) // a first repeat comes no sooner (Linux: RTT + 200 ms),
#define REPEAT_MOST_NS UINT64_C(1000000000) // and no later (RFC 6298, 2.1, in the worst case)
#define IDLE_NS (3600 * LULL_NS_PER_SECOND)
#define HOLD_NS (60 * LULL_NS_PER_SECOND)
#define BACK 4    // flows that must be known before most of them can be said to go on
#define Z2 3.8416 // of a 95 % interval, squared

static const struct lull_instant never = {LULL_TIME_NONE, LULL_TIME_NONE, LULL_TIME_NONE};

struct lull_oneway *lull_oneway_create(uint32_t target)
{
	struct lull_oneway *o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	o->target = target;
	lull_signals_init(&o->signals);
	return o;
}

void lull_oneway_destroy(struct lull_oneway *o)
{
	if (!o)
		return;
	lull_signals_finish(&o->signals);
	free(o->event);
	free(o);
}

int lull_oneway_count(struct lull_oneway *o, const struct lull_row *row, uint64_t start_ns)
{
	if (row->direction == LULL_OUT && row->packets > 0)
		o->out_ns = start_ns;
	if (row->direction == LULL_IN) {
		o->flows = row->flows;
		o->stuck = row->stuck;
	}
	return lull_signals_count(&o->signals, row);
}

// The share of flows that may be stuck without anything being wrong.
static double common(const struct lull_oneway *o)
{
	return fmax(LOSSY, 2.0 * (double)o->usual);
}

static double nats(double k, double n, double p)
{
	double q = k / n;
	if (q <= p)
		return 0.0;
	return k * log(q / p) + (q < 1.0 ? (n - k) * log((1.0 - q) / (1.0 - p)) : 0.0);
}

static double threshold(const struct lull_detect_env *env)
{
	double w = 1.0 / fmax(1.0, (double)lull_targets_count(env->targets));
	double bin_s = 1e-9 * (double)env->config->bin_ns;
	return -log(lull_ecusum_alpha(env->config->detector.budget_per_day, 0.5 * w, bin_s));
}

// Wilson (1927): the share of flows stuck, with its 95 % interval.
static struct lull_estimate share(double k, double n)
{
	double middle = (k + 0.5 * Z2) / (n + Z2);
	double half = sqrt(Z2 * (k * (n - k) / n + 0.25 * Z2)) / (n + Z2);
	return (struct lull_estimate){k / n, fmax(middle - half, 0.0), fmin(middle + half, 1.0)};
}

static void revise(struct lull_oneway *o, const struct lull_detect_env *env, enum lull_state state)
{
	struct lull_event *ev = o->event;
	bool fell = state == LULL_SUSPECTED;
	ev->state = state;
	if (fell) {
		struct lull_blind_sum blind = lull_blind_since(env->blind, ev->onset.ns);
		struct lull_control_view v =
			lull_control_since(env->control, &env->watch, ev->onset.ns);
		ev->loss = blind.loss;
		ev->lost_packets = blind.lost;
		ev->tap = v.health;
		ev->control_ratio = v.health == LULL_TAP_UNVERIFIED ? NAN : v.ratio.value;
		lull_assess_cause_of_flows(ev, &o->signals, env);
	}
	ev->rev++;
	ev->revised_ns = env->now_ns;
	env->on_event(env->context, ev);
}

// What it was at its clearest: later, flows give up one by one.
static void assess(struct lull_oneway *o, const struct lull_detect_env *env)
{
	double evidence = nats((double)o->stuck, (double)o->flows, common(o));
	if (evidence < o->event->evidence)
		return;
	o->event->lost = share((double)o->stuck, (double)o->flows);
	o->event->evidence = evidence;
	o->event->threshold = threshold(env);
}

// First repeats come a while after what they repeat.
static struct lull_instant onset(const struct lull_oneway *o, uint64_t bin_ns)
{
	struct lull_instant at = {.hi_ns = o->fell_ns - REPEAT_NS};
	at.lo_ns = o->calm_ns - REPEAT_MOST_NS - bin_ns;
	at.ns = at.hi_ns - REPEAT_NS > at.lo_ns ? at.hi_ns - REPEAT_NS : at.lo_ns;
	return at;
}

static int open_event(struct lull_oneway *o, const struct lull_detect_env *env)
{
	struct lull_event *ev = o->event = calloc(1, sizeof(*ev));
	if (!ev)
		return -ENOMEM;
	*ev = (struct lull_event){
		.kind = LULL_OUTAGE,
		.basis = LULL_FLOWS,
		.target = o->target,
		.target_name = lull_targets_name(env->targets, o->target),
		.upstream = env->upstreams.names[LULL_ALL_UPSTREAMS],
		.onset = onset(o, env->config->bin_ns),
		.end = never,
		.detected_ns = env->now_ns,
		.budget_per_day = env->config->detector.budget_per_day,
		.bin_ns = env->config->bin_ns,
		.learnt_ns = lull_moment_ns((double)o->seen_s),
		.config_digest = env->config->digest,
	};
	lull_assess_id(ev, env);
	assess(o, env);
	revise(o, env, LULL_SUSPECTED);
	return 0;
}

// Has nothing come out for as long as the flows are known of?
static bool mute(const struct lull_oneway *o, const struct lull_detect_env *env)
{
	return o->out_ns == 0 || o->out_ns + env->config->bin_ns + WINDOW_NS <= env->now_ns;
}

static bool alarming(const struct lull_oneway *o, const struct lull_detect_env *env)
{
	double seen_s = (double)o->seen_s, warm_s = 1e-9 * (double)env->config->detector.warmup_ns;
	return o->flows >= LULL_ONEWAY_LEAST && 2 * o->stuck >= o->flows && seen_s >= warm_s &&
	       o->calm_ns > REPEAT_MOST_NS + env->config->bin_ns && o->fell_ns > 0 &&
	       nats((double)o->stuck, (double)o->flows, common(o)) >= threshold(env) &&
	       mute(o, env);
}

static void note(struct lull_oneway *o, uint64_t now_ns)
{
	if (o->flows == 0)
		return;
	o->heard_ns = now_ns;
	o->stuck_ns = 2 * o->stuck >= o->flows ? now_ns : o->stuck_ns;
	if ((double)o->stuck <= common(o) * (double)o->flows) {
		o->calm_ns = now_ns;
		o->fell_ns = 0;
	} else if (o->fell_ns == 0) {
		o->fell_ns = now_ns;
	}
}

static void learn(struct lull_oneway *o, double exposure_s)
{
	if (o->flows == 0 || !(exposure_s > 0.0))
		return;
	o->seen_s += (float)exposure_s;
	double memory = fmin((double)o->seen_s, fmax(MEMORY_S, exposure_s));
	double q = (double)o->stuck / (double)o->flows;
	o->usual += (float)((q - (double)o->usual) * exposure_s / memory);
}

static void give_up(struct lull_oneway *o)
{
	free(o->event);
	o->event = NULL;
	o->back_ns = 0;
}

static void step_open(struct lull_oneway *o, const struct lull_detect_env *env)
{
	struct lull_event *ev = o->event;
	uint64_t shift_ns = env->config->detector.shift_ns;
	if (o->flows >= BACK && 2 * o->stuck < o->flows) {
		uint64_t start_ns = env->now_ns - env->config->bin_ns;
		o->back_ns = env->now_ns;
		uint64_t lo_ns = o->stuck_ns > WINDOW_NS ? o->stuck_ns - WINDOW_NS : 0;
		lo_ns = lo_ns > ev->onset.ns ? lo_ns : ev->onset.ns;
		ev->end = (struct lull_instant){
			start_ns, lo_ns < start_ns ? lo_ns : start_ns, env->now_ns};
		revise(o, env, LULL_RECOVERING);
	} else if (shift_ns > 0 && env->now_ns >= ev->detected_ns + shift_ns) {
		revise(o, env, LULL_LEVEL_SHIFT);
		give_up(o);
	} else if (o->flows >= LULL_ONEWAY_LEAST) {
		assess(o, env);
	}
}

// A tenth of how long it lasted, five bins and two windows at least, at most a minute.
static void step_recovering(struct lull_oneway *o, const struct lull_detect_env *env)
{
	struct lull_event *ev = o->event;
	uint64_t hold_ns = (ev->end.ns - ev->onset.ns) / 10, least_ns = 5 * env->config->bin_ns;
	hold_ns = hold_ns < HOLD_NS ? hold_ns : HOLD_NS;
	least_ns = least_ns > 2 * WINDOW_NS ? least_ns : 2 * WINDOW_NS;
	hold_ns = hold_ns > least_ns ? hold_ns : least_ns;
	if (o->flows >= LULL_ONEWAY_LEAST && 2 * o->stuck >= o->flows) {
		ev->end = never;
		o->back_ns = 0;
		assess(o, env);
		revise(o, env, LULL_SUSPECTED);
	} else if (env->now_ns >= o->back_ns + hold_ns) {
		revise(o, env, LULL_ENDED);
		o->outages++;
		give_up(o);
	}
}

int lull_oneway_step(
	struct lull_oneway *o, const struct lull_detect_env *env, double exposure, bool silent)
{
	double exposure_s = 1e-9 * (double)env->config->bin_ns * exposure;
	bool half = o->flows >= LULL_ONEWAY_LEAST && 2 * o->stuck >= o->flows;
	int err = 0;
	note(o, env->now_ns);
	if (lull_signals_close(&o->signals, exposure_s, env->now_ns, o->event || half))
		return -ENOMEM;
	if (o->event && o->back_ns > 0)
		step_recovering(o, env);
	else if (o->event)
		step_open(o, env);
	else if (silent && alarming(o, env))
		err = open_event(o, env);
	if (!o->event)
		learn(o, exposure_s);
	o->flows = o->stuck = 0;
	return err;
}

bool lull_oneway_idle(const struct lull_oneway *o, uint64_t now_ns)
{
	return !o->event && o->heard_ns + IDLE_NS <= now_ns;
}

void lull_oneway_last(struct lull_oneway *o, const struct lull_detect_env *env)
{
	if (o->event && o->event->revised_ns != env->now_ns)
		revise(o, env, o->event->state);
}
