// SPDX-License-Identifier: BSD-3-Clause
// lull run: watch live ports until told to stop.

#include "commands.h"
#include "configure.h"
#include "options.h"

#include <errno.h>
#include <lull/live.h>
#include <lull/log.h>
#include <lull/text.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

enum {
	OPT_BIN = LULL_OPTION_LONG,
	OPT_BINS,
	OPT_FORMAT,
	OPT_LISTEN,
	OPT_SERIES,
	OPT_STATE,
};

static const struct lull_option options[] = {
	{'c', "config", "FILE", "configuration (YAML); options on the command line come on top"},
	{'i', "interface", "NAME",
		"capture on this network interface (instead of what the file says)"},
	{'t', "target", "NAME=PREFIX,...", "watch these prefixes under this name; may be repeated"},
	{'T', "table", "FILE", "watch a table of prefix<TAB>name lines; may be repeated"},
	{OPT_BIN, "bin", "TIME", "length of a bin, 100ms to 10m (default 1s)"},
	{OPT_FORMAT, "format", "FORMAT",
		"lines, jsonl or csv on standard output, a line per revision of an event (default "
		"lines)"},
	{OPT_SERIES, "series", "FILE",
		"write the counts per bin, target, upstream and direction (CSV)"},
	{OPT_STATE, "state", "DIR", "keep state and the log of events in this directory"},
	{OPT_LISTEN, "listen", "ADDRESS:PORT",
		"serve /metrics there (default 127.0.0.1:11753 and [::1]:11753), or 'off'"},
	{OPT_BINS, "bins", "N", "stop once N bins are closed, and tell those at hand"},
};

static const struct lull_usage usage = {
	.command = "run",
	.summary = "watch a live tap",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.more = "Runs until SIGTERM or SIGINT: then it closes the open bin, writes all and exits "
		"with 0.\n"
		"SIGHUP reads the configuration and the targets anew; a file with an error leaves "
		"the\n"
		"old ones in force, and says why.\n\n"
		"Exit status: 0 fine, 1 usage, configuration or device.\n\n"
		"Examples:\n"
		"  lull run -c /etc/lull/lull.yaml\n"
		"  lull run -i eth0 -t kp=175.45.176.0/22\n",
};

struct arguments {
	struct lull_watched watched;
	const char *interface, *bin, *format, *series, *state, *listen;
	uint64_t bins;
};

// Formats that remember nothing of what they told.
static const char *const formats[] = {"lines", "jsonl", "csv", NULL};

static int take(void *context, int key, const char *value)
{
	struct arguments *a = context;
	if (lull_watched_take(&a->watched, key, value))
		return 0;
	switch (key) {
	case 'i':
		a->interface = value;
		return 0;
	case OPT_BIN:
		a->bin = value;
		return 0;
	case OPT_BINS:
		return lull_option_number("--bins", value, 1, UINT64_MAX, &a->bins);
	case OPT_FORMAT:
		a->format = value;
		return lull_option_word("--format", value, formats) < 0 ? -EINVAL : 0;
	case OPT_LISTEN:
		a->listen = value;
		return 0;
	case OPT_SERIES:
		a->series = value;
		return 0;
	case OPT_STATE:
		a->state = value;
		return 0;
	}
	return -EINVAL;
}

static int set(struct lull_config *c, const char *path, const char *value)
{
	return value == NULL ? 0 : lull_config_set(c, path, value);
}

static int set_interface(struct lull_config *c, const char *name)
{
	if (name == NULL)
		return 0;
	struct lull_text value = {0};
	lull_text_add(&value, "{kind: interface, name: \"%s\"}", name);
	int e = value.failed ? -ENOMEM : lull_config_set(c, "capture", value.data);
	lull_text_finish(&value);
	return e;
}

// Read at the start and at every reload. NULL after messages.
static struct lull_config *configure(void *context)
{
	const struct arguments *a = context;
	struct lull_config *c = lull_watched_config(&a->watched);
	if (c == NULL)
		return NULL;
	if (c->n_targets == 0)
		lull_log_warning("no targets: packets are classified and nothing is watched; give "
				 "-t NAME=PREFIX, -T TABLE or -c CONFIG");
	if (lull_went(set(c, "bin", a->bin)) && lull_went(set(c, "state", a->state)) &&
		lull_went(set(c, "http.listen", a->listen)) &&
		lull_went(set_interface(c, a->interface)) && lull_went(lull_config_check(c)))
		return c;
	lull_config_destroy(c);
	return NULL;
}

static _Atomic bool stop, reload;

// The first SIGINT or SIGTERM ends the run, the third one kills (not the second: timeout(1) and
// terminals signal the process and then its group).
static void on_stop(int number)
{
	if (atomic_exchange(&stop, true))
		signal(number, SIG_DFL);
}

static void on_reload(int number)
{
	(void)number;
	atomic_store(&reload, true);
}

// A pipe that nobody reads would keep the run.
static FILE *open_series(const char *path)
{
	struct stat st;
	if (stat(path, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))) {
		lull_log_error("--series %s: is a pipe, and lull would wait for its reader; give a "
			       "file",
			path);
		return NULL;
	}
	FILE *file = fopen(path, "w");
	if (file == NULL)
		lull_log_error("--series %s: %s", path, strerror(errno));
	return file;
}

static int watch(struct arguments *a)
{
	struct lull_live live = {
		.configure = configure,
		.context = a,
		.exporter = lull_exporter_find(a->format),
		.out = stdout,
		.stop = &stop,
		.reload = &reload,
		.bins = a->bins,
	};
	if (getrandom(&live.key, sizeof(live.key), 0) != sizeof(live.key)) {
		lull_log_error("run: no random numbers: %s", strerror(errno));
		return 1;
	}
	if (a->series != NULL && (live.series = open_series(a->series)) == NULL)
		return 1;
	signal(SIGINT, on_stop);
	signal(SIGTERM, on_stop);
	signal(SIGHUP, on_reload);
	signal(SIGPIPE, SIG_IGN);
	int e = lull_live_run(&live);
	if (live.series != NULL && fclose(live.series) != 0 && e == 0) {
		lull_log_error("--series %s: %s", a->series, strerror(errno));
		e = -EIO;
	}
	return e < 0 ? 1 : 0;
}

int lull_main_run(int argc, char **argv)
{
	struct arguments a = {.format = "lines"};
	int ready = lull_watched_init(&a.watched, argc);
	int first = ready == 0 ? lull_options_parse(&usage, argc, argv, take, &a) : ready;
	int code = first == 0 ? 0 : 1;
	if (first > 0)
		code = watch(&a);
	lull_watched_finish(&a.watched);
	return code;
}
