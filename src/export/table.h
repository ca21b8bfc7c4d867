// SPDX-License-Identifier: BSD-3-Clause
// Text in aligned columns. Cells are added row by row; a column is as wide as its widest cell.

#pragma once

#include <lull/text.h>
#include <stdbool.h>
#include <stddef.h>

#define LULL_TABLE_COLUMNS 12

struct lull_table {
	const char *align; // one letter a column: 'l' or 'r'; its length is the number of columns
	size_t n, cap;     // cells
	char **cells;
	bool failed;
};

// align must outlive the table.
void lull_table_init(struct lull_table *t, const char *align);
// The next cell; takes a copy. Rows fill up one after the other. Out of memory: the table fails,
// and so does the text it is drawn to.
void lull_table_add(struct lull_table *t, const char *cell);
// Draw with two spaces before each line and between columns; nothing ends in spaces.
void lull_table_draw(const struct lull_table *t, struct lull_text *out);
void lull_table_finish(struct lull_table *t);
