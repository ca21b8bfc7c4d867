// SPDX-License-Identifier: BSD-3-Clause
// Bins without packets: a seeded world of targets, upstreams and control traffic for the tests of
// the detector. Every flow is a compound-Poisson stream whose rate is multiplied by a factor from
// one time to another, to the nanosecond, so onsets inside bins are true onsets.

#pragma once

#include "bins.h"
#include <lull/config.h>
#include <lull/detect.h>
#include <lull/targets.h>
#include <lull/time.h>
#include <lull/upstream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCENE_TARGETS 4
#define SCENE_UPSTREAMS 3 // and `all`
#define SCENE_PHASES 4
#define SCENE_EVENTS 400

#define SCENE_PORTS 2

// From one time to another (seconds) the rate is multiplied by factor.
struct phase {
	double from_s, to_s, factor;
};

struct flow {
	double pps, phi;
	struct phase phases[SCENE_PHASES];
	size_t n;
};

struct scene {
	struct lull_config *config;
	struct lull_targets *targets;
	struct lull_detect *detect;
	struct rng rng;
	uint64_t start_ns, seq;
	double bin_s, gap_s, sigma, level; // sigma, level: common AR(1) noise of all targets
	double day;                        // depth of a daily shape, 0..1
	size_t n_targets, n_upstreams;
	struct flow out[SCENE_TARGETS][SCENE_UPSTREAMS], in[SCENE_TARGETS], control, syn, noroute;
	// Of one address that answers so many openings with a packet each, beside what flows out.
	struct flow answers[SCENE_TARGETS];
	struct lull_event events[SCENE_EVENTS];
	size_t n_events;
	uint64_t true_last_ns; // last packet out of target 1
	uint64_t next_gap_ns;  // of the next bin
	// Health of the ports in the bin that begins at a time; the second port carries one
	// packet a bin that belongs to nobody.
	void (*health)(double at_s, struct lull_port_health *ports);
	size_t n_health;
};

static inline void scene_event(void *context, const struct lull_event *ev)
{
	struct scene *s = context;
	if (s->n_events < SCENE_EVENTS)
		s->events[s->n_events++] = *ev;
}

// Targets "t1".. with one prefix each, `upstreams` paths with equal shares of pps.
static inline void scene_open(struct scene *s, uint64_t seed, const char *bin, size_t targets,
	size_t upstreams, double pps, double control_pps)
{
	memset(s, 0, sizeof(*s));
	s->rng.s = seed;
	s->config = lull_config_create();
	s->n_targets = targets;
	s->n_upstreams = upstreams;
	for (size_t t = 0; t < targets; t++) {
		char text[64];
		snprintf(text, sizeof(text), "t%zu=175.45.%zu.0/24", t + 1, 176 + t);
		if (lull_config_add_target(s->config, text))
			abort();
		for (size_t u = 0; u < upstreams; u++)
			s->out[t][u] = (struct flow){.pps = pps / (double)upstreams, .phi = 1.0};
		s->in[t] = (struct flow){.pps = 0.5 * pps, .phi = 1.0};
	}
	if (lull_config_set(s->config, "bin", bin) || lull_config_check(s->config))
		abort();
	s->control = (struct flow){.pps = control_pps, .phi = 1.0};
	s->syn = s->noroute = (struct flow){.pps = 0.0, .phi = 1.0};
	s->bin_s = 1e-9 * (double)s->config->bin_ns;
	s->start_ns = UINT64_C(1749254400) * LULL_NS_PER_SECOND; // 2025-06-07 00:00
	s->targets = lull_targets_create(s->config);
	s->detect = lull_detect_create(s->config, s->targets, scene_event, s);
	if (!s->targets || !s->detect)
		abort();
}

static inline void scene_close(struct scene *s)
{
	lull_detect_destroy(s->detect);
	lull_targets_destroy(s->targets);
	lull_config_destroy(s->config);
}

static inline void flow_phase(struct flow *f, double from_s, double to_s, double factor)
{
	f->phases[f->n++] = (struct phase){from_s, to_s, factor};
}

// All paths of a target.
static inline void scene_phase(
	struct scene *s, size_t target, double from_s, double to_s, double factor)
{
	for (size_t u = 0; u < s->n_upstreams; u++)
		flow_phase(&s->out[target][u], from_s, to_s, factor);
	flow_phase(&s->answers[target], from_s, to_s, factor);
}

static inline double flow_factor(const struct flow *f, double at_s)
{
	double factor = 1.0;
	for (size_t i = 0; i < f->n; i++)
		if (at_s >= f->phases[i].from_s && at_s < f->phases[i].to_s)
			factor *= f->phases[i].factor;
	return factor;
}

// The next time after at_s at which the flow changes, at most to_s.
static inline double flow_change(const struct flow *f, double at_s, double to_s)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->phases[i].from_s > at_s && f->phases[i].from_s < to_s)
			to_s = f->phases[i].from_s;
		if (f->phases[i].to_s > at_s && f->phases[i].to_s < to_s)
			to_s = f->phases[i].to_s;
	}
	return to_s;
}

// Packets of a flow in [from_s, to_s): count, first and last time relative to the start.
static inline uint64_t flow_bin(struct scene *s, const struct flow *f, double level, double from_s,
	double to_s, double *first_s, double *last_s)
{
	uint64_t sum = 0;
	*first_s = *last_s = -1.0;
	for (double at = from_s; at < to_s && f->pps > 0.0;) {
		double next = flow_change(f, at, to_s), len = next - at;
		double mean = f->pps * level * len * flow_factor(f, 0.5 * (at + next));
		uint64_t k = (uint64_t)rng_compound(&s->rng, mean, f->phi);
		if (k > 0) {
			// Times within a piece: the least and the greatest of k uniforms.
			double lo = 1.0 - pow(rng_uniform(&s->rng), 1.0 / (double)k), hi = lo;
			if (k > 1)
				hi = lo +
				     (1.0 - lo) * pow(rng_uniform(&s->rng), 1.0 / (double)(k - 1));
			if (*first_s < 0.0)
				*first_s = at + lo * len;
			*last_s = at + hi * len;
		}
		sum += k;
		at = next;
	}
	return sum;
}

static inline void add_row(struct scene *s, struct lull_row *rows, size_t *n, uint32_t target,
	uint32_t upstream, uint8_t direction, uint64_t k, double first_s, double last_s)
{
	if (k == 0)
		return;
	rows[(*n)++] = (struct lull_row){.target = target,
		.upstream = upstream,
		.direction = direction,
		.packets = k,
		.bytes = 500 * k,
		.distinct = k < 20 ? k : 20,
		.first_ns = s->start_ns + (uint64_t)(1e9 * first_s),
		.last_ns = s->start_ns + (uint64_t)(1e9 * last_s)};
}

// Rows of one target: `all` out and in, then each upstream out.
static inline uint64_t scene_rows(struct scene *s, size_t t, double level, double from_s,
	double to_s, struct lull_row *rows, size_t *n)
{
	uint64_t k[SCENE_UPSTREAMS], all = 0;
	double first[SCENE_UPSTREAMS], last[SCENE_UPSTREAMS], a = 1e300, b = -1.0;
	for (size_t u = 0; u < s->n_upstreams; u++) {
		k[u] = flow_bin(s, &s->out[t][u], level, from_s, to_s, &first[u], &last[u]);
		all += k[u];
		if (k[u] > 0) {
			a = first[u] < a ? first[u] : a;
			b = last[u] > b ? last[u] : b;
		}
	}
	double first_syn, last_syn;
	uint64_t synack = flow_bin(s, &s->answers[t], level, from_s, to_s, &first_syn, &last_syn);
	if (synack > 0) {
		a = fmin(a, first_syn);
		b = fmax(b, last_syn);
		all += synack;
	}
	add_row(s, rows, n, (uint32_t)t + 1, 0, LULL_OUT, all, a, b);
	if (all > 0 && s->answers[t].pps > 0.0) {
		rows[*n - 1].synack = synack;
		rows[*n - 1].distinct = 1;
	}
	if (t == 0 && all > 0)
		s->true_last_ns = s->start_ns + (uint64_t)(1e9 * b);
	uint64_t in = flow_bin(s, &s->in[t], level, from_s, to_s, &a, &b);
	add_row(s, rows, n, (uint32_t)t + 1, 0, LULL_IN, in, a, b);
	if (in > 0 && t == 0) {
		rows[*n - 1].syn = flow_bin(s, &s->syn, 1.0, from_s, to_s, &a, &b);
		rows[*n - 1].unreach[LULL_UNREACH_NOROUTE] =
			flow_bin(s, &s->noroute, 1.0, from_s, to_s, &a, &b);
	}
	for (size_t u = 0; u < s->n_upstreams; u++)
		add_row(s, rows, n, (uint32_t)t + 1, (uint32_t)u + 1, LULL_OUT, k[u], first[u],
			last[u]);
	return all + in;
}

// Nobody looks for so long; the world goes on.
static inline void scene_gap(struct scene *s, double gap_s)
{
	s->gap_s += gap_s;
	s->next_gap_ns += (uint64_t)(1e9 * gap_s + 0.5);
}

// Health and the second port.
static inline void scene_health(struct scene *s, double at_s, struct lull_bin *bin,
	struct lull_port_bin *ports, struct lull_port_health *health)
{
	if (!s->health)
		return;
	for (size_t i = 0; i < s->n_health; i++)
		health[i] = (struct lull_port_health){.link_up = true};
	s->health(at_s, health);
	bin->health = health;
	bin->n_health = bin->n_ports = s->n_health;
	if (s->n_health > 1)
		ports[1].law.received.packets = health[1].link_up;
}

// Run to a time, in seconds since the start; gap_s is skipped before the first bin.
static inline void scene_run(struct scene *s, double to_s)
{
	static const uint64_t keys[] = {0, 1, 2, 3};
	static const char *const names[] = {"all", "u1", "u2", "u3"};
	// On the heap and gone afterwards: the detector may keep names, but not the record.
	struct lull_upstreams *upstreams = malloc(sizeof(*upstreams));
	*upstreams = (struct lull_upstreams){1 + s->n_upstreams, keys, names};
	for (; (double)s->seq * s->bin_s + s->gap_s < to_s - 1e-6; s->seq++) {
		double from = (double)s->seq * s->bin_s + s->gap_s, to = from + s->bin_s;
		double corr = exp(-s->bin_s / 60.0); // noise remembers a minute
		s->level =
			corr * s->level + s->sigma * sqrt(1.0 - corr * corr) * rng_normal(&s->rng);
		double level = exp(s->level - 0.5 * s->sigma * s->sigma);
		level *= 1.0 - s->day * 0.5 * (1.0 - cos(from * 6.283185307179586 / 86400.0));
		struct lull_row rows[SCENE_TARGETS * (SCENE_UPSTREAMS + 2)];
		struct lull_port_bin ports[SCENE_PORTS] = {
			{.first_ns = LULL_TIME_NONE, .last_ns = LULL_TIME_NONE},
			{.first_ns = LULL_TIME_NONE, .last_ns = LULL_TIME_NONE}};
		struct lull_port_bin *port = ports;
		struct lull_port_health health[SCENE_PORTS];
		struct lull_bin bin = {.seq = s->seq,
			.start_ns = s->start_ns + (uint64_t)(1e9 * from + 0.5),
			.len_ns = s->config->bin_ns,
			.gap_ns = s->next_gap_ns,
			.exposure = 1.0,
			.rows = rows,
			.ports = ports,
			.n_ports = 1,
			.upstreams = upstreams};
		uint64_t matched = 0;
		for (size_t t = 0; t < s->n_targets; t++)
			matched += scene_rows(s, t, level, from, to, rows, &bin.n_rows);
		double first, last;
		uint64_t control = flow_bin(s, &s->control, 1.0, from, to, &first, &last);
		for (uint64_t i = 0; i < control; i++)
			port->control[rng_u64(&s->rng) % LULL_CONTROL_GROUPS]++;
		if (control > 0) {
			port->first_ns = s->start_ns + (uint64_t)(1e9 * first);
			port->last_ns = s->start_ns + (uint64_t)(1e9 * last);
		}
		port->law.received.packets = matched + control;
		port->law.classes[LULL_MATCHED_SRC].packets = matched;
		port->law.classes[LULL_UNMATCHED].packets = control;
		bin.law = port->law;
		scene_health(s, from, &bin, ports, health);
		s->next_gap_ns = 0;
		if (lull_detect_bin(s->detect, &bin))
			abort();
	}
	memset(upstreams, 0xee, sizeof(*upstreams));
	free(upstreams);
}

static inline double scene_s(const struct scene *s, uint64_t ns)
{
	return 1e-9 * ((double)ns - (double)s->start_ns);
}

// The last revision of the first event of a kind (LULL_KINDS: any) and target, or NULL.
static inline const struct lull_event *scene_last(
	const struct scene *s, uint32_t target, enum lull_kind kind)
{
	const struct lull_event *found = NULL;
	for (size_t i = 0; i < s->n_events; i++) {
		const struct lull_event *ev = &s->events[i];
		if (ev->target == target && (kind == LULL_KINDS || ev->kind == kind) &&
			(!found || !strcmp(found->id, ev->id)))
			found = ev;
	}
	return found;
}

// Different events (by id) of a kind.
static inline size_t scene_count(const struct scene *s, enum lull_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n_events; i++) {
		bool seen = kind != LULL_KINDS && s->events[i].kind != kind;
		for (size_t j = 0; j < i && !seen; j++)
			seen = !strcmp(s->events[j].id, s->events[i].id) &&
			       (kind == LULL_KINDS || s->events[j].kind == kind);
		n += !seen;
	}
	return n;
}

static inline void scene_print(const struct scene *s)
{
	for (size_t i = 0; i < s->n_events; i++) {
		const struct lull_event *e = &s->events[i];
		fprintf(stderr,
			"%s rev %u %s %s %s/%s at %.3f [%.3f %.3f] det %.1f end %.3f lost %.3f "
			"[%.3f %.3f] ev %.1f/%.1f scope %s tap %s %.2f cause %s %.2f bin %.0f\n",
			e->id, e->rev, lull_state_name(e->state), lull_kind_name(e->kind),
			e->target_name, e->upstream, scene_s(s, e->onset.ns),
			scene_s(s, e->onset.lo_ns), scene_s(s, e->onset.hi_ns),
			scene_s(s, e->detected_ns),
			e->end.ns == LULL_TIME_NONE ? NAN : scene_s(s, e->end.ns), e->lost.value,
			e->lost.lo, e->lost.hi, e->evidence, e->threshold,
			lull_scope_name(e->scope), lull_health_name(e->tap), e->control_ratio,
			e->causes[0].label, e->causes[0].weight, 1e-9 * (double)e->bin_ns);
	}
}
