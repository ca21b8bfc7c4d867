// SPDX-License-Identifier: BSD-3-Clause
// One target: its series, its upstreams, and what they raised. Loading, an upstream that is gone
// is read like the others and dropped.

#include "state.h"
#include <errno.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>

static void log_of(struct lull_state_walk *w, struct lull_signals_log *to)
{
	struct lull_signals_log s = *to;
	for (size_t i = 0; i < LULL_SIGNALS; i++) {
		s.now[i] = lull_state_real(w, s.now[i], 0.0, 1e24);
		s.before[i] = lull_state_real(w, s.before[i], 0.0, 1e24);
		s.during[i] = lull_state_real(w, s.during[i], 0.0, 1e28);
	}
	s.before_s = lull_state_real(w, s.before_s, 0.0, LULL_STATE_AGE_S);
	s.during_s = lull_state_real(w, s.during_s, 0.0, LULL_STATE_AGE_S);
	s.syn_peak = lull_state_real(w, s.syn_peak, 0.0, 1e300);
	s.syn_ns = lull_state_time(w, s.syn_ns);
	if (!w->saving)
		*to = s;
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
	b->out->hold = &t->hold;
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

// Whose alarm the outage is: the target's own series, or an upstream's by name.
static struct lull_watch *outage_driver(
	struct lull_state_walk *w, struct lull_subject *t, uint32_t *upstream)
{
	bool own = lull_state_bool(w, w->saving && t->outage->driver == &t->out);
	*upstream = LULL_ALL_UPSTREAMS;
	if (own)
		return &t->out;
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

void lull_state_subject(struct lull_state_walk *w, struct lull_subject *t)
{
	if (!w->saving)
		t->out.owner = t->in.owner = t;
	bool hold = lull_state_bool(w, t->hold), in_active = lull_state_bool(w, t->in_active);
	size_t outages = lull_state_u64(w, t->outages);
	if (!w->saving) {
		t->hold = hold;
		t->in_active = in_active;
		t->outages = outages;
		t->in.hold = &t->hold;
	}
	lull_state_watch(w, &t->out, w->d->weight_all);
	if (in_active)
		lull_state_watch(w, &t->in, w->d->weight_all);
	log_of(w, &t->signals);
	branches(w, t);
	outage(w, t);
	lull_state_surge(w, t);
}
