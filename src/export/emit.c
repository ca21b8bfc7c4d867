// SPDX-License-Identifier: BSD-3-Clause
// From the view to samples.

#include "emit.h"

#include <lull/upstream.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const directions[LULL_DIRECTIONS] = {[LULL_OUT] = "out", [LULL_IN] = "in"};

// Figures of a struct, by their offset.
static const uint64_t *u64_at(const void *record, size_t at)
{
	return (const void *)((const char *)record + at);
}

static double double_at(const void *record, size_t at)
{
	double v;
	memcpy(&v, (const char *)record + at, sizeof(v));
	return v;
}

static bool bool_at(const void *record, size_t at)
{
	bool v;
	memcpy(&v, (const char *)record + at, sizeof(v));
	return v;
}

// name="value" with the value escaped.
static void add_text(struct lull_labels *l, const char *name, const char *value)
{
	struct lull_text escaped = {0};
	lull_page_escape(&escaped, value != NULL ? value : "");
	lull_labels_add(l, name, escaped.len > 0 ? escaped.data : "");
	lull_text_finish(&escaped);
}

void lull_emit_run_u64(struct lull_page *p, const struct lull_family *f)
{
	lull_page_u64(p, &(struct lull_labels){0}, *u64_at(p->view, f->at));
}

void lull_emit_run_ns(struct lull_page *p, const struct lull_family *f)
{
	lull_page_ns(p, &(struct lull_labels){0}, *u64_at(p->view, f->at));
}

void lull_emit_run_double(struct lull_page *p, const struct lull_family *f)
{
	lull_page_double(p, &(struct lull_labels){0}, double_at(p->view, f->at));
}

static void emit_results(
	struct lull_page *p, const uint64_t counts[2], const char *bad, const char *good)
{
	for (int i = 0; i < 2; i++) {
		struct lull_labels l = {0};
		lull_labels_add(&l, "result", i == 0 ? bad : good);
		lull_page_u64(p, &l, counts[i]);
	}
}

void lull_emit_reloads(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	emit_results(p, p->view->reloads, "refused", "taken");
}

void lull_emit_state_saves(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	emit_results(p, p->view->state_saves, "failed", "written");
}

void lull_emit_build(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	struct lull_labels l = {0};
	add_text(&l, "version", LULL_VERSION);
#ifdef __clang__
	add_text(&l, "compiler", __VERSION__); // says "clang" itself
#else
	add_text(&l, "compiler", "gcc " __VERSION__);
#endif
	add_text(&l, "dpdk", LULL_DPDK);
	lull_page_u64(p, &l, 1);
}

void lull_emit_config(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	struct lull_labels l = {0};
	add_text(&l, "site", p->view->site);
	add_text(&l, "digest", p->view->config_digest);
	lull_page_u64(p, &l, 1);
}

void lull_emit_stages(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	static const char *const bounds[LULL_LATENCY_BUCKETS] = {
		"1e-05", "0.0001", "0.001", "0.01", "0.1", "1.0", "10.0", "+Inf"};
	for (int i = 0; i < LULL_STAGES; i++) {
		const struct lull_metric_stage *stage = &p->view->stages[i];
		if (stage->name == NULL)
			continue;
		struct lull_labels l = {0};
		add_text(&l, "stage", stage->name);
		lull_page_histogram(
			p, &l, stage->buckets, bounds, LULL_LATENCY_BUCKETS, stage->sum_s);
	}
}

void lull_emit_targets(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	lull_page_u64(p, &(struct lull_labels){0}, p->view->n_targets);
}

void lull_emit_targets_omitted(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	lull_page_u64(p, &(struct lull_labels){0}, p->view->n_targets - p->n_targets);
}

// Only what is needed is set: a kilobyte to clear per sample is felt.
static void target_labels(const struct lull_page *p, size_t i, struct lull_labels *l)
{
	l->len = 0;
	l->raw = p->labels.data + p->label_at[i];
	l->raw_len = p->label_at[i + 1] - p->label_at[i];
}

void lull_emit_target_directions(struct lull_page *p, const struct lull_family *f)
{
	for (size_t i = 0; i < p->n_targets; i++)
		for (int d = 0; d < LULL_DIRECTIONS; d++) {
			struct lull_labels l;
			target_labels(p, i, &l);
			lull_labels_add(&l, "direction", directions[d]);
			lull_page_u64(p, &l, u64_at(&p->view->targets[i], f->at)[d]);
		}
}

void lull_emit_target_u64(struct lull_page *p, const struct lull_family *f)
{
	for (size_t i = 0; i < p->n_targets; i++) {
		struct lull_labels l;
		target_labels(p, i, &l);
		lull_page_u64(p, &l, *u64_at(&p->view->targets[i], f->at));
	}
}

void lull_emit_target_double(struct lull_page *p, const struct lull_family *f)
{
	for (size_t i = 0; i < p->n_targets; i++) {
		struct lull_labels l;
		target_labels(p, i, &l);
		lull_page_double(p, &l, double_at(&p->view->targets[i], f->at));
	}
}

void lull_emit_target_states(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	for (size_t i = 0; i < p->n_targets; i++)
		for (int s = 0; s < LULL_STATES; s++) {
			struct lull_labels l;
			target_labels(p, i, &l);
			lull_labels_add(&l, "state", lull_state_name((enum lull_state)s));
			lull_page_u64(p, &l, (int)p->view->targets[i].state == s);
		}
}

static struct lull_labels port_labels(const struct lull_page *p, size_t i)
{
	struct lull_labels l = {0};
	lull_labels_number(&l, "port", (unsigned)i);
	add_text(&l, "device", p->view->ports[i].device);
	return l;
}

void lull_emit_port_u64(struct lull_page *p, const struct lull_family *f)
{
	for (size_t i = 0; i < p->view->n_ports; i++) {
		struct lull_labels l = port_labels(p, i);
		lull_page_u64(p, &l, *u64_at(&p->view->ports[i], f->at));
	}
}

void lull_emit_port_bool(struct lull_page *p, const struct lull_family *f)
{
	for (size_t i = 0; i < p->view->n_ports; i++) {
		struct lull_labels l = port_labels(p, i);
		lull_page_u64(p, &l, bool_at(&p->view->ports[i], f->at));
	}
}

void lull_emit_port_double(struct lull_page *p, const struct lull_family *f)
{
	for (size_t i = 0; i < p->view->n_ports; i++) {
		struct lull_labels l = port_labels(p, i);
		lull_page_double(p, &l, double_at(&p->view->ports[i], f->at));
	}
}

void lull_emit_port_info(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	for (size_t i = 0; i < p->view->n_ports; i++) {
		struct lull_labels l = port_labels(p, i);
		add_text(&l, "driver", p->view->ports[i].driver);
		lull_page_u64(p, &l, 1);
	}
}

void lull_emit_port_classes(struct lull_page *p, const struct lull_family *f)
{
	for (size_t i = 0; i < p->view->n_ports; i++)
		for (int c = 0; c < LULL_CLASSES; c++) {
			struct lull_labels l = port_labels(p, i);
			lull_labels_add(&l, "class", lull_class_name((enum lull_class)c));
			lull_page_u64(p, &l, *u64_at(&p->view->ports[i].law.classes[c], f->at));
		}
}

void lull_emit_port_residual(struct lull_page *p, const struct lull_family *f)
{
	for (size_t i = 0; i < p->view->n_ports; i++) {
		struct lull_labels l = port_labels(p, i);
		struct lull_tally rest = lull_law_residual(&p->view->ports[i].law);
		lull_page_i64(p, &l, (int64_t)*u64_at(&rest, f->at));
	}
}

// The kinds sum to what the port lost: what a driver tells of without a kind is "other".
void lull_emit_port_lost(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	for (size_t i = 0; i < p->view->n_ports; i++) {
		const struct lull_metric_port *port = &p->view->ports[i];
		uint64_t kinds = port->missed + port->nombuf + port->errors;
		const struct {
			const char *kind;
			uint64_t packets;
		} lost[] = {
			{"missed", port->missed},
			{"nombuf", port->nombuf},
			{"errors", port->errors},
			{"other", port->lost > kinds ? port->lost - kinds : 0},
		};
		for (size_t k = 0; k < sizeof(lost) / sizeof(lost[0]); k++) {
			struct lull_labels l = port_labels(p, i);
			lull_labels_add(&l, "kind", lost[k].kind);
			lull_page_u64(p, &l, lost[k].packets);
		}
	}
}

void lull_emit_port_loss_known(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	for (size_t i = 0; i < p->view->n_ports; i++) {
		struct lull_labels l = port_labels(p, i);
		lull_page_u64(p, &l, p->view->ports[i].loss != LULL_LOSS_UNKNOWN);
	}
}

static struct lull_labels queue_labels(const struct lull_page *p, size_t i)
{
	struct lull_labels l = {0};
	lull_labels_number(&l, "port", p->view->queues[i].port);
	lull_labels_number(&l, "queue", p->view->queues[i].queue);
	return l;
}

void lull_emit_queue_u64(struct lull_page *p, const struct lull_family *f)
{
	for (size_t i = 0; i < p->view->n_queues; i++) {
		struct lull_labels l = queue_labels(p, i);
		lull_page_u64(p, &l, *u64_at(&p->view->queues[i], f->at));
	}
}

void lull_emit_queue_bool(struct lull_page *p, const struct lull_family *f)
{
	for (size_t i = 0; i < p->view->n_queues; i++) {
		struct lull_labels l = queue_labels(p, i);
		lull_page_u64(p, &l, bool_at(&p->view->queues[i], f->at));
	}
}

void lull_emit_queue_double(struct lull_page *p, const struct lull_family *f)
{
	for (size_t i = 0; i < p->view->n_queues; i++) {
		struct lull_labels l = queue_labels(p, i);
		lull_page_double(p, &l, double_at(&p->view->queues[i], f->at));
	}
}

void lull_emit_queue_info(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	for (size_t i = 0; i < p->view->n_queues; i++) {
		struct lull_labels l = queue_labels(p, i);
		int core = p->view->queues[i].core;
		if (core >= 0)
			lull_labels_number(&l, "core", (unsigned)core);
		else
			lull_labels_add(&l, "core", "any");
		lull_page_u64(p, &l, 1);
	}
}

void lull_emit_queue_fill(struct lull_page *p, const struct lull_family *f)
{
	(void)f;
	static const char *const bounds[LULL_FILL_BUCKETS] = {
		"0.0", "1.0", "2.0", "4.0", "8.0", "16.0", "32.0", "64.0", "128.0", "256.0"};
	for (size_t i = 0; i < p->view->n_queues; i++) {
		struct lull_labels l = queue_labels(p, i);
		const struct lull_metric_queue *q = &p->view->queues[i];
		lull_page_histogram(p, &l, q->fill, bounds, LULL_FILL_BUCKETS, (double)q->packets);
	}
}

void lull_emit_process(struct lull_page *p, const struct lull_family *f)
{
	double figure = double_at(p->process, f->at);
	if (!isnan(figure))
		lull_page_double(p, &(struct lull_labels){0}, figure);
}
