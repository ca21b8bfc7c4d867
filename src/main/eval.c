// SPDX-License-Identifier: BSD-3-Clause
// lull eval: how good are lull and the baselines, on labelled series.

#include "commands.h"
#include "eval/feed.h"
#include "eval/trial.h"
#include "options.h"

#include <errno.h>
#include <lull/log.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOBS_MAX 256
#define RIVALS_MAX 32

enum {
	OPT_BOTH = LULL_OPTION_LONG,
	OPT_BUDGET,
	OPT_DETECTOR,
	OPT_DIRECTION,
	OPT_EVENTS,
	OPT_JSON,
	OPT_LIST,
	OPT_MODEL,
	OPT_NAB,
	OPT_SIM,
	OPT_TCPD,
};

static const struct lull_option options[] = {
	{OPT_EVENTS, "events", NULL,
		"SERIES.csv (time,series,value) and EVENTS.csv (series,start,end; an empty end is "
		"still open)"},
	{OPT_NAB, "nab", NULL,
		"a folder of CSV files and their windows, as of the Numenta Anomaly Benchmark"},
	{OPT_TCPD, "tcpd", NULL,
		"a folder of JSON files and their annotations, as of the Turing Change Point "
		"Dataset"},
	{OPT_SIM, "sim", NULL,
		"GRID.yaml: simulated series, whose truth is exact; docs/evaluation.md lists the "
		"keys"},
	{OPT_DETECTOR, "detector", "NAME",
		"who is judged: lull, one of the baselines below, or all (default lull); may be "
		"repeated"},
	{OPT_BUDGET, "budget", "N",
		"false alarms allowed per 1,000 series-weeks, of detectors that can be told "
		"(default 1)"},
	{OPT_DIRECTION, "direction", "WAY",
		"down or both: are rises claimed too? (default: down for events, both for the "
		"others)"},
	{OPT_MODEL, "model", "MODEL",
		"what lull takes the values for: auto, traffic or level, as in `lull detect` "
		"(default auto)"},
	{OPT_BOTH, "both", NULL, "the same as --direction both"},
	{'j', "jobs", "N", "series judged at a time (default 1); the result is the same"},
	{OPT_JSON, "json", "FILE", "write the figures as JSON ('-': to standard output, no table)"},
	{OPT_LIST, "list", "FILE", "write each event and each claim as a row (CSV)"},
};

struct arguments {
	int mode; // OPT_EVENTS, ...; 0: not given
	const char *json, *list;
	bool wanted[RIVALS_MAX], any;
	double budget; // per 1,000 series-weeks
	int both;      // -1: not said
	int model;     // enum lull_model
	uint64_t jobs;
};

static size_t count_rivals(void)
{
	size_t n = 0;
	while (n < RIVALS_MAX && lull_rivals[n] != NULL)
		n++;
	return n;
}

static int take_detector(struct arguments *a, const char *value)
{
	const char *names[RIVALS_MAX + 2];
	size_t n = count_rivals();
	for (size_t i = 0; i < n; i++)
		names[i] = lull_rivals[i]->name;
	names[n] = "all";
	names[n + 1] = NULL;
	int i = lull_option_word("--detector", value, names);
	if (i < 0)
		return -EINVAL;
	for (size_t k = 0; k < n; k++)
		a->wanted[k] |= (size_t)i == n || (size_t)i == k;
	a->any = true;
	return 0;
}

static int take_budget(struct arguments *a, const char *value)
{
	char *end;
	a->budget = strtod(value, &end);
	if (end != value && *end == '\0' && a->budget >= 1e-6 && a->budget <= 1e6)
		return 0;
	lull_log_error(
		"--budget '%s': expected false alarms per 1,000 series-weeks, such as 1", value);
	return -EINVAL;
}

static int take_mode(struct arguments *a, int key)
{
	if (a->mode != 0 && a->mode != key) {
		lull_log_error("eval: one kind of dataset at a time");
		return -EINVAL;
	}
	a->mode = key;
	return 0;
}

static int take(void *context, int key, const char *value)
{
	static const char *const ways[] = {"down", "both", NULL};
	struct arguments *a = context;
	switch (key) {
	case OPT_DETECTOR:
		return take_detector(a, value);
	case OPT_BUDGET:
		return take_budget(a, value);
	case OPT_DIRECTION:
		a->both = lull_option_word("--direction", value, ways);
		return a->both < 0 ? -EINVAL : 0;
	case OPT_MODEL:
		a->model = lull_option_word("--model", value, lull_feed_models);
		return a->model < 0 ? -EINVAL : 0;
	case OPT_BOTH:
		a->both = 1;
		return 0;
	case 'j':
		return lull_option_number("--jobs", value, 1, JOBS_MAX, &a->jobs);
	case OPT_JSON:
		a->json = value;
		return 0;
	case OPT_LIST:
		a->list = value;
		return 0;
	}
	return take_mode(a, key);
}

// report: what there is to say beside the rows.
static int judge(
	const struct arguments *a, struct lull_eval *e, char **operands, struct lull_text *report)
{
	switch (a->mode) {
	case OPT_NAB:
		return lull_eval_nab(e, operands[0], operands[1]);
	case OPT_TCPD:
		return lull_eval_tcpd(e, operands[0], operands[1]);
	case OPT_SIM:
		return lull_eval_sim(e, operands[0], report);
	}
	return lull_eval_events(e, operands[0], operands[1]);
}

// Files are written where they are asked for; what does not arrive is an error.
static FILE *open_out(const char *path)
{
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	if (out == NULL)
		lull_log_error("%s: %s", path, strerror(errno));
	return out;
}

static int close_out(FILE *out, const char *path)
{
	if (out == NULL)
		return 0;
	bool bad = ferror(out) != 0;
	bad |= out == stdout ? fflush(out) != 0 : fclose(out) != 0;
	if (bad)
		lull_log_error("%s: %s", path, strerror(errno != 0 ? errno : EIO));
	return bad ? -EIO : 0;
}

static int write_json(const struct arguments *a, const struct lull_results *r)
{
	if (a->json == NULL)
		return 0;
	FILE *out = open_out(a->json);
	if (out == NULL)
		return -EIO;
	int e = lull_results_json(r, out);
	if (e < 0)
		lull_log_error("%s: %s", a->json, strerror(-e));
	return close_out(out, a->json) < 0 ? -EIO : e;
}

// The table goes behind the report.
static int write_table(
	const struct arguments *a, const struct lull_results *r, struct lull_text *report)
{
	if (a->json != NULL && strcmp(a->json, "-") == 0)
		return 0;
	if (report->len > 0)
		lull_text_add(report, "\n");
	lull_results_table(r, report);
	if (!report->failed)
		fputs(report->data, stdout);
	return report->failed ? -ENOMEM : 0;
}

// Who judges, in the order of lull_rivals[]; lull alone when nobody was named.
static size_t choose(const struct arguments *a, const struct lull_rival **rivals)
{
	size_t n = 0;
	for (size_t i = 0; i < count_rivals(); i++)
		if (a->any ? a->wanted[i] : i == 0)
			rivals[n++] = lull_rivals[i];
	return n;
}

// The exit code of an error that judging ended with, after its messages. A grid is configuration,
// all other files are input.
static int code_of(const struct arguments *a, int err)
{
	if (err == -ENOMEM)
		lull_log_error("eval: %s", strerror(ENOMEM));
	return err == 0 ? 0 : err == -ENOMEM || a->mode == OPT_SIM ? 1 : 2;
}

static int run(const struct arguments *a, char **operands)
{
	const struct lull_rival *rivals[RIVALS_MAX];
	struct lull_results results = {0};
	struct lull_text report = {0};
	struct lull_eval e = {
		.rivals = rivals,
		.n_rivals = choose(a, rivals),
		.budget_per_day = a->budget / 7000.0,
		.both = a->both < 0 ? a->mode == OPT_NAB || a->mode == OPT_TCPD : a->both,
		.model = (enum lull_model)a->model,
		.jobs = (unsigned)a->jobs,
		.progress = isatty(STDERR_FILENO) == 1,
		.results = &results,
	};
	if (a->list != NULL && (e.list = open_out(a->list)) == NULL)
		return 1;
	if (e.list != NULL)
		lull_eval_list_head(e.list);
	int code = code_of(a, judge(a, &e, operands, &report));
	if (close_out(e.list, a->list) < 0)
		code = 1;
	if (code == 0 && write_table(a, &results, &report) < 0)
		code = code_of(a, -ENOMEM);
	if (code == 0 && write_json(a, &results) < 0)
		code = 1;
	lull_results_free(&results);
	lull_text_finish(&report);
	return code;
}

static const char *more(char *text, size_t n)
{
	size_t at = (size_t)snprintf(text, n, "Detectors:\n");
	for (size_t i = 0; i < count_rivals() && at < n; i++)
		at += (size_t)snprintf(text + at, n - at, "  %-10s%s\n", lull_rivals[i]->name,
			lull_rivals[i]->what);
	if (at < n)
		snprintf(text + at, n - at,
			"\nAll detectors run on defaults, the same for every series. "
			"docs/evaluation.md says how\neach column is computed.\n\n"
			"Examples:\n"
			"  lull eval --events iran_2019.csv iran_2019_events.csv --detector all\n"
			"  lull eval --nab NAB/data NAB/labels/combined_windows.json --json "
			"nab.json\n"
			"  lull eval --tcpd TCPD/datasets TCPDBench/annotations.json\n"
			"  lull eval --sim bench/grids/brief.yaml --detector lull --detector "
			"cusum\n");
	return text;
}

int lull_main_eval(int argc, char **argv)
{
	char text[8192];
	struct lull_usage usage = {
		.command = "eval",
		.summary = "score the detector and the baselines on labelled series",
		.operands = "DATA [LABELS]",
		.min_operands = 1,
		.max_operands = 2,
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.more = more(text, sizeof(text)),
	};
	struct arguments a = {.budget = 1.0, .both = -1, .jobs = 1};
	int first = lull_options_parse(&usage, argc, argv, take, &a);
	if (first <= 0)
		return first < 0;
	if (a.mode == 0) {
		lull_log_error("eval: what is it? --events, --nab, --tcpd or --sim");
		return 1;
	}
	if (argc - first != (a.mode == OPT_SIM ? 1 : 2)) {
		lull_log_error("eval: %s", a.mode == OPT_SIM
						   ? "--sim takes one file, GRID.yaml"
						   : "expected the data and its labels: two paths");
		return 1;
	}
	return run(&a, argv + first);
}
