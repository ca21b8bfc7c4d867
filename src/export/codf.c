// SPDX-License-Identifier: BSD-3-Clause
// Outages in CODF, the Common Outage Data Format, with the members IODA's API v2 gives its outage
// events (docs/formats.md says what of it is specified and what is our reading). One JSON object
// a line, one line per outage, its last revision: CODF knows no revisions, re-routes or taps.

#include "export/exporters.h"
#include "export/journal.h"

#include <lull/json.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>

// What a line needs of an event; the strings are of the target set and outlive the run.
struct record {
	const char *target;
	struct lull_instant onset;
	uint64_t end_ns, revised_ns;
	double lost, evidence;
	bool outage, by_flows;
};

struct codf {
	const struct lull_export_options *options;
	struct lull_journal journal;
	struct record *records;
	size_t cap;
};

static void *codf_create(const struct lull_export_options *options)
{
	struct codf *c = calloc(1, sizeof(*c));
	if (c != NULL)
		c->options = options;
	return c;
}

static int codf_event(void *state, const struct lull_event *e)
{
	struct codf *c = state;
	size_t number = lull_journal_number(&c->journal, e->id);
	if (number == SIZE_MAX)
		return -ENOMEM;
	if (number >= c->cap) {
		size_t cap = c->cap == 0 ? 64 : c->cap * 2;
		struct record *records = realloc(c->records, cap * sizeof(*records));
		if (records == NULL)
			return -ENOMEM;
		c->records = records;
		c->cap = cap;
	}
	c->records[number] = (struct record){
		.target = e->target_name,
		.onset = e->onset,
		.end_ns = e->end.ns,
		.revised_ns = e->revised_ns,
		.lost = e->lost.value,
		.evidence = e->evidence,
		.by_flows = e->basis == LULL_FLOWS,
		.outage = e->kind == LULL_OUTAGE && e->state != LULL_LEVEL_SHIFT &&
			  e->state != LULL_MEASUREMENT && e->onset.ns != LULL_TIME_NONE,
	};
	return 0;
}

// Seconds around `start`, a whole second, that cover the whole onset interval.
static json_t *uncertainty(const struct record *r, uint64_t start)
{
	if (r->onset.lo_ns == LULL_TIME_NONE || r->onset.hi_ns == LULL_TIME_NONE)
		return json_null();
	uint64_t start_ns = start * LULL_NS_PER_SECOND;
	uint64_t before = start_ns > r->onset.lo_ns ? start_ns - r->onset.lo_ns : 0;
	uint64_t after = r->onset.hi_ns > start_ns ? r->onset.hi_ns - start_ns : 0;
	return lull_json_seconds(before > after ? before : after);
}

static json_t *record_json(const struct record *r, const char *site)
{
	bool open = r->end_ns == LULL_TIME_NONE;
	bool has_site = site != NULL && site[0] != '\0';
	uint64_t start = r->onset.ns / LULL_NS_PER_SECOND;
	uint64_t until = (open ? r->revised_ns : r->end_ns) / LULL_NS_PER_SECOND;
	struct lull_text location = {0}, source = {0};
	lull_text_add(&location, "target/%s", r->target);
	lull_text_add(&source, "lull%s%s", has_site ? "/" : "", has_site ? site : "");
	json_t *o = NULL;
	if (!location.failed && !source.failed)
		o = json_pack("{s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:b, s:o, s:s}", //
			"location", lull_json_text(location.data),                       //
			"start", lull_json_count(start),                                 //
			"duration", lull_json_count(until > start ? until - start : 0),  //
			"uncertainty", uncertainty(r, start),                            //
			"status", 0,                                                     //
			"fraction", lull_json_real(r->lost),                             //
			"score", lull_json_real(r->evidence),                            //
			"location_name", lull_json_text(r->target),                      //
			"overlaps_window", (int)open,                                    //
			"datasource", lull_json_text(source.data),                       //
			"method", r->by_flows ? "flows" : "e-detector");
	lull_text_finish(&location);
	lull_text_finish(&source);
	return o;
}

static int codf_finish(void *state, const struct lull_summary *summary)
{
	(void)summary;
	struct codf *c = state;
	const struct lull_config *config = c->options->config;
	for (size_t i = 0; i < c->journal.n; i++) {
		if (!c->records[i].outage)
			continue;
		int e = lull_json_line(c->options->out,
			record_json(&c->records[i], config != NULL ? config->site : NULL));
		if (e < 0)
			return e;
	}
	return lull_export_flush(c->options->out);
}

static void codf_destroy(void *state)
{
	struct codf *c = state;
	if (c == NULL)
		return;
	lull_journal_finish(&c->journal);
	free(c->records);
	free(c);
}

const struct lull_exporter_ops lull_exporter_codf = {
	.name = "codf",
	.create = codf_create,
	.event = codf_event,
	.finish = codf_finish,
	.destroy = codf_destroy,
};
