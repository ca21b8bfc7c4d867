// SPDX-License-Identifier: BSD-3-Clause
// A series that is no count of traffic, through the detector of levels (detect/level.h), told as
// events of the same format.
//
// A fall is an outage, a rise a surge (told with detector.direction both; without, it is only
// watched, so that its end is no outage). It ends when the level is back: nearer to what it was
// than to what it had become; its end is that change. Otherwise the next change makes it a level
// shift, or `detector.shift` does without one, unless next to nothing is left. It is confirmed at
// once: it rests on three values at least.

#pragma once

#include <lull/config.h>
#include <lull/detect.h>
#include <lull/timeseries.h>

// Is it to be judged as a level? By config->model; `auto`: where a value is negative or bins last
// a day or more.
bool lull_feed_is_level(const struct lull_timeseries *s, const struct lull_config *config);

// Judge one series; the budget of config is its own. Events have the times and the unit of the
// series, and upstream "all". status, when not NULL, is what is known of it at its end. The target
// of both is the caller's to set. 0 or -ENOMEM.
int lull_feed_level(const struct lull_timeseries *s, const struct lull_config *config,
	lull_event_fn *on_event, void *context, struct lull_target_status *status);
