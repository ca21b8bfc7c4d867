// SPDX-License-Identifier: BSD-3-Clause
// Telling events of a live run: to the exporter, to the log in the state directory, once each. A
// run that starts again from an older state may find a revision once more; the log knows it.

#pragma once

#include <lull/export.h>
#include <lull/state.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct lull_teller {
	const struct lull_exporter_ops *exporter;
	void *state;
	struct lull_export_options options;     // of the exporter
	struct lull_export_options log_options; // of the lines in the log
	void *lines;                            // exporter of them
	char *line;                             // what it wrote last
	size_t n_line;
	struct lull_eventlog *log; // NULL: none
	bool complained;           // that the output cannot be written
	bool news;                 // something was told since the caller last cleared this
	uint64_t revisions;
};

// config and targets are those of the present generation. dir: the state directory, or NULL.
// 0, or -errno after a message.
int lull_teller_init(struct lull_teller *t, const struct lull_exporter_ops *exporter, FILE *out,
	const struct lull_config *config, const struct lull_targets *targets, const char *dir);
void lull_teller_finish(struct lull_teller *t);
// From now on the configuration is another.
void lull_teller_switch(struct lull_teller *t, const struct lull_config *config,
	const struct lull_targets *targets);
// Tell one revision. Errors of the output are reported once and do not stop the run.
void lull_teller_event(struct lull_teller *t, const struct lull_event *event);
