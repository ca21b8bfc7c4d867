// SPDX-License-Identifier: BSD-3-Clause
// From bins, drivers and workers to the view of /metrics.

#include "engine/gauges.h"

#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_MIN 100   // packets a ratio of duplicates rests on
#define USUAL_WEIGHT 0.01 // of a new bin in the slow mean of unmatched traffic

static void name_targets(struct lull_gauges *g, const struct lull_generation *generation)
{
	for (size_t i = 0; i < g->view.n_targets; i++)
		g->targets[i].name = lull_targets_name(generation->targets, (uint32_t)i + 1);
}

static int make_targets(struct lull_gauges *g, const struct lull_generation *generation)
{
	size_t n = lull_targets_count(generation->targets);
	g->targets = calloc(n + 1, sizeof(*g->targets));
	if (g->targets == NULL)
		return -ENOMEM;
	g->view.targets = g->targets;
	g->view.n_targets = n;
	name_targets(g, generation);
	return 0;
}

static void take_config(struct lull_gauges *g, const struct lull_config *config)
{
	g->config = config;
	g->view.site = config->site;
	g->view.config_digest = config->digest;
	g->view.bin_ns = config->bin_ns;
	g->view.series_max = config->http.series_max;
}

int lull_gauges_init(struct lull_gauges *g, const struct lull_generation *generation,
	struct lull_ports *ports, size_t n_queues, uint64_t started_ns)
{
	static const char *const stages[LULL_STAGES] = {
		"merge", "detect", "export", "render", "close"};
	memset(g, 0, sizeof(*g));
	take_config(g, generation->config);
	g->view.started_ns = started_ns;
	g->view.n_ports = lull_ports_count(ports);
	g->view.ports = g->ports;
	for (size_t p = 0; p < g->view.n_ports; p++) {
		g->ports[p].device = lull_ports_device(ports, p);
		g->ports[p].driver = lull_ports_driver(ports, p);
		g->ports[p].duplicate_ratio = NAN;
		g->ports[p].control_ratio = NAN;
		g->ports[p].silence_s = NAN;
	}
	for (int s = 0; s < LULL_STAGES; s++)
		g->view.stages[s].name = stages[s];
	g->queues = calloc(n_queues + 1, sizeof(*g->queues));
	g->view.queues = g->queues;
	g->view.n_queues = n_queues;
	return g->queues == NULL ? -ENOMEM : make_targets(g, generation);
}

void lull_gauges_finish(struct lull_gauges *g)
{
	free(g->targets);
	free(g->queues);
	memset(g, 0, sizeof(*g));
}

int lull_gauges_switch(struct lull_gauges *g, const struct lull_generation *before,
	const struct lull_generation *now)
{
	struct lull_metric_target *old = g->targets;
	if (make_targets(g, now) < 0) {
		g->targets = old;
		return -ENOMEM;
	}
	for (size_t i = 0; i < g->view.n_targets; i++) {
		uint32_t was = lull_targets_find(before->targets, g->targets[i].name);
		if (was != LULL_NO_TARGET)
			g->targets[i] = old[was - 1];
	}
	name_targets(g, now);
	free(old);
	take_config(g, now->config);
	return 0;
}

void lull_gauges_law(struct lull_gauges *g, const struct lull_bin *bin)
{
	for (size_t p = 0; p < bin->n_ports && p < g->view.n_ports; p++) {
		lull_law_add(&g->ports[p].law, &bin->ports[p].law);
		if (bin->ports[p].last_ns != LULL_TIME_NONE)
			g->seen[p].last_ns = bin->ports[p].last_ns;
	}
}

static void take_control(struct lull_gauges *g, size_t p, const struct lull_port_bin *port)
{
	struct lull_metric_port *m = &g->ports[p];
	double now = (double)port->law.classes[LULL_UNMATCHED].packets;
	m->control_ratio = g->seen[p].usual > 0.0 ? now / g->seen[p].usual : NAN;
	double weight =
		g->view.bins * USUAL_WEIGHT < 1.0 ? 1.0 / (double)(g->view.bins + 1) : USUAL_WEIGHT;
	g->seen[p].usual += weight * (now - g->seen[p].usual);
}

// What is said of the last bin only.
static void forget_last(struct lull_gauges *g)
{
	for (size_t i = 0; i < g->view.n_targets; i++) {
		struct lull_metric_target *t = &g->targets[i];
		t->distinct[0] = t->distinct[1] = 0;
		t->flows = t->stuck = 0;
	}
}

void lull_gauges_bin(struct lull_gauges *g, const struct lull_bin *bin)
{
	forget_last(g);
	for (size_t i = 0; i < bin->n_rows; i++) {
		const struct lull_row *row = &bin->rows[i];
		if (row->upstream != LULL_ALL_UPSTREAMS)
			continue;
		struct lull_metric_target *t = &g->targets[row->target - 1];
		t->packets[row->direction] += row->packets;
		t->bytes[row->direction] += row->bytes;
		t->distinct[row->direction] = row->distinct;
		if (row->direction == LULL_IN) {
			t->flows = row->flows;
			t->stuck = row->stuck;
		}
	}
	for (size_t p = 0; p < bin->n_ports && p < g->view.n_ports; p++)
		take_control(g, p, &bin->ports[p]);
	g->view.bins++;
	g->view.gaps += bin->gap_ns > 0;
	g->view.bin_end_ns = bin->start_ns + bin->len_ns;
	g->view.upstreams = bin->upstreams->n - 1;
	g->view.upstreams_refused_packets += bin->refused_packets;
}

void lull_gauges_stage(struct lull_gauges *g, enum lull_stage stage, uint64_t ns)
{
	uint64_t limit_ns = 10000;
	int bucket = 0;
	while (bucket < LULL_LATENCY_BUCKETS - 1 && ns > limit_ns) {
		limit_ns *= 10;
		bucket++;
	}
	g->view.stages[stage].buckets[bucket]++;
	g->view.stages[stage].sum_s += (double)ns * 1e-9;
}

void lull_gauges_queue(struct lull_gauges *g, size_t i, unsigned port, unsigned queue, int core)
{
	g->queues[i].port = port;
	g->queues[i].queue = queue;
	g->queues[i].core = core;
}

static uint64_t read_gauge(const _Atomic uint64_t *gauge)
{
	return atomic_load_explicit(gauge, memory_order_relaxed);
}

void lull_gauges_worker(struct lull_gauges *g, size_t i, struct lull_worker *worker, bool stalled)
{
	struct lull_metric_queue *q = &g->queues[i];
	struct lull_worker_gauges *w = &worker->gauges;
	q->packets = read_gauge(&w->packets);
	q->bytes = read_gauge(&w->bytes);
	q->polls = read_gauge(&w->polls);
	for (int f = 0; f < LULL_FILL_BUCKETS; f++)
		q->fill[f] = read_gauge(&w->fill[f]);
	q->busy_s = (double)read_gauge(&w->busy_ns) * 1e-9;
	q->stalled = stalled;
	double lag_s = (double)read_gauge(&w->lag_ns) * 1e-9;
	atomic_store_explicit(&w->lag_ns, 0, memory_order_relaxed);
	if (q->queue == 0)
		g->seen[q->port].sampled = g->seen[q->port].copies = 0;
	g->seen[q->port].sampled += read_gauge(&worker->duplicates->sampled);
	g->seen[q->port].copies += read_gauge(&worker->duplicates->copies);
	if (q->queue == 0 || lag_s > g->ports[q->port].timestamp_lag_s)
		g->ports[q->port].timestamp_lag_s = lag_s;
}

static void refresh_targets(struct lull_gauges *g, const struct lull_generation *generation)
{
	// beyond the cap nobody sees them, and a million would cost time in every bin
	size_t n = g->view.n_targets < g->view.series_max ? g->view.n_targets : g->view.series_max;
	for (size_t i = 0; i < n; i++) {
		struct lull_target_status s = {0};
		if (lull_detect_status(generation->detect, (uint32_t)i + 1, &s) < 0)
			continue;
		g->targets[i].state = s.state;
		g->targets[i].expected_pps = s.expected_pps;
		g->targets[i].detectable_delay_s = s.detectable_delay_s;
		g->targets[i].events = s.events;
	}
}

// Over at least so many samples, so that the ratio means something.
static void refresh_duplicates(struct lull_gauges *g, size_t p)
{
	uint64_t sampled = g->seen[p].sampled - g->seen[p].sampled_then;
	if (sampled < SAMPLES_MIN)
		return;
	g->ports[p].duplicate_ratio =
		(double)(g->seen[p].copies - g->seen[p].copies_then) / (double)sampled;
	g->seen[p].sampled_then = g->seen[p].sampled;
	g->seen[p].copies_then = g->seen[p].copies;
}

static void refresh_ports(struct lull_gauges *g, const struct lull_losses *health, uint64_t now_ns)
{
	for (size_t p = 0; p < g->view.n_ports; p++) {
		const struct lull_port_stats *s = lull_losses_stats(health, p);
		struct lull_metric_port *m = &g->ports[p];
		m->link_up = s->link_up;
		m->loss = s->loss;
		m->lost = s->lost;
		m->nic_received = s->received;
		m->missed = s->missed;
		m->nombuf = s->nombuf;
		m->errors = s->errors;
		m->sent = s->sent;
		refresh_duplicates(g, p);
		uint64_t last_ns = g->seen[p].last_ns;
		if (last_ns != 0)
			m->silence_s = now_ns > last_ns ? (double)(now_ns - last_ns) * 1e-9 : 0.0;
	}
}

void lull_gauges_refresh(struct lull_gauges *g, const struct lull_generation *generation,
	const struct lull_losses *health, uint64_t now_ns)
{
	g->view.now_ns = now_ns;
	g->view.clock_offset_s = (double)lull_ports_offset() * 1e-9;
	refresh_targets(g, generation);
	refresh_ports(g, health, now_ns);
}
