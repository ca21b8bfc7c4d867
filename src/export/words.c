// SPDX-License-Identifier: BSD-3-Clause
// Figures as words for the text report. Rounding here always errs to the cautious side.

#include "export/words.h"

#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// One decimal, and none when it says nothing: 99.8, 60.
static void percent(double share, char *out, size_t size)
{
	double p = round(share * 1000) / 10;
	snprintf(out, size, "%.*f", p == round(p) ? 0 : 1, p == 0 ? 0.0 : p);
}

char *lull_words_share(double share, char *out)
{
	char number[24];
	if (!isfinite(share) || fabs(share) > 1e9)
		return strcpy(out, "an unknown share");
	if (share > 0.9994 && share < 1)
		return strcpy(out, "over 99.9 %");
	if (share > 0 && share < 0.0006)
		return strcpy(out, "under 0.1 %");
	percent(share, number, sizeof(number));
	snprintf(out, LULL_WORDS, "%s %%", number);
	return out;
}

char *lull_words_interval(double lo, double hi, char *out)
{
	char a[24], b[24];
	if (!isfinite(lo) || !isfinite(hi) || fabs(lo) > 1e9 || fabs(hi) > 1e9)
		return strcpy(out, "unknown");
	// 0.999 * 1000 is a hair off 999: without the hair's breadth it would lose a step.
	percent(floor(lo * 1000 + 1e-9) / 1000, a, sizeof(a));
	percent(ceil(hi * 1000 - 1e-9) / 1000, b, sizeof(b));
	bool rounded_to_all = hi < 1 && strcmp(b, "100") == 0;
	snprintf(out, LULL_WORDS, "%s to %s %%", a, rounded_to_all ? "over 99.9" : b);
	return out;
}

char *lull_words_rate(double rate, char *out)
{
	if (!isfinite(rate))
		return strcpy(out, isnan(rate) ? "?" : "unbounded");
	if (rate > 0 && rate < 0.001)
		return strcpy(out, "under 0.001");
	return lull_text_si(rate == 0 ? 0.0 : rate, out);
}

char *lull_words_delay(double s, char *out)
{
	if (!isfinite(s))
		return strcpy(out, isnan(s) ? "?" : "never");
	double step = s < 10 ? 0.1 : s < 120 ? 1 : s < 7200 ? 60 : s < 2 * 86400 ? 3600 : 86400;
	double rounded = ceil(s / step - 1e-9) * step;
	if (rounded > 1e10) // three centuries; and 2^64 ns are near
		return strcpy(out, "never");
	if (rounded < 10) { // "0.4 s", not "400 ms"
		snprintf(out, LULL_WORDS, "%.2g s", rounded);
		return out;
	}
	return lull_duration_format((uint64_t)llround(rounded * 1e9), out);
}

char *lull_words_width(uint64_t ns, char *out)
{
	uint64_t step = ns < 1000           ? 1
			: ns < 100000       ? 1000
			: ns < 100000000    ? 1000000
			: ns < 10000000000  ? 100000000
			: ns < 120000000000 ? 1000000000
					    : 60000000000;
	uint64_t up = ns % step == 0 ? ns : ns - ns % step + step;
	if (step == 100000000) { // "0.4 s", not "400 ms"
		snprintf(out, LULL_WORDS, "%.1f s", (double)up / 1e9);
		return out;
	}
	return lull_duration_format(up, out);
}

char *lull_words_budget(double per_day, char *out)
{
	static const struct {
		double days;
		const char *word;
	} periods[] = {{1, "day"}, {7, "week"}, {30, "month"}, {30.4375, "month"}, {31, "month"},
		{365, "year"}, {365.25, "year"}};
	if (!isfinite(per_day) || per_day <= 0)
		return strcpy(out, "no false alarm");
	double days = 1 / per_day;
	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		if (fabs(days / periods[i].days - 1) > 0.005)
			continue;
		snprintf(out, LULL_WORDS, "one false alarm a %s", periods[i].word);
		return out;
	}
	if (per_day > 1)
		snprintf(out, LULL_WORDS, "%.3g false alarms a day", per_day);
	else
		snprintf(out, LULL_WORDS, "one false alarm in %.3g days", days);
	return out;
}

char *lull_words_time(uint64_t ns, uint64_t day_ns, int digits, char *out)
{
	const uint64_t day = 86400 * LULL_NS_PER_SECOND;
	if (ns == LULL_TIME_NONE)
		return strcpy(out, "an unknown time");
	lull_time_plain(ns, digits > 0 ? digits : 0, out);
	if (digits < 0)
		*strrchr(out, ':') = '\0';
	if (day_ns != LULL_TIME_NONE && ns / day == day_ns / day) {
		char *clock = strchr(out, ' ') + 1;
		memmove(out, clock, strlen(clock) + 1);
	}
	return out;
}

// Length of the printable UTF-8 sequence at p, or 0. C1 controls count as unprintable: some
// terminals take them for escape sequences.
static size_t sequence(const unsigned char *p)
{
	if (p[0] < 0x80)
		return p[0] >= 0x20 && p[0] != 0x7f;
	size_t n = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
		   : p[0] >= 0xe0 && p[0] <= 0xef ? 3
		   : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
						  : 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xc2 && p[1] < 0xa0) || (p[0] == 0xe0 && p[1] < 0xa0) ||
		(p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
		(p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	// U+200E..U+202E, U+2066..U+2069: marks that reorder a line.
	if (n == 3 && p[0] == 0xe2 &&
		((p[1] == 0x80 && p[2] >= 0x8e && p[2] <= 0xae && (p[2] <= 0x8f || p[2] >= 0xa8)) ||
			(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)))
		return 0;
	return n;
}

void lull_words_plain(struct lull_text *t, const char *text, bool ascii)
{
	if (text == NULL)
		text = "?";
	while (*text != '\0') {
		size_t n = sequence((const unsigned char *)text);
		if (n == 0 || (n > 1 && ascii))
			lull_text_add_bytes(t, "?", 1);
		else
			lull_text_add_bytes(t, text, n);
		text += n > 0 ? n : 1;
	}
}

void lull_words_wrap(struct lull_text *t, const char *line, int width, int indent)
{
	size_t at = 0; // column reached
	while (*line != '\0') {
		size_t gap = strspn(line, " "), word = strcspn(line + gap, " ");
		size_t columns = 0;
		for (size_t i = 0; i < word; i++)
			columns += ((unsigned char)line[gap + i] & 0xc0) != 0x80;
		if (at > (size_t)indent && at + gap + columns > (size_t)width) {
			lull_text_add(t, "\n%*s", indent, "");
			at = (size_t)indent;
			line += gap;
			gap = 0;
		}
		lull_text_add_bytes(t, line, gap + word);
		at += gap + columns;
		line += gap + word;
	}
}

size_t lull_words_columns(const char *text)
{
	size_t n = 0;
	while (*text != '\0') {
		if (text[0] == '\033' && text[1] == '[') {
			size_t skip = strcspn(text, "m");
			text += skip + (text[skip] == 'm');
			continue;
		}
		n += ((unsigned char)*text++ & 0xc0) != 0x80;
	}
	return n;
}
