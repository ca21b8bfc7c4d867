// SPDX-License-Identifier: BSD-3-Clause
// Small services for text: numbers people can read, the nearest word, a growing buffer.

#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

// A text that grows. All zeros is empty; lull_text_finish() frees it. Out of memory sets failed
// and drops what follows, so a caller checks once, at the end.
struct lull_text {
	char *data; // NUL-terminated once anything was added
	size_t len, cap;
	int failed;
};

void lull_text_add(struct lull_text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void lull_text_add_bytes(struct lull_text *t, const char *bytes, size_t n);
void lull_text_finish(struct lull_text *t);

// 1234567 -> "1,234,567". out: at least 28 bytes. Returns out.
char *lull_text_count(uint64_t n, char *out);

// 1234567 -> "1.23 M" (SI, three digits). out: at least 16 bytes. Returns out.
char *lull_text_si(double n, char *out);

// The word of words[0..n) nearest to word by edit distance, when near enough to be a slip
// (distance <= 1 + length/4); NULL when none is. For "did you mean ...?".
const char *lull_text_nearest(const char *word, const char *const *words, size_t n);

#define LULL_NO_RUNE UINT32_MAX

// Read one character of UTF-8 (RFC 3629: no overlong forms, no surrogates) at *p < end and step
// over it. LULL_NO_RUNE when the bytes are not UTF-8; *p then steps over one byte.
uint32_t lull_text_rune(const char **p, const char *end);
