// SPDX-License-Identifier: BSD-3-Clause
// The statistics of a run as one JSON object (lull.stats/1, docs/stats.schema.json). The list of
// targets is written one by one: a million of them as one jansson tree would take a gigabyte.

#include <errno.h>
#include <lull/json.h>
#include <lull/store.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>

#define FLAGS (JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6))

static json_t *tally(struct lull_tally t)
{
	return json_pack("{s:o, s:o}", "packets", lull_json_count(t.packets), "bytes",
		lull_json_count(t.bytes));
}

// A difference of two counts; the law computes it modulo 2^64.
static json_t *difference(struct lull_tally t)
{
	return json_pack(
		"{s:I, s:I}", "packets", (json_int_t)t.packets, "bytes", (json_int_t)t.bytes);
}

static json_t *input(const struct lull_input_report *i)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}",    //
		"path", lull_json_text(i->path),                                       //
		"format", lull_json_text(i->format),                                   //
		"compression", lull_json_text(i->compression),                         //
		"packets", lull_json_count(i->received.packets),                       //
		"bytes", lull_json_count(i->received.bytes),                           //
		"file_bytes", lull_json_count(i->file_bytes),                          //
		"first", lull_json_time(i->first_ns),                                  //
		"last", lull_json_time(i->last_ns),                                    //
		"damaged", (int)i->damaged,                                            //
		"error", i->error[0] != '\0' ? lull_json_text(i->error) : json_null(), //
		"error_offset", i->damaged ? lull_json_count(i->error_offset) : json_null());
}

static json_t *inputs(const struct lull_summary *s, struct lull_tally *read)
{
	json_t *list = json_array();
	int failed = 0;
	for (size_t i = 0; i < s->n_inputs; i++) {
		read->packets += s->inputs[i].received.packets;
		read->bytes += s->inputs[i].received.bytes;
		failed |= json_array_append_new(list, input(&s->inputs[i]));
	}
	if (failed == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *law(const struct lull_law *l)
{
	json_t *classes = json_object();
	int failed = 0;
	for (int c = 0; c < LULL_CLASSES; c++)
		failed |= json_object_set_new(
			classes, lull_class_name((enum lull_class)c), tally(l->classes[c]));
	if (failed != 0) {
		json_decref(classes);
		classes = NULL;
	}
	return json_pack("{s:o, s:o, s:o}", "received", tally(l->received), "classes", classes,
		"residual", difference(lull_law_residual(l)));
}

static json_t *per_second(uint64_t n, double seconds)
{
	return seconds > 0 ? lull_json_real((double)n / seconds) : json_null();
}

static json_t *summary_json(const struct lull_summary *s)
{
	struct lull_tally read = {0};
	json_t *files = inputs(s, &read);
	struct lull_tally lost = {
		read.packets - s->law.received.packets, read.bytes - s->law.received.bytes};
	return json_pack("{s:s, s:o, s:{s:o, s:o}, s:o, s:o, s:o, s:o, s:o, s:o, s:o,"
			 " s:I, s:o, s:o, s:o, s:o}",
		"schema", "lull.stats/1",                                        //
		"inputs", files,                                                 //
		"read", "total", tally(read), "residual", difference(lost),      //
		"law", law(&s->law),                                             //
		"first", lull_json_time(s->first_ns),                            //
		"last", lull_json_time(s->last_ns),                              //
		"bin", lull_json_seconds(s->bin_ns),                             //
		"bins", lull_json_count(s->bins),                                //
		"gaps", lull_json_count(s->gaps),                                //
		"outages", lull_json_count(s->outages),                          //
		"workers", (json_int_t)s->workers,                               //
		"wall_s", lull_json_real(s->wall_s),                             //
		"cpu_s", lull_json_real(s->cpu_s),                               //
		"packets_per_s", per_second(s->law.received.packets, s->wall_s), //
		"bytes_per_s", per_second(s->law.received.bytes, s->wall_s));
}

static json_t *target(const struct lull_targets *targets, const struct lull_target_status *t)
{
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", //
		"target", lull_json_text(lull_targets_name(targets, t->target)),    //
		"state", lull_state_name(t->state),                                 //
		"packets_out", lull_json_count(t->packets_out),                     //
		"packets_in", lull_json_count(t->packets_in),                       //
		"expected", lull_json_real(t->expected_pps),                        //
		"phi", lull_json_real(t->phi),                                      //
		"sigma", lull_json_real(t->sigma),                                  //
		"bin", lull_json_seconds(t->bin_ns),                                //
		"learnt", lull_json_seconds(t->learnt_ns),                          //
		"detectable_delay", lull_json_real(t->detectable_delay_s),          //
		"events", lull_json_count(t->events));
}

// Write what was dumped of a value, less its last `cut` bytes. Takes the value over.
static int put(FILE *out, json_t *value, size_t flags, size_t cut, const char *end)
{
	char *text = lull_json_dump(value, flags);
	json_decref(value);
	if (text == NULL)
		return -ENOMEM;
	size_t n = strlen(text) - cut;
	errno = 0;
	int bad = fwrite(text, 1, n, out) != n || fputs(end, out) < 0;
	int e = errno != 0 ? -errno : -EIO;
	free(text);
	return bad ? e : 0;
}

int lull_stats_write(
	FILE *out, const struct lull_targets *targets, const struct lull_summary *summary)
{
	// "...\n}" opens again after its last member.
	int e = put(out, summary_json(summary), FLAGS, 2, ",\n \"targets\": [");
	for (size_t i = 0; i < summary->n_targets && e == 0; i++) {
		if (fputs(i > 0 ? ",\n  " : "\n  ", out) < 0)
			return errno != 0 ? -errno : -EIO;
		e = put(out, target(targets, &summary->targets[i]),
			JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6), 0, "");
	}
	if (e < 0)
		return e;
	errno = 0;
	if (fputs(summary->n_targets > 0 ? "\n ]\n}\n" : "]\n}\n", out) < 0 || fflush(out) != 0 ||
		ferror(out))
		return errno != 0 ? -errno : -EIO;
	return 0;
}
