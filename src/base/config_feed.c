// SPDX-License-Identifier: BSD-3-Clause
// Lines of a configuration: what none may hold, and how fast the parser gets them.

#include "config_feed.h"
#include "config_complain.h"
#include <lull/text.h>
#include <string.h>

// UTF-8 without control characters (YAML 1.2, 5.1). A carriage return ends a line only together
// with a line feed, so that everyone counts the same lines.
static int check_characters(struct lull_place *place, const char *line, size_t n)
{
	for (const char *p = line, *end = line + n; p < end; place->column++) {
		uint32_t c = lull_text_rune(&p, end);
		if (c == LULL_NO_RUNE)
			return lull_complain(place, "not UTF-8; save the file as UTF-8");
		if ((c < 0x20 && c != '\t' && !(c == '\r' && p == end)) || c == 0x7f)
			return lull_complain(place, "control character U+%04X", (unsigned)c);
	}
	return 0;
}

// The parser compares every %TAG directive with all before it, and takes minutes over one long
// line of "%"; no configuration needs a directive.
static int check_line(struct lull_place *place, const char *line, size_t n)
{
	if (n > LULL_FEED_LINE)
		return lull_complain(
			place, "a line of more than %d bytes; break it", LULL_FEED_LINE);
	if (n > 0 && line[0] == '%')
		return lull_complain(place, "directives are not read here; take this line out");
	return check_characters(place, line, n);
}

int lull_feed_start(struct lull_feed *f, const char *file, const char *text, size_t n)
{
	size_t bom = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	struct lull_place place = {.file = file, .line = 1, .column = 1};
	*f = (struct lull_feed){.text = text + bom, .n = n - bom, .line = 1};
	for (size_t at = 0; at < f->n; place.line++, place.column = 1) {
		const char *stop = memchr(f->text + at, '\n', f->n - at);
		size_t length = stop != NULL ? (size_t)(stop - f->text) - at : f->n - at;
		int rc = check_line(&place, f->text + at, length);
		if (rc < 0)
			return rc;
		at += length + 1;
	}
	return 0;
}

void lull_feed_advance(struct lull_feed *f, unsigned line)
{
	while (f->line < line) {
		const char *from = f->text + f->line_start;
		const char *stop = memchr(from, '\n', f->n - f->line_start);
		if (stop == NULL)
			return;
		f->line_start += (size_t)(stop - from) + 1;
		f->line++;
	}
}

ssize_t lull_feed_read(void *user, void *buffer, size_t count)
{
	struct lull_feed *f = user;
	size_t left = f->n - f->given;
	size_t n = left < count ? left : count;
	if (n > 0 && f->given - f->line_start > LULL_FEED_AHEAD) {
		f->stopped = f->line;
		return 0;
	}
	memcpy(buffer, f->text + f->given, n);
	f->given += n;
	return (ssize_t)n;
}
