// SPDX-License-Identifier: BSD-3-Clause
// JSON values that are valid whatever they are made of: numbers that are not finite become null,
// bytes that are not UTF-8 become U+FFFD (RFC 8259 allows neither). Built on jansson.
// Each function returns a new reference, or NULL when memory is out. Any thread.

#pragma once

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

// null for NAN and infinities; -0 becomes 0.
json_t *lull_json_real(double value);

// A count; beyond 2^63 - 1, which JSON readers cannot hold, 2^63 - 1.
json_t *lull_json_count(uint64_t n);

// A string; null for NULL.
json_t *lull_json_text(const char *text);

// A time as ISO 8601 with nine digits of the fraction; null for LULL_TIME_NONE.
json_t *lull_json_time(uint64_t ns);

// A duration in seconds: an integer when it is whole.
json_t *lull_json_seconds(uint64_t ns);

// The text of a value, flags as of json_dumps(); the caller frees it. NULL: out of memory, or no
// value.
char *lull_json_dump(const json_t *value, size_t flags);

// Write value (taken over; may be NULL: -ENOMEM) as one compact line, members in the order they
// were set, six significant digits. 0 or -errno; the stream is not flushed.
int lull_json_line(FILE *out, json_t *value);
