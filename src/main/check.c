// SPDX-License-Identifier: BSD-3-Clause
// lull check: is this configuration right, and what does it come to?

#include "commands.h"
#include "options.h"
#include <errno.h>
#include <lull/config.h>
#include <lull/log.h>
#include <lull/targets.h>
#include <lull/text.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_PRINT = LULL_OPTION_LONG };

static const struct lull_option options[] = {
	{'c', "config", "FILE", "the configuration to check (YAML)"},
	{OPT_PRINT, "print", NULL, "print the effective configuration, every default filled in"},
};

static const struct lull_usage usage = {
	.command = "check",
	.summary = "check a configuration and say every mistake in it",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.more = "Every complaint begins with file:line:column. Tables the configuration names are\n"
		"read too. What --print shows is a configuration itself.\n\n"
		"Exit status: 0 fine, 1 not.\n\n"
		"Example:\n"
		"  lull check -c lull.yaml --print > effective.yaml\n",
};

struct arguments {
	const char *config;
	bool print;
};

static int take(void *context, int key, const char *value)
{
	struct arguments *a = context;
	if (key == 'c')
		a->config = value;
	else
		a->print = true;
	return 0;
}

// 0, or -errno after messages: the configuration alone, then its targets with their tables.
static int check(struct lull_config *c, struct lull_targets **targets)
{
	int rc = lull_config_check(c);
	if (rc < 0)
		return rc;
	if (c->n_targets == 0)
		lull_log_warning(
			"%s: no targets; add some under targets: or with -t and -T", c->path);
	*targets = lull_targets_create(c);
	return *targets == NULL ? -errno : 0;
}

static int report(const struct lull_config *c, const struct lull_targets *targets, bool print)
{
	if (print) {
		char *text = lull_config_print(c);
		if (text == NULL)
			return -ENOMEM;
		fputs(text, stdout);
		free(text);
		return 0;
	}
	char n[28], m[28];
	size_t prefixes;
	lull_targets_prefixes(targets, &prefixes);
	printf("%s: fine: targets %s, prefixes %s, digest %s\n", c->path,
		lull_text_count(lull_targets_count(targets), n), lull_text_count(prefixes, m),
		c->digest);
	return 0;
}

int lull_main_check(int argc, char **argv)
{
	struct arguments a = {0};
	int first = lull_options_parse(&usage, argc, argv, take, &a);
	if (first <= 0)
		return first < 0;
	if (a.config == NULL) {
		lull_log_error("check: -c FILE is missing; see 'lull check --help'");
		return 1;
	}
	struct lull_targets *targets = NULL;
	struct lull_config *c = lull_config_load(a.config);
	int rc = c == NULL ? -errno : check(c, &targets);
	if (rc == 0)
		rc = report(c, targets, a.print);
	if (rc == -ENOMEM)
		lull_log_error("check: out of memory");
	lull_targets_destroy(targets);
	lull_config_destroy(c);
	return rc < 0;
}
