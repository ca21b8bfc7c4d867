// SPDX-License-Identifier: BSD-3-Clause
// Command lines as tables: what a command takes is data, and its --help is made from the same
// data, so the two cannot differ. Parsing is getopt_long(); one thread.

#pragma once

#include <stddef.h>
#include <stdint.h>

// One option. A key that is a letter is also the short form: {'t', "target", ...} is -t and
// --target; use keys from LULL_OPTION_LONG on for options without a short form.
struct lull_option {
	int key;
	const char *name; // long form, without dashes
	const char *arg;  // what stands for its value in --help; NULL: it takes none
	const char *help; // a phrase, wrapped by --help; "\n" starts a new line
};

#define LULL_OPTION_LONG 256

// What `lull COMMAND --help` says. -h and --help are added to every table.
struct lull_usage {
	const char *command;            // "replay"
	const char *summary;            // a phrase: "find outages in capture files"
	const char *operands;           // "FILE...", or NULL when it takes none
	int min_operands, max_operands; // max < 0: any number
	const struct lull_option *options;
	size_t n_options;
	const char *more; // printed as it is after the options: examples, notes; may be NULL
};

// Take one option: key and value (NULL without) as they come. 0, or < 0 after a message.
typedef int lull_option_fn(void *context, int key, const char *value);

// Read argv (argv[0] is the command's name); operands are moved behind the options.
// Returns the index of the first operand (> 0; argc when there is none);
// 0: --help was asked for and printed, exit with 0;
// -EINVAL: usage error, the message is out, exit with 1.
int lull_options_parse(
	const struct lull_usage *usage, int argc, char **argv, lull_option_fn *take, void *context);

// A whole number lo..hi as the value of an option named in messages ("--workers").
// 0, or -EINVAL after a message.
int lull_option_number(
	const char *option, const char *value, uint64_t lo, uint64_t hi, uint64_t *number);

// One of a NULL-terminated list of words. Returns its index, or -EINVAL after a message with the
// nearest word.
int lull_option_word(const char *option, const char *value, const char *const *words);
