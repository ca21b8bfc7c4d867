// SPDX-License-Identifier: BSD-3-Clause
// Values of the configuration from text and back.

#include "config_value.h"
#include <errno.h>
#include <lull/address.h>
#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const lull_direction_names[] = {"down", "both", NULL};
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

static const struct {
	const char *name;
	unsigned shift;
} size_units[] = {{"GiB", 30}, {"MiB", 20}, {"KiB", 10}};

#define SIZE_UNITS (sizeof(size_units) / sizeof(size_units[0]))

int lull_size_parse(const char *text, uint64_t *bytes)
{
	uint64_t n = 0;
	size_t digits = strspn(text, "0123456789");
	if (digits == 0)
		return -EINVAL;
	for (size_t i = 0; i < SIZE_UNITS; i++) {
		if (strcmp(text + digits, size_units[i].name) != 0)
			continue;
		for (size_t j = 0; j < digits; j++) {
			if (__builtin_mul_overflow(n, 10, &n) ||
				__builtin_add_overflow(n, (unsigned)(text[j] - '0'), &n))
				return -ERANGE;
		}
		return __builtin_mul_overflow(n, UINT64_C(1) << size_units[i].shift, bytes)
			       ? -ERANGE
			       : 0;
	}
	return -EINVAL;
}

char *lull_size_format(uint64_t bytes, char *out)
{
	size_t i = 0;
	while (i + 1 < SIZE_UNITS && bytes % (UINT64_C(1) << size_units[i].shift) != 0)
		i++;
	snprintf(out, LULL_VALUE_TEXT, "%llu%s", (unsigned long long)(bytes >> size_units[i].shift),
		size_units[i].name);
	return out;
}

// The port behind the last colon; digits only, leading zeros do no harm.
static int port_parse(const char *text, unsigned *port)
{
	size_t n = strlen(text);
	if (n == 0 || strspn(text, "0123456789") != n)
		return -EINVAL;
	*port = 0;
	for (size_t i = 0; i < n; i++) {
		*port = *port * 10 + (unsigned)(text[i] - '0');
		if (*port > 65535)
			return -ERANGE;
	}
	return 0;
}

int lull_listen_parse(const char *text, char out[static LULL_VALUE_TEXT])
{
	char host[LULL_ADDR_TEXT], plain[LULL_ADDR_TEXT];
	struct lull_addr addr;
	unsigned port;
	bool six = text[0] == '[';
	const char *colon = strrchr(text, ':');
	const char *from = text + six;
	if (colon == NULL || colon < from + six || (six && colon[-1] != ']'))
		return -EINVAL;
	size_t n = (size_t)(colon - from) - six;
	if (n >= sizeof(host))
		return -EINVAL;
	memcpy(host, from, n);
	host[n] = '\0';
	if (lull_addr_parse(host, &addr) < 0 || addr.family != (six ? 6 : 4))
		return -EINVAL;
	int rc = port_parse(colon + 1, &port);
	if (rc < 0)
		return rc;
	snprintf(out, LULL_VALUE_TEXT, six ? "[%s]:%u" : "%s:%u", lull_addr_format(&addr, plain),
		port);
	return 0;
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
