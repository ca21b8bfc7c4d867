// SPDX-License-Identifier: BSD-3-Clause
// Telling events of a live run: to the exporter, to the log in the state directory, once each. A
// revision is put into words when it is found, and waits (untold.h) until the state that knows of
// it is on disk; then lull_teller_flush() tells it. A run that starts again from an older state may
// find a revision once more; the log knows it.

#pragma once

#include "engine/outbox.h"
#include "engine/untold.h"

#include <lull/export.h>
#include <lull/state.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct lull_teller {
	const struct lull_exporter_ops *exporter;
	void *state;
	struct lull_outbox outbox;              // where the exporter's words go
	struct lull_export_options options;     // of the exporter
	struct lull_export_options log_options; // of the lines in the log
	void *lines;                            // exporter of them
	struct lull_eventlog *log;              // NULL: none
	struct lull_untold untold;
	bool outbox_full; // and it was said
	bool complained;  // that the output cannot be written
	bool news;        // something was found since the caller last cleared this
	uint64_t revisions;
};

// config and targets are those of the present generation. dir: the state directory, or NULL.
// out: a descriptor, of which nobody waits where writes to it do not (lull_outbox_unwait()).
// 0, or -errno after a message.
int lull_teller_init(struct lull_teller *t, const struct lull_exporter_ops *exporter, int out,
	const struct lull_config *config, const struct lull_targets *targets, const char *dir);
void lull_teller_finish(struct lull_teller *t);
// From now on the configuration is another.
void lull_teller_switch(struct lull_teller *t, const struct lull_config *config,
	const struct lull_targets *targets);
// A revision was found: take its words.
void lull_teller_event(struct lull_teller *t, const struct lull_event *event);
// Tell what is not told yet, in order: first all of it to the log, with one sync, then to the
// output. A process that dies between has told the log alone. Errors are reported once and do not
// stop the run: what the log did not take waits for the next call.
void lull_teller_flush(struct lull_teller *t);
// Write what waits for the output and goes without waiting: often.
void lull_teller_push(struct lull_teller *t);
// The end: give the reader of the output so many milliseconds, and say what it did not take.
void lull_teller_drain(struct lull_teller *t, unsigned patience_ms);
