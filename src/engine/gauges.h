// SPDX-License-Identifier: BSD-3-Clause
// What a live run says of itself: totals that outlive reloads, gathered from closed bins, drivers
// and workers into the plain view that /metrics is rendered from. Analyzer thread.

#pragma once

#include "engine/generation.h"
#include "engine/losses.h"

#include <lull/metrics.h>

enum lull_stage { LULL_MERGE, LULL_DETECT, LULL_EXPORT, LULL_RENDER, LULL_CLOSE };

struct lull_gauges {
	struct lull_metrics_view view;
	struct lull_metric_target *targets; // by id - 1
	struct lull_metric_port ports[LULL_PORTS_MAX];
	struct lull_metric_queue *queues;
	struct {
		uint64_t last_ns;                   // of any packet
		double usual;                       // unmatched packets a bin, slowly averaged
		uint64_t sampled, copies;           // for duplicates, over all queues, now
		uint64_t sampled_then, copies_then; // when the ratio was last taken
	} seen[LULL_PORTS_MAX];
	const struct lull_config *config;
};

// 0 or -ENOMEM.
int lull_gauges_init(struct lull_gauges *g, const struct lull_generation *generation,
	struct lull_ports *ports, size_t n_queues, uint64_t started_ns);
void lull_gauges_finish(struct lull_gauges *g);
// Another generation: totals go to the targets of the same name. 0 or -ENOMEM.
int lull_gauges_switch(struct lull_gauges *g, const struct lull_generation *before,
	const struct lull_generation *now);
// Take what the ports received of a bin, whole or not. Before lull_gauges_bin().
void lull_gauges_law(struct lull_gauges *g, const struct lull_bin *bin);
// Take what a whole bin counted.
void lull_gauges_bin(struct lull_gauges *g, const struct lull_bin *bin);
// A stage took so long.
void lull_gauges_stage(struct lull_gauges *g, enum lull_stage stage, uint64_t ns);
// The queue of a worker, and the core it is pinned to (-1: none).
void lull_gauges_queue(struct lull_gauges *g, size_t i, unsigned port, unsigned queue, int core);
// What the worker of queue i says of itself. Also forgets its lag, to measure it anew.
void lull_gauges_worker(struct lull_gauges *g, size_t i, struct lull_worker *worker, bool stalled);
// Bring everything else up to date, before the view is rendered.
void lull_gauges_refresh(struct lull_gauges *g, const struct lull_generation *generation,
	const struct lull_losses *health, uint64_t now_ns);
