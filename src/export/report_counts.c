// SPDX-License-Identifier: BSD-3-Clause
// The last sections of the report: where every packet went, the files it came from, and how long
// it took.

#include "export/report.h"
#include "export/table.h"
#include "export/words.h"

#include <ctype.h>
#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define INPUTS_SHOWN 40

static void tally(struct lull_table *table, const char *what, struct lull_tally count)
{
	char text[LULL_WORDS];
	lull_table_add(table, what);
	lull_table_add(table, lull_text_count(count.packets, text));
	lull_table_add(table, lull_text_count(count.bytes, text));
}

void lull_report_law(const struct lull_report *r, struct lull_text *t)
{
	const struct lull_law *law = &r->summary->law;
	struct lull_table table;
	int silent = 0;
	lull_text_add(t, "\nCount law: every packet lands in exactly one class\n");
	lull_table_init(&table, "lrr");
	lull_table_add(&table, "class");
	lull_table_add(&table, "packets");
	lull_table_add(&table, "bytes");
	for (int c = 0; c < LULL_CLASSES; c++) {
		if (law->classes[c].packets > 0)
			tally(&table, lull_class_name((enum lull_class)c), law->classes[c]);
		else
			silent++;
	}
	tally(&table, "received", law->received);
	tally(&table, "residual", lull_law_residual(law));
	lull_table_draw(&table, t);
	lull_table_finish(&table);
	if (silent == 0)
		return;
	lull_text_add(t, "  no packet was ");
	for (int c = 0, said = 0; c < LULL_CLASSES; c++)
		if (law->classes[c].packets == 0) {
			lull_text_add(t, "%s%s",
				said == 0            ? ""
				: said + 1 == silent ? " or "
						     : ", ",
				lull_class_name((enum lull_class)c));
			said++;
		}
	lull_text_add(t, "\n");
}

static void input(struct lull_table *table, const struct lull_input_report *i, bool ascii)
{
	char text[LULL_WORDS];
	struct lull_text cell = {0};
	lull_words_plain(&cell, i->path, ascii);
	lull_table_add(table, cell.data != NULL ? cell.data : "");
	table->failed |= cell.failed;
	lull_text_finish(&cell);
	lull_text_add(&cell, "%s", i->format);
	if (i->compression != NULL && strcmp(i->compression, "none") != 0)
		lull_text_add(&cell, ", %s", i->compression);
	lull_table_add(table, cell.data != NULL ? cell.data : "");
	table->failed |= cell.failed;
	lull_text_finish(&cell);
	lull_table_add(table, lull_text_count(i->received.packets, text));
	bool timed = i->first_ns != LULL_TIME_NONE;
	lull_table_add(table, timed ? lull_words_time(i->first_ns, LULL_TIME_NONE, 3, text) : "-");
	lull_table_add(table, timed ? lull_words_time(i->last_ns, LULL_TIME_NONE, 3, text) : "-");
}

static void damage(const struct lull_input_report *i, bool ascii, struct lull_text *t)
{
	char text[LULL_WORDS];
	lull_text_add(t, "  ");
	lull_words_plain(t, i->path, ascii);
	if (i->received.packets == 0 && i->error_offset == 0)
		lull_text_add(t, ": cannot be read: ");
	else
		lull_text_add(
			t, ": damaged at offset %s: ", lull_text_count(i->error_offset, text));
	lull_words_plain(t, i->error[0] != '\0' ? i->error : "unknown error", ascii);
	lull_text_add(t, "\n");
}

void lull_report_inputs(const struct lull_report *r, struct lull_text *t)
{
	static const char *const heads[] = {
		"input", "format", "packets", "first (UTC)", "last (UTC)"};
	const struct lull_summary *s = r->summary;
	struct lull_table table;
	char text[LULL_WORDS];
	lull_text_add(t, "\nInputs\n");
	lull_table_init(&table, "llrll");
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		lull_table_add(&table, heads[i]);
	for (size_t i = 0; i < s->n_inputs && i < INPUTS_SHOWN; i++)
		input(&table, &s->inputs[i], r->style.ascii);
	lull_table_draw(&table, t);
	lull_table_finish(&table);
	if (s->n_inputs > INPUTS_SHOWN)
		lull_text_add(t, "  ... %s more: --stats has them all\n",
			lull_text_count(s->n_inputs - INPUTS_SHOWN, text));
	for (size_t i = 0; i < s->n_inputs; i++)
		if (s->inputs[i].damaged)
			damage(&s->inputs[i], r->style.ascii, t);
	if (s->gaps > 0)
		lull_text_add(t,
			"  the clock jumped %s time%s; the time between is not counted as "
			"silence\n",
			lull_text_count(s->gaps, text), s->gaps == 1 ? "" : "s");
}

// "2.7 M packets/s", "1.2 GB/s", "980 B/s".
static void rate(struct lull_text *t, double n, const char *unit)
{
	char text[LULL_WORDS];
	lull_words_rate(n, text);
	bool prefixed = isalpha((unsigned char)text[strlen(text) - 1]) && unit[0] == 'B';
	lull_text_add(t, "%s%s%s", text, prefixed ? "" : " ", unit);
}

void lull_report_work(const struct lull_report *r, struct lull_text *t)
{
	const struct lull_summary *s = r->summary;
	uint64_t bytes = 0;
	for (size_t i = 0; i < s->n_inputs; i++)
		bytes += s->inputs[i].file_bytes;
	lull_text_add(t, "\nTook %.3g s", s->wall_s);
	if (s->wall_s > 0) {
		lull_text_add(t, ": ");
		rate(t, (double)s->law.received.packets / s->wall_s, "packets/s");
		lull_text_add(t, ", ");
		rate(t, (double)bytes / s->wall_s, "B/s of capture");
	}
	lull_text_add(t, ", %u worker%s, %.3g s of CPU\n", s->workers, s->workers == 1 ? "" : "s",
		s->cpu_s);
}
