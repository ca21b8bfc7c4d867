// SPDX-License-Identifier: BSD-3-Clause
// lull.event/1: one JSON object a line, one line a revision (docs/event.schema.json). A line is
// flushed when it is written, so that whoever follows the file learns of an event at once.

#include "export/exporters.h"

#include <errno.h>
#include <lull/json.h>
#include <math.h>
#include <stdlib.h>

struct jsonl {
	const struct lull_export_options *options;
};

static json_t *instant(const struct lull_instant *at)
{
	return json_pack("{s:o, s:o, s:o}", "time", lull_json_time(at->ns), "lo",
		lull_json_time(at->lo_ns), "hi", lull_json_time(at->hi_ns));
}

static json_t *signals(const struct lull_signals *s)
{
	const struct {
		const char *name;
		double value;
	} members[] = {
		{"out_packets", s->out_packets},
		{"out_bytes", s->out_bytes},
		{"out_sources", s->out_sources},
		{"in_packets", s->in_packets},
		{"in_bytes", s->in_bytes},
		{"in_peers", s->in_peers},
		{"syn_in", s->syn_in},
		{"synack_out", s->synack_out},
		{"rst_out", s->rst_out},
		{"rst_in", s->rst_in},
		{"unreach_noroute", s->unreach_noroute},
		{"unreach_admin", s->unreach_admin},
		{"unreach_ttl", s->unreach_ttl},
		{"syn_unanswered", s->syn_unanswered},
		{"tcp_flows", s->tcp_flows},
		{"tcp_stuck", s->tcp_stuck},
	};
	json_t *o = json_object();
	int failed = o == NULL;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		failed |= json_object_set_new(o, members[i].name, lull_json_real(members[i].value));
	if (failed == 0)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *scope(const struct lull_event *e)
{
	json_t *parts = json_array();
	int failed = 0;
	for (size_t i = 0; i < e->n_parts && i < LULL_SCOPE_PARTS; i++) {
		const struct lull_scope_part *p = &e->parts[i];
		failed |= json_array_append_new(parts,
			json_pack("{s:o, s:o, s:o, s:o}", "upstream", lull_json_text(p->upstream),
				"expected", lull_json_real(p->expected_pps), "observed",
				lull_json_real(p->observed_pps), "lost", lull_json_real(p->lost)));
	}
	if (failed != 0) {
		json_decref(parts);
		parts = NULL;
	}
	return json_pack("{s:s, s:o}", "verdict", lull_scope_name(e->scope), "upstreams", parts);
}

static json_t *causes(const struct lull_event *e)
{
	json_t *list = json_array();
	int failed = 0;
	for (size_t i = 0; i < e->n_causes && i < LULL_CAUSES; i++) {
		const struct lull_cause *c = &e->causes[i];
		failed |= json_array_append_new(
			list, json_pack("{s:o, s:o, s:o}", "label", lull_json_text(c->label),
				      "weight", lull_json_real(c->weight), "evidence",
				      lull_json_text(c->evidence)));
	}
	if (failed == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *tap(const struct lull_event *e)
{
	return json_pack("{s:s, s:o, s:s, s:o}", "health", lull_health_name(e->tap),
		"control_ratio", lull_json_real(e->control_ratio), "loss", lull_loss_name(e->loss),
		"lost_packets",
		e->loss == LULL_LOSS_KNOWN ? lull_json_count(e->lost_packets) : json_null());
}

// Set a member; a value of NULL (out of memory) is remembered in *failed.
static void set(json_t *o, const char *name, json_t *value, int *failed)
{
	*failed |= json_object_set_new(o, name, value);
}

static json_t *event_json(const struct lull_event *e, const char *site)
{
	json_t *o = json_object();
	int failed = 0;
	set(o, "schema", json_string("lull.event/1"), &failed);
	set(o, "id", lull_json_text(e->id), &failed);
	set(o, "rev", lull_json_count(e->rev), &failed);
	set(o, "state", json_string(lull_state_name(e->state)), &failed);
	set(o, "kind", json_string(lull_kind_name(e->kind)), &failed);
	if (site != NULL && site[0] != '\0')
		set(o, "site", lull_json_text(site), &failed);
	set(o, "basis", json_string(lull_feature_name(e->basis)), &failed);
	set(o, "target", lull_json_text(e->target_name), &failed);
	set(o, "upstream", lull_json_text(e->upstream), &failed);
	set(o, "onset", instant(&e->onset), &failed);
	set(o, "detected", lull_json_time(e->detected_ns), &failed);
	set(o, "revised", lull_json_time(e->revised_ns), &failed);
	set(o, "end", instant(&e->end), &failed);
	set(o, "expected", lull_json_real(e->basis == LULL_FLOWS ? NAN : e->expected_pps), &failed);
	set(o, "observed", lull_json_real(e->basis == LULL_FLOWS ? NAN : e->observed_pps), &failed);
	set(o, "fraction_lost",
		json_pack("{s:o, s:o, s:o}", "value", lull_json_real(e->lost.value), "lo",
			lull_json_real(e->lost.lo), "hi", lull_json_real(e->lost.hi)),
		&failed);
	set(o, "evidence",
		json_pack("{s:o, s:o, s:o}", "nats", lull_json_real(e->evidence), "threshold",
			lull_json_real(e->threshold), "budget_per_day",
			lull_json_real(e->budget_per_day)),
		&failed);
	set(o, "signals",
		json_pack(
			"{s:o, s:o}", "before", signals(&e->before), "during", signals(&e->during)),
		&failed);
	set(o, "scope", scope(e), &failed);
	set(o, "cause", causes(e), &failed);
	set(o, "tap", tap(e), &failed);
	set(o, "bin", lull_json_seconds(e->bin_ns), &failed);
	set(o, "learnt", lull_json_seconds(e->learnt_ns), &failed);
	set(o, "config", lull_json_text(e->config_digest), &failed);
	if (failed == 0)
		return o;
	json_decref(o);
	return NULL;
}

static void *jsonl_create(const struct lull_export_options *options)
{
	struct jsonl *j = calloc(1, sizeof(*j));
	if (j != NULL)
		j->options = options;
	return j;
}

static int jsonl_event(void *state, const struct lull_event *event)
{
	const struct jsonl *j = state;
	const struct lull_config *config = j->options->config;
	int e = lull_json_line(
		j->options->out, event_json(event, config != NULL ? config->site : NULL));
	return e < 0 ? e : lull_export_flush(j->options->out);
}

static int jsonl_finish(void *state, const struct lull_summary *summary)
{
	(void)summary;
	const struct jsonl *j = state;
	return lull_export_flush(j->options->out);
}

const struct lull_exporter_ops lull_exporter_jsonl = {
	.name = "jsonl",
	.create = jsonl_create,
	.event = jsonl_event,
	.finish = jsonl_finish,
	.destroy = free,
};
