// SPDX-License-Identifier: BSD-3-Clause
// Wiring for a live tap: ports -> workers -> analyzer -> detector, series, /metrics, state. The
// workers have threads of their own and wait for nobody; this thread is the analyzer, and does all
// that may take time: disk, reloads, pages.

#include "engine/live.h"

#include "engine/guard.h"

#include <errno.h>
#include <lull/log.h>
#include <lull/text.h>
#include <lull/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAP_NS (2 * 1000 * 1000)
#define MOMENT_NS (100 * UINT64_C(1000000))
#define FAREWELL_NS (1500 * UINT64_C(1000000)) // workers that do not end by then are left behind
#define LAST_WORDS_MS 200                 // for a reader that is behind, when lull was told to end
#define PATIENCE_MS 10000                 // ... when it ends by itself
#define LEAD_NS (200 * UINT64_C(1000000)) // from an offer to its bin, for workers to answer
#define PUBLISH_NS (UINT64_C(5) * 1000000000) // a page is older than that only if this thread hangs
#define RING_BYTES (UINT64_C(1) << 30)        // of closed bins waiting, over all workers

void lull_run_event(void *context, const struct lull_event *event)
{
	struct lull_run *r = context;
	uint64_t before = lull_ports_now();
	lull_teller_event(&r->teller, event);
	r->export_ns += lull_ports_now() - before;
}

static int detect_bin(void *state, const struct lull_bin *bin)
{
	struct lull_run *r = state;
	uint64_t before = lull_ports_now();
	r->export_ns = 0;
	int e = lull_detect_bin(r->generation->detect, bin);
	r->detect_ns = lull_ports_now() - before - r->export_ns;
	return e;
}

// Once in every generation: a reload may have raised the cap.
static void complain_of_upstreams(struct lull_run *r, const struct lull_bin *bin)
{
	if (bin->refused_packets == 0 || r->crowded)
		return;
	r->crowded = true;
	lull_log_warning("run: as many upstreams are learnt as upstreams_max allows (%u): more are "
			 "counted as 'other'; name the neighbours in 'upstreams:', or raise it",
		r->generation->config->upstreams_max);
}

static int gauge_bin(void *state, const struct lull_bin *bin)
{
	struct lull_run *r = state;
	lull_gauges_bin(&r->gauges, bin);
	complain_of_upstreams(r, bin);
	r->end_ns = bin->start_ns + bin->len_ns;
	return 0;
}

// A series file that cannot be written any more ends, the run does not.
static int series_bin(void *state, const struct lull_bin *bin)
{
	struct lull_run *r = state;
	if (r->series == NULL)
		return 0;
	int e = lull_series_bin(r->series, bin);
	if (e == 0)
		e = lull_series_flush(r->series);
	if (e < 0) {
		lull_log_error("--series: %s; no more is written to it", strerror(-e));
		lull_series_finish(r->series);
		r->series = NULL;
	}
	return 0;
}

// Every bin, whole or not: what the ports received of it counts, and they may have lost more.
static void merged(void *state, struct lull_bin *bin)
{
	struct lull_run *r = state;
	lull_gauges_law(&r->gauges, bin);
	lull_losses_judge(&r->losses, bin, lull_ports_now());
	lull_posts_judge(&r->posts, bin, r->losses.bin);
}

static int make_generation(struct lull_run *r)
{
	struct lull_config *config = r->live->configure(r->live->context);
	if (config == NULL)
		return -EINVAL;
	if (config->capture.kind == LULL_CAPTURE_NONE) {
		lull_log_error("run: nothing to capture from; give -i INTERFACE, or 'capture:' in "
			       "the configuration");
		lull_config_destroy(config);
		return -EINVAL;
	}
	r->generation = lull_generation_create(config, lull_run_event, r);
	if (r->generation == NULL)
		return -errno;
	r->generation->lent = true;
	r->config = config;
	return 0;
}

static int make_workers(struct lull_run *r)
{
	const struct lull_config *c = r->generation->config;
	r->n = lull_ports_queues(r->ports);
	r->taps = calloc(r->n, sizeof(*r->taps));
	r->workers = calloc(r->n, sizeof(struct lull_worker *));
	if (r->taps == NULL || r->workers == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < r->n; i++) {
		int e = lull_tap_init(&r->taps[i], lull_ports_queue(r->ports, i), c->bin_ns,
			c->reorder_bins, c->jump_ns);
		if (e < 0)
			return e;
		r->taps[i].stop = &r->leave;
		lull_clock_fix(&r->taps[i].clock, r->start_ns);
		r->workers[i] =
			lull_worker_create(&r->taps[i], &r->generation->path, &r->live->key);
		if (r->workers[i] == NULL)
			return -ENOMEM;
		e = lull_worker_live(r->workers[i], &r->live->key, RING_BYTES / r->n);
		if (e < 0)
			return e;
	}
	return 0;
}

static int make_analyzer(struct lull_run *r)
{
	struct lull_generation *g = r->generation;
	int e = lull_analyzer_init(&r->analyzer, r->workers, r->n, g->merge);
	if (e < 0)
		return e;
	lull_change_init(&r->change, r->workers, r->n, 1 + LEAD_NS / g->config->bin_ns);
	r->analyzer.live = true;
	r->analyzer.start_ns = r->start_ns;
	r->analyzer.gap_ns = r->gap_ns;
	r->analyzer.merged = merged;
	r->analyzer.merged_state = r;
	if (r->live->series != NULL) {
		r->series = lull_series_create(r->live->series, g->targets, false);
		if (r->series == NULL)
			return -errno;
	}
	lull_analyzer_listen(&r->analyzer, gauge_bin, r);
	lull_analyzer_listen(&r->analyzer, series_bin, r);
	lull_analyzer_listen(&r->analyzer, detect_bin, r);
	return 0;
}

static int make_posts(struct lull_run *r)
{
	const struct lull_config *c = r->generation->config;
	int e = lull_posts_init(&r->posts, r->workers, r->n, c);
	for (size_t i = 0; i < r->n && e == 0; i++) {
		const struct lull_post *post = &r->posts.posts[i];
		int core = i < c->n_cores ? (int)c->cores[i] : -1;
		lull_gauges_queue(&r->gauges, i, post->port, post->queue, core);
	}
	return e;
}

// Devices first: they need rights that are given up afterwards, before any thread is made.
static int prepare(struct lull_run *r)
{
	int e = make_generation(r);
	if (e < 0)
		return e;
	const struct lull_config *c = r->config;
	r->ports = lull_ports_open(c);
	if (r->ports == NULL)
		return -errno;
	r->start_ns = lull_ports_now();
	lull_losses_init(&r->losses, r->ports, c->bin_ns);
	if ((e = lull_guard_drop(c->user, c->state)) < 0)
		return e;
	r->keeper.dir = c->state;
	r->keeper.saved_ns = 0; // after the first bin, so that a crash soon after costs little
	e = lull_teller_init(&r->teller, r->live->exporter, fileno(r->live->out), c,
		r->generation->targets, c->state);
	r->keeper.untold = &r->teller.untold;
	if (e == 0)
		e = lull_keeper_restore(&r->keeper, r->generation, &r->start_ns, &r->gap_ns);
	if (e == 0) {
		lull_teller_flush(&r->teller);
		e = make_workers(r);
	}
	if (e == 0)
		e = make_analyzer(r);
	if (e == 0)
		e = lull_gauges_init(&r->gauges, r->generation, r->ports, r->n, r->start_ns);
	if (e == 0)
		e = make_posts(r);
	if (e < 0)
		return e;
	if (c->http.n_listen > 0 && (r->http = lull_http_start(&c->http)) == NULL)
		return -errno;
	return 0;
}

static void complain_of_place(const struct lull_config *c, size_t i, int e)
{
	if (i < c->n_cores)
		lull_log_error("run: worker %zu cannot have core %u (of cores): %s", i, c->cores[i],
			e == -EINVAL ? "there is none, or this process may not use it"
				     : strerror(-e));
	else
		lull_log_error("run: worker %zu cannot take its queue: %s", i, strerror(-e));
}

// In the worker's thread.
static int begin(void *context, size_t i)
{
	struct lull_run *r = context;
	int e = lull_ports_attach(r->ports, i);
	if (e < 0) {
		complain_of_place(r->config, i, e);
		return e;
	}
	e = lull_guard_worker();
	return e == -ENOSYS ? 0 : e;
}

static void end(void *context, size_t i)
{
	struct lull_run *r = context;
	lull_ports_detach(r->ports, i);
}

static void publish(struct lull_run *r, uint64_t now_ns)
{
	static const enum lull_metrics_format formats[] = {
		LULL_METRICS_TEXT, LULL_METRICS_OPENMETRICS};
	r->published_ns = now_ns;
	if (r->http == NULL)
		return;
	for (size_t i = 0; i < r->n; i++)
		lull_gauges_worker(&r->gauges, i, r->workers[i], r->posts.posts[i].stalled);
	lull_gauges_refresh(&r->gauges, r->generation, &r->losses, now_ns);
	r->gauges.view.revisions = r->teller.revisions;
	r->gauges.view.state_saves[0] = r->keeper.saves[0];
	r->gauges.view.state_saves[1] = r->keeper.saves[1];
	r->gauges.view.events_untold = r->teller.untold.n;
	r->gauges.view.events_dropped = r->teller.untold.dropped;
	r->gauges.view.output_waiting = r->teller.outbox.n;
	r->gauges.view.output_dropped = r->teller.outbox.dropped;
	r->gauges.view.log_dropped = lull_log_dropped();
	r->gauges.view.bins_overwritten = r->analyzer.overwritten;
	r->gauges.view.open_events = lull_detect_open(r->generation->detect);
	for (size_t i = 0; i < 2; i++) {
		struct lull_text page = {0};
		if (lull_metrics_render(&r->gauges.view, formats[i], &page) == 0)
			lull_http_publish(r->http, formats[i], &page);
		lull_text_finish(&page);
	}
	lull_gauges_stage(&r->gauges, LULL_RENDER, lull_ports_now() - now_ns);
}

// First the state that knows of the news, then the news: whenever the process dies, none is lost
// and none is told twice.
static void tell(struct lull_run *r, uint64_t now_ns)
{
	lull_keeper_bin(&r->keeper, r->generation, r->end_ns, now_ns, r->teller.news);
	r->teller.news = false;
	uint64_t before = lull_ports_now();
	lull_teller_flush(&r->teller);
	lull_gauges_stage(&r->gauges, LULL_EXPORT, r->export_ns + lull_ports_now() - before);
}

// One closed bin. 1: it was there; 0: none is closed; -errno.
static int analyze_bin(struct lull_run *r)
{
	int e = lull_reload_step(r);
	if (e < 0)
		return e;
	uint64_t before = lull_ports_now();
	r->detect_ns = r->export_ns = 0;
	int taken = lull_analyzer_step(&r->analyzer);
	if (taken <= 0)
		return taken;
	uint64_t now = lull_ports_now();
	lull_gauges_stage(&r->gauges, LULL_DETECT, r->detect_ns);
	lull_gauges_stage(&r->gauges, LULL_MERGE, now - before - r->detect_ns - r->export_ns);
	lull_gauges_stage(&r->gauges, LULL_CLOSE, now > r->end_ns ? now - r->end_ns : 0);
	tell(r, now);
	return 1;
}

// The bins that are closed, but no longer than a moment: an hour of them may be waiting, and
// meanwhile signals, workers and the service manager are waiting, too. Returns how many, or -errno.
static int analyze(struct lull_run *r)
{
	uint64_t began_ns = lull_ports_now();
	int bins = 0, taken = 1;
	while (taken > 0 && lull_ports_now() - began_ns < MOMENT_NS) {
		taken = analyze_bin(r);
		bins += taken > 0;
	}
	return taken < 0 ? taken : bins;
}

// Reading a clock is cheap; the loop turns a few hundred times a second.
static void watch_clock(struct lull_run *r, uint64_t now_ns)
{
	char apart[LULL_TIME_TEXT];
	int64_t offset = lull_ports_offset();
	if (!lull_drift_look(&r->drift, offset, r->config->bin_ns, now_ns))
		return;
	lull_duration_format((uint64_t)llabs(offset), apart);
	lull_log_warning(
		"run: the wall clock was stepped: it is %s %s the times of bins and events; "
		"a restart sets them anew",
		apart, offset < 0 ? "behind" : "ahead of");
}

static void nap(void)
{
	struct timespec moment = {.tv_nsec = NAP_NS};
	nanosleep(&moment, NULL);
}

static bool wanted(const struct lull_run *r)
{
	return !atomic_load(r->live->stop) && !lull_crew_done(&r->crew) &&
	       (r->live->bins == 0 || r->gauges.view.bins < r->live->bins);
}

// What others are told of it: the page, and whether all is well.
static void show_page(struct lull_run *r, bool well, bool news)
{
	uint64_t now_ns = lull_ports_now();
	if (well)
		lull_guard_alive("watching");
	if (well != r->well && r->http != NULL)
		lull_http_health(r->http, well ? NULL : "a worker stands still");
	bool due = well != r->well || now_ns - r->published_ns >= PUBLISH_NS;
	if (news || (due && r->gauges.view.bins > 0)) // before the first bin there is none
		publish(r, now_ns);
	r->well = well;
}

static int work(struct lull_run *r)
{
	lull_guard_ready("watching");
	while (wanted(r)) {
		uint64_t now = lull_ports_now();
		lull_losses_look(&r->losses, now);
		if (atomic_exchange(r->live->reload, false))
			lull_reload_begin(r);
		int bins = analyze(r);
		if (bins < 0)
			return bins;
		watch_clock(r, now);
		lull_teller_push(&r->teller);
		show_page(r, lull_posts_watch(&r->posts, &r->crew, now), bins > 0);
		if (bins == 0)
			nap();
	}
	return 0;
}

// Bins that are closed now, all of them.
static int analyze_all(struct lull_run *r)
{
	int taken = 1;
	while (taken > 0)
		taken = analyze_bin(r);
	return taken;
}

// No more packets; what was counted is analyzed, told and kept.
static int wind_up(struct lull_run *r, int e)
{
	lull_guard_stopping();
	atomic_store(&r->leave, true);
	uint64_t until = lull_ports_now() + FAREWELL_NS;
	while (!lull_crew_done(&r->crew) && lull_ports_now() < until) {
		if (e == 0 && (e = analyze(r)) > 0)
			e = 0;
		nap();
	}
	bool done = lull_crew_done(&r->crew);
	int ended = done ? lull_crew_finish(&r->crew) : -ETIMEDOUT;
	if (!done)
		lull_log_error("run: a worker does not end; its last bins are lost");
	if (e == 0)
		e = analyze_all(r);
	if (e == 0) // else the detector may have taken half a bin
		lull_keeper_last(&r->keeper, r->generation, r->end_ns);
	lull_teller_drain(&r->teller, atomic_load(r->live->stop) ? LAST_WORDS_MS : PATIENCE_MS);
	return !done ? ended : e < 0 ? e : ended;
}

// What the workers were given against what became of it.
static int lawful(const struct lull_run *r)
{
	struct lull_tally rest = lull_law_residual(&r->analyzer.law);
	uint64_t given = 0;
	for (size_t i = 0; i < r->n; i++)
		given += atomic_load(&r->workers[i]->gauges.packets);
	uint64_t received = r->analyzer.law.received.packets;
	if (rest.packets == 0 && rest.bytes == 0 && given == received) {
		char packets[32];
		lull_log_info("run: %llu bins, %s packets, every one in its class",
			(unsigned long long)r->gauges.view.bins,
			lull_text_count(received, packets));
		return 0;
	}
	lull_log_error("count law broken: %llu packets taken, %llu received, residual %lld; this "
		       "is a bug of lull, please report it",
		(unsigned long long)given, (unsigned long long)received, (long long)rest.packets);
	return -EPROTO;
}

static void finish(struct lull_run *r)
{
	lull_http_stop(r->http);
	if (r->series != NULL)
		lull_series_finish(r->series);
	lull_teller_finish(&r->teller);
	lull_gauges_finish(&r->gauges);
	lull_posts_finish(&r->posts);
	lull_analyzer_finish(&r->analyzer);
	for (size_t i = 0; i < r->n; i++) {
		if (r->workers != NULL)
			lull_worker_destroy(r->workers[i]);
		if (r->taps != NULL)
			lull_tap_finish(&r->taps[i]);
	}
	free(r->workers);
	free(r->taps);
	lull_generation_destroy(r->reload.next);
	lull_generation_destroy(r->reload.old);
	lull_generation_destroy(r->generation);
	lull_ports_close(r->ports);
	lull_config_destroy(r->config);
}

static int watch(struct lull_run *r)
{
	const struct lull_crew_plan plan = {.begin = begin, .end = end, .context = r, .live = true};
	int e = lull_crew_start(&r->crew, r->workers, r->n, &plan);
	if (e == 0)
		e = work(r);
	return wind_up(r, e);
}

int lull_live_run(const struct lull_live *live)
{
	struct lull_run *r = calloc(1, sizeof(*r)); // samples and ports: too much for a stack
	if (r == NULL)
		return -ENOMEM;
	r->live = live;
	lull_outbox_unwait(STDERR_FILENO); // an analyzer that waits for a reader loses bins
	lull_outbox_unwait(fileno(live->out));
	int e = prepare(r);
	if (e == 0)
		e = watch(r);
	if (e == 0)
		e = lawful(r);
	if (e != -ETIMEDOUT) // else a worker still uses all of it
		finish(r);
	if (e == -ENOMEM)
		lull_log_error("run: %s", strerror(-e));
	if (e != -ETIMEDOUT)
		free(r);
	return e;
}
