// SPDX-License-Identifier: BSD-3-Clause
// From series of values to events: the bins a tap would have closed, made from a table. The same
// detector judges them, with the same life of an event.

#pragma once

#include <lull/config.h>
#include <lull/detect.h>
#include <lull/timeseries.h>

// A configuration that fits: one target per series (named as it), the series' own bin, defaults
// otherwise. NULL and errno ENOMEM.
struct lull_config *lull_feed_config(const struct lull_timeseries *s, size_t n);

// Judge n series that share one bin length, side by side in time; targets are numbered in their
// order, from 1. config: of lull_feed_config(), perhaps changed. on_event as for lull_detect_bin();
// on_bin, when not NULL, sees every bin before the detector does. 0 or -ENOMEM.
int lull_feed(const struct lull_timeseries *s, size_t n, const struct lull_config *config,
	lull_event_fn *on_event, void (*on_bin)(void *context, const struct lull_bin *bin),
	void *context);
