// SPDX-License-Identifier: BSD-3-Clause
// Wiring: rows to series, closed bins to judgements, alarms to the subjects they belong to. Only
// series of targets that showed traffic exist; each is visited once per bin of its own rung, so a
// million targets of which a thousand are active cost what a thousand cost.

#include "detector.h"
#include <errno.h>
#include <lull/time.h>
#include <lull/upstream.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// Packets out before a target (or one of its upstreams) gets series of its own: strays and
// spoofed sources must not fill memory.
#define START_PACKETS 8
// Memory is asked for this many series ahead: a million do not fit in a cache.
#define AHEAD 16
#define THEN 11 // what is found by a pointer in it
#define NEAR 6  // and what by a pointer in that

int lull_detect_enlist(struct lull_detect *d, struct lull_watch *s)
{
	struct lull_watch_list *l = &d->rungs[s->rung];
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		struct lull_watch **grown = realloc(l->items, cap * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		l->items = grown;
		l->cap = cap;
	}
	s->place = (uint32_t)l->n;
	l->items[l->n++] = s;
	return 0;
}

struct lull_detect *lull_detect_create(const struct lull_config *config,
	const struct lull_targets *targets, lull_event_fn *on_event, void *context)
{
	struct lull_detect *d = calloc(1, sizeof(*d));
	if (!d)
		goto fail;
	d->n_targets = lull_targets_count(targets);
	d->faces = calloc(d->n_targets + 1, sizeof(*d->faces));
	if (!d->faces)
		goto fail;
	lull_slab_init(&d->subjects, sizeof(struct lull_subject));
	lull_ladder_init(&d->ladder, config->bin_ns);
	lull_control_init(&d->control);
	d->env = (struct lull_detect_env){
		.watch = {.config = &config->detector, .ladder = &d->ladder},
		.config = config,
		.targets = targets,
		.control = &d->control,
		.blind = &d->blind,
		.on_event = on_event,
		.context = context,
	};
	// Half the budget for the targets, half for their upstreams; every series that could
	// exist has its share, whether or not it ever does.
	double n = fmax(1.0, (double)d->n_targets);
	double upstreams = 1.0 + (double)config->n_upstreams + (double)config->upstreams_max;
	d->weight_all = 0.5 / n;
	d->weight_branch = 0.5 / (n * upstreams);
	if (config->series)
		d->weight_all = 1.0 / n; // no upstreams
	return d;
fail:
	lull_detect_destroy(d);
	errno = ENOMEM;
	return NULL;
}

void lull_detect_wipe(struct lull_detect *d)
{
	for (size_t i = 0; i <= d->n_targets; i++)
		if (d->faces[i].subject)
			lull_subject_finish(d->faces[i].subject);
	for (size_t i = 0; i < d->n_oneways; i++)
		lull_oneway_destroy(d->oneways[i]);
	lull_slab_empty(&d->subjects);
	memset(d->faces, 0, (d->n_targets + 1) * sizeof(*d->faces));
	for (size_t i = 0; i < LULL_RUNGS; i++)
		d->rungs[i].n = 0;
	lull_control_finish(&d->control);
	lull_control_init(&d->control);
	lull_ladder_init(&d->ladder, d->env.config->bin_ns);
	d->blind = (struct lull_blind){0};
	d->env.upstreams = (struct lull_upstreams){0};
	d->env.now_ns = d->seen_ns = 0;
	d->n_busy = d->n_oneways = 0;
}

void lull_detect_destroy(struct lull_detect *d)
{
	if (!d)
		return;
	if (d->faces && d->env.config)
		lull_detect_wipe(d);
	for (size_t i = 0; i < LULL_RUNGS; i++)
		free(d->rungs[i].items);
	free(d->faces);
	free(d->busy);
	free(d->oneways);
	free(d);
}

static void add_control(void *context, struct lull_watch *s)
{
	struct lull_detect *d = context;
	d->failed |= lull_detect_enlist(d, s) != 0;
}

static int join(struct lull_detect *d, struct lull_subject *t, struct lull_watch *s, double weight,
	const struct lull_watch_seed *seed, uint64_t now_ns)
{
	lull_watch_init(s, &d->env.watch, weight, seed, now_ns);
	s->owner = t;
	return lull_detect_enlist(d, s);
}

// Begin a series that showed `packets` from first_ns up to now_ns, and k in the present bin.
static int begin(struct lull_detect *d, struct lull_subject *t, struct lull_watch *s, double weight,
	uint64_t packets, uint64_t first_ns, uint64_t k, uint64_t now_ns)
{
	double seen_s = packets > 0 && first_ns < now_ns ? 1e-9 * (double)(now_ns - first_ns) : 0.0;
	double bin_s = 1e-9 * (double)d->env.config->bin_ns;
	struct lull_watch_seed seed = {
		(double)packets, seen_s, (double)(packets + k) / (seen_s + bin_s)};
	return join(d, t, s, weight, &seed, now_ns);
}

static struct lull_subject *start_subject(
	struct lull_detect *d, uint32_t target, uint64_t k, uint64_t now_ns)
{
	struct lull_face *f = &d->faces[target];
	struct lull_subject *t = lull_slab_take(&d->subjects);
	if (!t)
		return NULL;
	t->target = target;
	lull_signals_init(&t->signals);
	f->subject = t;
	int err = begin(d, t, &t->out, d->weight_all, f->packets_out, f->first_ns, k, now_ns);
	return err ? NULL : t;
}

static int row_branch(struct lull_detect *d, struct lull_subject *t, const struct lull_row *row,
	uint64_t start_ns)
{
	struct lull_branch *b = lull_subject_branch(t, row->upstream);
	if (!b)
		return -ENOMEM;
	if (!b->out && b->packets + row->packets >= START_PACKETS) {
		b->out = calloc(1, sizeof(*b->out));
		if (!b->out || begin(d, t, b->out, d->weight_branch, b->packets, b->first_ns,
				       row->packets, start_ns))
			return -ENOMEM;
	}
	if (b->packets == 0)
		b->first_ns = start_ns;
	b->packets += row->packets;
	if (b->out)
		lull_watch_count(b->out, row->packets, row->first_ns, row->last_ns);
	return 0;
}

static int row_in(struct lull_detect *d, struct lull_subject *t, const struct lull_row *row,
	uint64_t start_ns)
{
	if (!t->in && row->packets > 0) {
		t->in = calloc(1, sizeof(*t->in));
		if (!t->in ||
			begin(d, t, t->in, d->weight_all, 0, start_ns, row->packets, start_ns))
			return -ENOMEM;
	}
	if (t->in)
		lull_watch_count(t->in, row->packets, row->first_ns, row->last_ns);
	return 0;
}

static void take_out(struct lull_subject *t, const struct lull_row *row)
{
	lull_watch_count(&t->out, row->packets, row->first_ns, row->last_ns);
	if (t->bursty)
		lull_keen_count(t->keen, row);
}

// The lines that a row touches: features and counts.
static void fetch_subject(const struct lull_face *f)
{
	uintptr_t p = (uintptr_t)f->subject;
	__builtin_prefetch((const void *)p, 1);
	__builtin_prefetch((const void *)(p + offsetof(struct lull_subject, out.k)), 1);
}

// The keen series of a bursty target, whose own lines are at hand.
static void fetch_keen(const struct lull_subject *t, bool near)
{
	if (t && t->bursty)
		__builtin_prefetch(near ? (const void *)t->keen : (const void *)&t->keen, 1);
}

static void fetch_row(const struct lull_detect *d, const struct lull_bin *bin, size_t i)
{
	if (i + AHEAD >= bin->n_rows)
		return;
	const struct lull_row *row = &bin->rows[i];
	fetch_subject(&d->faces[row[AHEAD].target]);
	fetch_keen(d->faces[row[THEN].target].subject, false);
	fetch_keen(d->faces[row[NEAR].target].subject, true);
}

static int take_row(struct lull_detect *d, const struct lull_row *row, uint64_t start_ns)
{
	struct lull_face *f = &d->faces[row->target];
	bool all = row->upstream == LULL_ALL_UPSTREAMS, out = row->direction == LULL_OUT;
	if (all && out && row->packets > 0) {
		if (f->packets_out == 0)
			f->first_ns = start_ns;
		if (!f->subject && f->packets_out + row->packets >= START_PACKETS &&
			!start_subject(d, row->target, row->packets, start_ns))
			return -ENOMEM;
		f->packets_out += row->packets;
	} else if (all && !out) {
		f->packets_in += row->packets;
	}
	if (all && (f->oneway || row->flows >= LULL_ONEWAY_LEAST) &&
		lull_detect_flows_row(d, row, start_ns))
		return -ENOMEM;
	struct lull_subject *t = f->subject;
	if (!t)
		return 0;
	if (all && lull_signals_count(&t->signals, row))
		return -ENOMEM;
	if (all && out)
		take_out(t, row);
	else if (all)
		return row_in(d, t, row, start_ns);
	else if (out && row->packets > 0)
		return row_branch(d, t, row, start_ns);
	return 0;
}

int lull_detect_mark_busy(struct lull_detect *d, struct lull_subject *t)
{
	if (t->listed)
		return 0;
	if (d->n_busy == d->cap_busy) {
		size_t cap = d->cap_busy ? 2 * d->cap_busy : 16;
		struct lull_subject **grown = realloc(d->busy, cap * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		d->busy = grown;
		d->cap_busy = cap;
	}
	size_t i = d->n_busy++;
	for (; i > 0 && d->busy[i - 1]->target > t->target; i--)
		d->busy[i] = d->busy[i - 1];
	d->busy[i] = t;
	t->listed = true;
	return 0;
}

// Where packets come in bursts, something else may say sooner that they stopped.
static int try_keen(struct lull_detect *d, struct lull_subject *t, const struct lull_period *span)
{
	if (!t->bursty && !lull_keen_wanted(&t->out))
		return 0;
	if (!t->keen && !(t->keen = calloc(1, sizeof(*t->keen))))
		return -ENOMEM;
	t->bursty = true;
	bool calm = !t->hold && t->out.state != LULL_LEARNING;
	double bin_s = 1e-9 * (double)span->len_ns;
	enum lull_feature feature = lull_keen_close(t->keen, calm, bin_s);
	if (feature == t->keen->feature)
		return 0;
	lull_watch_weigh(&t->out, &d->env.watch, (feature ? 0.5 : 1.0) * d->weight_all);
	t->keen->over = feature == LULL_PACKETS;
	if (t->keen->over) {
		t->wait = false;
		d->n_movers++;
		return 0; // its watch leaves its list after its next bin
	}
	struct lull_watch_seed seed = lull_keen_seed(t->keen, feature, bin_s);
	t->keen->feature = (uint8_t)feature;
	t->out.known = true; // what rests on the other quotes its history
	return join(d, t, &t->keen->watch, 0.5 * d->weight_all, &seed, d->env.now_ns);
}

static int close_out(struct lull_detect *d, struct lull_subject *t, const struct lull_period *span)
{
	bool suspect = t->out.suspect_ns != LULL_TIME_NONE;
	t->hold = suspect || t->wait || (t->hold && t->outage); // an outage has it held
	int err = lull_signals_close(&t->signals, span->exposure_s, span->start_ns + span->len_ns,
		t->hold || (t->branched && lull_subject_diverted(t)));
	return err ? err : try_keen(d, t, span);
}

// A keen series that earns its share no more.
static bool leaves(const struct lull_watch *s)
{
	const struct lull_keen *k = s->owner && s->owner->bursty ? s->owner->keen : NULL;
	return k && k->over && s == &k->watch;
}

static int judge_series(struct lull_detect *d, struct lull_watch *s, const struct lull_period *span)
{
	struct lull_subject *t = s->owner;
	if (t) {
		s->wide = t->hold || t->listed;
		s->held = s == &t->out ? t->wait : t->hold;
	}
	int err = lull_watch_judge(s, &d->env.watch, span);
	bool gone = leaves(s);
	d->n_movers += gone || s->wanted != s->rung;
	if (err || !t)
		return err;
	if (s == &t->out && close_out(d, t, span))
		return -ENOMEM;
	if (t->bursty && s == lull_subject_keen(t)) {
		t->wait = s->alarmed || s->suspect_ns != LULL_TIME_NONE;
		t->hold = lull_subject_doubts(t);
	}
	if (gone)
		return 0;
	bool rise = s->surging && s == &t->out && d->env.config->detector.both;
	return s->alarmed || rise ? lull_detect_mark_busy(d, t) : 0;
}

// Series that want another rung move once all rungs of the bin are judged.
static int move_series(struct lull_detect *d, size_t rung)
{
	struct lull_watch_list *l = &d->rungs[rung];
	for (size_t i = 0; i < l->n;) {
		struct lull_watch *s = l->items[i];
		if (s->wanted == s->rung && !leaves(s)) {
			i++;
			continue;
		}
		l->items[i] = l->items[--l->n];
		l->items[i]->place = (uint32_t)i;
		if (leaves(s)) {
			lull_keen_end(s->owner->keen);
			continue;
		}
		if (lull_watch_move(s, &d->env.watch) || lull_detect_enlist(d, s))
			return -ENOMEM;
		if (s->owner && s->owner->keen && s == &s->owner->out)
			lull_keen_restart(s->owner->keen);
	}
	return 0;
}

// What a calm bin touches of a series, and of its target, which lies before the target's own.
static void fetch(const struct lull_watch_list *l, size_t i)
{
	if (i >= l->n)
		return;
	uintptr_t p = (uintptr_t)l->items[i];
	__builtin_prefetch((const void *)(p - 64), 1);
	for (size_t at = 128; at < 320; at += 64)
		__builtin_prefetch((const void *)(p + at), 1);
	fetch_keen(l->items[i - (AHEAD - THEN)]->owner, false);
}

// The end of its tail, and what it learns with where it will learn soon.
static void fetch_rest(const struct lull_watch_list *l, size_t i)
{
	if (i >= l->n)
		return;
	const struct lull_watch *s = l->items[i];
	__builtin_prefetch(&s->tail.bins[s->tail.next], 1);
	fetch_keen(s->owner, true);
	if (lull_watch_dull(s))
		return;
	for (size_t at = 320; at < sizeof(*s); at += 64)
		__builtin_prefetch((const char *)s + at, 1);
}

static int judge_rungs(struct lull_detect *d)
{
	bool full[LULL_RUNGS] = {false};
	for (size_t r = 0; r < d->ladder.n; r++) {
		struct lull_rung *rung = &d->ladder.rungs[r];
		full[r] = lull_ladder_full(rung);
		if (!full[r])
			continue;
		for (size_t i = 0; i < d->rungs[r].n; i++) {
			fetch(&d->rungs[r], i + AHEAD);
			fetch_rest(&d->rungs[r], i + NEAR);
			if (judge_series(d, d->rungs[r].items[i], &rung->span))
				return -ENOMEM;
		}
	}
	for (size_t r = 0; r < d->ladder.n; r++)
		if (full[r])
			lull_ladder_restart(&d->ladder.rungs[r]);
	for (size_t r = 0; r < d->ladder.n && d->n_movers > 0; r++)
		if (full[r] && move_series(d, r))
			return -ENOMEM;
	d->n_movers = 0;
	return 0;
}

static int step_busy(struct lull_detect *d)
{
	size_t kept = 0;
	for (size_t i = 0; i < d->n_busy; i++) {
		struct lull_subject *t = d->busy[i];
		if (lull_subject_step(t, &d->env))
			return -ENOMEM;
		t->listed = lull_subject_busy(t);
		if (t->listed)
			d->busy[kept++] = t;
	}
	d->n_busy = kept;
	return 0;
}

// Nobody looked for gap_ns before `now`.
static int take_gap(struct lull_detect *d, uint64_t gap_ns, uint64_t now_ns)
{
	lull_blind_hole(&d->blind, gap_ns < now_ns ? now_ns - gap_ns : 0, now_ns);
	lull_ladder_break(&d->ladder);
	for (size_t r = 0; r < d->ladder.n; r++)
		for (size_t i = 0; i < d->rungs[r].n; i++) {
			struct lull_watch *s = d->rungs[r].items[i];
			if (lull_watch_gap(s, &d->env.watch, gap_ns, now_ns))
				return -ENOMEM;
			if (!s->owner || s != &s->owner->out)
				continue;
			lull_signals_drop(&s->owner->signals);
			if (s->owner->keen)
				lull_keen_drop(s->owner->keen);
		}
	return 0;
}

// No port saw this bin whole: what it counted is told, but says nothing about anybody.
static void hold_bin(struct lull_detect *d, const struct lull_bin *bin)
{
	d->blind.held_ns += bin->gap_ns + bin->len_ns;
	for (size_t i = 0; i < bin->n_rows; i++) {
		const struct lull_row *row = &bin->rows[i];
		struct lull_face *f = &d->faces[row->target];
		if (row->upstream != LULL_ALL_UPSTREAMS)
			continue;
		if (row->direction == LULL_OUT && f->packets_out == 0)
			f->first_ns = bin->start_ns;
		*(row->direction == LULL_OUT ? &f->packets_out : &f->packets_in) += row->packets;
	}
}

int lull_detect_bin(struct lull_detect *d, const struct lull_bin *bin)
{
	if (lull_blind_bin(&d->blind, bin)) {
		d->env.now_ns = bin->start_ns + bin->len_ns;
		d->env.upstreams = *bin->upstreams;
		hold_bin(d, bin);
		return 0;
	}
	uint64_t gap_ns = bin->gap_ns + d->blind.held_ns;
	d->blind.held_ns = 0;
	if (gap_ns > 0 && take_gap(d, gap_ns, bin->start_ns))
		return -ENOMEM;
	d->env.upstreams = *bin->upstreams;
	d->env.now_ns = bin->start_ns + bin->len_ns;
	d->seen_ns += (uint64_t)((double)bin->len_ns * bin->exposure);
	double common = lull_control_bin(&d->control, bin);
	lull_control_start(&d->control, &d->env.watch, bin->start_ns, add_control, d);
	if (d->failed)
		return -ENOMEM;
	for (size_t i = 0; i < bin->n_rows; i++) {
		fetch_row(d, bin, i);
		if (take_row(d, &bin->rows[i], bin->start_ns))
			return -ENOMEM;
	}
	lull_ladder_add(&d->ladder, bin->start_ns, bin->len_ns, bin->exposure, common);
	if (judge_rungs(d))
		return -ENOMEM;
	lull_control_tend(&d->control, &d->env.watch, d->env.now_ns);
	return step_busy(d) || lull_detect_flows_step(d, bin->exposure) ? -ENOMEM : 0;
}

int lull_detect_finish(struct lull_detect *d)
{
	for (size_t i = 0; i < d->n_busy; i++)
		lull_subject_last(d->busy[i], &d->env);
	for (size_t i = 0; i < d->n_oneways; i++)
		lull_oneway_last(d->oneways[i], &d->env);
	return 0;
}
