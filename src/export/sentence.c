// SPDX-License-Identifier: BSD-3-Clause
// One sentence per event. The figures behind it are in details.c.

#include "export/sentence.h"
#include "export/words.h"

#include <lull/time.h>
#include <math.h>
#include <string.h>

#define NAMED 3                             // more upstreams are counted, not named
#define FELL 0.5                            // an upstream with this share lost has fallen
#define VAGUE_NS (600 * LULL_NS_PER_SECOND) // onsets known no better need no seconds
#define WIDE 0.02 // an interval of the share wider than this is shown in the sentence
#define LOST_ALL 0.9995

static void name(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	lull_words_plain(t, e->target_name, s.ascii);
}

static bool counts(const struct lull_scope_part *p, bool won)
{
	return won ? p->lost < 0 : p->lost >= FELL;
}

size_t lull_sentence_upstreams(
	struct lull_text *t, const struct lull_event *e, bool won, struct lull_sentence_style s)
{
	size_t n = 0, said = 0;
	for (size_t i = 0; i < e->n_parts; i++)
		n += counts(&e->parts[i], won);
	if (n > NAMED) {
		lull_text_add(t, "%zu upstreams", n);
		return n;
	}
	for (size_t i = 0; i < e->n_parts; i++) {
		if (!counts(&e->parts[i], won))
			continue;
		lull_text_add(t, "%s", said == 0 ? "" : said + 1 == n ? " and " : ", ");
		lull_words_plain(t, e->parts[i].upstream, s.ascii);
		said++;
	}
	return n;
}

// "all", "99.8 % of", "62 % (55 to 70 %) of". A series is not of anything.
static void share(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	char text[LULL_WORDS];
	if (e->lost.value >= LOST_ALL && e->observed_pps == 0) {
		lull_text_add(t, "all%s", s.series ? " of it" : "");
		return;
	}
	lull_text_add(t, "%s", lull_words_share(e->lost.value, text));
	if (e->lost.hi - e->lost.lo > WIDE)
		lull_text_add(t, " (%s)", lull_words_interval(e->lost.lo, e->lost.hi, text));
	lull_text_add(t, "%s", s.series ? "" : " of");
}

// "2025-06-07 03:14:07.123 UTC (+-0.4 s)".
static void onset(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	char text[LULL_WORDS];
	const struct lull_instant *o = &e->onset;
	if (o->ns == LULL_TIME_NONE || o->lo_ns == LULL_TIME_NONE || o->hi_ns == LULL_TIME_NONE) {
		lull_text_add(t, "%s%s", lull_words_time(o->ns, LULL_TIME_NONE, 0, text),
			o->ns == LULL_TIME_NONE ? "" : " UTC");
		return;
	}
	uint64_t before = o->ns > o->lo_ns ? o->ns - o->lo_ns : 0;
	uint64_t after = o->hi_ns > o->ns ? o->hi_ns - o->ns : 0;
	uint64_t width = before > after ? before : after;
	// Digits beyond what is known would be a lie.
	int digits = width < LULL_NS_PER_SECOND ? 3 : width < VAGUE_NS ? 0 : -1;
	lull_text_add(t, "%s UTC ", lull_words_time(o->ns, LULL_TIME_NONE, digits, text));
	lull_text_add(t, "(%s%s)", s.ascii ? "+-" : "±", lull_words_width(width, text));
}

static bool is_open(const struct lull_event *e)
{
	return e->end.ns == LULL_TIME_NONE;
}

// ", back 12:20:41" or what stands for it. still: "gone", "away", ...
static void end(struct lull_text *t, const struct lull_event *e, const char *still,
	struct lull_sentence_style s)
{
	char text[LULL_WORDS];
	lull_words_time(e->end.ns, e->onset.ns, 0, text);
	if (e->state == LULL_RECOVERING && is_open(e))
		lull_text_add(t, ", coming back");
	else if (e->state == LULL_RECOVERING)
		lull_text_add(t, ", coming back since %s", text);
	else if (!is_open(e))
		lull_text_add(t, ", back %s", text);
	else if (e->state == LULL_ENDED)
		lull_text_add(t, ", over since an unknown time");
	else
		lull_text_add(t, ", still %s%s", still,
			!s.over    ? ""
			: s.series ? " at the end of the series"
				   : " at the end of the capture");
}

bool lull_sentence_is_about_one(const struct lull_event *e)
{
	return e->upstream != NULL && e->upstream[0] != '\0' && strcmp(e->upstream, "all") != 0;
}

static void scope(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	if (lull_sentence_is_about_one(e)) {
		lull_text_add(t, ", over ");
		lull_words_plain(t, e->upstream, s.ascii);
		return;
	}
	if (e->n_parts == 0)
		return;
	if (e->scope == LULL_SCOPE_UNKNOWN) {
		lull_text_add(t, e->n_parts == 1 ? ", one upstream seen"
						 : ", not known over which upstreams");
	} else if (e->scope == LULL_SCOPE_ALL) {
		if (e->n_parts == 1)
			lull_text_add(t, ", its only upstream");
		else
			lull_text_add(t, ", all %zu upstreams", e->n_parts);
	} else {
		lull_text_add(t, ", over ");
		size_t n = lull_sentence_upstreams(t, e, false, s);
		if (n == 0)
			lull_text_add(t, "some upstreams");
		lull_text_add(t, " only (of %zu)", e->n_parts);
		if (e->scope == LULL_SCOPE_MOVED)
			lull_text_add(t, ", part of it moved to others");
	}
}

// Why a suspicion is not more than that.
static void doubt(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	if (e->state != LULL_SUSPECTED)
		return;
	if (s.series)
		lull_text_add(t, "; suspected, not confirmed: it has to stand for another bin");
	else if (e->loss == LULL_LOSS_UNKNOWN)
		lull_text_add(t, "; suspected, not confirmed: what the tap lost is not known");
	else if (e->loss == LULL_LOSS_KNOWN && e->lost_packets > 0)
		lull_text_add(t, "; suspected, not confirmed: losses of the tap may explain it");
	else if (e->tap == LULL_TAP_DEGRADED)
		lull_text_add(t, "; suspected, not confirmed: the tap's other traffic fell too");
	else
		lull_text_add(t, "; suspected, not confirmed");
}

static void outage(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	name(t, e, s);
	lull_text_add(t, ": ");
	share(t, e, s);
	lull_text_add(t, s.series ? " gone from " : " outbound traffic gone from ");
	onset(t, e, s);
	end(t, e, e->lost.value < LOST_ALL && e->lost.value < 0.95 ? "down" : "gone", s);
	scope(t, e, s);
	if (!s.series)
		lull_text_add(t, ", tap %s", lull_health_name(e->tap));
	doubt(t, e, s);
}

// A one-way tap: what is seen are those that send to it.
static void stalled(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	char text[LULL_WORDS];
	name(t, e, s);
	lull_text_add(t, ": %s of the TCP flows toward it get no answer from ",
		lull_words_share(e->lost.value, text));
	onset(t, e, s);
	end(t, e, "so", s);
	lull_text_add(t, ", tap %s", lull_health_name(e->tap));
	if (e->state == LULL_SUSPECTED)
		lull_text_add(t, "; suspected, not confirmed: the tap sees nothing that comes out");
}

static void reroute(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	struct lull_text to = {0};
	size_t won = lull_sentence_upstreams(&to, e, true, s);
	name(t, e, s);
	lull_text_add(t, ": traffic moved from ");
	if (lull_sentence_is_about_one(e))
		lull_words_plain(t, e->upstream, s.ascii);
	else if (lull_sentence_upstreams(t, e, false, s) == 0)
		lull_text_add(t, "one upstream");
	lull_text_add(t, " to %s at ", won > 0 && !to.failed ? to.data : "others");
	onset(t, e, s);
	end(t, e, "there", s);
	lull_text_add(t, ": no outage");
	lull_text_finish(&to);
}

static void surge(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	char text[LULL_WORDS];
	name(t, e, s);
	lull_text_add(t, ": %sup by %s from ", s.series ? "" : "outbound traffic ",
		lull_words_share(fmax(-e->lost.value, 0.0), text));
	onset(t, e, s);
	end(t, e, "there", s);
	lull_text_add(t, ": a surge, no outage");
}

static void measurement(
	struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	char text[LULL_WORDS];
	name(t, e, s);
	lull_text_add(t, ": everything fell, the tap too, from ");
	onset(t, e, s);
	end(t, e, "so", s);
	if (isfinite(e->control_ratio))
		lull_text_add(t, " (other traffic at %s of its level)",
			lull_words_share(e->control_ratio, text));
	lull_text_add(t, ": no verdict about ");
	name(t, e, s);
}

static void level_shift(
	struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	char text[LULL_WORDS], rate[LULL_WORDS];
	bool higher = e->lost.value < 0;
	name(t, e, s);
	lull_text_add(t, ": %ssettled %s %s, at %s%s, from ", s.series ? "" : "outbound traffic ",
		lull_words_share(fabs(e->lost.value), text), higher ? "higher" : "lower",
		lull_words_rate(e->observed_pps, rate), s.series ? "" : " packets/s");
	onset(t, e, s);
	scope(t, e, s);
	lull_text_add(t, ": a new level, no longer an outage");
}

void lull_sentence(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	if (e->basis == LULL_FLOWS)
		stalled(t, e, s);
	else if (e->kind == LULL_TAP || e->state == LULL_MEASUREMENT)
		measurement(t, e, s);
	else if (e->state == LULL_LEVEL_SHIFT)
		level_shift(t, e, s);
	else if (e->kind == LULL_SURGE)
		surge(t, e, s);
	else if (e->kind == LULL_REROUTE)
		reroute(t, e, s);
	else
		outage(t, e, s);
}
