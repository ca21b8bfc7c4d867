// SPDX-License-Identifier: BSD-3-Clause
// What standard output can show: colors, and how wide it is.

#pragma once

#include <lull/export.h>

// Values of --color, NULL-terminated.
extern const char *const lull_terminal_when[];

// Fill in color and width. when: a value of --color, or NULL for auto. NO_COLOR and TERM=dumb are
// respected.
void lull_terminal(const char *when, struct lull_export_options *x);
