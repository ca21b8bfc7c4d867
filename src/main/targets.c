// SPDX-License-Identifier: BSD-3-Clause
// lull targets: what would be watched, before anything is.

#include "commands.h"
#include "configure.h"
#include "options.h"
#include "targets_view.h"
#include <errno.h>
#include <lull/log.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_ALL = LULL_OPTION_LONG,
	OPT_FORMAT,
	OPT_LOOKUP,
};

static const struct lull_option options[] = {
	{'t', "target", "NAME=PREFIX,...", "a target and its prefixes; may be repeated"},
	{'T', "table", "FILE", "a table of prefix<TAB>name lines; may be repeated"},
	{'c', "config", "FILE", "configuration (YAML); options on the command line come on top"},
	{OPT_LOOKUP, "lookup", "ADDRESS",
		"say which target an address belongs to, by which prefix, and what stands above "
		"it; may be repeated"},
	{OPT_FORMAT, "format", "FORMAT", "text or csv (default text)"},
	{OPT_ALL, "all", NULL, "show long lists to their end"},
};

static const struct lull_usage usage = {
	.command = "targets",
	.summary = "show what would be watched",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.more = "Counts of a target include what stands under it; an address inside several\n"
		"prefixes belongs to the most specific one. With --lookup only the addresses are\n"
		"shown.\n\n"
		"Examples:\n"
		"  lull targets -t kp=175.45.176.0/22,210.52.109.0/24\n"
		"  lull targets -T countries.tsv --lookup 175.45.176.71\n",
};

struct arguments {
	struct lull_watched watched;
	struct lull_addr *lookups;
	size_t n_lookups;
	int csv;
	bool all;
};

static int take_lookup(struct arguments *a, const char *value)
{
	if (lull_addr_parse(value, &a->lookups[a->n_lookups]) == 0) {
		a->n_lookups++;
		return 0;
	}
	lull_log_error(
		"--lookup '%s': expected an address, such as 192.0.2.1 or 2001:db8::1", value);
	return -EINVAL;
}

static int take(void *context, int key, const char *value)
{
	static const char *const formats[] = {"text", "csv", NULL};
	struct arguments *a = context;
	if (lull_watched_take(&a->watched, key, value))
		return 0;
	switch (key) {
	case OPT_LOOKUP:
		return take_lookup(a, value);
	case OPT_FORMAT:
		a->csv = lull_option_word("--format", value, formats);
		return a->csv < 0 ? -EINVAL : 0;
	case OPT_ALL:
		a->all = true;
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
	if (c->n_targets == 0)
		lull_log_error(
			"targets: there are none; give -t NAME=PREFIX, -T TABLE or -c CONFIG");
	else if (lull_went(lull_config_check(c)))
		return c;
	lull_config_destroy(c);
	return NULL;
}

static void show(const struct arguments *a, const struct lull_view *v)
{
	if (a->n_lookups > 0 && a->csv)
		lull_view_lookup_csv(v, a->lookups, a->n_lookups);
	else if (a->n_lookups > 0)
		lull_view_lookup_text(v, a->lookups, a->n_lookups);
	else if (a->csv)
		lull_view_csv(v);
	else
		lull_view_text(v);
}

static int run(const struct arguments *a)
{
	struct lull_config *c = configure(a);
	struct lull_targets *t = c != NULL ? lull_targets_create(c) : NULL;
	int code = 1;
	if (c != NULL && lull_went(t != NULL ? 0 : -errno)) {
		struct lull_view v;
		int e = lull_view_init(&v, t, a->all);
		if (e == 0)
			show(a, &v);
		else
			lull_log_error("targets: %s", strerror(-e));
		lull_view_finish(&v);
		code = e < 0;
	}
	lull_targets_destroy(t);
	lull_config_destroy(c);
	return code;
}

int lull_main_targets(int argc, char **argv)
{
	struct arguments a = {0};
	int first = lull_watched_init(&a.watched, argc);
	a.lookups = calloc((size_t)argc + 1, sizeof(*a.lookups));
	if (first == 0 && !lull_went(a.lookups != NULL ? 0 : -ENOMEM))
		first = -ENOMEM;
	if (first == 0)
		first = lull_options_parse(&usage, argc, argv, take, &a);
	int code = first > 0 ? run(&a) : first < 0;
	lull_watched_finish(&a.watched);
	free(a.lookups);
	return code;
}
