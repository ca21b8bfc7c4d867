// SPDX-License-Identifier: BSD-3-Clause
// What all events about a series that is no target have in common.

#pragma once

#include <lull/config.h>
#include <lull/event.h>
#include <lull/timeseries.h>

// Everything but onset, detected_ns and the figures: upstream "all", an unverified tap, the cause
// unknown, end not known. Points into s and config.
struct lull_event lull_feed_event(
	const struct lull_timeseries *s, const struct lull_config *config, enum lull_kind kind);
// The id: of name, upstream, onset and configuration, as the detector of traffic makes it.
void lull_feed_event_id(struct lull_event *e);
// The share gone, within what the format has room for, and its 95 % interval; error: standard
// error of observed. Of a level that is not above 0 there is no share: anything is possible.
struct lull_estimate lull_feed_event_lost(double expected, double observed, double error);
