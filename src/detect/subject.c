// SPDX-License-Identifier: BSD-3-Clause
// Which alarms make which candidates: one happening, one event per target. The target's own
// series comes first; a branch is heard when the target itself is calm.

#include "subject.h"
#include "assess.h"
#include "surge.h"
#include <errno.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>

void lull_subject_finish(struct lull_subject *t)
{
	for (size_t i = 0; i < t->n_branches; i++) {
		if (t->branches[i].out)
			lull_watch_finish(t->branches[i].out);
		free(t->branches[i].out);
		free(t->branches[i].reroute);
	}
	free(t->branches);
	free(t->outage);
	free(t->surge);
	lull_watch_finish(&t->out);
	if (t->keen)
		lull_keen_end(t->keen);
	free(t->keen);
	if (t->in)
		lull_watch_finish(t->in);
	free(t->in);
	lull_signals_finish(&t->signals);
}

struct lull_branch *lull_subject_branch(struct lull_subject *t, uint32_t upstream)
{
	size_t lo = 0, hi = t->n_branches;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (t->branches[mid].upstream < upstream)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < t->n_branches && t->branches[lo].upstream == upstream)
		return &t->branches[lo];
	if (t->n_branches == t->cap_branches) {
		uint32_t cap = t->cap_branches ? 2 * t->cap_branches : 1;
		struct lull_branch *grown = realloc(t->branches, cap * sizeof(*grown));
		if (!grown)
			return NULL;
		t->branches = grown;
		t->cap_branches = cap;
	}
	memmove(t->branches + lo + 1, t->branches + lo,
		(t->n_branches - lo) * sizeof(t->branches[0]));
	t->n_branches++;
	t->branched = true;
	t->branches[lo] = (struct lull_branch){.upstream = upstream, .first_ns = LULL_TIME_NONE};
	return &t->branches[lo];
}

struct lull_watch *lull_subject_keen(const struct lull_subject *t)
{
	bool is = t->keen && t->keen->feature != LULL_PACKETS && !t->keen->over;
	return is ? &t->keen->watch : NULL;
}

bool lull_subject_doubts(const struct lull_subject *t)
{
	return t->outage || t->wait || t->out.suspect_ns != LULL_TIME_NONE;
}

// One path alone is the target itself: its branch has nothing to add.
static bool told_apart(const struct lull_subject *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n_branches; i++)
		n += t->branches[i].out && t->branches[i].out->known;
	return n >= 2;
}

// A series of the whole target alarmed. A re-route that began within the same onset goes on as this
// event, under its id: it was the first sign of it.
static int open_outage(
	struct lull_subject *t, struct lull_watch *driver, const struct lull_detect_env *env)
{
	struct lull_candidate *c =
		lull_candidate_create(t, driver, LULL_ALL_UPSTREAMS, LULL_OUTAGE, env);
	if (!c)
		return -ENOMEM;
	t->outage = c;
	for (size_t i = 0; i < t->n_branches; i++) {
		struct lull_branch *b = &t->branches[i];
		if (!b->reroute || b->reroute->ev.state == LULL_RECOVERING ||
			b->reroute->ev.onset.hi_ns < c->ev.onset.lo_ns)
			continue;
		lull_candidate_continue(c, b->reroute);
		free(b->reroute);
		b->reroute = NULL;
		b->absorbed = true;
		break;
	}
	return 0;
}

// A branch fell and the target's own series did not take the case. What cannot be told by then
// is no loss of the target.
static int open_branch(
	struct lull_subject *t, struct lull_branch *b, bool lost, const struct lull_detect_env *env)
{
	struct lull_candidate *c = lull_candidate_create(
		t, b->out, b->upstream, lost ? LULL_OUTAGE : LULL_REROUTE, env);
	if (!c)
		return -ENOMEM;
	if (lost)
		t->outage = c;
	else
		b->reroute = c;
	b->absorbed = lost;
	return 0;
}

// Thirty bins of the target's own series are time enough to take the case or to show a loss.
static int try_branch(
	struct lull_subject *t, struct lull_branch *b, const struct lull_detect_env *env)
{
	uint64_t bin_ns = env->watch.ladder->rungs[t->out.rung].bin_ns;
	bool wait = env->now_ns < b->out->episode->alarm_ns + 30 * bin_ns;
	if (wait && t->out.suspect_ns != LULL_TIME_NONE)
		return 0;
	// The bin in which it fell is neither before nor after.
	uint64_t from_ns = lull_ecusum_tau(&b->out->bank, &b->out->starts, 0.5 * (double)b->out->h);
	enum lull_gone fate = LULL_GONE_UNCLEAR;
	if (from_ns != LULL_TIME_NONE)
		fate = lull_assess_gone(t, b->out, from_ns, env);
	if (wait && fate == LULL_GONE_UNCLEAR)
		return 0;
	return open_branch(t, b, fate == LULL_GONE_LOST, env);
}

static int hear_branch(
	struct lull_subject *t, struct lull_branch *b, const struct lull_detect_env *env)
{
	if (!b->out->alarmed) {
		b->absorbed = false;
		return 0;
	}
	if (b->absorbed && t->outage)
		return 0;
	if (b->absorbed || b->out->recovered || !told_apart(t)) {
		lull_watch_tend(b->out, &env->watch, env->now_ns);
		return 0;
	}
	if (t->outage) {
		b->absorbed = true;
		return 0;
	}
	return try_branch(t, b, env);
}

// What a series of the target that did not lead the event makes of its end: one that has not come
// back is where it will stay.
static void follow(struct lull_watch *s, bool shift, const struct lull_detect_env *env)
{
	if (s->alarmed && (shift || !s->recovered))
		lull_watch_relearn(s, &env->watch);
	else if (s->alarmed)
		lull_watch_clear(s, &env->watch);
}

// After an event every series of the target starts from what it carries now.
static void settle(
	struct lull_subject *t, const struct lull_candidate *c, const struct lull_detect_env *env)
{
	bool shift = c->ev.state == LULL_LEVEL_SHIFT;
	// The next fall began after this one was over.
	if (c->driver->recovered)
		lull_watch_forget(c->driver, c->driver->episode->recovery.tau_ns);
	if (shift)
		lull_watch_relearn(c->driver, &env->watch);
	else
		lull_watch_clear(c->driver, &env->watch);
	if (c->ev.kind == LULL_REROUTE)
		return;
	struct lull_watch *keen = lull_subject_keen(t);
	if (keen && keen != c->driver)
		follow(keen, shift, env);
	// Its bins are longer than the keen one's: that it is not back yet says nothing.
	if (c->driver != &t->out && t->out.alarmed && !shift)
		lull_watch_clear(&t->out, &env->watch);
	else if (c->driver != &t->out)
		follow(&t->out, shift, env);
	if (c->driver != &t->out)
		lull_baseline_doubt(&t->out.base, 1e-10 * (double)env->config->detector.level_ns);
	for (size_t i = 0; i < t->n_branches; i++) {
		struct lull_branch *b = &t->branches[i];
		if (!b->out || b->out == c->driver || b->reroute)
			continue;
		follow(b->out, shift, env); // silent though the target is back: not its path now
		b->absorbed = false;
	}
	t->outages += c->ev.kind == LULL_OUTAGE;
}

static void close_if_over(
	struct lull_subject *t, struct lull_candidate **c, const struct lull_detect_env *env)
{
	if (!*c || !(*c)->over)
		return;
	settle(t, *c, env);
	free(*c);
	*c = NULL;
}

// The series of the whole target that says it fell: packets, else the keener one. NULL: neither.
static struct lull_watch *fallen(const struct lull_subject *t)
{
	struct lull_watch *keen = lull_subject_keen(t);
	if (t->out.alarmed && !(t->out.recovered && t->outage))
		return (struct lull_watch *)&t->out;
	return keen && keen->alarmed && !(keen->recovered && t->outage) ? keen : NULL;
}

// Without addresses that send there are no packets; without new connections there may be, over the
// old ones. Such a fall is none until packets show it too, and one they contradict was of the
// habits of the target: its connections are no proof of life, and given up for good. Returns
// whether an event may rest on it now.
static bool stopped(struct lull_subject *t, const struct lull_detect_env *env)
{
	struct lull_watch *keen = &t->keen->watch;
	enum lull_gone what = lull_assess_stopped(t, keen, env);
	if (what == LULL_GONE_LOST && !keen->recovered)
		return true;
	if (what != LULL_GONE_MOVED) {
		lull_watch_tend(keen, &env->watch, env->now_ns);
		return false;
	}
	t->keen->over = true;
	t->wait = false;
	lull_watch_weigh(&t->out, &env->watch, 2.0 * t->out.weight);
	return false;
}

int lull_subject_step(struct lull_subject *t, const struct lull_detect_env *env)
{
	struct lull_watch *whole = fallen(t);
	if (whole && whole != &t->out && t->keen->feature == LULL_SYNS &&
		(!t->outage || t->outage->upstream != LULL_ALL_UPSTREAMS) && !stopped(t, env))
		whole = NULL;
	if (whole && !t->outage && open_outage(t, whole, env))
		return -ENOMEM;
	if (whole && t->outage->upstream != LULL_ALL_UPSTREAMS)
		lull_candidate_lead(t->outage, whole);
	if (t->outage)
		lull_candidate_step(t->outage, env);
	for (size_t i = 0; i < t->n_branches; i++) {
		struct lull_branch *b = &t->branches[i];
		if (!b->out)
			continue;
		if (b->reroute)
			lull_candidate_step(b->reroute, env);
		else if (hear_branch(t, b, env))
			return -ENOMEM;
		close_if_over(t, &b->reroute, env);
	}
	close_if_over(t, &t->outage, env);
	if (env->config->detector.both && lull_surge_step(t, env))
		return -ENOMEM;
	if (t->in)
		lull_watch_tend(t->in, &env->watch, env->now_ns);
	t->hold = lull_subject_doubts(t);
	return 0;
}

bool lull_subject_busy(const struct lull_subject *t)
{
	const struct lull_watch *keen = lull_subject_keen(t);
	if (t->outage || t->surge || t->out.alarmed || (t->in && t->in->alarmed))
		return true;
	if (keen && keen->alarmed)
		return true;
	for (size_t i = 0; i < t->n_branches; i++)
		if (t->branches[i].reroute || (t->branches[i].out && t->branches[i].out->alarmed))
			return true;
	return false;
}

bool lull_subject_diverted(const struct lull_subject *t)
{
	for (size_t i = 0; i < t->n_branches; i++) {
		const struct lull_branch *b = &t->branches[i];
		if (b->reroute || (b->out && !b->absorbed && b->out->suspect_ns != LULL_TIME_NONE))
			return true;
	}
	return false;
}

void lull_subject_last(struct lull_subject *t, const struct lull_detect_env *env)
{
	if (t->outage)
		lull_candidate_last(t->outage, env);
	for (size_t i = 0; i < t->n_branches; i++)
		if (t->branches[i].reroute)
			lull_candidate_last(t->branches[i].reroute, env);
}
