// SPDX-License-Identifier: BSD-3-Clause
// Times and durations as text. Calendar arithmetic is done here, not by gmtime(): that one takes
// a lock and reads the time zone.

#include <errno.h>
#include <lull/time.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define US UINT64_C(1000)
#define MS (1000 * US)
#define MINUTE (60 * LULL_NS_PER_SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

struct unit {
	const char *name;
	uint64_t ns;
};

// Longest first; of two names with the same start the longer one first.
static const struct unit units[] = {
	{"w", 7 * DAY},
	{"d", DAY},
	{"h", HOUR},
	{"ms", MS},
	{"us", US},
	{"ns", 1},
	{"m", MINUTE},
	{"s", LULL_NS_PER_SECOND},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const struct unit *unit_parse(const char **p)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i].name);
		if (strncmp(*p, units[i].name, n) == 0) {
			*p += n;
			return &units[i];
		}
	}
	return NULL;
}

// "<digits>[.<digits>]" as whole / 10^places; more than 19 digits cannot be an exact duration.
static int number_parse(const char **p, uint64_t *whole, uint64_t *scale)
{
	unsigned __int128 value = 0;
	*scale = 1;
	bool point = false;
	if (!is_digit(**p))
		return -EINVAL;
	for (; is_digit(**p) || (**p == '.' && !point); (*p)++) {
		if (**p == '.') {
			point = true;
			if (!is_digit((*p)[1]))
				return -EINVAL;
			continue;
		}
		value = value * 10 + (unsigned)(**p - '0');
		if (value > UINT64_MAX)
			return -ERANGE;
		if (point && (*scale *= 10) > UINT64_C(1000000000000000000))
			return -EINVAL;
	}
	*whole = (uint64_t)value;
	return 0;
}

int lull_duration_parse(const char *text, uint64_t *ns)
{
	unsigned __int128 sum = 0;
	uint64_t before = UINT64_MAX;
	const char *p = text;
	do {
		uint64_t whole, scale;
		int rc = number_parse(&p, &whole, &scale);
		if (rc < 0)
			return rc;
		const struct unit *u = unit_parse(&p);
		if (u == NULL || u->ns >= before) // "1m1m", "30m1h": slips, not durations
			return -EINVAL;
		before = u->ns;
		unsigned __int128 part = (unsigned __int128)whole * u->ns;
		if (part % scale != 0) // finer than a nanosecond
			return -EINVAL;
		sum += part / scale;
	} while (*p != '\0');
	if (sum > UINT64_MAX)
		return -ERANGE;
	*ns = (uint64_t)sum;
	return 0;
}

static uint64_t round_to(uint64_t ns, uint64_t step)
{
	uint64_t rest = ns % step;
	uint64_t down = ns - rest;
	return rest >= step - rest && down <= UINT64_MAX - step ? down + step : down;
}

// Three significant digits of ns in a decimal unit, without zeros that say nothing.
static void format_small(uint64_t ns, char *out)
{
	static const struct unit small[] = {
		{"s", LULL_NS_PER_SECOND}, {"ms", MS}, {"us", US}, {"ns", 1}};
	size_t i = 0;
	while (i < 3 && ns < small[i].ns)
		i++;
	uint64_t whole = ns / small[i].ns, rest = ns % small[i].ns;
	char fraction[16];
	snprintf(fraction, sizeof(fraction), "%09llu",
		(unsigned long long)(rest * (LULL_NS_PER_SECOND / small[i].ns)));
	size_t places = whole >= 100 ? 0 : whole >= 10 ? 1 : 2;
	while (places > 0 && fraction[places - 1] == '0')
		places--;
	snprintf(out, LULL_TIME_TEXT, "%llu%s%.*s %s", (unsigned long long)whole,
		places > 0 ? "." : "", (int)places, fraction, small[i].name);
}

// Round to three digits, so that what is printed is what was chosen by.
static uint64_t round_small(uint64_t ns)
{
	uint64_t step = 1;
	while (ns / step >= 1000)
		step *= 10;
	return round_to(ns, step);
}

char *lull_duration_format(uint64_t ns, char *out)
{
	static const struct {
		struct unit large, rest;
	} pairs[] = {
		{{"d", DAY}, {"h", HOUR}},
		{{"h", HOUR}, {"min", MINUTE}},
		{{"min", MINUTE}, {"s", LULL_NS_PER_SECOND}},
	};
	if (ns == 0)
		return strcpy(out, "0 s");
	for (size_t i = 0; i < 3; i++) {
		uint64_t r = round_to(ns, pairs[i].rest.ns);
		if (r < pairs[i].large.ns)
			continue;
		uint64_t rest = r % pairs[i].large.ns / pairs[i].rest.ns;
		int n = snprintf(out, LULL_TIME_TEXT, "%llu %s",
			(unsigned long long)(r / pairs[i].large.ns), pairs[i].large.name);
		if (rest > 0)
			snprintf(out + n, (size_t)(LULL_TIME_TEXT - n), " %llu %s",
				(unsigned long long)rest, pairs[i].rest.name);
		return out;
	}
	ns = round_small(ns);
	format_small(ns, out);
	return out;
}

struct date {
	unsigned year, month, day;
};

// Days since 1970-01-01 to a date of the proleptic Gregorian calendar and back, by the shifted
// year that starts in March: leap days then come last (Hinnant 2013, "chrono-compatible
// low-level date algorithms", civil_from_days and days_from_civil).
static struct date date_of(uint64_t days)
{
	uint64_t z = days + 719468;
	uint64_t era = z / 146097, doe = z % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint64_t mp = (5 * doy + 2) / 153;
	unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	return (struct date){
		.year = (unsigned)(yoe + era * 400) + (month <= 2),
		.month = month,
		.day = (unsigned)(doy - (153 * mp + 2) / 5 + 1),
	};
}

static uint64_t days_of(struct date d)
{
	uint64_t y = d.year - (d.month <= 2);
	uint64_t era = y / 400, yoe = y % 400;
	uint64_t doy = (153 * (d.month > 2 ? d.month - 3 : d.month + 9) + 2) / 5 + d.day - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static char *time_format(uint64_t ns, int digits, char sep, const char *end, char *out)
{
	if (ns == LULL_TIME_NONE)
		return strcpy(out, "");
	struct date d = date_of(ns / DAY);
	unsigned s = (unsigned)(ns % DAY / LULL_NS_PER_SECOND);
	char fraction[16];
	snprintf(fraction, sizeof(fraction), ".%09u", (unsigned)(ns % LULL_NS_PER_SECOND));
	snprintf(out, LULL_TIME_TEXT, "%04u-%02u-%02u%c%02u:%02u:%02u%.*s%s", d.year, d.month,
		d.day, sep, s / 3600, s / 60 % 60, s % 60, digits > 0 ? digits + 1 : 0, fraction,
		end);
	return out;
}

char *lull_time_iso(uint64_t ns, int digits, char *out)
{
	return time_format(ns, digits, 'T', "Z", out);
}

char *lull_time_plain(uint64_t ns, int digits, char *out)
{
	return time_format(ns, digits, ' ', "", out);
}

// n digits into *v, which must lie in lo..hi.
static bool field(const char **p, int n, unsigned lo, unsigned hi, unsigned *v)
{
	*v = 0;
	for (int i = 0; i < n; i++, (*p)++) {
		if (!is_digit(**p))
			return false;
		*v = *v * 10 + (unsigned)(**p - '0');
	}
	return *v >= lo && *v <= hi;
}

static bool literal(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static bool fraction_parse(const char **p, uint64_t *ns)
{
	*ns = 0;
	if (!literal(p, '.'))
		return true;
	uint64_t unit = LULL_NS_PER_SECOND / 10;
	if (!is_digit(**p))
		return false;
	for (; is_digit(**p); (*p)++, unit /= 10) {
		if (unit == 0)
			return false;
		*ns += unit * (uint64_t)(**p - '0');
	}
	return true;
}

static bool date_exists(struct date d)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = d.year % 4 == 0 && (d.year % 100 != 0 || d.year % 400 == 0);
	return d.day <= (unsigned)days[d.month - 1] + (leap && d.month == 2);
}

int lull_time_parse(const char *text, uint64_t *ns)
{
	const char *p = text;
	struct date d;
	unsigned h, m, s;
	uint64_t part;
	bool ok = field(&p, 4, 1970, 2554, &d.year) && literal(&p, '-') &&
		  field(&p, 2, 1, 12, &d.month) && literal(&p, '-') &&
		  field(&p, 2, 1, 31, &d.day) && date_exists(d) &&
		  (literal(&p, 'T') || literal(&p, ' ')) && field(&p, 2, 0, 23, &h) &&
		  literal(&p, ':') && field(&p, 2, 0, 59, &m) && literal(&p, ':') &&
		  field(&p, 2, 0, 59, &s) && fraction_parse(&p, &part);
	if (!ok)
		return -EINVAL;
	literal(&p, 'Z');
	if (*p != '\0')
		return -EINVAL;
	unsigned __int128 t = (unsigned __int128)days_of(d) * DAY +
			      (h * UINT64_C(3600) + m * UINT64_C(60) + s) * LULL_NS_PER_SECOND +
			      part;
	if (t >= LULL_TIME_NONE)
		return -EINVAL;
	*ns = (uint64_t)t;
	return 0;
}
