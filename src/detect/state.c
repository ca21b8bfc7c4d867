// SPDX-License-Identifier: BSD-3-Clause
// The whole: what all series share, the control, then target after target. Order: as the format in
// docs/formats.md.

#include "state.h"
#include <errno.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 9

static void ladder(struct lull_state_walk *w)
{
	for (size_t r = 0; r < w->d->ladder.n; r++) {
		struct lull_rung *rung = &w->d->ladder.rungs[r];
		struct lull_period p = rung->span;
		double longest = 1e-9 * (double)rung->bin_ns * (1.0 + 1e-9);
		p.start_ns = lull_state_span(w, p.start_ns);
		p.len_ns = lull_state_span(w, p.len_ns);
		p.exposure_s = lull_state_real(w, p.exposure_s, 0.0, longest);
		p.common_s = lull_state_real(w, p.common_s, 0.0, longest);
		if (w->saving)
			continue;
		if (p.start_ns % rung->bin_ns + p.len_ns > rung->bin_ns)
			lull_state_bad(w, -EBADMSG);
		rung->span = p;
	}
}

static void holes(struct lull_state_walk *w, struct lull_blind *b)
{
	size_t n = lull_state_count(w, b->n_holes, 16, LULL_BLIND_HOLES);
	for (size_t i = 0; i < n; i++) {
		b->holes[i].from_ns = lull_state_span(w, b->holes[i].from_ns);
		b->holes[i].to_ns = lull_state_span(w, b->holes[i].to_ns);
	}
	b->n_holes = n;
}

static void losses(struct lull_state_walk *w, struct lull_blind *b)
{
	size_t n = lull_state_count(w, b->n_losses, 24, LULL_BLIND_LOSSES);
	for (size_t i = 0; i < n; i++) {
		b->losses[i].start_ns = lull_state_span(w, b->losses[i].start_ns);
		b->losses[i].end_ns = lull_state_span(w, b->losses[i].end_ns);
		b->losses[i].lost = lull_state_u64(w, b->losses[i].lost);
	}
	b->n_losses = n;
}

static void blind(struct lull_state_walk *w)
{
	struct lull_blind b = w->d->blind;
	holes(w, &b);
	losses(w, &b);
	b.unknown_ns = lull_state_span(w, b.unknown_ns);
	b.dark_ns = lull_state_span(w, b.dark_ns);
	b.held_ns = lull_state_span(w, b.held_ns);
	b.carried = lull_state_u32(w, b.carried);
	b.gone = lull_state_u32(w, b.gone);
	b.gone_ns = lull_state_span(w, b.gone_ns);
	for (size_t i = 0; i < LULL_PORTS_MAX; i++)
		b.down_ns[i] = lull_state_span(w, b.down_ns[i]);
	b.down = lull_state_bool(w, b.down);
	if (!w->saving)
		w->d->blind = b;
}

static void port(struct lull_state_walk *w, struct lull_control_port *to)
{
	bool active = lull_state_bool(w, to->active);
	uint64_t packets = lull_state_u64(w, to->packets);
	double seen_s = lull_state_real(w, to->seen_s, 0.0, LULL_STATE_AGE_S);
	double groups[LULL_CONTROL_GROUPS];
	for (size_t g = 0; g < LULL_CONTROL_GROUPS; g++)
		groups[g] = lull_state_real(w, to->groups[g], 0.0, LULL_STATE_HUGE);
	if (!w->saving) {
		to->packets = packets;
		to->seen_s = seen_s;
		memcpy(to->groups, groups, sizeof(groups));
		to->active = active;
	}
	if (active)
		lull_state_watch(w, &to->total, LULL_CONTROL_BUDGET);
}

static const char *device(const struct lull_config *c, size_t port)
{
	bool named = port < c->capture.n_ports && c->capture.ports[port].device;
	return named ? c->capture.ports[port].device : "";
}

// A port that is another device now has other traffic: what was learnt of it is no measure.
static void ports(struct lull_state_walk *w)
{
	struct lull_control *c = &w->d->control;
	size_t n = lull_state_count(w, c->n_ports, 2, LULL_PORTS_MAX);
	for (size_t i = 0; i < n; i++) {
		const char *now = device(w->d->env.config, i);
		lull_state_text(w, now, w->name, sizeof(w->name));
		bool same = w->saving || strcmp(w->name, now) == 0;
		size_t mark = w->n_watches;
		struct lull_control_port other = {0};
		port(w, same ? &c->ports[i] : &other);
		if (same)
			continue;
		w->n_watches = mark;
		lull_watch_finish(&other.total);
	}
	if (!w->saving)
		c->n_ports = n;
}

static void control(struct lull_state_walk *w)
{
	struct lull_control *c = &w->d->control;
	ports(w);
	uint64_t packets = lull_state_u64(w, c->world_packets);
	double seen_s = lull_state_real(w, c->seen_s, 0.0, LULL_STATE_AGE_S);
	uint64_t down_ns = lull_state_span(w, c->down_ns);
	bool active = lull_state_bool(w, c->world_active);
	if (!w->saving) {
		c->world_packets = packets;
		c->seen_s = seen_s;
		c->down_ns = down_ns;
		c->world_active = active;
	}
	if (active)
		lull_state_watch(w, &c->world, LULL_CONTROL_BUDGET);
}

static bool worth_saving(const struct lull_state_walk *w, uint32_t target)
{
	const struct lull_face *f = &w->d->faces[target];
	return (f->packets_out || f->packets_in) &&
	       strlen(lull_targets_name(w->d->env.targets, target)) < LULL_STATE_NAME;
}

// A target that is watched by its flows. They themselves are forgotten: who knows where they
// stand when the next one comes?
static void oneway(struct lull_state_walk *w, struct lull_face *f, uint32_t target)
{
	if (!lull_state_bool(w, f->oneway != NULL))
		return;
	if (!w->saving && !(f->oneway = lull_oneway_create(target))) {
		lull_state_bad(w, -ENOMEM);
		return;
	}
	struct lull_oneway *o = f->oneway;
	float usual = (float)lull_state_real(w, (double)o->usual, 0.0, 1.0);
	float seen_s = (float)lull_state_real(w, (double)o->seen_s, 0.0, LULL_STATE_AGE_S);
	uint64_t times[] = {o->out_ns, o->heard_ns, o->calm_ns, o->fell_ns, o->stuck_ns};
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		times[i] = lull_state_span(w, times[i]);
	uint64_t outages = lull_state_u64(w, o->outages);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]) && !w->saving; i++)
		if (times[i] > w->d->env.now_ns || (times[3] > 0 && times[3] < times[2]))
			lull_state_bad(w, -EBADMSG);
	if (!w->saving) {
		o->usual = usual;
		o->seen_s = seen_s;
		o->out_ns = times[0];
		o->heard_ns = times[1];
		o->calm_ns = times[2];
		o->fell_ns = times[3];
		o->stuck_ns = times[4];
		o->outages = outages;
	}
	lull_state_signals(w, &o->signals);
	lull_state_oneway(w, o);
}

static void close_oneway(struct lull_state_walk *w, struct lull_oneway *o)
{
	if (o && o->event && w->error == 0) {
		struct lull_candidate c = {.ev = *o->event, .reported = true};
		lull_state_orphan(w, &c);
	}
	lull_oneway_destroy(o);
}

static void face(struct lull_state_walk *w, struct lull_face *to)
{
	uint64_t packets_out = lull_state_u64(w, to->packets_out);
	uint64_t packets_in = lull_state_u64(w, to->packets_in);
	uint64_t first_ns = lull_state_span(w, to->first_ns);
	bool subject = lull_state_bool(w, to->subject != NULL);
	if (!w->saving) {
		to->packets_out = packets_out;
		to->packets_in = packets_in;
		to->first_ns = first_ns;
		if (subject && !(to->subject = lull_slab_take(&w->d->subjects)))
			lull_state_bad(w, -ENOMEM);
	}
}

// Reports of what was watched of a target that is gone.
static void close_subject(struct lull_state_walk *w, struct lull_subject *t)
{
	if (t->outage)
		lull_state_orphan(w, t->outage);
	for (size_t i = 0; i < t->n_branches; i++)
		if (t->branches[i].reroute)
			lull_state_orphan(w, t->branches[i].reroute);
	lull_subject_finish(t);
}

static void load_target(struct lull_state_walk *w)
{
	char name[LULL_STATE_NAME];
	lull_state_text(w, NULL, name, sizeof(name));
	uint32_t target = lull_targets_find(w->d->env.targets, name);
	struct lull_face gone = {0}, *f = target ? &w->d->faces[target] : &gone;
	if (f->subject || f->packets_in || f->packets_out) {
		lull_state_bad(w, -EBADMSG); // twice the same
		return;
	}
	size_t mark = w->n_watches;
	w->target_name = target ? lull_targets_name(w->d->env.targets, target) : name;
	face(w, f);
	if (f->subject) {
		f->subject->target = target;
		lull_state_subject(w, f->subject);
	}
	oneway(w, f, target);
	if (target && f->oneway && lull_detect_watch_flows(w->d, f->oneway)) {
		lull_oneway_destroy(f->oneway);
		f->oneway = NULL;
		lull_state_bad(w, -ENOMEM);
	}
	if (target)
		return;
	w->n_watches = mark;
	if (f->subject)
		close_subject(w, f->subject);
	close_oneway(w, f->oneway);
}

static void save_targets(struct lull_state_walk *w)
{
	size_t n = 0;
	for (uint32_t i = 1; i <= w->d->n_targets; i++)
		n += worth_saving(w, i);
	lull_state_count(w, n, 1, SIZE_MAX);
	for (uint32_t i = 1; i <= w->d->n_targets; i++) {
		struct lull_face *f = &w->d->faces[i];
		if (!worth_saving(w, i))
			continue;
		lull_state_text(w, lull_targets_name(w->d->env.targets, i), NULL, 0);
		face(w, f);
		if (f->subject)
			lull_state_subject(w, f->subject);
		oneway(w, f, i);
	}
}

static void head(struct lull_state_walk *w)
{
	struct lull_detect *d = w->d;
	uint32_t version = lull_state_u32(w, VERSION);
	uint64_t bin_ns = lull_state_u64(w, d->env.config->bin_ns);
	uint64_t now_ns = lull_state_span(w, d->env.now_ns);
	uint64_t seen_ns = lull_state_span(w, d->seen_ns);
	if (version != VERSION || bin_ns != d->env.config->bin_ns)
		lull_state_bad(w, -EBADMSG);
	if (w->saving)
		return;
	d->env.now_ns = now_ns;
	d->seen_ns = seen_ns;
}

static void walk(struct lull_state_walk *w)
{
	head(w);
	if (w->error)
		return;
	ladder(w);
	blind(w);
	control(w);
	if (w->saving) {
		save_targets(w);
		return;
	}
	size_t n = lull_state_count(w, 0, 28, SIZE_MAX);
	for (size_t i = 0; i < n && w->error == 0; i++)
		load_target(w);
	if (w->error == 0 && w->in.left > 0)
		lull_state_bad(w, -EBADMSG);
}

int lull_detect_save(const struct lull_detect *d, const struct lull_upstreams *upstreams,
	uint8_t **data, size_t *n)
{
	// The walk takes what it could write to; saving, it does not.
	struct lull_state_walk w = {
		.d = (struct lull_detect *)d, .upstreams = upstreams, .saving = true};
	walk(&w);
	if (w.out.failed) {
		lull_bytes_finish(&w.out);
		return -ENOMEM;
	}
	*data = w.out.data;
	*n = w.out.n;
	return 0;
}

static int by_name(const void *a, const void *b, void *names)
{
	const char *const *n = names;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = strcmp(n[x], n[y]);
	return order ? order : (x > y) - (x < y);
}

static int sort_upstreams(struct lull_state_walk *w)
{
	size_t n = w->upstreams->n;
	w->by_name = malloc((n + 1) * sizeof(*w->by_name));
	if (!w->by_name)
		return -ENOMEM;
	for (size_t i = 1; i < n; i++)
		w->by_name[i - 1] = (uint32_t)i;
	if (n > 2)
		qsort_r(w->by_name, n - 1, sizeof(*w->by_name), by_name,
			(void *)w->upstreams->names);
	return 0;
}

struct place {
	uint8_t rung;
	size_t place, came;
	struct lull_watch *watch;
};

static int in_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	if (x->rung != y->rung)
		return x->rung < y->rung ? -1 : 1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return (x->came > y->came) - (x->came < y->came);
}

// Series go on in the order they were judged in: a target's own series tells its others to hold.
static int enlist(struct lull_state_walk *w)
{
	size_t n = w->n_watches;
	struct place *places = malloc((n + 1) * sizeof(*places));
	int err = places ? 0 : -ENOMEM;
	for (size_t i = 0; i < n && !err; i++) {
		struct lull_watch *s = w->watches[i];
		places[i] = (struct place){s->rung, s->place, i, s};
	}
	if (!err && n > 1)
		qsort(places, n, sizeof(*places), in_place);
	for (size_t i = 0; i < n && !err; i++)
		err = lull_detect_enlist(w->d, places[i].watch);
	for (size_t i = 1; i <= w->d->n_targets && !err; i++) {
		struct lull_subject *t = w->d->faces[i].subject;
		if (t && lull_subject_busy(t))
			err = lull_detect_mark_busy(w->d, t);
	}
	free(places);
	return err;
}

static void finish(struct lull_state_walk *w)
{
	for (size_t i = 0; i < w->n_orphans; i++) {
		free(w->orphans[i].target);
		free(w->orphans[i].upstream);
	}
	free(w->orphans);
	free(w->watches);
	free(w->by_name);
}

int lull_detect_load(struct lull_detect *d, const struct lull_upstreams *upstreams,
	const uint8_t *data, size_t n)
{
	struct lull_state_walk w = {.d = d, .upstreams = upstreams, .in = {.p = data, .left = n}};
	int err = sort_upstreams(&w);
	if (!err) {
		walk(&w);
		err = w.error;
	}
	if (!err)
		err = enlist(&w);
	if (err) {
		lull_detect_wipe(d);
	} else {
		d->env.upstreams = *upstreams;
		lull_state_tell_orphans(&w);
	}
	finish(&w);
	return err;
}
