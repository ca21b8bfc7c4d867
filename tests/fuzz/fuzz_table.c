// SPDX-License-Identifier: BSD-3-Clause
// Prefix tables from any bytes: what the reader hands out must keep its promises.

#include "packet/table.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	unsigned line, rows;
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static int row(void *context, unsigned line, const struct lull_prefix *prefix, const char *name,
	size_t len)
{
	struct seen *s = context;
	char text[LULL_ADDR_TEXT];
	struct lull_prefix again;
	check(line > s->line);
	check(lull_table_name_wrong(name, len) == NULL && len <= LULL_NAME_MAX);
	check(lull_prefix_parse(lull_prefix_format(prefix, text), &again) == 0);
	check(lull_prefix_compare(prefix, &again) == 0);
	s->line = line;
	s->rows++;
	return 0;
}

static void complain(void *context, unsigned line, const char *what)
{
	struct seen *s = context;
	check(line > s->line && strlen(what) > 10);
	for (const char *c = what; *c != '\0'; c++)
		check(*c >= ' ' && *c <= '~'); // it goes to a terminal
	s->line = line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = {0};
	struct lull_table_sink sink = {&s, row, complain};
	int e = lull_table_parse((const char *)data, size, &sink);
	check(e == 0 || e == -EINVAL);
	check(s.rows <= size / 5 + 1); // "::/0 a"
	return 0;
}
