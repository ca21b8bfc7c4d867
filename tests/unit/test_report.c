// SPDX-License-Identifier: BSD-3-Clause
// Checks the exporter `text` and the sections of src/export/report_*.c: a whole report, and what it
// leaves out when there is too much.

#include "export/exporters.h"
#include "exported.h"
#include "sample.h"

#include <lull/upstream.h>

#define MINUTES 720
#define START (UINT64_C(1749261600) * SAMPLE_S) // 2025-06-07 02:00

struct run {
	struct lull_export_options options;
	void *state;
	char *text;
	size_t size;
	struct lull_target_status status[4];
	struct lull_input_report inputs[2];
	struct lull_summary summary;
};

// Twelve hours in bins of a minute; kp (and what is asked of it) as in June 2025.
static void feed(struct run *r, bool outage)
{
	for (uint64_t i = 0; i < MINUTES; i++) {
		bool down = outage && i >= 74 && i < 621;
		struct lull_row rows[] = {
			{.target = 1, .direction = LULL_OUT, .packets = down ? 12 : 6000 + i},
			{.target = 1, .direction = LULL_IN, .packets = down ? 5700 : 7200},
			{.target = 2, .direction = LULL_OUT, .packets = 60},
		};
		struct lull_bin bin = {.seq = i,
			.start_ns = START + i * 60 * SAMPLE_S,
			.len_ns = 60 * SAMPLE_S,
			.exposure = 1,
			.rows = rows,
			.n_rows = 3};
		cr_assert_eq(lull_exporter_text.bin(r->state, &bin), 0);
	}
}

static void begin(struct run *r, int width, bool ascii, bool color)
{
	struct lull_config *config;
	struct lull_targets *targets = exported_targets(&config);
	*r = (struct run){0};
	r->options = (struct lull_export_options){.config = config,
		.targets = targets,
		.out = open_memstream(&r->text, &r->size),
		.ascii = ascii,
		.color = color,
		.width = width};
	for (uint32_t i = 0; i < 4; i++)
		r->status[i] = (struct lull_target_status){.target = i + 1,
			.state = LULL_NOT_MEASURABLE,
			.expected_pps = NAN,
			.detectable_delay_s = INFINITY};
	r->status[0] = (struct lull_target_status){
		1, LULL_UP, 1234567, 4000000, 101.4, 1.2, 0.1, SAMPLE_S, 300 * SAMPLE_S, 0.34, 0};
	r->status[1] = (struct lull_target_status){
		2, LULL_LEARNING, 43200, 0, NAN, NAN, NAN, SAMPLE_S, 0, NAN, 0};
	r->inputs[0] = (struct lull_input_report){"june.pcap", "pcap", "none", {5277767, 900000000},
		1000000000, START, START + 12 * SAMPLE_H - 1, false, "", 0};
	r->inputs[1] = (struct lull_input_report){"cut\033[2J.pcapng.zst", "pcapng", "zstd",
		{1, 60}, 100100, START, START, true, "packet of 60 bytes is cut", 100003};
	r->summary = (struct lull_summary){.inputs = r->inputs,
		.n_inputs = 2,
		.bins = MINUTES,
		.first_ns = START,
		.last_ns = START + 12 * SAMPLE_H - 1,
		.bin_ns = 60 * SAMPLE_S,
		.workers = 2,
		.wall_s = 0.5,
		.cpu_s = 0.8,
		.targets = r->status,
		.n_targets = 4};
	struct lull_law *law = &r->summary.law;
	law->received = (struct lull_tally){5277768, 900000060};
	law->classes[LULL_MATCHED_SRC] = (struct lull_tally){1277767, 100000000};
	law->classes[LULL_MATCHED_DST] = (struct lull_tally){4000000, 800000000};
	law->classes[LULL_NOT_IP] = (struct lull_tally){1, 60};
	r->state = lull_exporter_text.create(&r->options);
	cr_assert_not_null(r->state);
}

static void add(struct run *r, struct lull_event e)
{
	cr_assert_eq(lull_exporter_text.event(r->state, &e), 0);
	if (e.target - 1 < 4)
		r->status[e.target - 1].events = e.kind == LULL_OUTAGE;
}

static const char *finish(struct run *r)
{
	cr_assert_eq(lull_exporter_text.finish(r->state, &r->summary), 0);
	lull_exporter_text.destroy(r->state);
	fclose(r->options.out);
	return strdup(r->text);
}

// tests/unit/report.txt: to be read by eye when it changes.
static const char *golden(void)
{
	char path[1024], *text = calloc(1, 65536);
	snprintf(path, sizeof(path), "%s/tests/unit/report.txt", getenv("LULL_SOURCE"));
	FILE *f = fopen(path, "r");
	cr_assert_not_null(f, "%s", path);
	cr_assert_gt(fread(text, 1, 65535, f), 0);
	fclose(f);
	return text;
}

static void has(const char *text, const char *line)
{
	cr_expect_not_null(strstr(text, line), "missing: %s\nin:\n%s", line, text);
}

Test(report, june_2025_from_top_to_bottom)
{
	struct run r;
	begin(&r, 60, false, false);
	feed(&r, true);
	add(&r, sample_open(LULL_SUSPECTED));
	add(&r, sample_outage());
	struct lull_event service = sample_outage(); // told under kp, which it is a part of
	snprintf(service.id, sizeof(service.id), "%s", "00000000000000aa");
	service.target = lull_targets_find(r.options.targets, "kp/kcna");
	service.target_name = "kp/kcna";
	service.expected_pps = 1;
	service.observed_pps = 0;
	service.lost = (struct lull_estimate){1, 0.99, 1};
	add(&r, service);
	const char *text = finish(&r), *expected = golden();
	cr_expect_str_eq(text, expected, "got:\n%s", text);
}

Test(report, without_an_event_it_says_what_silence_would_have_been_noticed)
{
	struct run r;
	begin(&r, 0, true, false);
	feed(&r, false);
	const char *text = finish(&r);
	has(text, "No outage in 4 targets, 2025-06-07 02:00:00 to 13:59:59 UTC (12 h)\n"
		  "Silence of kp would have been noticed within 0.4 s.\n"
		  "3 of 4 targets could not be judged: too little traffic or history (see the "
		  "table).\n");
	for (const char *p = text; *p != '\0'; p++)
		cr_assert_lt((unsigned char)*p, 0x80, "not ASCII: %s", p);
	cr_expect_null(strstr(text, "\033"));
}

Test(report, where_nothing_could_be_judged_there_is_no_verdict)
{
	struct run r;
	begin(&r, 0, true, false);
	r.status[0].state = LULL_LEARNING;
	has(finish(&r), "No verdict in 4 targets, 2025-06-07 02:00:00 to 13:59:59 UTC (12 h)\n"
			"4 of 4 targets could not be judged");
}

Test(report, colour_marks_outages_and_nothing_else_turns_red)
{
	struct run r;
	begin(&r, 80, false, true);
	feed(&r, true);
	add(&r, sample_outage());
	add(&r, sample_moved());
	add(&r, sample_fault());
	add(&r, sample_shift());
	const char *text = finish(&r);
	has(text, "1 outage, 1 re-route, 1 level shift, 1 measurement fault in 4 targets");
	has(text, "\033[1;31mkp: 99.8 % of");
	has(text, "\033[36mkp: traffic moved from unicom to ttk");
	has(text, "\033[36mkp: everything fell, the tap too");
	has(text, "\033[36mkp: outbound traffic settled");
}

Test(report, of_many_events_the_weightiest_are_told_and_the_rest_counted)
{
	struct run r;
	begin(&r, 80, false, false);
	for (unsigned i = 0; i < 250; i++) {
		struct lull_event e = sample_moved();
		snprintf(e.id, sizeof(e.id), "%016x", i);
		add(&r, e);
	}
	add(&r, sample_outage());
	const char *text = finish(&r);
	has(text, "1 outage, 250 re-routes in 4 targets");
	has(text, "kp: 99.8 % of outbound traffic gone");
	has(text, "\n211 more events: --format jsonl has them all.\n");
}

// Of series: what fell together is told at once, and many events take a line each.
Test(report, many_series_that_fell_together_are_one_story)
{
	struct run r;
	begin(&r, 80, true, false);
	struct lull_config *config = (struct lull_config *)r.options.config;
	struct lull_target_status status[20];
	config->series = true;
	for (uint32_t i = 0; i < 20; i++)
		status[i] = (struct lull_target_status){
			.target = i % 4 + 1, .state = LULL_UP, .detectable_delay_s = 60};
	r.summary.targets = status;
	r.summary.n_targets = 20;
	for (uint32_t i = 0; i < 15; i++) {
		struct lull_event e = sample_open(LULL_CONFIRMED);
		snprintf(e.id, sizeof(e.id), "%016x", i);
		e.target = i + 1;
		uint64_t late =
			i * 30 * SAMPLE_S + (i == 14 ? 7200 * SAMPLE_S : 0); // one long after
		e.onset.ns += late;
		e.onset.lo_ns += late - 700 * SAMPLE_S;
		e.onset.hi_ns += late;
		e.n_parts = 0;
		if (i < 3)
			e.end = (struct lull_instant){e.onset.ns, e.onset.ns, e.onset.ns};
		add(&r, e);
	}
	const char *text = finish(&r);
	has(text, "15 outages in 20 series, ");
	// six bins of a minute hold thirteen onsets of thirty seconds
	has(text, "\n13 of 20 series fell together, between 2025-06-07 03:14 and 03:20 UTC; 10 had "
		  "not "
		  "come back by the end.\n");
	has(text, "\nkp: 99.8 % gone from 2025-06-07 03:14 UTC (+-12 min), ");
	has(text, "\nA fault of whoever measured this would look the same.");
	cr_expect_null(strstr(text, "how sure"));
}

Test(report, nothing_at_all_is_still_a_report)
{
	struct run r;
	begin(&r, 1, false, false);
	r.summary = (struct lull_summary){
		.workers = 1, .first_ns = LULL_TIME_NONE, .last_ns = LULL_TIME_NONE};
	const char *text = finish(&r);
	has(text, "No targets, nothing was watched, no packet with a time\n");
	has(text, "residual");
	has(text, "\nTook 0 s, 1 worker, 0 s of CPU\n");
}

Test(report, a_full_disk_is_an_error)
{
	struct run r;
	begin(&r, 80, false, false);
	r.options.out = fopen("/dev/full", "w");
	cr_expect_eq(lull_exporter_text.finish(r.state, &r.summary), -ENOSPC);
	lull_exporter_text.destroy(r.state);
}

Test(report, exporters_are_found_by_the_names_they_list)
{
	for (const char *const *name = lull_exporter_names(); *name != NULL; name++)
		cr_expect_str_eq(lull_exporter_find(*name)->name, *name);
	cr_expect_null(lull_exporter_find("yaml"));
}
