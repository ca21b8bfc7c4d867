// SPDX-License-Identifier: BSD-3-Clause
// Judge first, then learn: a bin never teaches the forecast it is judged by, and nothing is
// learnt from the first sign of suspicion on.

#include "watch.h"
#include "bank.h"
#include "hear.h"
#include "past.h"
#include "pick.h"
#include "recovery.h"
#include "tail.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>

#define SUSPICION 2.0f   // nats at which learning stops
#define MIN_BINS 20      // bins behind a first judgement, whatever their length
#define MIN_PACKETS 20.0 // times phi: packets behind a level that counts
// Silence that would take longer to see is not measurable. Until the weekly profile is known a
// night is a fall too, so proof must be quicker than an evening.
// All of it counts in bins, too, where bins are long.
#define BLIND_S (6 * 3600.0)
#define BLIND_UNSHAPED_S (2 * 3600.0)
#define BLIND_BINS 12.0
#define DRIFT_S 3600.0       // a suspicion this old without proof is drift, as long as that is so
#define SURGE_S (6 * 3600.0) // a surge this long is the new level
#define HOLE_S 3600.0        // a hole this long makes the level old
#define HOLE_BINS 5.0
#define UNRIPE_BINS 6
#define LESSON_S 5.0f // what a calm series hears before it learns from it
#define AGAIN_BINS 16 // before a dense series is asked again whether it can be measured
#define RECHOOSE_NS (1200 * LULL_NS_PER_SECOND)

static double bin_seconds(const struct lull_watch *s, const struct lull_watch_env *env)
{
	return 1e-9 * (double)env->ladder->rungs[s->rung].bin_ns;
}

double lull_watch_threshold(const struct lull_watch *s, const struct lull_watch_env *env)
{
	return lull_ecusum_threshold(
		lull_ecusum_alpha(env->config->budget_per_day, s->weight, bin_seconds(s, env)));
}

void lull_watch_weigh(struct lull_watch *s, const struct lull_watch_env *env, double weight)
{
	s->weight = weight;
	if (!s->alarmed)
		s->h = (float)lull_watch_threshold(s, env);
}

static void set_rung(
	struct lull_watch *s, const struct lull_watch_env *env, size_t rung, uint64_t time_ns)
{
	s->rung = s->wanted = (uint8_t)rung;
	s->base.shortest = rung == 0;
	s->rung_bins = 0;
	s->chosen_ns = time_ns;
	s->fresh = env->ladder->rungs[rung].span.len_ns > 0;
	s->h = (float)lull_watch_threshold(s, env);
}

static void warm_up(struct lull_watch *s, const struct lull_watch_env *env, double share)
{
	s->state = LULL_LEARNING;
	s->warm_s = (float)(share * 1e-9 * (double)env->config->warmup_ns);
	s->warm_bins = share < 1.0 ? MIN_BINS / 4 : MIN_BINS;
}

static void reset_statistics(struct lull_watch *s)
{
	lull_ecusum_reset(&s->bank);
	s->suspect_ns = LULL_TIME_NONE;
	s->surging = false;
}

void lull_watch_init(struct lull_watch *s, const struct lull_watch_env *env, double weight,
	const struct lull_watch_seed *seed, uint64_t time_ns)
{
	*s = (struct lull_watch){.weight = weight, .last_ns = LULL_TIME_NONE};
	lull_baseline_init(&s->base);
	reset_statistics(s);
	warm_up(s, env, 1.0);
	if (seed->seen_s > 0.0) {
		s->base.lev = (float)(seed->packets / seed->seen_s);
		s->base.seen_s = (float)seed->seen_s;
		s->base.learnt_s = seed->seen_s;
		s->base.packets = (float)seed->packets;
		s->warm_s -= (float)seed->seen_s;
	}
	set_rung(s, env, lull_ladder_choose(env->ladder, 0.5 * seed->rate), time_ns);
	s->fresh = s->rung > 0; // it came to be inside a bin; the base bin alone is whole
}

void lull_watch_finish(struct lull_watch *s)
{
	lull_baseline_finish(&s->base);
	free(s->recent);
	free(s->episode);
	s->recent = NULL;
	s->episode = NULL;
}

double lull_watch_rate(const struct lull_watch *s, uint64_t time_ns)
{
	return (double)(s->base.lev * lull_baseline_profile(&s->base, time_ns));
}

double lull_watch_delay(
	const struct lull_watch *s, const struct lull_watch_env *env, uint64_t time_ns)
{
	uint64_t bin_ns = env->ladder->rungs[s->rung].bin_ns;
	return (double)lull_baseline_delay(&s->base, time_ns, s->h, bin_ns);
}

static bool measurable(
	const struct lull_watch *s, const struct lull_watch_env *env, uint64_t time_ns)
{
	if ((double)s->base.packets < MIN_PACKETS * (double)s->base.phi)
		return false;
	if (env->config->min_rate > 0.0)
		return lull_watch_rate(s, time_ns) >= env->config->min_rate;
	double limit = lull_baseline_shaped(&s->base) ? BLIND_S : BLIND_UNSHAPED_S;
	limit = fmax(limit, BLIND_BINS * bin_seconds(s, env));
	return lull_watch_delay(s, env, time_ns) <= (s->state == LULL_UP ? 1.0 : 0.8) * limit;
}

// Mid regime: bins with about one effective packet. Re-chosen seldom, with room between up and
// down; while learning as soon as the rate is plain.
static void choose_rung(struct lull_watch *s, const struct lull_watch_env *env, uint64_t now_ns)
{
	if (s->state != LULL_LEARNING && now_ns - s->chosen_ns < RECHOOSE_NS)
		return;
	double rate = (double)(s->base.rho * s->base.lev / s->base.phi);
	if (s->state == LULL_LEARNING) {
		size_t best = lull_ladder_choose(env->ladder, rate);
		if (s->rung_bins >= MIN_BINS - 4 && best > s->rung)
			s->wanted = (uint8_t)(s->rung + 1);
		else if (s->rung_bins >= 2 && best < s->rung)
			s->wanted = (uint8_t)best;
		return;
	}
	s->chosen_ns = now_ns;
	if (rate * bin_seconds(s, env) < 0.5 * LULL_RUNG_LEAST && s->rung + 1u < env->ladder->n)
		s->wanted = (uint8_t)(s->rung + 1);
	else if (s->rung > 0 && rate * 1e-9 * (double)env->ladder->rungs[s->rung - 1].bin_ns >=
					1.5 * LULL_RUNG_LEAST)
		s->wanted = (uint8_t)(s->rung - 1);
}

// It learnt from so many bins.
static void advance(struct lull_watch *s, const struct lull_watch_env *env, unsigned bins,
	double exposure_s, uint64_t now_ns)
{
	s->rung_bins += bins;
	s->warm_s -= s->warm_s > 0.0f ? (float)exposure_s : 0.0f;
	s->warm_bins -= s->warm_bins > 0;
	choose_rung(s, env, now_ns);
	if (s->warm_s > 0.0f || s->warm_bins > 0)
		return;
	if (s->state == LULL_UP && s->rung == 0 && s->base.bins % AGAIN_BINS >= bins)
		return;
	s->state = measurable(s, env, now_ns) ? LULL_UP : LULL_NOT_MEASURABLE;
	// Too bursty for a fall to show in useful time, it can still rise.
	s->known |= s->state == LULL_UP || env->config->both;
}

// 0 or -ENOMEM.
static int open_episode(struct lull_watch *s)
{
	if (s->episode)
		return 0;
	s->episode = malloc(sizeof(*s->episode));
	if (!s->episode)
		return -ENOMEM;
	*s->episode = (struct lull_episode){.first_ns = LULL_TIME_NONE,
		.before_ns = LULL_TIME_NONE,
		.surge_ns = LULL_TIME_NONE,
		.surge_last_ns = LULL_TIME_NONE,
		.alarm_ns = LULL_TIME_NONE};
	return 0;
}

static int judge_surge(struct lull_watch *s, const struct lull_recent_bin *b, float top)
{
	if (!s->surging && top >= s->h) {
		if (open_episode(s))
			return -ENOMEM;
		s->surging = true;
		s->episode->surge_ns = b->start_ns;
		s->episode->surge_peak = 0.0f;
	} else if (s->surging && top <= 0.0f) {
		s->surging = false;
	}
	if (!s->surging)
		return 0;
	struct lull_episode *e = s->episode;
	e->surge_last_ns = b->start_ns + b->len_ns;
	if (s->base.rho * b->k > b->l)
		e->surge_high_ns = e->surge_last_ns;
	if (b->l > 0.0f)
		e->surge_peak = lull_greater(e->surge_peak, lull_lesser(b->k / b->l, 1e30f));
	return 0;
}

// A slow decline is followed, not proven: the suspicion froze the level, so without this an
// evening would end as an outage.
static bool drifted(const struct lull_watch *s, const struct lull_watch_env *env, uint64_t end_ns)
{
	if (s->alarmed || s->suspect_ns == LULL_TIME_NONE)
		return false;
	double age = 1e-9 * (double)(end_ns - s->suspect_ns), limit = BLIND_S;
	if (!lull_baseline_shaped(&s->base))
		limit = fmax(DRIFT_S, 2.0 * lull_watch_delay(s, env, end_ns));
	return age > fmax(limit, BLIND_BINS * bin_seconds(s, env));
}

// Seconds since the levels were frozen.
static double frozen_s(const struct lull_watch *s, uint64_t now_ns)
{
	return s->suspect_ns < now_ns ? 1e-9 * (double)(now_ns - s->suspect_ns) : 0.0;
}

static int judge_fall(struct lull_watch *s, const struct lull_recent_bin *b, float top)
{
	s->suspect_ns =
		top >= SUSPICION ? lull_ecusum_tau(&s->bank, &s->starts, 0.0) : LULL_TIME_NONE;
	if (s->alarmed && !s->recovered)
		s->episode->evidence = lull_greater(s->episode->evidence, top);
	if (s->recovered && top >= 0.75f * s->h)
		lull_watch_relapse(s);
	if (s->alarmed || top < s->h || s->state != LULL_UP)
		return 0;
	if (open_episode(s))
		return -ENOMEM;
	s->alarmed = true;
	s->recovered = false;
	s->episode->evidence = top;
	s->episode->fell_below = s->floor;
	s->episode->alarm_ns = b->start_ns + b->len_ns;
	lull_recovery_start(s);
	return 0;
}

// While it is not judged, a level that moved away under it is forgotten: a capture may begin in
// an outage or a flood.
static void judge_unripe(
	struct lull_watch *s, const struct lull_watch_env *env, const struct lull_recent_bin *b)
{
	uint64_t end_ns = b->start_ns + b->len_ns, since_ns = end_ns;
	if (s->state == LULL_LEARNING && s->suspect_ns != LULL_TIME_NONE &&
		lull_ecusum_tau(&s->bank, &s->starts, (double)s->h * (1.0 - 1e-6)) !=
			LULL_TIME_NONE)
		since_ns = s->suspect_ns;
	if (s->surging && s->episode->surge_ns < since_ns)
		since_ns = s->episode->surge_ns;
	// A burst, or the lull between two, is not a level that moved away.
	if (since_ns == end_ns || end_ns - since_ns < UNRIPE_BINS * b->len_ns)
		return;
	if (s->base.profile) { // a known series waking up: its level is old, not its shape
		lull_baseline_doubt(&s->base, 0.0);
		warm_up(s, env, 0.1);
	} else {
		lull_baseline_restart(&s->base);
		warm_up(s, env, 1.0);
	}
	reset_statistics(s);
	double rate = (double)b->k / (1e-9 * (double)b->len_ns);
	size_t rung = lull_ladder_choose(env->ladder, 0.5 * rate);
	if (rung < s->rung)
		s->wanted = (uint8_t)rung;
}

static uint64_t surge_ns(const struct lull_watch *s, const struct lull_watch_env *env)
{
	return (uint64_t)(1e9 * fmax(SURGE_S, BLIND_BINS * bin_seconds(s, env)));
}

static int statistics(
	struct lull_watch *s, const struct lull_watch_env *env, const struct lull_recent_bin *b)
{
	if (s->alarmed)
		lull_recovery_judge(s, b);
	float per_phi = 1.0f / s->base.phi;
	struct lull_ecusum_bin bin = {b->k * s->per_grain, s->floor * b->l * s->per_grain,
		b->k * per_phi, b->l * per_phi / s->base.rho};
	struct lull_ecusum_tops top =
		lull_ecusum_update(&s->bank, &s->starts, bin, s->h, b->start_ns);
	if (b->len_ns >= LULL_PLAIN_NS && lull_baseline_plain(&s->base, b->k, s->floor * b->l))
		top = lull_ecusum_update(&s->bank, &s->starts, bin, s->h, b->start_ns);
	if (top.fall < SUSPICION && top.surge < s->h && lull_watch_calm(s))
		return 0;
	if (judge_surge(s, b, top.surge) || judge_fall(s, b, top.fall))
		return -ENOMEM;
	if (drifted(s, env, b->start_ns + b->len_ns))
		lull_watch_clear(s, env);
	if (s->state != LULL_UP)
		judge_unripe(s, env, b);
	else if (s->surging && !s->alarmed &&
		 b->start_ns - s->episode->surge_ns >= surge_ns(s, env))
		lull_watch_relearn(s, env);
	return 0;
}

static bool frozen(const struct lull_watch *s)
{
	if (s->held || s->alarmed || s->surging)
		return true;
	// Suspicion is no reason while there is nothing to suspect yet.
	return s->suspect_ns != LULL_TIME_NONE && s->state == LULL_UP;
}

// What it is judged by from a bin on, until it learns or what it learnt is in doubt.
static void aim(struct lull_watch *s, uint64_t start_ns, uint64_t len_ns)
{
	uint64_t middle_ns = start_ns + len_ns / 2;
	lull_baseline_near(&s->base, middle_ns);
	s->rate = (float)lull_watch_rate(s, middle_ns);
	s->floor = lull_baseline_floor(&s->base, middle_ns, frozen_s(s, start_ns));
	s->per_grain = 1.0f / lull_baseline_grain(&s->base, 1e-9f * (float)len_ns);
	s->base.aimed = true;
}

bool lull_watch_dull(const struct lull_watch *s)
{
	const struct lull_heard *h = &s->base.heard;
	return h->bins > 0 && h->exposure_s * (float)(h->bins + 1u) < LESSON_S * (float)h->bins;
}

// A calm series at short bins learns from several at once; what is yet to be known wants each.
static int learn(struct lull_watch *s, const struct lull_watch_env *env,
	const struct lull_recent_bin *b, const struct lull_period *span, uint64_t middle_ns)
{
	struct lull_baseline *base = &s->base;
	float exposure_s = (float)span->exposure_s, heard_s = base->heard.exposure_s + exposure_s;
	if (s->state != LULL_LEARNING && heard_s < LESSON_S) {
		lull_baseline_hear(
			base, env->config, b->k, b->l, exposure_s, (float)span->common_s);
		return 0;
	}
	unsigned bins = base->heard.bins + 1u;
	lull_baseline_release(base, env->config);
	int err = lull_baseline_learn(base, env->config, (double)s->k, (double)b->l,
		span->exposure_s, span->common_s, middle_ns);
	if (err)
		return err;
	advance(s, env, bins, (double)heard_s, span->start_ns + span->len_ns);
	// At short bins now is as good as then, and all that it takes is at hand.
	if (bins > 1)
		aim(s, span->start_ns + span->len_ns, span->len_ns);
	return 0;
}

static int judge(
	struct lull_watch *s, const struct lull_watch_env *env, const struct lull_period *span)
{
	uint64_t middle_ns = span->start_ns + span->len_ns / 2;
	if (!s->base.aimed)
		aim(s, span->start_ns, span->len_ns);
	// Counts are far below 2^63, and signed numbers convert in one instruction.
	float k = (float)(int64_t)s->k, l = s->rate * (float)span->common_s;
	struct lull_recent_bin b = {span->start_ns, span->len_ns, k, l};
	if (!s->recent && !s->wide && s->wary == 0 && lull_watch_calm(s))
		lull_tail_add(&s->tail, &b, &s->last);
	else if (lull_past_add(s, &b))
		return -ENOMEM;
	s->last = b;
	s->judged++;
	if (s->base.bins >= MIN_BINS && statistics(s, env, &b))
		return -ENOMEM;
	if (!frozen(s))
		return learn(s, env, &b, span, middle_ns);
	bool doubt = !s->alarmed && !s->surging && s->suspect_ns != LULL_TIME_NONE;
	int err = lull_baseline_catch_up(&s->base, env->config, middle_ns);
	return err ? err
		   : lull_baseline_hold(&s->base, b.k, b.l, span->exposure_s, span->common_s,
			     middle_ns, doubt);
}

static void empty(struct lull_watch *s)
{
	s->k = 0;
	if (s->episode)
		s->episode->first_ns = LULL_TIME_NONE;
}

int lull_watch_judge(
	struct lull_watch *s, const struct lull_watch_env *env, const struct lull_period *span)
{
	int err = 0;
	if (s->fresh)
		s->fresh = false;
	else if (span->common_s > 0.0)
		err = judge(s, env, span);
	empty(s);
	return err;
}

int lull_watch_move(struct lull_watch *s, const struct lull_watch_env *env)
{
	// The tail holds bins of one length.
	if (s->known && lull_past_widen(s))
		return -ENOMEM;
	set_rung(s, env, s->wanted, s->chosen_ns);
	lull_baseline_rescale(&s->base);
	return 0;
}

int lull_watch_gap(
	struct lull_watch *s, const struct lull_watch_env *env, uint64_t gap_ns, uint64_t now_ns)
{
	double hole_s = fmax(HOLE_S, HOLE_BINS * bin_seconds(s, env));
	empty(s);
	if (lull_baseline_catch_up(&s->base, env->config, s->last.start_ns + s->last.len_ns / 2))
		return -ENOMEM;
	lull_baseline_break(&s->base);
	// The tail ends at a hole; what a suspicion began with is needed still.
	if (s->known && (s->recent || s->suspect_ns != LULL_TIME_NONE) && lull_past_widen(s))
		return -ENOMEM;
	if (s->alarmed) {
		s->episode->recovery.k = s->episode->recovery.l = 0.0f;
		s->episode->recovery.since_ns = now_ns;
		return 0; // the outage and the forecast it is measured by stay
	}
	if (1e-9 * (double)gap_ns < hole_s)
		return 0; // a bin without counts is no evidence for anything: what there is stands
	reset_statistics(s);
	if (s->state != LULL_LEARNING) {
		lull_baseline_doubt(&s->base, 0.0);
		warm_up(s, env, 0.1);
	}
	return 0;
}

void lull_watch_clear(struct lull_watch *s, const struct lull_watch_env *env)
{
	s->alarmed = s->recovered = false;
	s->h = (float)lull_watch_threshold(s, env); // an alarm keeps its own through a reload
	reset_statistics(s);
	lull_baseline_doubt(&s->base, 1e-10 * (double)env->config->level_ns);
}

void lull_watch_relearn(struct lull_watch *s, const struct lull_watch_env *env)
{
	s->alarmed = s->recovered = false;
	s->h = (float)lull_watch_threshold(s, env); // an alarm keeps its own through a reload
	reset_statistics(s);
	lull_baseline_shift(&s->base);
	warm_up(s, env, 0.1);
}

void lull_watch_tend(struct lull_watch *s, const struct lull_watch_env *env, uint64_t now_ns)
{
	if (!s->alarmed)
		return;
	uint64_t hold_ns = 5 * env->ladder->rungs[s->rung].bin_ns;
	if (s->recovered && lull_watch_settled(s, hold_ns, now_ns) == 1)
		lull_watch_clear(s, env);
	else if (!s->recovered && now_ns - s->episode->alarm_ns >= surge_ns(s, env) &&
		 s->last.k > 0.0f)
		lull_watch_relearn(s, env);
}

struct lull_recent_sum lull_watch_since(
	const struct lull_watch *s, const struct lull_watch_env *env, uint64_t from_ns)
{
	struct lull_recent_sum sum = {0};
	const struct lull_period *span = &env->ladder->rungs[s->rung].span;
	if (s->known)
		sum = lull_watch_judged(s, from_ns);
	if (span->len_ns > 0 && span->start_ns >= from_ns && !s->fresh) {
		sum.k += (double)s->k;
		sum.l += lull_watch_rate(s, span->start_ns) * span->common_s;
		sum.s += 1e-9 * (double)span->len_ns;
	}
	return sum;
}
