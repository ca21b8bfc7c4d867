// SPDX-License-Identifier: BSD-3-Clause
// Dates are brought into the one form lull_time_parse() knows; it says which days exist.

#include "timeseries_time.h"
#include <lull/time.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NO_TIME                                                                                    \
	"is no time; write 2019-11-16T20:00:00Z, 2019-11-16 20:00 or seconds since 1970-01-01"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

// lo to hi digits. False: none, or too many.
static bool digits(const char **p, int lo, int hi, unsigned *v)
{
	int n = 0;
	for (*v = 0; is_digit(**p) && n < hi; (*p)++, n++)
		*v = *v * 10 + (unsigned)(**p - '0');
	return n >= lo && !is_digit(**p);
}

static bool literal(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

// Digits behind the point, as nanoseconds; what is finer is cut off.
static bool fraction(const char **p, uint64_t *ns)
{
	*ns = 0;
	if (**p != '.' && **p != ',')
		return true;
	(*p)++;
	if (!is_digit(**p))
		return false;
	for (uint64_t unit = LULL_NS_PER_SECOND / 10; is_digit(**p); (*p)++, unit /= 10)
		*ns += unit * (uint64_t)(**p - '0');
	return true;
}

static const char *number(const char *text, uint64_t *ns)
{
	const char *p = text;
	uint64_t whole = 0, part;
	int n = 0;
	for (; is_digit(*p); p++, n++) {
		if (n >= 20 || whole > (UINT64_MAX - 9) / 10)
			return NO_TIME;
		whole = whole * 10 + (uint64_t)(*p - '0');
	}
	bool plain = *p == '\0';
	if (n == 0 || !fraction(&p, &part) || *p != '\0')
		return NO_TIME;
	uint64_t unit = LULL_NS_PER_SECOND;
	if (plain && n >= 12)
		unit = n >= 18 ? 1 : n >= 15 ? 1000 : 1000000;
	if (whole > (UINT64_MAX >> 1) / unit)
		return "is too far in the future; times are seconds since 1970-01-01";
	*ns = whole * unit + part;
	return NULL;
}

// Seconds east of Greenwich. What is left must be the end.
static bool zone(const char **p, int *offset_s)
{
	unsigned h, m = 0;
	*offset_s = 0;
	while (**p == ' ')
		(*p)++;
	if (literal(p, 'Z') || **p == '\0')
		return **p == '\0';
	if (strcmp(*p, "UTC") == 0 || strcmp(*p, "GMT") == 0)
		return true;
	int sign = **p == '-' ? -1 : 1;
	if (!literal(p, '+') && !literal(p, '-'))
		return false;
	const char *from = *p;
	bool joined = strspn(from, "0123456789") == 4;
	if (joined) {
		if (!digits(p, 4, 4, &h))
			return false;
		m = h % 100;
		h /= 100;
	} else if (!digits(p, 1, 2, &h) || (literal(p, ':') && !digits(p, 2, 2, &m))) {
		return false;
	}
	*offset_s = sign * (int)(h * 3600 + m * 60);
	return **p == '\0' && h <= 15 && m < 60;
}

const char *lull_timeseries_time(const char *text, uint64_t *ns)
{
	const char *p = text;
	unsigned y, mon, d = 1, h = 0, m = 0, s = 0;
	uint64_t part = 0;
	int offset_s = 0;
	if (text[strspn(text, "0123456789.")] == '\0')
		return number(text, ns);
	if (!digits(&p, 4, 4, &y) || (*p != '-' && *p != '/'))
		return NO_TIME;
	char between = *p++;
	if (!digits(&p, 1, 2, &mon) || (literal(&p, between) && !digits(&p, 1, 2, &d)))
		return NO_TIME;
	if (*p == 'T' || *p == 't' || *p == ' ') {
		p += strspn(p, " Tt");
		if (!digits(&p, 1, 2, &h) || !literal(&p, ':') || !digits(&p, 2, 2, &m) ||
			(literal(&p, ':') && (!digits(&p, 2, 2, &s) || !fraction(&p, &part))))
			return NO_TIME;
	}
	if (!zone(&p, &offset_s))
		return NO_TIME;
	if (y < 1970)
		return "lies before 1970, where no clock of a network began";
	char plain[64];
	bool leap = s == 60; // a leap second is the last of its minute again
	snprintf(plain, sizeof(plain), "%04u-%02u-%02uT%02u:%02u:%02u", y, mon, d, h, m,
		leap ? 59 : s);
	uint64_t at;
	if (lull_time_parse(plain, &at) < 0)
		return "does not exist in the calendar";
	at += part;
	uint64_t shift = (uint64_t)(offset_s < 0 ? -offset_s : offset_s) * LULL_NS_PER_SECOND;
	if (offset_s > 0 && at < shift)
		return "lies before 1970, where no clock of a network began";
	*ns = offset_s > 0 ? at - shift : at + shift;
	return *ns <= UINT64_MAX >> 1 ? NULL : "is too far in the future";
}
