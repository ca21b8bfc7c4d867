// SPDX-License-Identifier: BSD-3-Clause
// One series: baseline, statistics, history. What can be derived (the sum of the profile,
// thresholds of calm series) is derived, so that it cannot contradict what it comes from.

#include "state.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>

#define HUGE LULL_STATE_HUGE
#define AGE LULL_STATE_AGE_S
#define NATS 1e31

static void profile(struct lull_state_walk *w, struct lull_baseline *b)
{
	bool is = lull_state_bool(w, b->profile != NULL);
	if (!is)
		return;
	if (!w->saving && !(b->profile = calloc(1, sizeof(*b->profile)))) {
		lull_state_bad(w, -ENOMEM);
		return;
	}
	struct lull_profile *p = b->profile;
	for (size_t i = 0; i < LULL_PROFILE_SLOTS; i++) {
		float rate = (float)lull_state_real(w, (double)p->rate[i], 0.0, HUGE);
		uint8_t n = lull_state_u8(w, p->n[i], UINT8_MAX);
		if (w->saving)
			continue;
		p->rate[i] = rate;
		p->n[i] = n;
	}
	for (size_t i = 0; i < LULL_PROFILE_HOURS; i++) {
		float noise = (float)lull_state_real(w, (double)p->noise[i], 0.0, 1e6);
		if (!w->saving)
			p->noise[i] = noise;
	}
	float thin = (float)lull_state_real(w, (double)p->thin, 0.0, HUGE);
	if (!w->saving)
		p->thin = thin;
	for (size_t i = 0; i < LULL_PROFILE_HOURS; i++) {
		float held = (float)lull_state_real(w, (double)p->held[i], 0.0, HUGE);
		if (!w->saving)
			p->held[i] = held;
	}
	uint32_t from = lull_state_u32(w, p->held_from);
	uint32_t n = (uint32_t)lull_state_u8(w, (uint8_t)p->n_held, LULL_PROFILE_HOURS);
	if (w->saving)
		return;
	p->held_from = from;
	p->n_held = n;
	lull_profile_derive(p);
}

// Single precision, as all that is learnt.
static float real(struct lull_state_walk *w, float x, double lo, double hi)
{
	return (float)lull_state_real(w, (double)x, lo, hi);
}

static void noise(struct lull_state_walk *w, struct lull_noise *to)
{
	struct lull_noise n = *to;
	n.sigma2 = real(w, n.sigma2, -1e6, 1e6);
	n.s = real(w, n.s, 0.0, AGE);
	n.k = real(w, n.k, 0.0, 1e24);
	n.l = real(w, n.l, 0.0, 1e24);
	n.of = real(w, n.of, 0.0, AGE);
	if (!w->saving)
		*to = n;
}

static struct lull_heard heard(struct lull_state_walk *w, struct lull_heard h)
{
	h.k = real(w, h.k, 0.0, 1e24);
	h.l = real(w, h.l, 0.0, 1e24);
	h.level_k = real(w, h.level_k, 0.0, 1e24);
	h.exposure_s = real(w, h.exposure_s, 0.0, AGE);
	h.common_s = real(w, h.common_s, 0.0, AGE);
	h.pairs = real(w, h.pairs, 0.0, 1e30);
	h.bins = (uint16_t)lull_state_u32(w, h.bins);
	h.n_pairs = (uint16_t)lull_state_u32(w, h.n_pairs);
	return h;
}

static void baseline(struct lull_state_walk *w, struct lull_baseline *to)
{
	struct lull_baseline b = *to;
	b.lev = real(w, b.lev, 0.0, HUGE);
	b.seen_s = real(w, b.seen_s, 0.0, AGE);
	b.fast = real(w, b.fast, 0.0, HUGE);
	b.fast_s = real(w, b.fast_s, 0.0, AGE);
	b.fast_full = real(w, b.fast_full, 0.0, 1e30);
	b.learnt_s = lull_state_real(w, b.learnt_s, 0.0, AGE);
	b.packets = real(w, b.packets, 0.0, 1e24);
	b.bins = lull_state_u32(w, b.bins);
	b.fano = real(w, b.fano, 0.0, 1e30);
	b.phi = real(w, b.phi, 1.0, 1e30);
	b.last_ratio = (float)lull_state_real_or_nan(w, (double)b.last_ratio, 0.0, 1e30);
	b.fano_n = (uint16_t)lull_state_u32(w, b.fano_n);
	noise(w, &b.slow);
	noise(w, &b.quick);
	b.rho = real(w, b.rho, 0.029, 0.71);
	b.rho_fast = real(w, b.rho_fast, 0.029, 0.71);
	b.ask = real(w, b.ask, 0.0, (double)LULL_ASK_MOST);
	b.ask_fast = real(w, b.ask_fast, 0.0, 1.0);
	b.rho_of[0] = real(w, b.rho_of[0], -1e6, 1e6);
	b.rho_of[1] = real(w, b.rho_of[1], -1e6, 1e6);
	b.hour = lull_state_u32(w, b.hour);
	b.hour_k = real(w, b.hour_k, 0.0, 1e24);
	b.hour_s = real(w, b.hour_s, 0.0, AGE);
	b.hour_noise = real(w, b.hour_noise, -1e24, 1e24);
	b.hour_blocks = real(w, b.hour_blocks, 0.0, AGE);
	b.held_k = real(w, b.held_k, 0.0, 1e24);
	b.held_s = real(w, b.held_s, 0.0, AGE);
	b.old_lev = real(w, b.old_lev, 0.0, HUGE);
	b.heard = heard(w, b.heard);
	b.doubted.noise = real(w, b.doubted.noise, -1e24, 1e24);
	b.doubted.of = real(w, b.doubted.of, 0.0, AGE);
	b.aimed = lull_state_bool(w, b.aimed);
	profile(w, &b);
	if (w->saving)
		return;
	lull_baseline_derive(&b);
	*to = b;
}

static void statistics(struct lull_state_walk *w, struct lull_watch *s)
{
	struct lull_ecusum bank = s->bank;
	struct lull_ecusum_starts starts = s->starts;
	for (size_t j = 0; j < LULL_ECUSUM_J; j++) {
		bank.c[j] = real(w, bank.c[j], -NATS, NATS);
		starts.tau_ns[j] = lull_state_time(w, starts.tau_ns[j]);
	}
	for (size_t j = LULL_ECUSUM_J; j < LULL_ECUSUM_LANES; j++)
		bank.c[j] = real(w, bank.c[j], -NATS, NATS);
	if (w->saving)
		return;
	s->bank = bank;
	s->starts = starts;
}

static struct lull_recent_bin recent_bin(struct lull_state_walk *w, struct lull_recent_bin b)
{
	b.start_ns = lull_state_span(w, b.start_ns);
	b.len_ns = lull_state_span(w, b.len_ns);
	b.k = (float)lull_state_real(w, (double)b.k, 0.0, 1e30);
	b.l = (float)lull_state_real(w, (double)b.l, 0.0, 1e30);
	return b;
}

static void recent(struct lull_state_walk *w, struct lull_watch *s)
{
	bool is = lull_state_bool(w, s->recent != NULL);
	if (!is)
		return;
	if (!w->saving && !(s->recent = calloc(1, sizeof(*s->recent)))) {
		lull_state_bad(w, -ENOMEM);
		return;
	}
	struct lull_recent *h = s->recent;
	size_t n = lull_state_count(w, h->n, 32, LULL_RECENT_BINS);
	uint64_t end_ns = 0;
	for (size_t i = 0; i < n && w->error == 0; i++) {
		struct lull_recent_bin b = recent_bin(w, h->bins[i]);
		if (w->saving)
			continue;
		if (b.len_ns == 0 || b.start_ns < end_ns)
			lull_state_bad(w, -EBADMSG);
		end_ns = b.start_ns + b.len_ns;
		h->bins[i] = b;
		h->n = i + 1;
	}
}

static void tail(struct lull_state_walk *w, struct lull_watch *s)
{
	struct lull_tail t = s->tail;
	t.n = lull_state_u8(w, t.n, LULL_TAIL_BINS);
	t.next = lull_state_u8(w, t.next, LULL_TAIL_BINS - 1);
	for (size_t i = 0; i < LULL_TAIL_BINS; i++) {
		t.bins[i].k = (uint16_t)lull_state_u32(w, t.bins[i].k);
		t.bins[i].l = (uint16_t)lull_state_u32(w, t.bins[i].l);
	}
	if (!w->saving)
		s->tail = t;
}

static void recovery(struct lull_state_walk *w, struct lull_episode *e)
{
	struct lull_recovery r = e->recovery;
	r.c = real(w, r.c, -NATS, NATS);
	r.remains = real(w, r.remains, 0.0, 0.601);
	r.back = real(w, r.back, 0.0, 0.901);
	r.tau_ns = lull_state_time(w, r.tau_ns);
	r.first_ns = lull_state_time(w, r.first_ns);
	r.quiet_ns = lull_state_time(w, r.quiet_ns);
	r.since_ns = lull_state_time(w, r.since_ns);
	r.k = real(w, r.k, 0.0, 1e31);
	r.l = real(w, r.l, 0.0, 1e31);
	if (!w->saving)
		e->recovery = r;
}

static void episode(struct lull_state_walk *w, struct lull_watch *s)
{
	if (!lull_state_bool(w, s->episode != NULL))
		return;
	if (!w->saving && !(s->episode = calloc(1, sizeof(*s->episode)))) {
		lull_state_bad(w, -ENOMEM);
		return;
	}
	struct lull_episode e = *s->episode;
	e.first_ns = lull_state_time(w, e.first_ns);
	e.before_ns = lull_state_time(w, e.before_ns);
	e.surge_ns = lull_state_time(w, e.surge_ns);
	e.surge_last_ns = lull_state_time(w, e.surge_last_ns);
	e.surge_high_ns = lull_state_time(w, e.surge_high_ns);
	e.alarm_ns = lull_state_time(w, e.alarm_ns);
	e.surge_peak = real(w, e.surge_peak, 0.0, 1e31);
	e.evidence = real(w, e.evidence, -NATS, NATS);
	e.fell_below = real(w, e.fell_below, 0.0, 1.01);
	recovery(w, &e);
	if (!w->saving)
		*s->episode = e;
}

static void figures(struct lull_state_walk *w, struct lull_watch *s)
{
	s->k = lull_state_u64(w, s->k);
	s->last_ns = lull_state_time(w, s->last_ns);
	s->last = recent_bin(w, s->last);
	s->judged = lull_state_u32(w, s->judged);
	s->suspect_ns = lull_state_time(w, s->suspect_ns);
	s->rate = real(w, s->rate, 0.0, HUGE);
	s->floor = real(w, s->floor, 0.0, 1.01);
	s->per_grain = real(w, s->per_grain, 0.0, 1.01);
	s->warm_s = real(w, s->warm_s, -AGE, AGE);
	s->warm_bins = lull_state_u32(w, s->warm_bins);
	s->rung_bins = lull_state_u32(w, s->rung_bins);
	s->chosen_ns = lull_state_time(w, s->chosen_ns);
	s->state = lull_state_u8(w, s->state, LULL_UP);
	s->rung = lull_state_u8(w, s->rung, (uint8_t)(w->d->ladder.n - 1));
	s->place = lull_state_u32(w, s->place);
	s->known = lull_state_bool(w, s->known);
	s->wide = lull_state_bool(w, s->wide);
	s->wary = lull_state_u8(w, s->wary, UINT8_MAX);
	s->fresh = lull_state_bool(w, s->fresh);
	s->surging = lull_state_bool(w, s->surging);
	s->alarmed = lull_state_bool(w, s->alarmed);
	s->recovered = lull_state_bool(w, s->recovered);
	s->h = real(w, s->h, -1e3, 1e3);
}

// What the rest of the code takes for granted of a series.
static bool sound(const struct lull_watch *s)
{
	// Bins are looked back on by their distance from the last one.
	if (s->tail.n > 0 && !s->recent &&
		(s->last.len_ns == 0 || s->last.start_ns / s->tail.n < s->last.len_ns))
		return false;
	if (s->state == LULL_UP && !s->known)
		return false;
	const struct lull_episode *e = s->episode;
	if (s->surging && (!e || e->surge_ns == LULL_TIME_NONE))
		return false;
	if (!s->alarmed)
		return !s->recovered;
	if (!e)
		return false;
	const struct lull_recovery *r = &e->recovery;
	if (s->recovered && (r->tau_ns == LULL_TIME_NONE || r->since_ns == LULL_TIME_NONE))
		return false;
	return s->state == LULL_UP && (s->recent ? s->recent->n : s->tail.n) > 0 &&
	       r->remains > 0.0 && r->back > r->remains && e->alarm_ns != LULL_TIME_NONE &&
	       s->h > 0.0;
}

static void enter(struct lull_state_walk *w, struct lull_watch *s)
{
	if (w->n_watches == w->cap_watches) {
		size_t cap = w->cap_watches ? 2 * w->cap_watches : 64;
		struct lull_watch **grown = realloc(w->watches, cap * sizeof(struct lull_watch *));
		if (!grown) {
			lull_state_bad(w, -ENOMEM);
			return;
		}
		w->watches = grown;
		w->cap_watches = cap;
	}
	w->watches[w->n_watches++] = s;
}

void lull_state_watch(struct lull_state_walk *w, struct lull_watch *s, double weight)
{
	baseline(w, &s->base);
	statistics(w, s);
	recent(w, s);
	tail(w, s);
	episode(w, s);
	if (w->saving) {
		struct lull_watch copy = *s;
		figures(w, &copy);
		return;
	}
	figures(w, s);
	if (!sound(s)) {
		lull_state_bad(w, -EBADMSG);
		return;
	}
	s->weight = weight;
	s->wanted = s->rung;
	s->base.shortest = s->rung == 0;
	if (!s->alarmed)
		s->h = (float)lull_watch_threshold(s, &w->d->env.watch);
	enter(w, s);
}
