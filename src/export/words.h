// SPDX-License-Identifier: BSD-3-Clause
// Figures as words: shares, rates, times and names the way the text report writes them. Nothing
// here knows events. Every char *out holds LULL_WORDS bytes and is returned.

#pragma once

#include <lull/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_WORDS 64

// 0.998 -> "99.8 %". Never rounds up to 100 % or down to 0 %: "over 99.9 %", "under 0.1 %".
// NAN -> "an unknown share".
char *lull_words_share(double share, char *out);

// 0.55, 0.7 -> "55 to 70 %".
char *lull_words_interval(double lo, double hi, char *out);

// 0.2 -> "0.2", 1.23e6 -> "1.23 M": a rate without its unit. NAN -> "?".
char *lull_words_rate(double rate, char *out);

// Seconds, rounded up to what a reader needs: 0.42 -> "0.5 s", 12 -> "12 s", 190 -> "4 min".
// INFINITY -> "never", NAN -> "?".
char *lull_words_delay(double seconds, char *out);

// A width of time for "+-": 400 ms -> "0.4 s", 12 ms -> "12 ms". Rounded up: an interval that is
// shown must not be narrower than the one that is meant.
char *lull_words_width(uint64_t ns, char *out);

// False alarms a day -> "one false alarm a month", "2 false alarms a day".
char *lull_words_budget(double per_day, char *out);

// A time in UTC with digits of the fraction (-1: not even seconds); without its date when that is
// the day of day_ns (LULL_TIME_NONE: always with its date).
char *lull_words_time(uint64_t ns, uint64_t day_ns, int digits, char *out);

// Append text that came from outside: control characters and bytes that are not UTF-8 become '?',
// so that no name can move the cursor. ascii: all beyond ASCII too.
void lull_words_plain(struct lull_text *t, const char *text, bool ascii);

// Append a line, broken at spaces so that it fits width columns; the lines after the first start
// with indent spaces. A word too long for a line stays whole.
void lull_words_wrap(struct lull_text *t, const char *line, int width, int indent);

// Columns a text takes: its code points, escape sequences (ESC [ ... m) not counted.
size_t lull_words_columns(const char *text);
