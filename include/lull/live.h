// SPDX-License-Identifier: BSD-3-Clause
// Live: ports through the packet path and the analyzer until told to stop.

#pragma once

#include <lull/config.h>
#include <lull/export.h>
#include <lull/siphash.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

struct lull_live {
	// A fresh, checked configuration, at the start and at every reload: path and command line
	// as the caller knows them. NULL after messages. The live run destroys it.
	struct lull_config *(*configure)(void *context);
	void *context;
	struct lull_sipkey key; // of sketches and control groups: drawn anew at each start
	const struct lull_exporter_ops *exporter;
	FILE *out;            // revisions of events, as they come
	FILE *series;         // counts per bin, or NULL
	_Atomic bool *stop;   // set by a signal handler: close the open bin, write all, return
	_Atomic bool *reload; // set by a signal handler: read the configuration anew
	uint64_t bins;        // stop after so many; 0: never
};

// Run until *stop, or until every source is over. 0, or -errno after a message. Main thread.
int lull_live_run(const struct lull_live *live);
