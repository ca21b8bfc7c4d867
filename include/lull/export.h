// SPDX-License-Identifier: BSD-3-Clause
// Exporters: events (and what a report needs of the bins) to a stream in one format. A new
// format is one file in src/export/ and one line in src/export/exporters.c.

#pragma once

#include <lull/bin.h>
#include <lull/config.h>
#include <lull/event.h>
#include <lull/summary.h>
#include <lull/targets.h>
#include <stdio.h>

struct lull_export_options {
	const struct lull_config *config;
	const struct lull_targets *targets;
	FILE *out;
	bool ascii; // no characters beyond ASCII
	bool color; // escape sequences allowed
	int width;  // columns of the terminal; 0: 80
	// Of series (config->series), by target - 1: counts that make one of the series' own unit.
	// A row that is not there is then a value that is missing. NULL: packets.
	const double *units;
};

struct lull_exporter_ops {
	const char *name; // as in --format
	// State of the exporter, or NULL and errno. options must outlive it.
	void *(*create)(const struct lull_export_options *options);
	int (*bin)(void *state, const struct lull_bin *bin); // may be NULL
	int (*event)(void *state, const struct lull_event *event);
	int (*finish)(void *state, const struct lull_summary *summary);
	void (*destroy)(void *state);
};
// bin, event, finish: 0 or -errno (-EPIPE and others from writing).

// The exporter of that name, or NULL. Names: text, jsonl, csv, codf, lines.
const struct lull_exporter_ops *lull_exporter_find(const char *name);
// All names, NULL-terminated, for help and did-you-mean.
const char *const *lull_exporter_names(void);
