// SPDX-License-Identifier: BSD-3-Clause
// Complaints about a configuration, each with its place.

#pragma once

#include <lull/config.h>

// Log an error as "file:line:col: ..." (as much of the place as is known; none when file is
// NULL). Returns -EINVAL.
int lull_complain(const struct lull_place *place, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

// The place alone, "file:line:col", for messages that name two. Returns out.
char *lull_place_format(const struct lull_place *place, char *out, size_t n);
