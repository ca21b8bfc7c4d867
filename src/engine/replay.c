// SPDX-License-Identifier: BSD-3-Clause
// Wiring for replay: files -> workers -> analyzer -> series, report, detector. What it computes
// depends on the packets and the configuration alone; the wall clock is read for two figures
// of the summary.

#include <lull/replay.h>

#include "engine/analyzer.h"
#include "engine/crew.h"
#include "engine/progress.h"
#include "engine/tap.h"
#include "engine/worker.h"

#include <errno.h>
#include <lull/detect.h>
#include <lull/log.h>
#include <lull/source.h>
#include <lull/store.h>
#include <lull/time.h>
#include <lull/upstream.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct run {
	const struct lull_replay *replay;
	struct lull_source *source;
	struct lull_tap tap;
	struct lull_path path;
	struct lull_match *match;
	struct lull_upstream_rules *rules;
	struct lull_worker *workers[LULL_WORKERS_MAX];
	struct lull_merge *merge;
	struct lull_analyzer analyzer;
	struct lull_detect *detect;
	struct lull_series *series;
	void *exporter;
	int export_error; // first error of an event; the detector has no way to hand it up
	struct lull_progress progress;
	struct lull_target_status *status;
};

static int series_bin(void *state, const struct lull_bin *bin)
{
	return lull_series_bin(state, bin);
}

static int export_bin(void *state, const struct lull_bin *bin)
{
	struct run *r = state;
	return r->replay->exporter->bin(r->exporter, bin);
}

static int detect_bin(void *state, const struct lull_bin *bin)
{
	struct run *r = state;
	int e = lull_detect_bin(r->detect, bin);
	return e < 0 ? e : r->export_error;
}

static void take_event(void *context, const struct lull_event *event)
{
	struct run *r = context;
	int e = r->replay->exporter->event(r->exporter, event);
	if (e < 0 && r->export_error == 0)
		r->export_error = e;
}

static int make_input(struct run *r)
{
	const struct lull_replay *p = r->replay;
	if (p->filter != NULL) {
		r->path.filter = lull_filter_create(p->filter);
		if (r->path.filter == NULL)
			return -errno;
	}
	r->source = lull_files_open(p->paths, p->n_paths, p->stop);
	if (r->source == NULL)
		return -errno;
	const struct lull_config *c = p->config;
	int e = lull_tap_init(&r->tap, r->source, c->bin_ns, c->reorder_bins, c->jump_ns);
	r->tap.stop = p->stop;
	return e;
}

static int make_workers(struct run *r)
{
	const struct lull_replay *p = r->replay;
	r->match = lull_match_create(p->targets);
	r->rules = lull_upstream_create(p->config);
	if (r->match == NULL || r->rules == NULL)
		return -ENOMEM;
	r->path.match = r->match;
	r->path.rules = r->rules;
	r->path.decap = p->config->decap;
	for (unsigned i = 0; i < p->workers; i++) {
		r->workers[i] = lull_worker_create(&r->tap, &r->path, &p->key);
		if (r->workers[i] == NULL)
			return -ENOMEM;
	}
	return 0;
}

static int make_analyzer(struct run *r)
{
	const struct lull_replay *p = r->replay;
	r->merge = lull_merge_create(p->targets, p->config);
	if (r->merge == NULL)
		return -ENOMEM;
	int e = lull_analyzer_init(&r->analyzer, r->workers, p->workers, r->merge);
	if (e < 0)
		return e;
	r->exporter = p->exporter->create(&p->export);
	r->detect = lull_detect_create(p->config, p->targets, take_event, r);
	if (r->exporter == NULL || r->detect == NULL)
		return -ENOMEM;
	if (p->series != NULL) {
		r->series = lull_series_create(p->series, p->targets, p->zeros);
		if (r->series == NULL)
			return -errno;
		lull_analyzer_listen(&r->analyzer, series_bin, r->series);
	}
	if (p->exporter->bin != NULL)
		lull_analyzer_listen(&r->analyzer, export_bin, r);
	lull_analyzer_listen(&r->analyzer, detect_bin, r);
	return 0;
}

// Everything in this thread: a burst, then whatever it closed.
static int work_alone(struct run *r)
{
	for (int more = 1; more != 0;) {
		more = lull_worker_step(r->workers[0]);
		if (more < 0 && more != -EAGAIN)
			return more;
		int taken;
		while ((taken = lull_analyzer_step(&r->analyzer)) > 0)
			lull_progress_tick(&r->progress, r->source);
		if (taken < 0)
			return taken;
		lull_progress_tick(&r->progress, r->source);
	}
	return 0;
}

// Workers in threads of their own; this one analyzes.
static int work_together(struct run *r)
{
	struct lull_crew crew;
	int e = lull_crew_start(&crew, r->workers, r->replay->workers, NULL);
	while (e == 0 && !lull_crew_done(&crew)) {
		int taken = lull_analyzer_step(&r->analyzer);
		if (taken < 0)
			e = taken;
		else if (taken == 0)
			lull_crew_wait(&crew);
		lull_progress_tick(&r->progress, r->source);
	}
	int worked = lull_crew_finish(&crew);
	if (e == 0)
		e = worked;
	int taken = e;
	while (e == 0 && (taken = lull_analyzer_step(&r->analyzer)) > 0)
		;
	return taken;
}

static double seconds(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int summarize(struct run *r, struct lull_summary *s)
{
	const struct lull_clock *clock = &r->tap.clock;
	s->inputs = lull_files_reports(r->source, &s->n_inputs);
	s->law = r->analyzer.law;
	s->bins = r->analyzer.next;
	s->gaps = r->analyzer.gaps;
	s->first_ns = clock->started ? clock->first_ns : LULL_TIME_NONE;
	s->last_ns = clock->started ? clock->last_ns : LULL_TIME_NONE;
	s->bin_ns = clock->bin_ns;
	s->workers = r->replay->workers;
	s->n_targets = lull_targets_count(r->replay->targets);
	r->status = calloc(s->n_targets + 1, sizeof(*r->status));
	if (r->status == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_targets; i++) {
		lull_detect_status(r->detect, (uint32_t)i + 1, &r->status[i]);
		s->outages += r->status[i].events;
	}
	s->targets = r->status;
	return 0;
}

// The readers counted what they handed out, the workers what they were given, the classes what
// became of it: three counts by three pieces of code.
static bool lawful(const struct lull_summary *s)
{
	struct lull_tally rest = lull_law_residual(&s->law);
	struct lull_tally read = {0};
	for (size_t i = 0; i < s->n_inputs; i++) {
		read.packets += s->inputs[i].received.packets;
		read.bytes += s->inputs[i].received.bytes;
	}
	if (rest.packets == 0 && rest.bytes == 0 && read.packets == s->law.received.packets &&
		read.bytes == s->law.received.bytes)
		return true;
	lull_log_error("count law broken: %llu packets read, %llu received, residual %lld; "
		       "this is a bug of lull, please report it with the capture",
		(unsigned long long)read.packets, (unsigned long long)s->law.received.packets,
		(long long)rest.packets);
	return false;
}

static int report(struct run *r, struct lull_summary *s, struct lull_replay_result *result)
{
	int e = summarize(r, s);
	if (e < 0)
		return e;
	result->unlawful = !lawful(s);
	result->outages = s->outages;
	for (size_t i = 0; i < s->n_inputs; i++) {
		const struct lull_input_report *in = &s->inputs[i];
		result->damaged |= in->damaged;
		if (in->damaged && !lull_tap_stopped(&r->tap)) // who stopped it knows
			lull_log_error("%s: at byte %llu: %s", in->path,
				(unsigned long long)in->error_offset, in->error);
	}
	e = r->replay->exporter->finish(r->exporter, s);
	if (e == 0 && r->series != NULL) {
		e = lull_series_finish(r->series);
		r->series = NULL;
	}
	if (e == 0 && r->replay->stats != NULL)
		e = lull_stats_write(r->replay->stats, r->replay->targets, s);
	return e;
}

static void finish(struct run *r)
{
	if (r->series != NULL)
		lull_series_finish(r->series);
	if (r->exporter != NULL)
		r->replay->exporter->destroy(r->exporter);
	lull_detect_destroy(r->detect);
	lull_analyzer_finish(&r->analyzer);
	lull_merge_destroy(r->merge);
	for (unsigned i = 0; i < LULL_WORKERS_MAX; i++)
		lull_worker_destroy(r->workers[i]);
	lull_upstream_destroy(r->rules);
	lull_match_destroy(r->match);
	lull_tap_finish(&r->tap);
	lull_source_close(r->source);
	lull_filter_destroy(r->path.filter);
	free(r->status);
}

static int work(struct run *r)
{
	int e = r->replay->workers == 1 ? work_alone(r) : work_together(r);
	lull_progress_finish(&r->progress);
	if (e == 0)
		e = lull_detect_finish(r->detect);
	return e < 0 ? e : r->export_error;
}

int lull_replay_run(const struct lull_replay *replay, struct lull_replay_result *result)
{
	struct run r = {.replay = replay};
	struct lull_summary summary = {0};
	double wall = seconds(CLOCK_MONOTONIC);
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	memset(result, 0, sizeof(*result));
	lull_progress_init(&r.progress, replay->progress);
	int e = make_input(&r);
	if (e == 0)
		e = make_workers(&r);
	if (e == 0)
		e = make_analyzer(&r);
	if (e == 0)
		e = work(&r);
	summary.wall_s = seconds(CLOCK_MONOTONIC) - wall;
	summary.cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (e == 0)
		e = report(&r, &summary, result);
	finish(&r);
	return e;
}
