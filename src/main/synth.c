// SPDX-License-Identifier: BSD-3-Clause
// lull synth: make a capture from a scenario, with the truth beside it.

#include "commands.h"
#include "configure.h"
#include "options.h"

#include <errno.h>
#include <lull/log.h>
#include <lull/synth.h>
#include <lull/text.h>
#include <string.h>
#include <unistd.h>

enum {
	OPT_CONFIG = LULL_OPTION_LONG,
	OPT_EVENTS,
	OPT_FORCE,
	OPT_PACKETS,
	OPT_TRUTH,
};

static const struct lull_option options[] = {
	{'o', "out", "FILE", "the capture; pcapng when it ends in .pcapng, '-' is standard output"},
	{OPT_TRUTH, "truth", "FILE", "exact counts, in the form of 'lull replay --series' (CSV)"},
	{OPT_CONFIG, "config", "FILE", "the lull.yaml that fits: targets, upstreams, bin"},
	{OPT_EVENTS, "events", "FILE", "what happens when, and to whom (CSV)"},
	{OPT_PACKETS, "packets", "N", "stop after N packets instead of the scenario's duration"},
	{OPT_FORCE, "force", NULL, "write more than 1,000,000,000 packets"},
};

static const struct lull_usage usage = {
	.command = "synth",
	.summary = "make a capture from a scenario, with the truth beside it",
	.operands = "SCENARIO",
	.min_operands = 1,
	.max_operands = 1,
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.more = "SCENARIO is YAML; pcaps/README.md explains every key. The same scenario gives "
		"the\n"
		"same bytes on every machine.\n\n"
		"Example:\n"
		"  lull synth pcaps/june-2025.yaml -o june.pcap --truth june.csv --config "
		"june.yaml\n",
};

static int take(void *context, int key, const char *value)
{
	struct lull_synth_options *o = context;
	switch (key) {
	case 'o':
		o->out = value;
		return 0;
	case OPT_TRUTH:
		o->truth = value;
		return 0;
	case OPT_CONFIG:
		o->config = value;
		return 0;
	case OPT_EVENTS:
		o->events = value;
		return 0;
	case OPT_PACKETS:
		return lull_option_number("--packets", value, 1, INT64_MAX, &o->packets);
	case OPT_FORCE:
		o->force = true;
		return 0;
	}
	return -EINVAL;
}

static int check(const struct lull_synth_options *o)
{
	const char *outs[] = {o->out, o->truth, o->config, o->events};
	int stdouts = 0, given = 0;
	for (size_t i = 0; i < sizeof(outs) / sizeof(outs[0]); i++) {
		given += outs[i] != NULL;
		stdouts += outs[i] != NULL && strcmp(outs[i], "-") == 0;
	}
	if (given == 0)
		lull_log_error("nothing to write; give -o FILE, --truth, --config or --events");
	else if (stdouts > 1)
		lull_log_error("only one of the files can be standard output");
	else if (o->out != NULL && strcmp(o->out, "-") == 0 && isatty(STDOUT_FILENO))
		lull_log_error("a capture is not for a terminal; give -o FILE");
	else
		return 0;
	return -EINVAL;
}

int lull_main_synth(int argc, char **argv)
{
	struct lull_synth_options o = {.progress = isatty(STDERR_FILENO) == 1};
	struct lull_synth_done done;
	int first = lull_options_parse(&usage, argc, argv, take, &o);
	if (first <= 0)
		return first == 0 ? 0 : 1;
	if (check(&o) < 0)
		return 1;
	struct lull_scenario *s = lull_scenario_load(argv[first]);
	if (!lull_went(s != NULL ? 0 : -errno))
		return 1;
	int rc = lull_synth_run(s, &o, &done);
	lull_scenario_destroy(s);
	char packets[28], size[16];
	if (rc == 0 && o.out != NULL && o.progress)
		lull_log_info("%s: %s packets, %sB", o.out, lull_text_count(done.packets, packets),
			lull_text_si((double)done.bytes, size));
	return rc == 0 ? 0 : 1;
}
