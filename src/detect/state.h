// SPDX-License-Identifier: BSD-3-Clause
// The detector's memory as bytes and back (docs/formats.md). One walk over the fields serves both
// ways: saving, a field is written and returned as it is; loading, it is read, checked and
// returned, so that what is written and what is read cannot drift apart. Bytes are hostile: a
// value no detector could hold ends the walk with -EBADMSG.

#pragma once

#include "detector.h"
#include <lull/bytes.h>

#define LULL_STATE_NAME 512   // bytes of a name with its NUL; targets with longer ones start anew
#define LULL_STATE_HUGE 1e18  // bound of counts, rates and sums
#define LULL_STATE_AGE_S 1e10 // bound of exposures

// An open event that cannot go on, kept until the walk came to its end.
struct lull_orphan {
	struct lull_event ev;
	char *target, *upstream;
};

struct lull_state_walk {
	struct lull_detect *d; // saving: only read
	const struct lull_upstreams *upstreams;
	bool saving;
	struct lull_bytes out;     // saving
	struct lull_bytes_view in; // loading
	int error;                 // loading: 0, -EBADMSG or -ENOMEM; the first one
	char name[LULL_STATE_NAME];
	const char *target_name;     // of the subject at hand
	uint32_t *by_name;           // loading: indices of upstreams but `all`, sorted by name
	struct lull_watch **watches; // loading: in the order they came
	size_t n_watches, cap_watches;
	struct lull_orphan *orphans;
	size_t n_orphans;
};

void lull_state_bad(struct lull_state_walk *w, int error);

// Fields: x is the value when saving; what is returned is within the bounds, both ways.
uint8_t lull_state_u8(struct lull_state_walk *w, uint8_t x, uint8_t max);
bool lull_state_bool(struct lull_state_walk *w, bool x);
uint32_t lull_state_u32(struct lull_state_walk *w, uint32_t x);
uint64_t lull_state_u64(struct lull_state_walk *w, uint64_t x);
// A time up to the year 2116, or LULL_TIME_NONE; a span of time of up to that.
uint64_t lull_state_time(struct lull_state_walk *w, uint64_t x);
uint64_t lull_state_span(struct lull_state_walk *w, uint64_t x);
// lo <= x <= hi; NaN never.
double lull_state_real(struct lull_state_walk *w, double x, double lo, double hi);
double lull_state_real_or_nan(struct lull_state_walk *w, double x, double lo, double hi);
// How many follow of something that takes at least `least` bytes each: never more than there
// are bytes for, nor than max.
size_t lull_state_count(struct lull_state_walk *w, size_t x, size_t least, size_t max);
// Text of less than cap bytes into out when loading.
void lull_state_text(struct lull_state_walk *w, const char *x, char *out, size_t cap);
// An upstream by its name: its index in the present registry; 0 when loading and it is gone.
uint32_t lull_state_upstream(struct lull_state_walk *w, uint32_t upstream);
// A part's upstream by its name, as the registry spells it; NULL when it is gone.
const char *lull_state_upstream_name(struct lull_state_walk *w, const char *name);

// state_watch.c. Loading: s is all zeros, and on the list of w->watches afterwards.
void lull_state_watch(struct lull_state_walk *w, struct lull_watch *s, double weight);
// state_event.c. Loading: c is all zeros but for subject, driver and figure.
void lull_state_candidate(struct lull_state_walk *w, struct lull_candidate *c);
// A rise that was told. Loading: t->out is loaded.
void lull_state_surge(struct lull_state_walk *w, struct lull_subject *t);
// The event of a target that is watched by its flows. Loading: o is fresh but for its target.
void lull_state_oneway(struct lull_state_walk *w, struct lull_oneway *o);
// Close it with a last revision, once the walk is over. ev.target_name must be set.
void lull_state_orphan(struct lull_state_walk *w, const struct lull_candidate *c);
void lull_state_tell_orphans(struct lull_state_walk *w);
// state_subject.c. Loading: t is all zeros but for target.
void lull_state_subject(struct lull_state_walk *w, struct lull_subject *t);
// What was counted of a target beside its series.
void lull_state_signals(struct lull_state_walk *w, struct lull_signals_log *s);
