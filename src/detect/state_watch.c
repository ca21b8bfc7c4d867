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
#define NATS 1e30

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

static void noise(struct lull_state_walk *w, struct lull_noise *to)
{
	struct lull_noise n = *to;
	n.sigma2 = lull_state_real(w, n.sigma2, -1e6, 1e6);
	n.s = lull_state_real(w, n.s, 0.0, AGE);
	n.k = lull_state_real(w, n.k, 0.0, 1e24);
	n.l = lull_state_real(w, n.l, 0.0, 1e24);
	n.of = lull_state_real(w, n.of, 0.0, AGE);

	if (!w->saving)
		*to = n;
}

static void baseline(struct lull_state_walk *w, struct lull_baseline *to)
{
	struct lull_baseline b = *to;
	b.lev = lull_state_real(w, b.lev, 0.0, HUGE);
	b.seen_s = lull_state_real(w, b.seen_s, 0.0, AGE);
	b.fast = lull_state_real(w, b.fast, 0.0, HUGE);
	b.fast_s = lull_state_real(w, b.fast_s, 0.0, AGE);
	b.fast_full = lull_state_real(w, b.fast_full, 0.0, AGE);
	b.learnt_s = lull_state_real(w, b.learnt_s, 0.0, AGE);
	b.packets = lull_state_real(w, b.packets, 0.0, 1e24);
	b.bins = lull_state_u64(w, b.bins);
	b.fano = lull_state_real(w, b.fano, 0.0, HUGE);
	b.phi = lull_state_real(w, b.phi, 1.0, 1e20);
	b.last_ratio = lull_state_real_or_nan(w, b.last_ratio, 0.0, 1e300);
	b.fano_n = lull_state_u32(w, b.fano_n);
	noise(w, &b.slow);
	noise(w, &b.quick);
	b.rho = lull_state_real(w, b.rho, 0.03, 0.7);
	b.rho_fast = lull_state_real(w, b.rho_fast, 0.03, 0.7);
	b.ask = lull_state_real(w, b.ask, 0.0, 1.0);
	b.ask_fast = lull_state_real(w, b.ask_fast, 0.0, 1.0);
	b.hour = lull_state_u64(w, b.hour);
	b.hour_k = lull_state_real(w, b.hour_k, 0.0, 1e24);
	b.hour_s = lull_state_real(w, b.hour_s, 0.0, AGE);
	b.hour_noise = lull_state_real(w, b.hour_noise, -1e24, 1e24);
	b.hour_blocks = lull_state_real(w, b.hour_blocks, 0.0, AGE);
	b.held_k = lull_state_real(w, b.held_k, 0.0, 1e24);
	b.held_s = lull_state_real(w, b.held_s, 0.0, AGE);
	b.old_lev = lull_state_real(w, b.old_lev, 0.0, HUGE);
	profile(w, &b);
	if (!w->saving)
		*to = b;
}

static void statistics(struct lull_state_walk *w, struct lull_watch *s)
{
	struct lull_ecusum down = s->down;
	struct lull_ecusum_up up = s->up;
	for (size_t j = 0; j < LULL_ECUSUM_J; j++) {
		down.c[j] = lull_state_real(w, down.c[j], -NATS, NATS);
		down.tau_ns[j] = lull_state_time(w, down.tau_ns[j]);
	}
	for (size_t j = 0; j < LULL_ECUSUM_UP_J; j++)
		up.c[j] = lull_state_real(w, up.c[j], -NATS, NATS);
	if (w->saving)
		return;
	s->down = down;
	s->up = up;
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

static void recovery(struct lull_state_walk *w, struct lull_watch *s)
{
	struct lull_recovery r = s->recovery;
	r.c = lull_state_real(w, r.c, -NATS, NATS);
	r.remains = lull_state_real(w, r.remains, 0.0, 0.6);
	r.back = lull_state_real(w, r.back, 0.0, 0.9);
	r.tau_ns = lull_state_time(w, r.tau_ns);
	r.first_ns = lull_state_time(w, r.first_ns);
	r.quiet_ns = lull_state_time(w, r.quiet_ns);
	r.since_ns = lull_state_time(w, r.since_ns);
	r.k = lull_state_real(w, r.k, 0.0, 1e30);
	r.l = lull_state_real(w, r.l, 0.0, 1e30);
	if (!w->saving)
		s->recovery = r;
}

static void figures(struct lull_state_walk *w, struct lull_watch *s)
{
	s->k = lull_state_u64(w, s->k);
	s->first_ns = lull_state_time(w, s->first_ns);
	s->last_ns = lull_state_time(w, s->last_ns);
	s->before_ns = lull_state_time(w, s->before_ns);
	s->last = recent_bin(w, s->last);
	s->judged = lull_state_u64(w, s->judged);
	s->suspect_ns = lull_state_time(w, s->suspect_ns);
	s->surge_ns = lull_state_time(w, s->surge_ns);
	s->surge_last_ns = lull_state_time(w, s->surge_last_ns);
	s->surge_high_ns = lull_state_time(w, s->surge_high_ns);
	s->surge_peak = lull_state_real(w, s->surge_peak, 0.0, 1e300);
	s->evidence = lull_state_real(w, s->evidence, -NATS, NATS);
	s->floor = lull_state_real(w, s->floor, 0.0, 1.0);
	s->alarm_ns = lull_state_time(w, s->alarm_ns);
	s->warm_s = lull_state_real(w, s->warm_s, -AGE, AGE);
	s->warm_bins = lull_state_u32(w, s->warm_bins);
	s->rung_bins = lull_state_u32(w, s->rung_bins);
	s->chosen_ns = lull_state_time(w, s->chosen_ns);
	s->state = (enum lull_state)lull_state_u8(w, (uint8_t)s->state, LULL_UP);
	s->rung = lull_state_u8(w, s->rung, (uint8_t)(w->d->ladder.n - 1));
	s->place = lull_state_u64(w, s->place);
	s->fresh = lull_state_bool(w, s->fresh);
	s->surging = lull_state_bool(w, s->surging);
	s->alarmed = lull_state_bool(w, s->alarmed);
	s->recovered = lull_state_bool(w, s->recovered);
	s->h = lull_state_real(w, s->h, -1e3, 1e3);
}

// What the rest of the code takes for granted of a series.
static bool sound(const struct lull_watch *s)
{
	if (s->state == LULL_UP && !s->recent)
		return false;
	if (s->surging && s->surge_ns == LULL_TIME_NONE)
		return false;
	if (!s->alarmed)
		return !s->recovered;
	const struct lull_recovery *r = &s->recovery;
	if (s->recovered && (r->tau_ns == LULL_TIME_NONE || r->since_ns == LULL_TIME_NONE))
		return false;
	return s->state == LULL_UP && s->recent->n > 0 && r->remains > 0.0 &&
	       r->back > r->remains && s->alarm_ns != LULL_TIME_NONE && s->h > 0.0;
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
	recovery(w, s);
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
	if (!s->alarmed)
		s->h = lull_watch_threshold(s, &w->d->env.watch);
	enter(w, s);
}
