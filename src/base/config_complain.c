// SPDX-License-Identifier: BSD-3-Clause
// One form for every complaint about a configuration.

#include "config_complain.h"
#include <errno.h>
#include <lull/log.h>
#include <stdarg.h>
#include <stdio.h>

char *lull_place_format(const struct lull_place *place, char *out, size_t n)
{
	if (place->file == NULL)
		snprintf(out, n, "%s", "");
	else if (place->line > 0)
		snprintf(out, n, "%s:%u:%u", place->file, place->line, place->column);
	else
		snprintf(out, n, "%s", place->file);
	return out;
}

int lull_complain(const struct lull_place *place, const char *format, ...)
{
	char where[512], what[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	for (char *p = what; *p != '\0'; p++) { // what is quoted may hold escapes for a terminal
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	}
	lull_place_format(place, where, sizeof(where));
	lull_log_error("%s%s%s", where, where[0] != '\0' ? ": " : "", what);
	return -EINVAL;
}
