// SPDX-License-Identifier: BSD-3-Clause
// Comma-separated values (RFC 4180) in memory, record by record. Tolerated beyond it: LF, CR and
// CRLF as ends of lines, tabs and semicolons as separators, blanks around fields, a byte order
// mark, lines of `#` before the first record. What fields mean is left to others.

#pragma once

#include <stddef.h>

struct lull_csv_field {
	char *text; // NUL-terminated, unquoted
	unsigned line, column;
};

struct lull_csv {
	char *at, *end; // *end can be written to
	char separator;
	unsigned line;
	char *line_start;
	struct lull_csv_field *fields; // of the present record
	size_t n, cap;
	const char *problem; // of the record at line, column: what, and what to do
	unsigned column;
};

// Begin with text[0..n), which is overwritten and must have room for text[n]. The separator is
// the comma where the first record has one, else the tab, else the semicolon.
void lull_csv_init(struct lull_csv *c, char *text, size_t n);
// The next record that is not blank: 1; 0: the end; -EINVAL: problem, line and column say what is
// wrong; -ENOMEM.
int lull_csv_next(struct lull_csv *c);
void lull_csv_finish(struct lull_csv *c);
