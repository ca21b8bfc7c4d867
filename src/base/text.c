// SPDX-License-Identifier: BSD-3-Clause
// Text: the growing buffer, numbers for people, the nearest word.

#include <lull/text.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Room for n more bytes and a NUL.
static bool reserve(struct lull_text *t, size_t n)
{
	if (t->failed)
		return false;
	if (n < t->cap - t->len) // cap > len whenever cap > 0
		return true;
	size_t cap = t->cap < 128 ? 256 : t->cap * 2;
	if (cap - t->len <= n)
		cap = t->len + n + 1;
	char *data = cap > n ? realloc(t->data, cap) : NULL;
	if (data == NULL) {
		t->failed = 1;
		return false;
	}
	t->data = data;
	t->cap = cap;
	return true;
}

void lull_text_add_bytes(struct lull_text *t, const char *bytes, size_t n)
{
	if (!reserve(t, n))
		return;
	if (n > 0)
		memcpy(t->data + t->len, bytes, n);
	t->len += n;
	t->data[t->len] = '\0';
}

void lull_text_add(struct lull_text *t, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0) {
		t->failed = 1;
		return;
	}
	if (!reserve(t, (size_t)n))
		return;
	va_start(args, format);
	vsnprintf(t->data + t->len, (size_t)n + 1, format, args);
	va_end(args);
	t->len += (size_t)n;
}

void lull_text_finish(struct lull_text *t)
{
	free(t->data);
	*t = (struct lull_text){0};
}

char *lull_text_count(uint64_t n, char *out)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	char *p = out;
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return out;
}

char *lull_text_si(double n, char *out)
{
	static const char prefixes[] = "kMGTPE";
	double a = fabs(n);
	int k = -1;
	for (; a >= 999.5 && k < 5; k++) // from 999.5 on three digits round to 1000
		a /= 1000;
	if (!isfinite(n) || a >= 999.5)
		snprintf(out, 16, isfinite(n) ? "%.2e" : "%f", n);
	else if (k < 0)
		snprintf(out, 16, "%.3g", n);
	else
		snprintf(out, 16, "%s%.*f %c", n < 0 ? "-" : "",
			a < 9.995   ? 2
			: a < 99.95 ? 1
				    : 0,
			a, prefixes[k]);
	return out;
}

#define WORD_MAX 64 // longer ones are no slips of ours

// Edits that turn a into b: a letter more, less or other, or two neighbours swapped (optimal
// string alignment: Damerau 1964 without edits inside a swapped pair).
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *above2 = rows[0], *above = rows[1], *row = rows[2];
	for (size_t j = 0; j <= m; j++)
		above[j] = j;
	for (size_t i = 1; i <= n; i++) {
		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t d = above[j - 1] + (a[i - 1] != b[j - 1]);
			d = above[j] + 1 < d ? above[j] + 1 : d;
			d = row[j - 1] + 1 < d ? row[j - 1] + 1 : d;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d = above2[j - 2] + 1 < d ? above2[j - 2] + 1 : d;
			row[j] = d;
		}
		size_t *spare = above2;
		above2 = above;
		above = row;
		row = spare;
	}
	return above[m];
}

const char *lull_text_nearest(const char *word, const char *const *words, size_t n)
{
	size_t len = strlen(word);
	if (len > WORD_MAX)
		return NULL;
	const char *nearest = NULL;
	size_t best = 1 + len / 4 + 1;
	for (size_t i = 0; i < n; i++) {
		size_t other = strlen(words[i]);
		if (other > WORD_MAX)
			continue;
		size_t d = distance(word, len, words[i], other);
		if (d < best && d < (len > other ? len : other)) { // nothing in common: no slip
			best = d;
			nearest = words[i];
		}
	}
	return nearest;
}

uint32_t lull_text_rune(const char **p, const char *end)
{
	static const uint32_t lowest[] = {0, 0x80, 0x800, 0x10000};
	const unsigned char *b = (const unsigned char *)(*p)++;
	if (b[0] < 0x80)
		return b[0];
	size_t more = b[0] >= 0xf0 ? 3 : b[0] >= 0xe0 ? 2 : 1;
	if (b[0] < 0xc0 || b[0] > 0xf4 || (size_t)(end - *p) < more)
		return LULL_NO_RUNE;
	uint32_t c = b[0] & (0x3fu >> more);
	for (size_t i = 1; i <= more; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return LULL_NO_RUNE;
		c = c << 6 | (b[i] & 0x3fu);
	}
	if (c < lowest[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return LULL_NO_RUNE;
	*p += more;
	return c;
}
