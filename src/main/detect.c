// SPDX-License-Identifier: BSD-3-Clause
// lull detect: find outages in series of values that somebody else measured.

#include "commands.h"
#include "configure.h"
#include "eval/feed.h"
#include "options.h"
#include "terminal.h"

#include <errno.h>
#include <lull/export.h>
#include <lull/log.h>
#include <lull/text.h>
#include <lull/time.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_ASCII = LULL_OPTION_LONG,
	OPT_BIN,
	OPT_BUDGET,
	OPT_COLOR,
	OPT_COLUMNS,
	OPT_DIRECTION,
	OPT_EXIT_CODE,
	OPT_FORMAT,
	OPT_MODEL,
};

static const struct lull_option options[] = {
	{OPT_COLUMNS, "columns", "NAMES",
		"which column is what: TIME,VALUE or TIME,SERIES,VALUE, by name or by number from "
		"1 "
		"(default: by the header)"},
	{OPT_BIN, "bin", "TIME",
		"length of a bin; rows of one bin become their mean (default: the commonest "
		"distance "
		"of rows)"},
	{OPT_BUDGET, "budget", "N/TIME",
		"false alarms allowed over all series, as 1/month (default) or 0.1/day"},
	{'c', "config", "FILE", "take the settings of the detector from a configuration (YAML)"},
	{OPT_DIRECTION, "direction", "WAY",
		"down or both: are rises told too? (default down, or as the configuration says)"},
	{OPT_MODEL, "model", "MODEL",
		"what the values are: traffic (0 is silence, days have a shape), level (an index, "
		"a "
		"share, anything that may be negative), or auto: level where a value is negative "
		"or "
		"a bin lasts a day or more (default auto)"},
	{OPT_FORMAT, "format", "FORMAT",
		"text, jsonl, csv, codf or lines on standard output (default text)"},
	{OPT_ASCII, "ascii", NULL, "draw with ASCII characters only"},
	{OPT_COLOR, "color", "WHEN", "auto, always or never (default auto; NO_COLOR is respected)"},
	{OPT_EXIT_CODE, "exit-code", NULL, "exit with 3 when an outage was found"},
};

static const struct lull_usage usage = {
	.command = "detect",
	.summary = "find outages in series of values (CSV)",
	.operands = "SERIES.csv...",
	.min_operands = 1,
	.max_operands = -1,
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.more = "SERIES.csv holds a time and a value a line, or a time, the name of a series and "
		"a\n"
		"value, or a time and one column a series; '-' is standard input. Times are\n"
		"2019-11-16T20:00:00Z, 2019-11-16 20:00 or seconds since 1970-01-01, in UTC "
		"unless\n"
		"they say otherwise. A row that is not there, or has no value, is missing: that "
		"is\n"
		"never taken for silence. Any unit will do, as long as 0 means nothing; for "
		"others\n"
		"there is --model level.\n\n"
		"Exit status: 0 fine, 1 usage or a table that cannot be read, 3 with --exit-code\n"
		"when an outage was found.\n\n"
		"Example:\n"
		"  lull detect --columns time,country,value traffic.csv\n",
};

struct arguments {
	const char *columns, *config, *budget, *format, *color, *direction;
	uint64_t bin_ns;
	bool ascii, exit_code;
	int model; // enum lull_model
};

// Series of all files, with the file each is from.
struct series {
	struct lull_timeseries *items;
	const char **files;
	size_t n;
};

static int take_bin(const char *value, uint64_t *bin_ns)
{
	int e = lull_duration_parse(value, bin_ns);
	if (e == 0 && *bin_ns > 0)
		return 0;
	lull_log_error("--bin '%s': write a number and a unit, as 5m, 1h or 1d", value);
	return -EINVAL;
}

static int take(void *context, int key, const char *value)
{
	struct arguments *a = context;
	switch (key) {
	case 'c':
		a->config = value;
		return 0;
	case OPT_COLUMNS:
		a->columns = value;
		return 0;
	case OPT_BIN:
		return take_bin(value, &a->bin_ns);
	case OPT_BUDGET:
		a->budget = value;
		return 0;
	case OPT_FORMAT:
		a->format = value;
		return lull_option_word("--format", value, lull_exporter_names()) < 0 ? -EINVAL : 0;
	case OPT_DIRECTION:
		a->direction = value;
		return 0;
	case OPT_MODEL:
		a->model = lull_option_word("--model", value, lull_feed_models);
		return a->model < 0 ? -EINVAL : 0;
	case OPT_ASCII:
		a->ascii = true;
		return 0;
	case OPT_COLOR:
		a->color = value;
		return lull_option_word("--color", value, lull_terminal_when) < 0 ? -EINVAL : 0;
	case OPT_EXIT_CODE:
		a->exit_code = true;
		return 0;
	}
	return -EINVAL;
}

static void finish_series(struct series *s)
{
	struct lull_timeseries_set set = {s->n, s->items};
	lull_timeseries_free(&set);
	free(s->files);
}

// Add the series of one file.
static int read_file(const struct arguments *a, const char *path, struct series *s)
{
	struct lull_timeseries_format format = {a->columns, a->bin_ns};
	struct lull_timeseries_set set;
	int e = lull_timeseries_read(path, &format, &set);
	if (e < 0)
		return e;
	struct lull_timeseries *items = reallocarray(s->items, s->n + set.n + 1, sizeof(*s->items));
	s->items = items != NULL ? items : s->items;
	const char **files = reallocarray(s->files, s->n + set.n + 1, sizeof(*s->files));
	s->files = files != NULL ? files : s->files;
	if (items == NULL || files == NULL) {
		lull_timeseries_free(&set);
		return -ENOMEM;
	}
	for (size_t i = 0; i < set.n; i++) {
		s->items[s->n] = set.items[i];
		s->files[s->n++] = path;
	}
	free(set.items); // what they hold is the caller's now
	return 0;
}

static bool share_one_bin(const struct series *s)
{
	char one[LULL_TIME_TEXT], other[LULL_TIME_TEXT];
	for (size_t i = 1; i < s->n; i++) {
		if (s->items[i].bin_ns == s->items[0].bin_ns)
			continue;
		lull_log_error("%s has bins of %s, %s has bins of %s: run lull for each alone, or "
			       "give --bin",
			s->files[0], lull_duration_format(s->items[0].bin_ns, one), s->files[i],
			lull_duration_format(s->items[i].bin_ns, other));
		return false;
	}
	return true;
}

struct place_of_name {
	const char *name, *file;
};

static int by_name(const void *a, const void *b)
{
	const struct place_of_name *x = a, *y = b;
	return strcmp(x->name, y->name);
}

// Within a file names differ; the same in two files would be two series of one name. 0, -EINVAL
// after a message, or -ENOMEM.
static int compare_names(const struct series *s)
{
	struct place_of_name *all = calloc(s->n + 1, sizeof(*all));
	int e = 0;
	if (all == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++)
		all[i] = (struct place_of_name){s->items[i].name, s->files[i]};
	qsort(all, s->n, sizeof(*all), by_name);
	for (size_t i = 1; e == 0 && i < s->n; i++)
		if (strcmp(all[i].name, all[i - 1].name) == 0) {
			lull_log_error("a series '%s' is in %s and in %s: run lull for each alone, "
				       "or rename one",
				all[i].name, all[i - 1].file, all[i].file);
			e = -EINVAL;
		}
	free(all);
	return e;
}

// Less than nothing is no traffic: whoever measures it should know what is made of it.
static void warn_of_negatives(const struct arguments *a, const struct series *s)
{
	static const char *const taken[] = {
		[LULL_MODEL_AUTO] = "which make it no traffic: it is judged as a level",
		[LULL_MODEL_TRAFFIC] = "which are taken for 0",
	};
	char count[28];
	size_t n = 0, first = 0;
	for (size_t i = 0; i < s->n; i++) {
		bool negative = false;
		for (size_t j = 0; j < s->items[i].n && !negative; j++)
			negative = s->items[i].value[j] < 0.0;
		if (negative && n++ == 0)
			first = i;
	}
	if (n > 0 && a->model != LULL_MODEL_LEVEL)
		lull_log_warning("%s: %s series hold%s negative values ('%s'%s), %s",
			s->files[first], lull_text_count(n, count), n == 1 ? "s" : "",
			s->items[first].name, n == 1 ? "" : " is the first", taken[a->model]);
}

static int read_series(const struct arguments *a, char **paths, size_t n_paths, struct series *s)
{
	int e = 0;
	for (size_t i = 0; i < n_paths && e == 0; i++)
		e = read_file(a, paths[i], s);
	if (e == 0 && !share_one_bin(s))
		e = -EINVAL;
	if (e == 0)
		e = compare_names(s);
	if (lull_went(e))
		warn_of_negatives(a, s);
	return e;
}

// The series' own, with the detector's settings of the file and of the command line. NULL after
// messages.
static struct lull_config *configure(const struct arguments *a, const struct series *s)
{
	struct lull_config *c = lull_feed_config(s->items, s->n), *file = NULL;
	bool good = lull_went(c != NULL ? 0 : -errno);
	if (good && a->config != NULL) {
		file = lull_config_load(a->config);
		good = lull_went(file != NULL ? 0 : -errno);
		if (good)
			c->detector = file->detector;
		lull_config_destroy(file);
	}
	if (good && a->budget != NULL)
		good = lull_went(lull_config_set(c, "detector.budget", a->budget));
	if (good && a->direction != NULL)
		good = lull_went(lull_config_set(c, "detector.direction", a->direction));
	if (good)
		c->model = (enum lull_model)a->model;
	if (good && lull_went(lull_config_check(c)))
		return c;
	lull_config_destroy(c);
	return NULL;
}

// What passes on its way from the detector to the exporter.
struct judging {
	const struct lull_exporter_ops *ops;
	void *exporter;
	struct lull_summary summary;
	int error;
};

static void on_bin(void *context, const struct lull_bin *bin)
{
	struct judging *j = context;
	struct lull_summary *s = &j->summary;
	s->first_ns = s->bins == 0 ? bin->start_ns : s->first_ns;
	s->last_ns = bin->start_ns + bin->len_ns;
	s->bins++;
	s->gaps += bin->gap_ns > 0;
	if (j->ops->bin != NULL && j->error == 0)
		j->error = j->ops->bin(j->exporter, bin);
}

static void on_event(void *context, const struct lull_event *event)
{
	struct judging *j = context;
	j->summary.outages += event->rev == 1 && event->kind == LULL_OUTAGE;
	if (j->error == 0)
		j->error = j->ops->event(j->exporter, event);
}

static int judge(struct judging *j, const struct series *s, const struct lull_export_options *x)
{
	struct lull_target_status *status = calloc(s->n + 1, sizeof(*status));
	j->exporter = status != NULL ? j->ops->create(x) : NULL;
	int e = j->exporter == NULL ? -ENOMEM : 0;
	if (e == 0)
		e = lull_feed_status(s->items, s->n, x->config, on_event, on_bin, j, status);
	j->summary.targets = status;
	j->summary.n_targets = s->n;
	j->summary.bin_ns = x->config->bin_ns;
	j->summary.workers = 1;
	e = e < 0 ? e : j->error;
	if (e == 0)
		e = j->ops->finish(j->exporter, &j->summary);
	if (j->exporter != NULL)
		j->ops->destroy(j->exporter);
	free(status);
	return e;
}

static int exit_code(const struct arguments *a, int e, const struct judging *j)
{
	if (e == -EPIPE)
		return 0; // whoever read us has seen enough
	if (e < 0) {
		lull_log_error("detect: %s", strerror(-e));
		return 1;
	}
	return a->exit_code && j->summary.outages > 0 ? 3 : 0;
}

static int detect(const struct arguments *a, const struct series *s)
{
	struct lull_config *config = configure(a, s);
	const char **names = calloc(s->n + 1, sizeof(*names));
	double *units = calloc(s->n + 1, sizeof(*units));
	struct lull_targets *targets = NULL;
	int code = 1;
	for (size_t i = 0; i < s->n && names != NULL && units != NULL; i++) {
		names[i] = s->items[i].name;
		units[i] = lull_feed_unit(&s->items[i]);
	}
	if (names != NULL && units != NULL)
		targets = lull_targets_named(names, s->n);
	if (config != NULL && lull_went(targets != NULL ? 0 : -ENOMEM)) {
		struct judging j = {.ops = lull_exporter_find(a->format),
			.summary = {.first_ns = LULL_TIME_NONE, .last_ns = LULL_TIME_NONE}};
		struct lull_export_options x = {.config = config,
			.targets = targets,
			.out = stdout,
			.ascii = a->ascii,
			.units = units};
		lull_terminal(a->color, &x);
		code = exit_code(a, judge(&j, s, &x), &j);
	}
	lull_targets_destroy(targets);
	lull_config_destroy(config);
	free(units);
	free(names);
	return code;
}

int lull_main_detect(int argc, char **argv)
{
	struct arguments a = {.format = "text"};
	int first = lull_options_parse(&usage, argc, argv, take, &a);
	if (first <= 0)
		return first == 0 ? 0 : 1;
	struct series s = {0};
	signal(SIGPIPE, SIG_IGN);
	int e = read_series(&a, argv + first, (size_t)(argc - first), &s);
	int code = e == 0 ? detect(&a, &s) : 1;
	finish_series(&s);
	return code;
}
