// SPDX-License-Identifier: BSD-3-Clause
// Reader of prefix tables. Bytes arrive in chunks of any size; lines are cut out of them, and only
// a line that a chunk ends in is copied.

#include "table.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (256u << 10)

struct table {
	const struct lull_table_sink *sink;
	unsigned line, rows;
	bool overlong;                  // the rest of this line is dropped, it was complained about
	size_t held;                    // bytes of an unfinished line in hold
	char hold[LULL_TABLE_LINE + 1]; // and a CR
};

static void complain(const struct table *t, const char *what)
{
	t->sink->complain(t->sink->context, t->line, what);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

// Bytes of the well-formed UTF-8 sequence at s (RFC 3629, 4), or 0.
static size_t utf8_sequence(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0x80   ? 1
		     : s[0] < 0xc2 ? 0
		     : s[0] < 0xe0 ? 2
		     : s[0] < 0xf0 ? 3
		     : s[0] < 0xf5 ? 4
				   : 0;
	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
	bool surrogate = s[0] == 0xed && s[1] > 0x9f;
	return overlong || surrogate || (s[0] == 0xf4 && s[1] > 0x8f) ? 0 : len;
}

const char *lull_table_name_wrong(const char *name, size_t len)
{
	const unsigned char *s = (const unsigned char *)name;
	if (len == 0)
		return "there is no name; lines are prefix<TAB>name";
	if (len > LULL_NAME_MAX)
		return "the name is longer than 255 bytes; shorten it";
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence(s + i, len - i);
		if (n == 0)
			return "the name is not UTF-8; convert the file";
		if (s[i] == '\t')
			return "there is a third column; lines are prefix<TAB>name";
		if (s[i] < 0x20 || s[i] == 0x7f)
			return "the name holds a control character; remove it";
		i += n;
	}
	return NULL;
}

int lull_table_prefix(
	const char *text, size_t len, struct lull_prefix *prefix, char why[LULL_TABLE_WHY])
{
	char copy[LULL_ADDR_TEXT], meant[LULL_ADDR_TEXT];
	// No text of a prefix is longer: 47 characters hold the longest, whatever its notation.
	size_t n = len < sizeof(copy) ? len : sizeof(copy) - 1;
	memcpy(copy, text, n);
	copy[n] = '\0';
	int e = len < sizeof(copy) ? lull_prefix_parse(copy, prefix) : -EINVAL;
	if (e == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)copy[i] < 0x20 || (unsigned char)copy[i] > 0x7e)
			copy[i] = '?';
	if (e == -EDOM)
		snprintf(why, LULL_TABLE_WHY, "%s has bits set beyond its length; write %s", copy,
			lull_prefix_format(prefix, meant));
	else if (e == -ERANGE)
		snprintf(why, LULL_TABLE_WHY, "%s is too long; IPv4 goes to /32, IPv6 to /128",
			copy);
	else
		snprintf(why, LULL_TABLE_WHY,
			"\"%s\" is not a prefix; write 192.0.2.0/24 or 2001:db8::/32", copy);
	return -EINVAL;
}

// A line without its end. 0, or -errno to stop.
static int take_line(struct table *t, const char *s, size_t n)
{
	if (t->line == 1 && n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
		s += 3;
		n -= 3;
	}
	while (n > 0 && (is_blank(s[n - 1]) || s[n - 1] == '\r'))
		n--;
	for (; n > 0 && is_blank(*s); n--)
		s++;
	if (n == 0 || *s == '#')
		return 0;
	if (memchr(s, '\0', n) != NULL) {
		complain(t, "this is not text (a zero byte); give a plain table, unpacked");
		return -EINVAL;
	}
	if (t->rows++ == LULL_TABLE_ROWS) {
		complain(t, "more than 4,000,000 rows; split the table or sum prefixes up");
		return -EINVAL;
	}
	size_t len = 0;
	while (len < n && !is_blank(s[len]))
		len++;
	struct lull_prefix prefix;
	char why[LULL_TABLE_WHY];
	if (lull_table_prefix(s, len, &prefix, why) < 0) {
		complain(t, why);
		return 0;
	}
	for (s += len, n -= len; n > 0 && is_blank(*s); n--)
		s++;
	const char *wrong = lull_table_name_wrong(s, n);
	if (wrong == NULL)
		return t->sink->row(t->sink->context, t->line, &prefix, s, n);
	complain(t, wrong);
	return 0;
}

static void drop_overlong(struct table *t)
{
	if (!t->overlong)
		complain(t, "the line is longer than 4096 bytes; shorten it");
	t->overlong = true;
}

// A whole line, of which the first t->held bytes were kept from chunks before.
static int end_line(struct table *t, const char *s, size_t n)
{
	int e = 0;
	size_t len = t->held + n;
	bool fits = len <= LULL_TABLE_LINE ||
		    (len == LULL_TABLE_LINE + 1 && (n > 0 ? s[n - 1] : t->hold[len - 1]) == '\r');
	if (!fits) {
		drop_overlong(t);
	} else if (!t->overlong && t->held > 0) {
		memcpy(t->hold + t->held, s, n);
		e = take_line(t, t->hold, len);
	} else if (!t->overlong) {
		e = take_line(t, s, n);
	}
	t->held = 0;
	t->overlong = false;
	t->line++;
	return e;
}

// Keep the beginning of a line for later.
static void hold(struct table *t, const char *s, size_t n)
{
	if (t->overlong)
		return;
	if (t->held + n > sizeof(t->hold)) {
		drop_overlong(t);
		t->held = 0;
		return;
	}
	memcpy(t->hold + t->held, s, n);
	t->held += n;
}

static int feed(struct table *t, const char *data, size_t n)
{
	while (n > 0) {
		const char *end = memchr(data, '\n', n);
		if (end == NULL) {
			hold(t, data, n);
			return 0;
		}
		size_t len = (size_t)(end - data);
		int e = end_line(t, data, len);
		if (e < 0)
			return e;
		data += len + 1;
		n -= len + 1;
	}
	return 0;
}

// The last line may lack its end.
static int feed_end(struct table *t)
{
	return t->held > 0 ? end_line(t, "", 0) : 0;
}

int lull_table_parse(const char *data, size_t n, const struct lull_table_sink *sink)
{
	struct table t = {.sink = sink, .line = 1};
	int e = feed(&t, data, n);
	return e < 0 ? e : feed_end(&t);
}

static int read_all(int fd, struct table *t, char *chunk)
{
	for (;;) {
		ssize_t n = read(fd, chunk, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return feed_end(t);
		int e = feed(t, chunk, (size_t)n);
		if (e < 0)
			return e;
	}
}

int lull_table_read(const char *path, const struct lull_table_sink *sink)
{
	struct table t = {.sink = sink, .line = 1};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	char *chunk = malloc(CHUNK);
	int e = chunk == NULL ? -ENOMEM : read_all(fd, &t, chunk);
	free(chunk);
	close(fd);
	return e;
}
