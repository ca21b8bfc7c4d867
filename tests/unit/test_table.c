// SPDX-License-Identifier: BSD-3-Clause
// Reader of prefix tables.

#include "packet/table.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What came, as text: "line prefix=name;" for a row, "line! what;" for a complaint.
struct seen {
	struct lull_text text;
	unsigned rows, stop_at;
};

static int row(void *context, unsigned line, const struct lull_prefix *prefix, const char *name,
	size_t len)
{
	struct seen *s = context;
	char text[LULL_ADDR_TEXT];
	if (++s->rows < 100)
		lull_text_add(&s->text, "%u %s=%.*s;", line, lull_prefix_format(prefix, text),
			(int)len, name);
	return s->rows == s->stop_at ? -ECANCELED : 0;
}

static void complain(void *context, unsigned line, const char *what)
{
	struct seen *s = context;
	lull_text_add(&s->text, "%u! %s;", line, what);
}

static char *parsed(const char *data, size_t n, int expected)
{
	struct seen s = {0};
	lull_text_add(&s.text, "%s", "");
	struct lull_table_sink sink = {&s, row, complain};
	char *exact = malloc(n + 1); // without a byte to spare: sanitizers see every overrun
	char *tight = n > 0 ? realloc(exact, n) : exact;
	memcpy(tight, data, n);
	cr_expect(eq(int, lull_table_parse(tight, n, &sink), expected));
	free(tight);
	return s.text.data;
}

static char *lines(const char *text)
{
	return parsed(text, strlen(text), 0);
}

Test(table, reads_tabs_blanks_comments_crlf_byte_order_mark_and_a_last_line_without_end)
{
	cr_assert_str_eq(lines("\xef\xbb\xbf# countries\r\n"
			       "175.45.176.0/22\tkp\r\n"
			       "\n"
			       "  \t \n"
			       " 2001:db8::/32 \t  d\xc3\xa4nemark north  \n"
			       "\t# indented\n"
			       "192.0.2.1\thost#1"),
		"2 175.45.176.0/22=kp;5 2001:db8::/32=d\xc3\xa4nemark north;7 "
		"192.0.2.1/32=host#1;");
	cr_assert_str_eq(lines(""), "");
	cr_assert_str_eq(lines("\n\n#"), "");
}

Test(table, says_what_is_wrong_with_a_line_and_goes_on)
{
	cr_assert_str_eq(lines("192.0.2.7/24\ta\n"
			       "192.0.2.0/33\ta\n"
			       "nonsense\n"
			       "192.0.2.0/24\n"
			       "192.0.2.0/24\ta\tb\n"
			       "192.0.2.0/24\ta\x01\n"
			       "192.0.2.0/24\t\xc3(\n"
			       "x\x1b[31m\ta\n"
			       "198.51.100.0/24\tgood\n"),
		"1! 192.0.2.7/24 has bits set beyond its length; write 192.0.2.0/24;"
		"2! 192.0.2.0/33 is too long; IPv4 goes to /32, IPv6 to /128;"
		"3! \"nonsense\" is not a prefix; write 192.0.2.0/24 or 2001:db8::/32;"
		"4! there is no name; lines are prefix<TAB>name;"
		"5! there is a third column; lines are prefix<TAB>name;"
		"6! the name holds a control character; remove it;"
		"7! the name is not UTF-8; convert the file;"
		"8! \"x?[31m\" is not a prefix; write 192.0.2.0/24 or 2001:db8::/32;"
		"9 198.51.100.0/24=good;");
}

Test(table, refuses_utf8_that_is_overlong_a_surrogate_beyond_unicode_or_cut)
{
	static const char *const bad[] = {"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80", "\xe2\x82", "\xff"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_expect(ne(ptr, (void *)lull_table_name_wrong(bad[i], strlen(bad[i])), NULL));
	const char *good = "\xe2\x82\xac \xf0\x9f\x87\xb0 \xf4\x8f\xbf\xbf \xed\x9f\xbf";
	cr_expect(eq(ptr, (void *)lull_table_name_wrong(good, strlen(good)), NULL));
}

Test(table, a_zero_byte_ends_the_reading)
{
	static const char data[] = "192.0.2.0/24\ta\n\x1f\x8b\0\0\n198.51.100.0/24\tb\n";
	cr_assert_str_eq(parsed(data, sizeof(data) - 1, -EINVAL),
		"1 192.0.2.0/24=a;2! this is not text (a zero byte); give a plain table, "
		"unpacked;");
}

Test(table, what_the_taker_says_ends_the_reading)
{
	struct seen s = {.stop_at = 2};
	struct lull_table_sink sink = {&s, row, complain};
	const char *data = "192.0.2.0/25\ta\n192.0.2.128/25\tb\n198.51.100.0/24\tc\n";
	cr_assert(eq(int, lull_table_parse(data, strlen(data), &sink), -ECANCELED));
	cr_assert(eq(u32, s.rows, 2));
}

// A line of 4096 bytes is fine, with and without CR; the next byte is too much.
Test(table, a_line_has_4096_bytes_at_most)
{
	char *line = calloc(1, 8192);
	strcpy(line, "192.0.2.0/24\ta");
	memset(line + strlen(line), ' ', LULL_TABLE_LINE - strlen(line));
	cr_assert_str_eq(lines(line), "1 192.0.2.0/24=a;");
	strcpy(line + LULL_TABLE_LINE, "\r\n192.0.2.0/25 b");
	cr_assert_str_eq(lines(line), "1 192.0.2.0/24=a;2 192.0.2.0/25=b;");
	strcpy(line + LULL_TABLE_LINE, " \n192.0.2.0/25 b");
	cr_assert_str_eq(
		lines(line), "1! the line is longer than 4096 bytes; shorten it;2 192.0.2.0/25=b;");
	char *name = calloc(1, 512);
	strcpy(name, "192.0.2.0/24\t");
	memset(name + strlen(name), 'n', LULL_NAME_MAX + 1);
	cr_assert_str_eq(lines(name), "1! the name is longer than 255 bytes; shorten it;");
}

static void write_table(char *path, const char *data, size_t n)
{
	int fd = mkstemp(path);
	cr_assert(ge(int, fd, 0));
	cr_assert(eq(sz, (size_t)write(fd, data, n), n));
	close(fd);
}

// Chunks end anywhere in a line: a file of 1 MB reads as from memory, long lines and all.
Test(table, a_file_reads_the_same_as_memory)
{
	char *data = malloc(2 << 20), *at = data;
	for (unsigned i = 0; at - data < (1 << 20); i++) {
		at += sprintf(
			at, "10.%u.%u.0/24\tname-%u%*s\n", i >> 8 & 255, i & 255, i, i % 97, "");
		if (i % 500 == 0) { // an overlong one
			memset(at, 'x', 5000);
			at += 5000;
			*at++ = '\n';
		}
	}
	char path[] = "/tmp/lull-table-XXXXXX";
	write_table(path, data, (size_t)(at - data));
	struct seen memory = {0}, file = {0};
	struct lull_table_sink to_memory = {&memory, row, complain},
			       to_file = {&file, row, complain};
	cr_assert(eq(int, lull_table_parse(data, (size_t)(at - data), &to_memory), 0));
	cr_assert(eq(int, lull_table_read(path, &to_file), 0));
	unlink(path);
	cr_assert(gt(u32, memory.rows, 10000));
	cr_assert(eq(u32, file.rows, memory.rows));
	cr_assert_str_eq(file.text.data, memory.text.data);
	cr_assert(ne(ptr, strstr(file.text.data, "2! the line is longer"), NULL));
}

Test(table, four_million_rows_and_no_more)
{
	const char *one = "192.0.2.0/24 a\n";
	size_t len = strlen(one), rows = LULL_TABLE_ROWS + 2;
	char *data = malloc(rows * len);
	for (size_t i = 0; i < rows; i++)
		memcpy(data + i * len, one, len);
	struct seen s = {0};
	s.rows = 100; // count only
	struct lull_table_sink sink = {&s, row, complain};
	cr_assert(eq(int, lull_table_parse(data, rows * len, &sink), -EINVAL));
	cr_assert(eq(u32, s.rows, LULL_TABLE_ROWS + 100));
	cr_assert_str_eq(s.text.data,
		"4000001! more than 4,000,000 rows; split the table or sum prefixes up;");
}

Test(table, a_file_that_cannot_be_read_says_why)
{
	struct seen s = {0};
	struct lull_table_sink sink = {&s, row, complain};
	cr_assert(eq(int, lull_table_read("/nonexistent/table.tsv", &sink), -ENOENT));
	cr_assert(eq(int, lull_table_read("/tmp", &sink), -EISDIR));
}
