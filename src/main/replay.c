// SPDX-License-Identifier: BSD-3-Clause
// lull replay: find outages in capture files.

#include "commands.h"
#include "configure.h"
#include "options.h"
#include "terminal.h"

#include <errno.h>
#include <lull/log.h>
#include <lull/replay.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	OPT_ASCII = LULL_OPTION_LONG,
	OPT_BIN,
	OPT_COLOR,
	OPT_EXIT_CODE,
	OPT_FILTER,
	OPT_FORMAT,
	OPT_SERIES,
	OPT_SKETCH_KEY,
	OPT_STATS,
	OPT_ZEROS,
};

static const struct lull_option options[] = {
	{'t', "target", "NAME=PREFIX,...", "watch these prefixes under this name; may be repeated"},
	{'T', "table", "FILE", "watch a table of prefix<TAB>name lines; may be repeated"},
	{'c', "config", "FILE", "configuration (YAML); options on the command line come on top"},
	{OPT_BIN, "bin", "TIME", "length of a bin, 100ms to 10m (default 1s)"},
	{OPT_FORMAT, "format", "FORMAT",
		"text, jsonl, csv, codf or lines on standard output (default text)"},
	{OPT_SERIES, "series", "FILE",
		"write the counts per bin, target, upstream and direction (CSV)"},
	{OPT_ZEROS, "zeros", NULL, "with --series: rows for silent bins too"},
	{OPT_STATS, "stats", "FILE", "write the count law, inputs and timing (JSON)"},
	{OPT_FILTER, "filter", "BPF", "count only packets this pcap-filter(7) expression passes"},
	{'j', "workers", "N", "worker threads (default 1); the result is the same for any number"},
	{OPT_ASCII, "ascii", NULL, "draw with ASCII characters only"},
	{OPT_COLOR, "color", "WHEN", "auto, always or never (default auto; NO_COLOR is respected)"},
	{OPT_SKETCH_KEY, "sketch-key", "HEX",
		"32 hex digits: key of the distinct counts (default: fixed)"},
	{OPT_EXIT_CODE, "exit-code", NULL, "exit with 3 when an outage was found"},
};

static const struct lull_usage usage = {
	.command = "replay",
	.summary = "find outages in capture files",
	.operands = "FILE...",
	.min_operands = 1,
	.max_operands = -1,
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.more = "FILE is pcap or pcapng, plain or compressed (gzip, zstd, lz4, xz); '-' is "
		"standard\n"
		"input. Several files are one timeline, merged by packet time.\n\n"
		"Exit status: 0 fine, 1 usage or configuration, 2 input damaged (what was "
		"readable\n"
		"is still reported), 3 with --exit-code when an outage was found,\n"
		"130 stopped by a signal (what was read until then is reported).\n\n"
		"Example:\n"
		"  lull replay -t kp=175.45.176.0/22,210.52.109.0/24 --series kp.csv "
		"day.pcap.zst\n",
};

struct arguments {
	struct lull_watched watched;
	const char *bin, *format, *series, *stats, *filter, *color;
	uint64_t workers;
	struct lull_sipkey key;
	bool zeros, ascii, exit_code;
};

// Fixed, so that a result can be reproduced; a live tap draws a fresh one at each start.
static const struct lull_sipkey replay_key = {
	UINT64_C(0x6c756c6c20726570), UINT64_C(0x6c617920736b6579)};

static int parse_key(const char *text, struct lull_sipkey *key)
{
	uint8_t bytes[16];
	if (strlen(text) == 32 && strspn(text, "0123456789abcdefABCDEF") == 32) {
		for (int i = 0; i < 16; i++) {
			char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};
			bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
		}
		memcpy(&key->k0, bytes, 8);
		memcpy(&key->k1, bytes + 8, 8);
		return 0;
	}
	lull_log_error("--sketch-key '%s': expected 32 hexadecimal digits", text);
	return -EINVAL;
}

static int take(void *context, int key, const char *value)
{
	struct arguments *a = context;
	if (lull_watched_take(&a->watched, key, value))
		return 0;
	switch (key) {
	case 'j':
		return lull_option_number("--workers", value, 1, LULL_WORKERS_MAX, &a->workers);
	case OPT_BIN:
		a->bin = value;
		return 0;
	case OPT_FORMAT:
		a->format = value;
		return lull_option_word("--format", value, lull_exporter_names()) < 0 ? -EINVAL : 0;
	case OPT_SERIES:
		a->series = value;
		return 0;
	case OPT_ZEROS:
		a->zeros = true;
		return 0;
	case OPT_STATS:
		a->stats = value;
		return 0;
	case OPT_FILTER:
		a->filter = value;
		return 0;
	case OPT_ASCII:
		a->ascii = true;
		return 0;
	case OPT_COLOR:
		a->color = value;
		return lull_option_word("--color", value, lull_terminal_when) < 0 ? -EINVAL : 0;
	case OPT_SKETCH_KEY:
		return parse_key(value, &a->key);
	case OPT_EXIT_CODE:
		a->exit_code = true;
		return 0;
	}
	return -EINVAL;
}

// The configuration file, then what the command line adds. NULL after messages.
static struct lull_config *configure(const struct arguments *a)
{
	struct lull_config *c = lull_watched_config(&a->watched);
	if (c == NULL)
		return NULL;
	bool set = a->bin == NULL || lull_went(lull_config_set(c, "bin", a->bin));
	if (!set || !lull_went(lull_config_check(c))) {
		lull_config_destroy(c);
		return NULL;
	}
	if (c->n_targets == 0)
		lull_log_warning("no targets: packets are classified and nothing is watched; "
				 "give -t NAME=PREFIX, -T TABLE or -c CONFIG");
	return c;
}

// Opening an output empties it, so it must be no regular file that is read.
static bool same_file(const char *a, const char *b)
{
	struct stat x, y;
	return a != NULL && b != NULL && stat(a, &x) == 0 && stat(b, &y) == 0 &&
	       S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool is_output_free(const struct arguments *a, const struct lull_replay *r,
	const char *option, const char *path)
{
	const char *input = same_file(path, a->watched.config) ? a->watched.config : NULL;
	for (size_t i = 0; i < a->watched.n_tables && input == NULL; i++)
		input = same_file(path, a->watched.tables[i]) ? a->watched.tables[i] : NULL;
	for (size_t i = 0; i < r->n_paths && input == NULL; i++)
		input = same_file(path, strcmp(r->paths[i], "-") == 0 ? "/dev/stdin" : r->paths[i])
				? r->paths[i]
				: NULL;
	if (input != NULL)
		lull_log_error(
			"%s %s: it is an input (%s) and would be overwritten", option, path, input);
	return input == NULL;
}

static FILE *open_output(const char *option, const char *path)
{
	FILE *f = fopen(path, "w");
	if (f == NULL)
		lull_log_error("%s %s: %s", option, path, strerror(errno));
	return f;
}

static int close_output(const char *path, FILE *f)
{
	if (f == NULL || fclose(f) == 0)
		return 0;
	lull_log_error("%s: %s", path, strerror(errno));
	return -EIO;
}

static _Atomic bool interrupted;

// The first SIGINT or SIGTERM ends the reading and reports what was read; the third one kills (not
// the second: timeout(1) and terminals signal the process and then its group).
static void interrupt(int signal_number)
{
	if (atomic_exchange(&interrupted, true))
		signal(signal_number, SIG_DFL);
}

static int exit_code(const struct arguments *a, int e, const struct lull_replay_result *result)
{
	if (e == -EPIPE)
		return 0; // whoever read us has seen enough
	if (e < 0)
		return 1;
	if (interrupted)
		return 130; // 128 + SIGINT, as shells have it
	if (result->damaged || result->unlawful)
		return 2;
	return a->exit_code && result->outages > 0 ? 3 : 0;
}

// False after a message; what is open stays open.
static bool open_outputs(const struct arguments *a, struct lull_replay *r)
{
	if ((a->series != NULL && !is_output_free(a, r, "--series", a->series)) ||
		(a->stats != NULL && !is_output_free(a, r, "--stats", a->stats)))
		return false;
	if (a->series != NULL && (r->series = open_output("--series", a->series)) == NULL)
		return false;
	if (same_file(a->series, a->stats)) {
		lull_log_error("--series and --stats cannot both go to %s", a->stats);
		return false;
	}
	return a->stats == NULL || (r->stats = open_output("--stats", a->stats)) != NULL;
}

static int replay(const struct arguments *a, struct lull_replay *r)
{
	struct lull_replay_result result = {0};
	int e = -EIO;
	if (open_outputs(a, r)) {
		e = lull_replay_run(r, &result);
		if (e == -ENOMEM || e == -ENOSPC || e == -EIO || e == -EAGAIN)
			lull_log_error("replay: %s", strerror(-e));
	}
	if (close_output(a->series, r->series) < 0 && e == 0)
		e = -EIO;
	if (close_output(a->stats, r->stats) < 0 && e == 0)
		e = -EIO;
	return exit_code(a, e, &result);
}

static int prepare(struct arguments *a, struct lull_replay *r)
{
	struct lull_config *config = configure(a);
	if (config == NULL)
		return 1;
	struct lull_targets *targets = lull_targets_create(config);
	int code = 1;
	if (lull_went(targets != NULL ? 0 : -errno)) {
		r->config = config;
		r->targets = targets;
		r->export = (struct lull_export_options){
			.config = config, .targets = targets, .out = stdout};
		r->export.ascii = a->ascii;
		lull_terminal(a->color, &r->export);
		code = replay(a, r);
	}
	lull_targets_destroy(targets);
	lull_config_destroy(config);
	return code;
}

int lull_main_replay(int argc, char **argv)
{
	struct arguments a = {.workers = 1, .key = replay_key, .format = "text"};
	int ready = lull_watched_init(&a.watched, argc);
	int code = 1;
	int first = ready == 0 ? lull_options_parse(&usage, argc, argv, take, &a) : ready;
	if (first == 0)
		code = 0;
	if (first > 0) {
		struct lull_replay r = {
			.paths = (const char *const *)argv + first,
			.n_paths = (size_t)(argc - first),
			.workers = (unsigned)a.workers,
			.filter = a.filter,
			.key = a.key,
			.exporter = lull_exporter_find(a.format),
			.zeros = a.zeros,
			.stop = &interrupted,
			.progress = isatty(STDERR_FILENO),
		};
		signal(SIGINT, interrupt);
		signal(SIGTERM, interrupt);
		signal(SIGPIPE, SIG_IGN);
		code = prepare(&a, &r);
	}
	lull_watched_finish(&a.watched);
	return code;
}
