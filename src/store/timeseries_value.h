// SPDX-License-Identifier: BSD-3-Clause
// Values as tables write them.

#pragma once

// Read a decimal number, or a word for "not known" ("", "-", "nan", "null", "none", "na", "n/a",
// in any case): NAN. NULL, or what is wrong and what to do.
const char *lull_timeseries_value(const char *text, double *value);
