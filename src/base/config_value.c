// SPDX-License-Identifier: BSD-3-Clause
// Values of the configuration from text and back.

#include "config_value.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const lull_decap_names[] = {"erspan", "gre", "vxlan", "geneve", "gtpu", "ipip", NULL};
const char *const lull_learn_names[] = {"auto", "port", "vlan", "mpls", "mac", NULL};

// strtod() alone would also take blanks, hexadecimal and "nan".
int lull_number_parse(const char *text, double *number)
{
	size_t n = strlen(text);
	if (n == 0 || n >= LULL_VALUE_TEXT || strspn(text, "0123456789.eE+-") != n)
		return -EINVAL;
	char *end;
	double v = strtod(text, &end);
	if (*end != '\0' || !isfinite(v))
		return -EINVAL;
	*number = v;
	return 0;
}

char *lull_number_format(double number, char *out)
{
	for (int digits = 15; digits <= 17; digits++) { // the shortest that reads back the same
		snprintf(out, LULL_VALUE_TEXT, "%.*g", digits, number);
		if (strtod(out, NULL) == number)
			break;
	}
	return out;
}

static const struct {
	const char *name;
	double days;
} budget_units[] = {{"day", 1}, {"week", 7}, {"month", 30}, {"year", 365}};

#define BUDGET_UNITS (sizeof(budget_units) / sizeof(budget_units[0]))

int lull_budget_parse(const char *text, double *per_day)
{
	char number[LULL_VALUE_TEXT];
	size_t n = strcspn(text, "/");
	double v;
	if (text[n] == '\0' || n >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, n);
	number[n] = '\0';
	if (lull_number_parse(number, &v) < 0 || v <= 0)
		return -EINVAL;
	for (size_t i = 0; i < BUDGET_UNITS; i++) {
		if (strcmp(text + n + 1, budget_units[i].name) != 0)
			continue;
		*per_day = v / budget_units[i].days;
		return *per_day > 0 ? 0 : -EINVAL; // not so small that nothing is left
	}
	return -EINVAL;
}

// The first unit, from the shortest, in which it is a whole number; else exactly, per day.
char *lull_budget_format(double per_day, char *out)
{
	for (size_t i = 0; i < BUDGET_UNITS; i++) {
		double n = round(per_day * budget_units[i].days);
		if (n < 1 || n > 1e6 || n / budget_units[i].days != per_day)
			continue;
		snprintf(out, LULL_VALUE_TEXT, "%.0f/%s", n, budget_units[i].name);
		return out;
	}
	char number[LULL_VALUE_TEXT];
	snprintf(out, LULL_VALUE_TEXT, "%.58s/day", lull_number_format(per_day, number));
	return out;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int lull_mac_parse(const char *text, uint64_t *mac)
{
	uint64_t v = 0;
	char separator = strlen(text) == 17 ? text[2] : '\0';
	if (separator != ':' && separator != '-')
		return -EINVAL;
	for (size_t i = 0; i < 17; i++) {
		if (i % 3 == 2) {
			if (text[i] != separator)
				return -EINVAL;
			continue;
		}
		int digit = hex(text[i]);
		if (digit < 0)
			return -EINVAL;
		v = v << 4 | (unsigned)digit;
	}
	*mac = v;
	return 0;
}

char *lull_mac_format(uint64_t mac, char *out)
{
	snprintf(out, LULL_VALUE_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x",
		(unsigned)(mac >> 40 & 0xff), (unsigned)(mac >> 32 & 0xff),
		(unsigned)(mac >> 24 & 0xff), (unsigned)(mac >> 16 & 0xff),
		(unsigned)(mac >> 8 & 0xff), (unsigned)(mac & 0xff));
	return out;
}

char *lull_duration_exact(uint64_t ns, char *out)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {{"d", 86400 * LULL_NS_PER_SECOND}, {"h", 3600 * LULL_NS_PER_SECOND},
		{"m", 60 * LULL_NS_PER_SECOND}, {"s", LULL_NS_PER_SECOND}, {"ms", 1000000},
		{"us", 1000}, {"ns", 1}};
	int n = snprintf(out, LULL_VALUE_TEXT, "%s", ns == 0 ? "0s" : "");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ns >= units[i].ns)
			n += snprintf(out + n, (size_t)(LULL_VALUE_TEXT - n), "%llu%s",
				(unsigned long long)(ns / units[i].ns), units[i].name);
		ns %= units[i].ns;
	}
	return out;
}
