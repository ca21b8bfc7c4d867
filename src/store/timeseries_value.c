// SPDX-License-Identifier: BSD-3-Clause
// strtod() does the arithmetic; which texts it gets to see is decided here, so that neither a
// locale nor hexadecimal nor "infinity" comes in.

#include "timeseries_value.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *lull_timeseries_value(const char *text, double *value)
{
	static const char *const missing[] = {"", "-", "nan", "null", "none", "na", "n/a"};
	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		if (strcasecmp(text, missing[i]) == 0) {
			*value = NAN;
			return NULL;
		}
	char *end;
	size_t n = strspn(text, "0123456789+-.eE");
	if (text[n] == '\0') {
		*value = strtod(text, &end);
		if (*end == '\0')
			return isfinite(*value) ? NULL : "is too large; 1e308 is the most";
	}
	if (text[strspn(text, "0123456789+-.,")] == '\0')
		return "is no number; write it without separators of thousands, with a point for "
		       "the fraction";
	return "is no number; leave the field empty where the value is not known";
}
