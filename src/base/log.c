// SPDX-License-Identifier: BSD-3-Clause
// Messages on standard error, each written whole.

#include <lull/log.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say(const char *level, const char *format, va_list args)
{
	char line[2048];
	int n = snprintf(line, sizeof(line), "lull: %s", level);
	int m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, args);
	size_t len = m < 0 ? (size_t)n : strlen(line);
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; // nobody listens; there is no one left to tell
}

void lull_log_error(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say("error: ", format, args);
	va_end(args);
}

void lull_log_warning(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say("warning: ", format, args);
	va_end(args);
}

void lull_log_info(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say("", format, args);
	va_end(args);
}
