// SPDX-License-Identifier: BSD-3-Clause
// Series of values over time that somebody else measured, read from CSV: what `lull detect` and
// `lull eval` work on. Every series lies on a grid of its own; a row that is not there is a value
// that is not known, never a zero.

#pragma once

#include <stddef.h>
#include <stdint.h>

// One series. value[i] covers [start_ns + i bin_ns, start_ns + (i + 1) bin_ns); NAN: missing.
struct lull_timeseries {
	char *name;
	uint64_t start_ns, bin_ns; // Unix time
	size_t n;                  // n <= LULL_TIMESERIES_BINS
	double *value;             // finite or NAN
};

#define LULL_TIMESERIES_BINS ((size_t)1 << 28) // longest grid
#define LULL_TIMESERIES_MAX ((size_t)1 << 22)  // most series of a file

struct lull_timeseries_set {
	size_t n;
	struct lull_timeseries *items; // in order of first appearance
};

// How a CSV is to be read. All zero: find out.
struct lull_timeseries_format {
	const char *columns; // "time,value", "time,series,value", "time,target,count", ...: which
			     // column is what, by name or by number from 1; NULL: by the header
	uint64_t bin_ns;     // length of a bin; 0: the commonest distance of neighbouring rows
};

// Read a CSV: a header, then time,value; or time,series,value in any order of rows; or one column
// a series (wide), the first being the time. Times: ISO 8601 (UTC unless it says otherwise), "Y-m-d
// H:M[:S[.f]]", or seconds since the epoch. An empty field is a missing value. Complaints go to the
// log as `file:line:col: what, and what to do`. 0, or -EINVAL after messages, -ENOMEM, or the
// file's -errno. path "-": standard input. The caller owns *set: lull_timeseries_free().
int lull_timeseries_read(const char *path, const struct lull_timeseries_format *format,
	struct lull_timeseries_set *set);
// The same from n bytes of text; file is the name for messages.
int lull_timeseries_parse(const char *text, size_t n, const char *file,
	const struct lull_timeseries_format *format, struct lull_timeseries_set *set);
void lull_timeseries_free(struct lull_timeseries_set *set);
