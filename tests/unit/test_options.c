// SPDX-License-Identifier: BSD-3-Clause

#include "config_text.h"
#include "main/options.h"

static const struct lull_option options[] = {
	{'t', "target", "NAME", "watch this"},
	{'q', "quiet", NULL, "say less"},
	{LULL_OPTION_LONG, "format", "FORMAT",
		"a text that is so long that it has to be broken at a blank somewhere near the "
		"edge"},
	{LULL_OPTION_LONG + 1, "form", NULL, "a name that begins another"},
};

static const struct lull_usage usage = {
	.command = "try",
	.summary = "a command to try",
	.operands = "FILE...",
	.min_operands = 1,
	.max_operands = 2,
	.options = options,
	.n_options = 4,
	.more = "And more.\n",
};

static int take(void *context, int key, const char *value)
{
	char *log = context;
	if (value != NULL && strcmp(value, "bad") == 0)
		return -EINVAL;
	sprintf(log + strlen(log), "%d=%s ", key, value != NULL ? value : "-");
	return 0;
}

// Parse a line of words; log: what take() was given, then the operands.
static int parse(const char *line, char *log)
{
	char copy[256], *words[16];
	int n = 0;
	snprintf(copy, sizeof(copy), "try %s", line);
	for (char *w = strtok(copy, " "); w != NULL && n < 15; w = strtok(NULL, " "))
		words[n++] = w;
	words[n] = NULL;
	log[0] = '\0';
	int first = lull_options_parse(&usage, n, words, take, log);
	for (int i = first; first > 0 && i < n; i++)
		sprintf(log + strlen(log), "%s ", words[i]);
	return first;
}

Test(options, every_spelling_of_an_option_is_the_same_option)
{
	static const char *const lines[] = {"-t a -q f", "-ta -q f", "-qta f",
		"--target a --quiet f", "--target=a f -q", "f --targ a --qu", "-t a -q -- f"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char log[512];
		cr_expect(parse(lines[i], log) > 0, "%s", lines[i]);
		cr_expect(strstr(log, "116=a ") != NULL && strstr(log, "113=- ") != NULL &&
				  strcmp(log + strlen(log) - 2, "f ") == 0,
			"%s: %s", lines[i], log);
	}
	char log[512];
	cr_expect(parse("--form x -- -q", log) > 0);
	cr_expect_str_eq(log, "257=- x -q "); // exact names win over longer ones; -- ends options
}

Test(options, a_wrong_line_is_refused_with_the_way_out)
{
	static const char *const cases[][2] = {
		{"--taget a f", "try: no option --taget; did you mean --target?"},
		{"--wholly-unknown f", "try: no option --wholly-unknown\n"},
		{"-x f", "try: no option -x"}, {"-qx f", "try: no option -x"},
		{"f -t", "try: -t needs a value: -t NAME"},
		{"f --target", "try: --target needs a value: --target NAME"},
		{"--quiet=1 f", "try: --quiet takes no value"},
		{"--help=1 f", "--help takes no value"},
		{"--fo x f", "try: --fo could be several options; write it out"},
		{"", "try: FILE... missing"}, {"a b c", "try: 'c' is one argument too many"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char log[512];
		struct ear ear = listen_to_stderr();
		int rc = parse(cases[i][0], log);
		char *said = heard(ear);
		cr_expect(rc == -EINVAL, "%s", cases[i][0]);
		cr_expect(strstr(said, cases[i][1]) != NULL, "%s: %s", cases[i][0], said);
		cr_expect(strstr(said, "see 'lull try --help'") != NULL, "%s", said);
		free(said);
	}
	char log[512];
	cr_expect(eq(int, parse("-t bad f", log), -EINVAL));
}

Test(options, help_is_made_of_the_table_and_fits_a_terminal)
{
	char log[512], line[512];
	FILE *out = tmpfile();
	int saved = dup(STDOUT_FILENO);
	fflush(stdout);
	dup2(fileno(out), STDOUT_FILENO);
	int rc = parse("-q --help", log);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	cr_expect(eq(int, rc, 0));
	rewind(out);
	char text[4096] = "";
	while (fgets(line, sizeof(line), out) != NULL) {
		cr_expect(strlen(line) <= 80, "%s", line);
		strcat(text, line);
	}
	cr_expect_str_eq(text,
		"lull try: a command to try\n\nUsage: lull try [OPTION]... FILE...\n\nOptions:\n"
		"  -t, --target NAME       watch this\n"
		"  -q, --quiet             say less\n"
		"      --format FORMAT     a text that is so long that it has to be broken at a\n"
		"                          blank somewhere near the edge\n"
		"      --form              a name that begins another\n"
		"  -h, --help              show this and leave\n\nAnd more.\n");
	fclose(out);
}

Test(options, numbers_and_words_are_read_whole_or_refused)
{
	static const char *const numbers[] = {
		"", "0", "65", "-1", "+1", " 1", "1 ", "0x1", "1.0", "99999999999999999999"};
	static const char *const words[] = {"text", "jsonl", "csv", NULL};
	uint64_t n = 7;
	cr_expect(lull_option_number("-j", "64", 1, 64, &n) == 0 && n == 64);
	cr_expect(eq(int, lull_option_word("--format", "csv", words), 2));
	struct ear ear = listen_to_stderr();
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		cr_expect(lull_option_number("-j", numbers[i], 1, 64, &n) == -EINVAL, "%s",
			numbers[i]);
	cr_expect(eq(int, lull_option_word("--format", "json", words), -EINVAL));
	cr_expect(eq(int, lull_option_word("--format", "CSVX", words), -EINVAL));
	char *said = heard(ear);
	cr_expect(eq(u64, n, 64));
	cr_expect(strstr(said, "-j '65': expected a whole number from 1 to 64") != NULL);
	cr_expect(
		strstr(said, "--format 'json': did you mean 'jsonl'? (text, jsonl, csv)") != NULL);
	cr_expect(strstr(said, "--format 'CSVX': expected one of text, jsonl, csv") != NULL);
	free(said);
}
