// SPDX-License-Identifier: BSD-3-Clause
// Option tables on top of getopt_long(): reading, --help, and messages that say what to do.

#include "options.h"
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <lull/log.h>
#include <lull/text.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 26
#define HELP_WIDTH 79
#define OPTIONS_MAX 64

static const struct lull_option help_option = {'h', "help", NULL, "show this and leave"};

static bool has_letter(const struct lull_option *o)
{
	return o->key < LULL_OPTION_LONG && isalnum(o->key);
}

// Print text from HELP_COLUMN on, broken at blanks; the cursor stands at column `at`.
static void print_wrapped(const char *text, int at)
{
	while (*text != '\0') {
		int room = HELP_WIDTH - HELP_COLUMN, n = (int)strcspn(text, "\n");
		if (n > room) {
			for (n = room; n > 0 && text[n] != ' '; n--)
				;
			if (n == 0)
				n = (int)strcspn(text, " \n");
		}
		printf("%*s%.*s\n", at < HELP_COLUMN ? HELP_COLUMN - at : 0, "", n, text);
		at = 0;
		text += n;
		if (*text == ' ' || *text == '\n')
			text++;
	}
}

static void print_option(const struct lull_option *o)
{
	char letter[8] = "    ";
	if (has_letter(o))
		snprintf(letter, sizeof(letter), "-%c, ", o->key);
	int at = printf("  %s--%s%s%s", letter, o->name, o->arg != NULL ? " " : "",
		o->arg != NULL ? o->arg : "");
	if (at > HELP_COLUMN - 2) {
		putchar('\n');
		at = 0;
	}
	print_wrapped(o->help, at);
}

static void print_help(const struct lull_usage *u)
{
	printf("lull %s: %s\n\nUsage: lull %s [OPTION]...%s%s\n\nOptions:\n", u->command,
		u->summary, u->command, u->operands != NULL ? " " : "",
		u->operands != NULL ? u->operands : "");
	for (size_t i = 0; i < u->n_options; i++)
		print_option(&u->options[i]);
	print_option(&help_option);
	if (u->more != NULL)
		printf("\n%s", u->more);
}

static void hint(const struct lull_usage *u)
{
	lull_log_info("see 'lull %s --help'", u->command);
}

static const struct lull_option *option_of(const struct lull_usage *u, int key)
{
	for (size_t i = 0; i < u->n_options; i++) {
		if (u->options[i].key == key)
			return &u->options[i];
	}
	return NULL;
}

// "-t" for an option given by letter, "--target" for one given by name: as it was written.
static void as_written(const char *word, const struct lull_option *o, char *out, size_t n)
{
	if (strncmp(word, "--", 2) == 0 || !has_letter(o))
		snprintf(out, n, "--%s", o->name);
	else
		snprintf(out, n, "-%c", o->key);
}

static void complain_unknown(const struct lull_usage *u, const char *word)
{
	if (optopt != 0) { // 0 stands for a long name
		lull_log_error("%s: no option -%c", u->command, optopt);
		return;
	}
	char name[64];
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	const char *names[OPTIONS_MAX + 1];
	size_t n = 0, longer = 0;
	for (; n < u->n_options && n < OPTIONS_MAX; n++) {
		names[n] = u->options[n].name;
		longer += strncmp(names[n], name, strlen(name)) == 0;
	}
	names[n++] = help_option.name;
	const char *near = lull_text_nearest(name, names, n);
	if (longer > 1)
		lull_log_error("%s: --%s could be several options; write it out", u->command, name);
	else if (near != NULL)
		lull_log_error("%s: no option --%s; did you mean --%s?", u->command, name, near);
	else
		lull_log_error("%s: no option --%s", u->command, name);
}

// getopt_long() said ':' or '?' after looking at word (which, of a bundle "-xyz" not yet read to
// its end, is the word before: then only optopt counts).
static void complain(const struct lull_usage *u, int c, const char *word)
{
	const struct lull_option *o = optopt != 0 ? option_of(u, optopt) : NULL;
	char name[80];
	if (o != NULL)
		as_written(word, o, name, sizeof(name));
	if (o != NULL && c == ':')
		lull_log_error("%s: %s needs a value: %s %s", u->command, name, name, o->arg);
	else if (o != NULL)
		lull_log_error("%s: %s takes no value", u->command, name);
	else if (optopt == 'h' && strncmp(word, "--", 2) == 0)
		lull_log_error("%s: --help takes no value", u->command);
	else
		complain_unknown(u, word);
}

static int check_operands(const struct lull_usage *u, int given, char **operands)
{
	if (given < u->min_operands) {
		lull_log_error("%s: %s missing", u->command, u->operands);
		return -EINVAL;
	}
	if (u->max_operands >= 0 && given > u->max_operands) {
		lull_log_error(
			"%s: '%s' is one argument too many", u->command, operands[u->max_operands]);
		return -EINVAL;
	}
	return 0;
}

// Tables for getopt_long(), with --help at the end.
static void build_tables(const struct lull_usage *u, struct option *longs, char *shorts)
{
	*shorts++ = ':'; // report a missing value as ':'
	size_t n = u->n_options < OPTIONS_MAX ? u->n_options : OPTIONS_MAX;
	for (size_t i = 0; i <= n; i++) {
		const struct lull_option *o = i < n ? &u->options[i] : &help_option;
		longs[i] = (struct option){.name = o->name,
			.has_arg = o->arg != NULL ? required_argument : no_argument,
			.val = o->key};
		if (!has_letter(o))
			continue;
		*shorts++ = (char)o->key;
		if (o->arg != NULL)
			*shorts++ = ':';
	}
	longs[n + 1] = (struct option){0};
	*shorts = '\0';
}

int lull_options_parse(
	const struct lull_usage *u, int argc, char **argv, lull_option_fn *take, void *context)
{
	struct option longs[OPTIONS_MAX + 2];
	char shorts[2 * OPTIONS_MAX + 4];
	build_tables(u, longs, shorts);
	opterr = 0;
	optind = 0; // glibc: start afresh
	for (;;) {
		int c = getopt_long(argc, argv, shorts, longs, NULL);
		if (c == -1)
			break;
		if (c == 'h') {
			print_help(u);
			return 0;
		}
		if (c == ':' || c == '?') {
			complain(u, c, argv[optind - 1]);
			hint(u);
			return -EINVAL;
		}
		if (take(context, c, optarg) < 0)
			return -EINVAL;
	}
	if (check_operands(u, argc - optind, argv + optind) < 0) {
		hint(u);
		return -EINVAL;
	}
	return optind;
}

int lull_option_number(
	const char *option, const char *value, uint64_t lo, uint64_t hi, uint64_t *number)
{
	char *end;
	errno = 0;
	unsigned long long n = strtoull(value, &end, 10);
	if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0 || n < lo || n > hi) {
		lull_log_error("%s '%s': expected a whole number from %llu to %llu", option, value,
			(unsigned long long)lo, (unsigned long long)hi);
		return -EINVAL;
	}
	*number = n;
	return 0;
}

int lull_option_word(const char *option, const char *value, const char *const *words)
{
	struct lull_text list = {0};
	size_t n = 0;
	for (; words[n] != NULL; n++) {
		if (strcmp(words[n], value) == 0) {
			lull_text_finish(&list);
			return (int)n;
		}
		lull_text_add(&list, "%s%s", n > 0 ? ", " : "", words[n]);
	}
	const char *near = lull_text_nearest(value, words, n);
	if (near != NULL)
		lull_log_error("%s '%s': did you mean '%s'? (%s)", option, value, near, list.data);
	else
		lull_log_error("%s '%s': expected one of %s", option, value,
			list.data != NULL ? list.data : "");
	lull_text_finish(&list);
	return -EINVAL;
}
