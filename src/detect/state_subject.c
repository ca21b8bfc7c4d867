// SPDX-License-Identifier: BSD-3-Clause
// One target: its series, its upstreams, and what they raised. Loading, an upstream that is gone
// is read like the others and dropped.

#include "assess.h"
#include "state.h"
#include <errno.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>

static void features(struct lull_state_walk *w, float *to, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float x = (float)lull_state_real(w, (double)to[i], 0.0, 1e30);
		if (!w->saving)
			to[i] = x;
	}
}

static void log_in(struct lull_state_walk *w, struct lull_signals_rest *r)
{
	features(w, r->now, LULL_SIGNALS_IN);
	features(w, r->before, LULL_SIGNALS_IN);
	features(w, &r->syn_peak, 1);
	uint64_t syn_ns = lull_state_time(w, r->syn_ns);
	uint64_t stuck_ns = lull_state_time(w, r->stuck_ns);
	if (w->saving)
		return;
	r->syn_ns = syn_ns;
	r->stuck_ns = stuck_ns;
}

static void log_rest(struct lull_state_walk *w, struct lull_signals_log *s)
{
	bool in = lull_state_bool(w, s->rest && s->rest->in);
	bool during = lull_state_bool(w, s->rest && s->rest->during);
	if (!in && !during)
		return;
	if (!w->saving && lull_signals_open(s, in)) {
		lull_state_bad(w, -ENOMEM);
		return;
	}
	struct lull_signals_rest *r = s->rest;
	if (in)
		log_in(w, r);
	if (!during)
		return;
	if (!w->saving && !(r->during = calloc(LULL_SIGNALS, sizeof(*r->during)))) {
		lull_state_bad(w, -ENOMEM);
		return;
	}
	features(w, &r->during_s, 1);
	for (size_t i = 0; i < LULL_SIGNALS; i++) {
		double x = lull_state_real(w, r->during[i], 0.0, 1e30);
		if (!w->saving)
			r->during[i] = x;
	}
}

void lull_state_signals(struct lull_state_walk *w, struct lull_signals_log *s)
{
	features(w, s->now, LULL_SIGNALS_OUT);
	features(w, s->before, LULL_SIGNALS_OUT);
	features(w, &s->before_s, 1);
	log_rest(w, s);
}

static void trial(struct lull_state_walk *w, struct lull_trial *t)
{
	features(w, &t->now, 1);
	features(w, &t->last, 1);
	features(w, &t->mean, 1);
	features(w, &t->half, 1);
}

static void keen(struct lull_state_walk *w, struct lull_subject *t)
{
	struct lull_keen *k = t->keen;
	for (size_t i = 0; i < LULL_FEATURES; i++)
		trial(w, &k->trials[i]);
	uint16_t n = (uint16_t)lull_state_u32(w, k->n);
	bool paired = lull_state_bool(w, k->paired);
	bool over = lull_state_bool(w, k->over);
	uint8_t feature = lull_state_u8(w, k->feature, LULL_FEATURES - 1);
	if (feature != LULL_PACKETS)
		lull_state_watch(w, &k->watch, 0.5 * w->d->weight_all);
	if (w->saving)
		return;
	k->n = n;
	k->paired = paired;
	k->over = over;
	k->feature = feature;
	k->watch.owner = t;
	if (feature != LULL_PACKETS && !over)
		lull_watch_weigh(&t->out, &w->d->env.watch, 0.5 * w->d->weight_all);
}

// A candidate of a driver that is at hand, or NULL for one that is gone. upstream: the event's.
static struct lull_candidate *candidate(struct lull_state_walk *w, struct lull_subject *t,
	struct lull_candidate *c, struct lull_watch *driver, bool reroute, const char *upstream)
{
	if (w->saving) {
		lull_state_candidate(w, c);
		return c;
	}
	c = calloc(1, sizeof(*c));
	if (!c) {
		lull_state_bad(w, -ENOMEM);
		return NULL;
	}
	c->subject = t;
	c->driver = driver;
	c->figure = reroute ? driver : &t->out;
	c->ev.target = t->target;
	c->ev.target_name = w->target_name;
	c->ev.upstream = upstream;
	lull_assess_basis(c);
	lull_state_candidate(w, c);
	if (driver && !driver->alarmed)
		lull_state_bad(w, -EBADMSG); // nothing would ever end it
	return c;
}

static void branch_out(struct lull_state_walk *w, struct lull_subject *t, struct lull_branch *b)
{
	bool is = lull_state_bool(w, b->out != NULL);
	if (!is)
		return;
	if (!w->saving && !(b->out = calloc(1, sizeof(*b->out)))) {
		lull_state_bad(w, -ENOMEM);
		return;
	}
	lull_state_watch(w, b->out, w->d->weight_branch);
	if (w->saving)
		return;
	b->out->owner = t;
}

static void forget_branch(struct lull_state_walk *w, struct lull_branch *b)
{
	if (b->out) {
		if (w->n_watches > 0 && w->watches[w->n_watches - 1] == b->out)
			w->n_watches--;
		lull_watch_finish(b->out);
	}
	free(b->out);
	free(b->reroute);
}

// Read a branch into *b. Its upstream's name is in name, its index in b, 0 when that is gone.
static void branch_fields(
	struct lull_state_walk *w, struct lull_subject *t, struct lull_branch *b, char *name)
{
	b->upstream = lull_state_upstream(w, b->upstream);
	strcpy(name, w->name);
	b->absorbed = lull_state_bool(w, b->absorbed);
	b->packets = lull_state_u64(w, b->packets);
	b->first_ns = lull_state_time(w, b->first_ns);
	branch_out(w, t, b);
	if (!lull_state_bool(w, b->reroute != NULL))
		return;
	if (!b->out) {
		lull_state_bad(w, -EBADMSG);
		return;
	}
	const char *known = b->upstream ? w->upstreams->names[b->upstream] : name;
	b->reroute = candidate(w, t, b->reroute, b->out, true, known);
	if (!w->saving && b->reroute)
		b->reroute->upstream = b->upstream;
}

static void load_branch(struct lull_state_walk *w, struct lull_subject *t)
{
	char name[LULL_STATE_NAME] = "";
	struct lull_branch b = {0};
	size_t before = t->n_branches;
	branch_fields(w, t, &b, name);
	if (b.upstream == 0 && b.reroute)
		lull_state_orphan(w, b.reroute);
	struct lull_branch *to = NULL;
	if (b.upstream > 0 && w->error == 0) {
		to = lull_subject_branch(t, b.upstream);
		if (!to)
			lull_state_bad(w, -ENOMEM);
		else if (t->n_branches == before)
			lull_state_bad(w, -EBADMSG); // twice the same
	}
	if (w->error || !to)
		forget_branch(w, &b);
	else
		*to = b;
}

static void branches(struct lull_state_walk *w, struct lull_subject *t)
{
	size_t n = lull_state_count(w, t->n_branches, 20, UINT32_MAX);
	for (size_t i = 0; i < n && w->error == 0; i++) {
		char name[LULL_STATE_NAME] = "";
		struct lull_branch copy;
		if (!w->saving) {
			load_branch(w, t);
			continue;
		}
		copy = t->branches[i];
		branch_fields(w, t, &copy, name);
	}
}

static struct lull_branch *find_branch(struct lull_subject *t, uint32_t upstream)
{
	for (size_t i = 0; i < t->n_branches; i++)
		if (t->branches[i].upstream == upstream && t->branches[i].out)
			return &t->branches[i];
	return NULL;
}

// Whose alarm the outage is: a series of the whole target, or an upstream's by name.
static struct lull_watch *outage_driver(
	struct lull_state_walk *w, struct lull_subject *t, uint32_t *upstream)
{
	enum { OWN, KEEN, UPSTREAM } which = UPSTREAM;
	if (w->saving && t->outage->upstream == LULL_ALL_UPSTREAMS)
		which = t->outage->driver == &t->out ? OWN : KEEN;
	which = lull_state_u8(w, (uint8_t)which, UPSTREAM);
	*upstream = LULL_ALL_UPSTREAMS;
	if (which == OWN)
		return &t->out;
	if (which == KEEN && !lull_subject_keen(t))
		lull_state_bad(w, -EBADMSG);
	if (which == KEEN)
		return lull_subject_keen(t);
	*upstream = lull_state_upstream(w, w->saving ? t->outage->upstream : 0);
	if (w->saving || *upstream == 0)
		return NULL;
	struct lull_branch *b = find_branch(t, *upstream);
	if (!b)
		lull_state_bad(w, -EBADMSG);
	return b ? b->out : NULL;
}

static void outage(struct lull_state_walk *w, struct lull_subject *t)
{
	uint32_t upstream;
	if (!lull_state_bool(w, t->outage != NULL))
		return;
	struct lull_watch *driver = outage_driver(w, t, &upstream);
	struct lull_candidate *c =
		candidate(w, t, t->outage, driver, false, w->upstreams->names[LULL_ALL_UPSTREAMS]);
	if (w->saving || !c)
		return;
	c->upstream = upstream;
	if (driver) {
		t->outage = c;
		return;
	}
	lull_state_orphan(w, c); // the upstream that fell is gone
	free(c);
}

static void series_in(struct lull_state_walk *w, struct lull_subject *t)
{
	if (!w->saving && !(t->in = calloc(1, sizeof(*t->in)))) {
		lull_state_bad(w, -ENOMEM);
		return;
	}
	lull_state_watch(w, t->in, w->d->weight_all);
	if (w->saving)
		return;
	t->in->owner = t;
}

void lull_state_subject(struct lull_state_walk *w, struct lull_subject *t)
{
	if (!w->saving)
		t->out.owner = t;
	bool hold = lull_state_bool(w, t->hold), wait = lull_state_bool(w, t->wait);
	bool in = lull_state_bool(w, t->in != NULL), has_keen = lull_state_bool(w, t->keen != NULL);
	uint32_t outages = (uint32_t)lull_state_u64(w, t->outages);
	if (!w->saving) {
		t->hold = hold;
		t->wait = wait;
		t->outages = outages;
	}
	lull_state_watch(w, &t->out, w->d->weight_all);
	if (has_keen && !w->saving && !(t->keen = calloc(1, sizeof(*t->keen))))
		lull_state_bad(w, -ENOMEM);
	if (t->keen)
		keen(w, t);
	if (!w->saving)
		t->bursty = t->keen != NULL;
	if (in)
		series_in(w, t);
	lull_state_signals(w, &t->signals);
	branches(w, t);
	outage(w, t);
	lull_state_surge(w, t);
}
