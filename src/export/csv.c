// SPDX-License-Identifier: BSD-3-Clause
// Events as CSV (RFC 4180, but lines end in LF): a header, then one row per revision. Times are
// ISO 8601, rates packets per second, durations seconds; a field that is not known is empty.

#include "export/exporters.h"

#include <lull/time.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char header[] =
	"id,rev,state,kind,site,target,upstream,onset,onset_lo,onset_hi,detected,revised,"
	"end,end_lo,end_hi,expected_pps,observed_pps,lost,lost_lo,lost_hi,evidence_nats,"
	"threshold_nats,budget_per_day,scope,upstreams,cause,cause_weight,tap,control_ratio,loss,"
	"lost_packets,bin_s,learnt_s,config,basis\n";

struct csv {
	const struct lull_export_options *options;
	bool started;
};

// Append a field and a comma, quoted when RFC 4180 asks for it.
static void field(struct lull_text *t, const char *text)
{
	if (text == NULL)
		text = "";
	bool quote = strpbrk(text, ",\"\r\n") != NULL;
	if (!quote) {
		lull_text_add(t, "%s,", text);
		return;
	}
	lull_text_add_bytes(t, "\"", 1);
	for (; *text != '\0'; text++)
		lull_text_add_bytes(t, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
	lull_text_add_bytes(t, "\",", 2);
}

static void real(struct lull_text *t, double value)
{
	if (isfinite(value))
		lull_text_add(t, "%.6g", value == 0 ? 0.0 : value);
	lull_text_add_bytes(t, ",", 1);
}

static void at(struct lull_text *t, uint64_t ns)
{
	char text[LULL_TIME_TEXT];
	lull_text_add(t, "%s,", lull_time_iso(ns, 9, text));
}

static void instant(struct lull_text *t, const struct lull_instant *i)
{
	at(t, i->ns);
	at(t, i->lo_ns);
	at(t, i->hi_ns);
}

static void seconds(struct lull_text *t, uint64_t ns)
{
	real(t, (double)ns / (double)LULL_NS_PER_SECOND);
}

static void row(struct lull_text *t, const struct lull_event *e, const char *site)
{
	lull_text_add(t, "%s,%u,%s,%s,", e->id, e->rev, lull_state_name(e->state),
		lull_kind_name(e->kind));
	field(t, site);
	field(t, e->target_name);
	field(t, e->upstream);
	instant(t, &e->onset);
	at(t, e->detected_ns);
	at(t, e->revised_ns);
	instant(t, &e->end);
	real(t, e->basis == LULL_FLOWS ? NAN : e->expected_pps);
	real(t, e->basis == LULL_FLOWS ? NAN : e->observed_pps);
	real(t, e->lost.value);
	real(t, e->lost.lo);
	real(t, e->lost.hi);
	real(t, e->evidence);
	real(t, e->threshold);
	real(t, e->budget_per_day);
	lull_text_add(t, "%s,%zu,", lull_scope_name(e->scope), e->n_parts);
	field(t, e->n_causes > 0 ? e->causes[0].label : NULL);
	real(t, e->n_causes > 0 ? e->causes[0].weight : NAN);
	lull_text_add(t, "%s,", lull_health_name(e->tap));
	real(t, e->control_ratio);
	lull_text_add(t, "%s,", lull_loss_name(e->loss));
	if (e->loss == LULL_LOSS_KNOWN)
		lull_text_add(t, "%llu", (unsigned long long)e->lost_packets);
	lull_text_add_bytes(t, ",", 1);
	seconds(t, e->bin_ns);
	seconds(t, e->learnt_ns);
	lull_text_add(t, "%s,%s\n", e->config_digest != NULL ? e->config_digest : "",
		lull_feature_name(e->basis));
}

// The header is written with the first row, or at the end when there is none: never in create(),
// which has no way to say that writing failed.
static int csv_write(struct csv *c, struct lull_text *t)
{
	struct lull_text head = {0};
	int e = 0;
	if (!c->started) {
		lull_text_add_bytes(&head, header, sizeof(header) - 1);
		e = lull_export_write(c->options->out, &head);
		lull_text_finish(&head);
		c->started = true;
	}
	return e < 0 ? e : lull_export_write(c->options->out, t);
}

static void *csv_create(const struct lull_export_options *options)
{
	struct csv *c = calloc(1, sizeof(*c));
	if (c != NULL)
		c->options = options;
	return c;
}

static int csv_event(void *state, const struct lull_event *event)
{
	struct csv *c = state;
	const struct lull_config *config = c->options->config;
	struct lull_text t = {0};
	row(&t, event, config != NULL ? config->site : NULL);
	int e = csv_write(c, &t);
	lull_text_finish(&t);
	return e;
}

static int csv_finish(void *state, const struct lull_summary *summary)
{
	(void)summary;
	struct lull_text nothing = {0};
	return csv_write(state, &nothing);
}

const struct lull_exporter_ops lull_exporter_csv = {
	.name = "csv",
	.create = csv_create,
	.event = csv_event,
	.finish = csv_finish,
	.destroy = free,
};
