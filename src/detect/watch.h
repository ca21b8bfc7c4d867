// SPDX-License-Identifier: BSD-3-Clause
// One series: counts in, and the standing answer to "has it fallen?". It chooses the bin length
// it is judged in, learns its baseline from clean bins, and runs the statistics. What an alarm
// means is decided elsewhere.

#pragma once

#include "baseline.h"
#include "ecusum.h"
#include "ladder.h"
#include "recent.h"
#include <lull/event.h>
#include <lull/time.h>

struct lull_subject;

// What all series of a detector share.
struct lull_watch_env {
	const struct lull_detector_config *config;
	const struct lull_ladder *ladder;
};

// Upward CUSUM while a fall is open: from the share that remains to the share that is "back".
struct lull_recovery {
	float c;
	float remains, back; // shares of the forecast: null and alternative
	float k, l;          // since since_ns
	uint64_t tau_ns;     // start of the bin that lifted c
	uint64_t first_ns;   // first packet in it
	uint64_t quiet_ns;   // last packet before it
	uint64_t since_ns;   // what is back has been seen since: tau, or the end of a hole after it
};

// The present or last rise and fall. What a calm series does not need is not there.
struct lull_episode {
	uint64_t first_ns, before_ns; // first packet of the bin in the making, the last before it
	uint64_t surge_ns, surge_last_ns; // the present or last surge, or LULL_TIME_NONE
	uint64_t surge_high_ns;           // end of its last bin above the normal range
	uint64_t alarm_ns;                // end of the bin that alarmed
	float surge_peak;                 // largest ratio to the forecast in it
	float evidence;                   // largest statistic since the alarm
	float fell_below;                 // share of the forecast it fell below, at the alarm
	struct lull_recovery recovery;
};

// In the order of use. A calm bin touches the middle, from the end of the tail to the beginning of
// the baseline, which is three lines of 64 bytes where the series begins at a line.
struct lull_watch {
	uint64_t chosen_ns;    // when the rung was chosen
	double weight;         // share of the budget
	uint32_t place;        // on the list of its rung
	uint32_t rung_bins;    // learnt on this rung
	float warm_s;          // exposure to be learnt before it is judged
	uint32_t warm_bins;    // and bins
	struct lull_tail tail; // its history while calm
	uint8_t state;         // enum lull_state: LEARNING, NOT_MEASURABLE or UP
	uint8_t wary;          // how much speaks for keeping its history in full
	uint8_t rung, wanted;  // rung it is on; rung it should be moved to
	bool known;            // it was UP once
	bool fresh;            // its first bin is partial: drop it
	bool wide, held;       // owner's word: its history is wanted in full; it must not learn now
	bool surging, alarmed, recovered;
	float rate, floor; // forecast per second and least normal share, as aimed at
	float per_grain;   // one over the packets that count as one
	float h;
	uint32_t judged; // bins judged
	struct lull_ecusum bank;
	uint64_t k, last_ns;          // of the bin in the making; last packet of all
	struct lull_recent_bin last;  // the bin judged last
	struct lull_subject *owner;   // whose series it is; NULL for control series
	struct lull_recent *recent;   // its history from the first signs of suspicion on, else NULL
	struct lull_episode *episode; // NULL until it first rose or fell
	uint64_t suspect_ns;          // where the present suspicion began, or LULL_TIME_NONE
	struct lull_baseline base;
	struct lull_ecusum_starts starts;
};

// What is known of a series when it begins.
struct lull_watch_seed {
	double packets, seen_s; // before the present bin: they seed the level
	double rate;            // packets per second, the present bin included: chooses the rung
};

// weight: share of the budget. time_ns: start of the present bin.
void lull_watch_init(struct lull_watch *s, const struct lull_watch_env *env, double weight,
	const struct lull_watch_seed *seed, uint64_t time_ns);
void lull_watch_finish(struct lull_watch *s);

// Count packets of one base bin; first, last: their times.
static inline void lull_watch_count(
	struct lull_watch *s, uint64_t packets, uint64_t first_ns, uint64_t last_ns)
{
	if (packets == 0)
		return;
	if (s->k == 0 && s->episode) {
		s->episode->before_ns = s->last_ns;
		s->episode->first_ns = first_ns;
	}
	s->k += packets;
	s->last_ns = last_ns;
}

// Close the bin of its rung. 0 or -ENOMEM. Afterwards alarmed, recovered and wanted may have
// changed.
int lull_watch_judge(
	struct lull_watch *s, const struct lull_watch_env *env, const struct lull_period *span);

// Is nothing to be seen of a rise or a fall?
static inline bool lull_watch_calm(const struct lull_watch *s)
{
	return s->suspect_ns == LULL_TIME_NONE && !s->surging && !s->alarmed;
}

// The threshold for its share of the budget on its rung.
double lull_watch_threshold(const struct lull_watch *s, const struct lull_watch_env *env);

// Give it another share of the budget; an alarm that stands keeps its threshold.
void lull_watch_weigh(struct lull_watch *s, const struct lull_watch_env *env, double weight);

// Put it on the rung it wants; the caller moves it between its lists. 0 or -ENOMEM.
int lull_watch_move(struct lull_watch *s, const struct lull_watch_env *env);

// A hole of gap_ns that ends now: statistics start anew; beyond an hour the level has to be learnt
// again. A fall that alarmed goes on; whether it is over has to show itself after the hole. 0 or
// -ENOMEM.
int lull_watch_gap(
	struct lull_watch *s, const struct lull_watch_env *env, uint64_t gap_ns, uint64_t now_ns);

// In recovery.c. The fall turned out to leave at most this share: what recovery is measured from.
void lull_watch_remains(struct lull_watch *s, double share);
// It came back for too short a time: the fall goes on.
void lull_watch_relapse(struct lull_watch *s);
// The fall is over: judge again; the level adapts quickly at first.
void lull_watch_clear(struct lull_watch *s, const struct lull_watch_env *env);
// What carries now is normal from now on (level shift): learn it.
void lull_watch_relearn(struct lull_watch *s, const struct lull_watch_env *env);

// For series that are only evidence, whose alarms make no event: end what is over. A fall that
// stayed at a level other than zero for six hours is learnt.
void lull_watch_tend(struct lull_watch *s, const struct lull_watch_env *env, uint64_t now_ns);

// Did it come back for good: hold_ns long, and on the whole at a share that counts as back?
// -1: no, it relapsed; 0: not yet known; 1: yes.
int lull_watch_settled(struct lull_watch *s, uint64_t hold_ns, uint64_t now_ns);

// Counts, forecast and seconds of the bins that start at or after from_ns, with the bin in the
// making where it does too.
struct lull_recent_sum lull_watch_since(
	const struct lull_watch *s, const struct lull_watch_env *env, uint64_t from_ns);

// The same of the bins that were judged, alone.
struct lull_recent_sum lull_watch_judged(const struct lull_watch *s, uint64_t from_ns);
// Forget what it was before from_ns, but never the last bin.
void lull_watch_forget(struct lull_watch *s, uint64_t from_ns);
// Its history, of at least one bin once it is known. It may be written to *room and lie there.
const struct lull_recent *lull_watch_history(const struct lull_watch *s, struct lull_recent *room);

// Will its next calm bin teach it nothing yet?
bool lull_watch_dull(const struct lull_watch *s);

// Packets per second expected at a time.
double lull_watch_rate(const struct lull_watch *s, uint64_t time_ns);
// Seconds of silence until it would alarm at that time: h phi/(rho lambda), and at least the two
// bins no alarm can do without (one of an hour). INFINITY without traffic.
double lull_watch_delay(
	const struct lull_watch *s, const struct lull_watch_env *env, uint64_t time_ns);
