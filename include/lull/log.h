// SPDX-License-Identifier: BSD-3-Clause
// Messages to people, on standard error: "lull: error: <message>". stdout is for data.
// Any thread; a message is written whole, by one write. Where standard error does not wait (lull
// run) and has no room, it is dropped and counted, and the next that finds room says so.

#pragma once

// Each takes a printf format without a trailing newline. A line that names a place in a file
// begins with it: "file:line:col: what, and what to do".
void lull_log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void lull_log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void lull_log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Messages dropped so far. Any thread.
unsigned long lull_log_dropped(void);
