// SPDX-License-Identifier: BSD-3-Clause
// `lull targets` for people and for spreadsheets.

#include "targets_view.h"
#include <lull/text.h>
#include <stdio.h>
#include <string.h>

#define NAME_COLUMN_MAX 40
#define NOTES_SHOWN 20

// Columns a name takes: characters, which in UTF-8 are the bytes that do not continue one.
static int columns(const char *name)
{
	int n = 0;
	for (; *name != '\0'; name++)
		n += ((unsigned char)*name & 0xc0) != 0x80;
	return n;
}

// A file and line, as messages have it.
static const char *place(
	const struct lull_view *v, const struct lull_target_prefix *p, char *out, size_t n)
{
	const char *file = lull_targets_file(v->targets, p->file);
	if (p->line == 0)
		snprintf(out, n, "%s", file);
	else
		snprintf(out, n, "%s:%u", file, p->line);
	return out;
}

struct walk {
	const struct lull_view *v;
	size_t lines;
	int width; // of the names, when all is known
};

static void visit(struct walk *w, uint32_t id, int depth,
	void (*line)(struct walk *w, uint32_t id, int depth))
{
	for (; id != LULL_NO_TARGET && w->lines < w->v->limit; id = w->v->next[id]) {
		w->lines++;
		line(w, id, depth);
		visit(w, w->v->first[id], depth + 1, line); // at most 32 deep
	}
}

static void measure(struct walk *w, uint32_t id, int depth)
{
	int n = 2 * depth + columns(lull_targets_name(w->v->targets, id));
	if (n > w->width)
		w->width = n < NAME_COLUMN_MAX ? n : NAME_COLUMN_MAX;
}

static const char *count(uint64_t n, char *out)
{
	return n == 0 ? "-" : lull_text_count(n, out);
}

// Whole /48s; the smallest network has one part of them.
static const char *count_v6(double n, char *out)
{
	if (n > 0 && n < 1)
		return "<1";
	return count((uint64_t)n, out);
}

static void print_row(
	const struct walk *w, const char *name, int depth, const struct lull_extent *x)
{
	char prefixes[28], v4[28], v6[28];
	int pad = w->width - 2 * depth - columns(name);
	printf("%*s%s%*s  %9s  %14s  %19s\n", 2 * depth, "", name, pad > 0 ? pad : 0, "",
		count(x->prefixes, prefixes), count(x->v4, v4), count_v6(x->v6, v6));
}

static void print_target(struct walk *w, uint32_t id, int depth)
{
	print_row(w, lull_targets_name(w->v->targets, id), depth, &w->v->extents[id]);
}

static void print_forest(const struct lull_view *v)
{
	char more[28];
	size_t n = lull_targets_count(v->targets);
	struct walk w = {.v = v, .width = columns("Target")};
	visit(&w, v->first[0], 0, measure);
	printf("%-*s  %9s  %14s  %19s\n", w.width, "Target", "Prefixes", "IPv4 addresses",
		"IPv6 networks (/48)");
	w.lines = 0;
	visit(&w, v->first[0], 0, print_target);
	if (w.lines < n)
		printf("... and %s more; --all shows them\n", lull_text_count(n - w.lines, more));
	if (n > 1)
		print_row(&w, "Total", 0, &v->extents[0]);
}

static void print_note(const struct lull_view *v, const struct lull_target_note *n)
{
	char a[512], b[512], inner[LULL_ADDR_TEXT], outer[LULL_ADDR_TEXT];
	place(v, &n->a, a, sizeof(a));
	place(v, &n->b, b, sizeof(b));
	lull_prefix_format(&n->a.prefix, outer);
	lull_prefix_format(&n->b.prefix, inner);
	if (n->kind == LULL_NOTE_OVERLAP)
		printf("  %s: %s of %s lies in %s of %s (%s)\n", b, inner,
			lull_targets_name(v->targets, n->b.target), outer,
			lull_targets_name(v->targets, n->a.target), a);
	else
		printf("  %s: %s of %s is there already (%s)\n", b, inner,
			lull_targets_name(v->targets, n->b.target), a);
}

static void print_notes(const struct lull_view *v, int kind, const char *title)
{
	size_t n, total, found = 0;
	const struct lull_target_note *notes = lull_targets_notes(v->targets, &n, &total);
	size_t limit = v->limit == SIZE_MAX ? SIZE_MAX : NOTES_SHOWN;
	char more[28];
	for (size_t i = 0; i < n; i++) {
		if ((int)notes[i].kind != kind)
			continue;
		if (found++ == 0)
			printf("\n%s\n", title);
		if (found <= limit)
			print_note(v, &notes[i]);
	}
	if (found > limit)
		printf("  ... and %s more; --all shows them\n",
			lull_text_count(found - limit, more));
}

void lull_view_text(const struct lull_view *v)
{
	size_t n, total;
	char more[28];
	print_forest(v);
	print_notes(v, LULL_NOTE_OVERLAP, "Overlaps (the more specific prefix wins)");
	print_notes(v, LULL_NOTE_DUPLICATE, "Duplicates (harmless)");
	lull_targets_notes(v->targets, &n, &total);
	if (total > n)
		printf("\n%s more overlaps or duplicates were found and not kept\n",
			lull_text_count(total - n, more));
}

// A field of CSV, quoted where it must be (RFC 4180).
static void print_field(const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

static const char *parent_name(const struct lull_view *v, uint32_t id)
{
	uint32_t up = lull_targets_parent(v->targets, id);
	return up == LULL_NO_TARGET ? "" : lull_targets_name(v->targets, up);
}

void lull_view_csv(const struct lull_view *v)
{
	printf("target,parent,prefixes,ipv4_addresses,ipv6_slash48s\n");
	for (uint32_t id = 1; id <= lull_targets_count(v->targets); id++) {
		const struct lull_extent *x = &v->extents[id];
		print_field(lull_targets_name(v->targets, id));
		putchar(',');
		print_field(parent_name(v, id));
		printf(",%zu,%llu,%.12g\n", x->prefixes, (unsigned long long)x->v4, x->v6);
	}
}

void lull_view_lookup_text(const struct lull_view *v, const struct lull_addr *addrs, size_t n)
{
	char text[LULL_ADDR_TEXT], by[LULL_ADDR_TEXT], where[512];
	int width = 0;
	for (size_t i = 0; i < n; i++) {
		int len = (int)strlen(lull_addr_format(&addrs[i], text));
		width = len > width ? len : width;
	}
	for (size_t i = 0; i < n; i++) {
		const struct lull_target_prefix *p = lull_targets_lookup(v->targets, &addrs[i]);
		printf("%-*s  ", width, lull_addr_format(&addrs[i], text));
		if (p == NULL) {
			printf("no target\n");
			continue;
		}
		printf("%s", lull_targets_name(v->targets, p->target));
		for (uint32_t up = lull_targets_parent(v->targets, p->target); up != 0;
			up = lull_targets_parent(v->targets, up))
			printf(" < %s", lull_targets_name(v->targets, up));
		printf(", by %s (%s)\n", lull_prefix_format(&p->prefix, by),
			place(v, p, where, sizeof(where)));
	}
}

void lull_view_lookup_csv(const struct lull_view *v, const struct lull_addr *addrs, size_t n)
{
	char text[LULL_ADDR_TEXT], where[4200];
	printf("address,target,parent,prefix,place\n");
	for (size_t i = 0; i < n; i++) {
		const struct lull_target_prefix *p = lull_targets_lookup(v->targets, &addrs[i]);
		printf("%s,", lull_addr_format(&addrs[i], text));
		if (p == NULL) {
			printf(",,,\n");
			continue;
		}
		print_field(lull_targets_name(v->targets, p->target));
		putchar(',');
		print_field(parent_name(v, p->target));
		printf(",%s,", lull_prefix_format(&p->prefix, text));
		print_field(place(v, p, where, sizeof(where)));
		putchar('\n');
	}
}
