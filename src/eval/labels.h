// SPDX-License-Identifier: BSD-3-Clause
// The JSON that benchmarks keep their labels and series in. Other people's files: whatever is in
// them, each function returns 0, or -EINVAL after messages ("file: where: what, and what to do"),
// or -ENOMEM; what it fills in is to be freed in every case. Texts are UTF-8 of n bytes.

#pragma once

#include "tcpd.h"
#include <lull/timeseries.h>

struct lull_window {
	uint64_t start_ns, end_ns; // both belong to it
};

// NAB's labels/combined_windows.json: {"folder/file.csv": [[start, end], ...], ...}, in the order
// of the file; the windows of each in order of time and apart (those that touch become one). Times
// are what lull_timeseries_time() reads, or numbers of seconds.
struct lull_windows {
	struct lull_windows_file {
		char *file; // relative, without ".."
		struct lull_window *items;
		size_t n;
	} * files;
	size_t n;
};
int lull_windows_parse(const char *text, size_t n, const char *file, struct lull_windows *w);
void lull_windows_free(struct lull_windows *w);

// TCPD's annotations.json: {"set": {"annotator": [index, ...], ...}, ...}, in the order of the
// file. At least one annotator a set.
struct lull_annotations {
	struct lull_annotated {
		char *set; // a name without '/'
		struct lull_tcpd_set *annotators;
		size_t n;
	} * sets;
	size_t n;
};
int lull_annotations_parse(
	const char *text, size_t n, const char *file, struct lull_annotations *a);
void lull_annotations_free(struct lull_annotations *a);

// A data set of TCPD: {"n_obs": n, "series": [{"label": ..., "raw": [value or null, ...]}, ...]}:
// as many series of n bins of bin_ns from start_ns, named by their labels.
int lull_tcpd_parse(const char *text, size_t n, const char *file, uint64_t start_ns,
	uint64_t bin_ns, struct lull_timeseries_set *set);

// Most observations of such a set, and indices that are believed.
#define LULL_TCPD_OBSERVATIONS ((size_t)1 << 24)
