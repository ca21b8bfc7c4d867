// SPDX-License-Identifier: BSD-3-Clause
// Time as text. Times are uint64_t nanoseconds since the epoch (UTC); nothing here reads a clock.

#pragma once

#include <stddef.h>
#include <stdint.h>

#define LULL_NS_PER_SECOND UINT64_C(1000000000)
#define LULL_TIME_NONE UINT64_MAX // "no such time", e.g. the end of an event still open

// Longest text of a time or duration, with its NUL.
#define LULL_TIME_TEXT 40

// Read a duration: a decimal number and a unit (ns us ms s m h d w), or several of them ("1h30m").
// Returns 0; -EINVAL: not a duration (a bare number is refused: seconds or bins?);
// -ERANGE: beyond 2^64 ns.
int lull_duration_parse(const char *text, uint64_t *ns);

// Write a duration for people: "1.5 s", "9 h 6 min", "3 d 4 h". out: LULL_TIME_TEXT bytes.
char *lull_duration_format(uint64_t ns, char *out);

// Write a time as ISO 8601 in UTC with digits (0, 3, 6 or 9) of the fraction, truncated:
// "2025-06-07T03:14:07.123Z". LULL_TIME_NONE gives "". out: LULL_TIME_TEXT bytes. Returns out.
char *lull_time_iso(uint64_t ns, int digits, char *out);

// The same for people: "2025-06-07 03:14:07.123" (the caller adds " UTC").
char *lull_time_plain(uint64_t ns, int digits, char *out);

// Read "2025-06-07T03:14:07[.123]Z" (also with a space for the T, and without the Z).
// Returns 0 or -EINVAL.
int lull_time_parse(const char *text, uint64_t *ns);
