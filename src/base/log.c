// SPDX-License-Identifier: BSD-3-Clause
// Messages on standard error, each written whole.

#include <lull/log.h>

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static _Atomic unsigned long dropped;   // messages; a log has nothing else to hang it off
static _Atomic unsigned long confessed; // of them

unsigned long lull_log_dropped(void)
{
	return atomic_load(&dropped);
}

static void put(const char *line, size_t len)
{
	if (write(STDERR_FILENO, line, len) < 0 && errno == EAGAIN)
		atomic_fetch_add(&dropped, 1); // a run must not wait for whoever reads
}

// There is room again: say first what is missing before this.
static void confess(void)
{
	unsigned long all = atomic_load(&dropped), told = atomic_load(&confessed);
	if (all == told || !atomic_compare_exchange_strong(&confessed, &told, all))
		return;
	char line[128];
	int n = snprintf(line, sizeof(line),
		"lull: warning: %lu messages are missing here: nobody read\n", all - told);
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		atomic_fetch_sub(&confessed, all - told);
}

static void say(const char *level, const char *format, va_list args)
{
	char line[2048];
	int n = snprintf(line, sizeof(line), "lull: %s", level);
	int m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, args);
	size_t len = m < 0 ? (size_t)n : strlen(line);
	line[len++] = '\n';
	confess();
	put(line, len);
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
