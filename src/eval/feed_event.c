// SPDX-License-Identifier: BSD-3-Clause
// Events about series.

#include "feed_event.h"
#include <lull/siphash.h>
#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CONFIDENCE 1.96

struct lull_event lull_feed_event(
	const struct lull_timeseries *s, const struct lull_config *config, enum lull_kind kind)
{
	return (struct lull_event){
		.kind = kind,
		.target_name = s->name,
		.upstream = "all",
		.end = {LULL_TIME_NONE, LULL_TIME_NONE, LULL_TIME_NONE},
		.budget_per_day = config->detector.budget_per_day,
		.tap = LULL_TAP_UNVERIFIED,
		.loss = LULL_LOSS_UNKNOWN,
		.control_ratio = NAN,
		.bin_ns = s->bin_ns,
		.config_digest = config->digest != NULL ? config->digest : "",
		.n_causes = 1,
		.causes = {{.label = "unknown", .weight = 1.0}},
	};
}

void lull_feed_event_id(struct lull_event *e)
{
	static const struct lull_sipkey key = {0, 0};
	uint64_t parts[4] = {
		lull_siphash(&key, e->target_name, strlen(e->target_name)),
		lull_siphash(&key, e->upstream, strlen(e->upstream)),
		e->onset.ns,
		lull_siphash(&key, e->config_digest, strlen(e->config_digest)),
	};
	snprintf(e->id, sizeof(e->id), "%016llx",
		(unsigned long long)lull_siphash(&key, parts, sizeof(parts)));
}

struct lull_estimate lull_feed_event_lost(double expected, double observed, double error)
{
	if (!(expected > 0.0))
		return (struct lull_estimate){0.0, -9.0, 1.0};
	double share = 1.0 - observed / expected, wide = CONFIDENCE * error / expected;
	return (struct lull_estimate){fmin(fmax(share, -9.0), 1.0),
		fmin(fmax(share - wide, -9.0), 1.0), fmin(fmax(share + wide, -9.0), 1.0)};
}
