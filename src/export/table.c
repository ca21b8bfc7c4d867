// SPDX-License-Identifier: BSD-3-Clause
// Aligned columns of text.

#include "export/table.h"
#include "export/words.h"

#include <stdlib.h>
#include <string.h>

void lull_table_init(struct lull_table *t, const char *align)
{
	*t = (struct lull_table){.align = align};
}

void lull_table_add(struct lull_table *t, const char *cell)
{
	if (t->failed)
		return;
	if (t->n == t->cap) {
		size_t cap = t->cap == 0 ? 64 : t->cap * 2;
		char **cells = realloc(t->cells, cap * sizeof(*cells));
		if (cells == NULL) {
			t->failed = true;
			return;
		}
		t->cells = cells;
		t->cap = cap;
	}
	t->cells[t->n] = strdup(cell);
	if (t->cells[t->n] == NULL)
		t->failed = true;
	else
		t->n++;
}

static void spaces(struct lull_text *out, size_t n)
{
	lull_text_add(out, "%*s", (int)n, "");
}

static void draw_row(char *const *cells, const char *align, const size_t *widths, size_t columns,
	struct lull_text *out)
{
	size_t last = columns;
	while (last > 0 && cells[last - 1][0] == '\0')
		last--;
	for (size_t i = 0; i < last; i++) {
		size_t pad = widths[i] - lull_words_columns(cells[i]);
		spaces(out, align[i] == 'r' ? 2 + pad : 2);
		lull_text_add(out, "%s", cells[i]);
		if (align[i] != 'r' && i + 1 < last)
			spaces(out, pad);
	}
	lull_text_add_bytes(out, "\n", 1);
}

void lull_table_draw(const struct lull_table *t, struct lull_text *out)
{
	size_t widths[LULL_TABLE_COLUMNS] = {0}, columns = strlen(t->align);
	if (t->failed || columns > LULL_TABLE_COLUMNS) {
		out->failed = 1;
		return;
	}
	for (size_t i = 0; i < t->n; i++) {
		size_t n = lull_words_columns(t->cells[i]);
		if (n > widths[i % columns])
			widths[i % columns] = n;
	}
	for (size_t i = 0; i + columns <= t->n; i += columns)
		draw_row(t->cells + i, t->align, widths, columns, out);
}

void lull_table_finish(struct lull_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct lull_table){0};
}
