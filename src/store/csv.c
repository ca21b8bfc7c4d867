// SPDX-License-Identifier: BSD-3-Clause
// Fields are cut out in place: each end is overwritten with a NUL, doubled quotes are closed up.

#include "csv.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_break(char c)
{
	return c == '\n' || c == '\r';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

// Step over the end of a line: LF, CR or both.
static void break_line(struct lull_csv *c)
{
	bool cr = *c->at++ == '\r';
	if (cr && c->at < c->end && *c->at == '\n')
		c->at++;
	c->line++;
	c->line_start = c->at;
}

// Blank lines, and lines of '#' where `comments` says so.
static void skip_lines(struct lull_csv *c, bool comments)
{
	for (;;) {
		char *p = c->at;
		while (p < c->end && is_blank(*p) && *p != c->separator)
			p++;
		bool comment = comments && p < c->end && *p == '#';
		while (comment && p < c->end && !is_break(*p))
			p++;
		if (p == c->end) {
			c->at = p;
			return;
		}
		if (!is_break(*p))
			return;
		c->at = p;
		break_line(c);
	}
}

static char find_separator(const struct lull_csv *c)
{
	bool quoted = false, tab = false, semicolon = false;
	for (const char *p = c->at; p < c->end && (quoted || !is_break(*p)); p++) {
		if (*p == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		if (*p == ',')
			return ',';
		tab |= *p == '\t';
		semicolon |= *p == ';';
	}
	return tab ? '\t' : semicolon ? ';' : ',';
}

void lull_csv_init(struct lull_csv *c, char *text, size_t n)
{
	*c = (struct lull_csv){.at = text, .end = text + n, .line = 1, .line_start = text};
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		c->at = c->line_start = text + 3;
	skip_lines(c, true);
	c->separator = find_separator(c);
}

static int fail(struct lull_csv *c, const char *place, const char *problem)
{
	c->problem = problem;
	c->column = (unsigned)(place - c->line_start) + 1;
	return -EINVAL;
}

// c->at stands behind the opening quote. *out..*last: the content.
static int quoted(struct lull_csv *c, char **last)
{
	char *open = c->at - 1, *to = c->at, *line_start = c->line_start;
	unsigned line = c->line;
	for (; c->at < c->end; c->at++) {
		if (*c->at == '"') {
			if (c->at + 1 == c->end || c->at[1] != '"') {
				c->at++;
				*last = to;
				return 0;
			}
			c->at++;
		} else if (*c->at == '\n') {
			c->line++;
			c->line_start = c->at + 1;
		}
		*to++ = *c->at;
	}
	c->line = line;
	c->line_start = line_start;
	return fail(c, open, "a quote that never ends; close it with \"");
}

static int add_field(struct lull_csv *c, char *text, unsigned line, unsigned column)
{
	if (c->n == c->cap) {
		size_t cap = c->cap == 0 ? 16 : 2 * c->cap;
		struct lull_csv_field *more = realloc(c->fields, cap * sizeof(*more));
		if (more == NULL)
			return -ENOMEM;
		c->fields = more;
		c->cap = cap;
	}
	c->fields[c->n++] = (struct lull_csv_field){text, line, column};
	return 0;
}

// One field; c->at then stands on the separator, the end of the line or the end of all.
static int field(struct lull_csv *c, char **last)
{
	while (c->at < c->end && is_blank(*c->at) && *c->at != c->separator)
		c->at++;
	unsigned line = c->line, column = (unsigned)(c->at - c->line_start) + 1;
	char *text = c->at;
	int e = 0;
	if (c->at < c->end && *c->at == '"') {
		text = ++c->at;
		e = quoted(c, last);
		while (e == 0 && c->at < c->end && is_blank(*c->at) && *c->at != c->separator)
			c->at++;
		if (e == 0 && c->at < c->end && *c->at != c->separator && !is_break(*c->at))
			e = fail(c, c->at, "text after a closing quote; write \"\" for a quote");
	} else {
		while (c->at < c->end && *c->at != c->separator && !is_break(*c->at))
			c->at++;
		*last = c->at;
		while (*last > text && is_blank((*last)[-1]))
			--*last;
	}
	return e < 0 ? e : add_field(c, text, line, column);
}

int lull_csv_next(struct lull_csv *c)
{
	skip_lines(c, false);
	c->n = 0;
	if (c->at == c->end)
		return 0;
	for (;;) {
		char *last;
		int e = field(c, &last);
		if (e < 0)
			return e;
		bool more = c->at < c->end && *c->at == c->separator;
		if (!more && c->at < c->end)
			break_line(c);
		else if (more)
			c->at++;
		*last = '\0';
		if (!more)
			return 1;
	}
}

void lull_csv_finish(struct lull_csv *c)
{
	free(c->fields);
	*c = (struct lull_csv){0};
}
