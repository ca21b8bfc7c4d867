// SPDX-License-Identifier: BSD-3-Clause
// From series of values to events: the bins a tap would have closed, made from a table. The same
// detector judges them, with the same life of an event.
//
// Values to counts: a series of whole numbers is taken as counts, as it is. The unit of any other
// is free, so it is multiplied by the power of two that brings its first value other than zero to
// about 2^20; negative values are 0. A missing value is a hole of its series, never a zero.
// Series that are no traffic (config->model) go to the detector of levels as they are:
// feed_level.h. Rates in events (expected_pps, observed_pps, before and during) are turned back:
// they are values of one row of the series, in its own unit.

#pragma once

#include <lull/config.h>
#include <lull/detect.h>
#include <lull/timeseries.h>

// How enum lull_model is written; NULL-terminated.
extern const char *const lull_feed_models[];

// A configuration that fits: one target per series (named as it), the series' own bin, defaults
// otherwise; checked. NULL and errno: ENOMEM, or EINVAL after a message (a name twice).
struct lull_config *lull_feed_config(const struct lull_timeseries *s, size_t n);

// Judge n series that share one bin length; targets are numbered in their order, from 1. config: of
// lull_feed_config(), perhaps changed and checked again; its budget is shared out evenly. on_event
// as for lull_detect_bin(): events of all series in order of revised_ns, then target; what an event
// points to lives as long as s and config. on_bin, when not NULL, sees the bins of all series side
// by side before any event; its counts are those the detector is given. 0 or -ENOMEM.
int lull_feed(const struct lull_timeseries *s, size_t n, const struct lull_config *config,
	lull_event_fn *on_event, void (*on_bin)(void *context, const struct lull_bin *bin),
	void *context);

// The same; also fills status[0..n): what the detector knows of each series at its end.
int lull_feed_status(const struct lull_timeseries *s, size_t n, const struct lull_config *config,
	lull_event_fn *on_event, void (*on_bin)(void *context, const struct lull_bin *bin),
	void *context, struct lull_target_status *status);

// What a value of the series is multiplied by to become a count.
double lull_feed_unit(const struct lull_timeseries *s);
