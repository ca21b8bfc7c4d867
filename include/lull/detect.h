// SPDX-License-Identifier: BSD-3-Clause
// The detector: closed bins in, revisions of events out. No clock, no packets, no I/O: the same
// bins and the same configuration always give the same events. One thread.

#pragma once

#include <lull/bin.h>
#include <lull/config.h>
#include <lull/event.h>
#include <lull/targets.h>

struct lull_detect; // opaque

// Called with every revision. The event is valid during the call.
typedef void lull_event_fn(void *context, const struct lull_event *event);

// targets and config must outlive the detector. NULL and errno ENOMEM on failure.
struct lull_detect *lull_detect_create(const struct lull_config *config,
	const struct lull_targets *targets, lull_event_fn *on_event, void *context);
void lull_detect_destroy(struct lull_detect *d);

// Take the next bin, in order of seq, none left out. bin->upstreams may not be NULL; its names
// stay valid until lull_detect_finish() has returned. 0 or -ENOMEM.
int lull_detect_bin(struct lull_detect *d, const struct lull_bin *bin);

// No more bins: last revisions of what is open. Events stay open: the end of a capture is not
// the end of an outage.
int lull_detect_finish(struct lull_detect *d);

// The detector's memory, for a restart or a reload: baselines, statistics, open events with id and
// revision. upstreams: the registry its bins used. *data (malloc) becomes the caller's. Format:
// docs/formats.md. 0 or -ENOMEM.
int lull_detect_save(const struct lull_detect *d, const struct lull_upstreams *upstreams,
	uint8_t **data, size_t *n);
// Into a fresh detector, before its first bin: what was saved of targets (by name) and upstreams
// (by name, found in upstreams) that still exist goes on; the rest starts anew. Events that go on
// keep id and revision, and carry the new configuration's digest. An event whose target (or the
// one upstream it rests on) is gone gets its last revision from within this call: on_event with
// state `ended`, target 0 (and its name), end as it was last known, cause "unknown" with the reason
// as evidence. The next bin's gap_ns says how long nobody looked. 0; -EBADMSG: damaged or of
// another version or bin length; -ENOMEM. On errors nothing was taken or told, and the detector is
// as fresh as before.
int lull_detect_load(struct lull_detect *d, const struct lull_upstreams *upstreams,
	const uint8_t *data, size_t n);

// Events that were reported and are not over: outages, re-routes, measurements.
size_t lull_detect_open(const struct lull_detect *d);

// Status of one target. 0, or -EINVAL for a target that does not exist.
int lull_detect_status(
	const struct lull_detect *d, uint32_t target, struct lull_target_status *status);
