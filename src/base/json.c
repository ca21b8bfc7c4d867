// SPDX-License-Identifier: BSD-3-Clause
// JSON values out of whatever there is. Their order and their meaning is up to the callers.

#include <errno.h>
#include <lull/json.h>
#include <lull/text.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Six digits are more than any estimate here holds, and hide the last bits of a libm.
#define FLAGS (JSON_COMPACT | JSON_ENCODE_ANY | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6))

json_t *lull_json_real(double value)
{
	if (!isfinite(value))
		return json_null();
	return json_real(value == 0 ? 0.0 : value);
}

json_t *lull_json_count(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

// Length of the UTF-8 sequence at p (RFC 3629: shortest form, no surrogates, <= U+10FFFF), or 0.
static size_t sequence(const unsigned char *p)
{
	if (p[0] < 0x80)
		return 1;
	size_t n = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
		   : p[0] >= 0xe0 && p[0] <= 0xef ? 3
		   : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
						  : 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80) // stops at the NUL too
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

json_t *lull_json_text(const char *text)
{
	if (text == NULL)
		return json_null();
	struct lull_text clean = {0};
	lull_text_add_bytes(&clean, "", 0);
	for (const char *p = text; *p != '\0';) {
		size_t n = sequence((const unsigned char *)p);
		if (n > 0)
			lull_text_add_bytes(&clean, p, n);
		else
			lull_text_add_bytes(&clean, "\xef\xbf\xbd", 3);
		p += n > 0 ? n : 1;
	}
	json_t *value = clean.failed ? NULL : json_stringn(clean.data, clean.len);
	lull_text_finish(&clean);
	return value;
}

json_t *lull_json_time(uint64_t ns)
{
	char text[LULL_TIME_TEXT];
	return ns == LULL_TIME_NONE ? json_null() : json_string(lull_time_iso(ns, 9, text));
}

json_t *lull_json_seconds(uint64_t ns)
{
	if (ns % LULL_NS_PER_SECOND == 0)
		return json_integer((json_int_t)(ns / LULL_NS_PER_SECOND));
	return json_real((double)ns / (double)LULL_NS_PER_SECOND);
}

// Not json_dumps(): of 2.14 forgets that its buffer had no room for a quotation mark, and leaves it
// out.
static int add_piece(const char *bytes, size_t n, void *text)
{
	lull_text_add_bytes(text, bytes, n);
	return 0;
}

char *lull_json_dump(const json_t *value, size_t flags)
{
	struct lull_text text = {0};
	if (value != NULL && json_dump_callback(value, add_piece, &text, flags) == 0 &&
		!text.failed)
		return text.data;
	lull_text_finish(&text);
	return NULL;
}

int lull_json_line(FILE *out, json_t *value)
{
	char *text = lull_json_dump(value, FLAGS);
	json_decref(value);
	if (text == NULL)
		return -ENOMEM;
	errno = 0;
	int bad = fputs(text, out) < 0 || fputc('\n', out) < 0;
	int e = errno != 0 ? -errno : -EIO;
	free(text);
	return bad ? e : 0;
}
