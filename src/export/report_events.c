// SPDX-License-Identifier: BSD-3-Clause
// The first section of the report: what happened, a sentence an event, or what silence would have
// been noticed. Events of a target's members and services that fell with it are told under it.

#include "export/details.h"
#include "export/report.h"
#include "export/words.h"

#include <lull/time.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 40   // events told in full; the others are counted
#define BRIEF 12   // series of which more fell are told a sentence each
#define PROMISES 3 // targets for which the delay is told when nothing happened
#define SLACK_NS (10 * LULL_NS_PER_SECOND) // onsets this near are one story

bool lull_report_is_outage(const struct lull_event *e)
{
	return e->kind == LULL_OUTAGE && e->state != LULL_LEVEL_SHIFT &&
	       e->state != LULL_MEASUREMENT;
}

static double weight(const struct lull_event *e)
{
	double lost = e->expected_pps * e->lost.value;
	return isfinite(lost) ? lost : 0;
}

static bool weightier(const struct lull_event *a, const struct lull_event *b)
{
	if (lull_report_is_outage(a) != lull_report_is_outage(b))
		return lull_report_is_outage(a);
	return weight(a) > weight(b);
}

size_t lull_report_rank(const struct lull_report *r, size_t *order, size_t limit)
{
	size_t n = 0;
	for (size_t i = 0; i < r->kept->n; i++) {
		size_t at = n;
		while (at > 0 && weightier(r->kept->events[i], r->kept->events[order[at - 1]]))
			at--;
		if (at >= limit)
			continue;
		n += n < limit;
		memmove(order + at + 1, order + at, (n - at - 1) * sizeof(*order));
		order[at] = i;
	}
	return n;
}

static int earlier(const void *a, const void *b)
{
	const struct lull_event *x = *(const struct lull_event *const *)a;
	const struct lull_event *y = *(const struct lull_event *const *)b;
	if (x->onset.ns != y->onset.ns)
		return x->onset.ns < y->onset.ns ? -1 : 1;
	if (x->target != y->target)
		return x->target < y->target ? -1 : 1;
	return strcmp(x->id, y->id);
}

static bool is_inside(const struct lull_report *r, uint32_t target, uint32_t other)
{
	size_t n = lull_targets_count(r->options->targets);
	for (size_t depth = 0; depth < n && target != LULL_NO_TARGET; depth++) {
		target = lull_targets_parent(r->options->targets, target);
		if (target == other)
			return target != LULL_NO_TARGET;
	}
	return false;
}

// True when `part` is the story of `whole` told again for a target inside it.
static bool covers(
	const struct lull_report *r, const struct lull_event *whole, const struct lull_event *part)
{
	if (whole == part || whole->kind != part->kind || whole->onset.hi_ns == LULL_TIME_NONE ||
		part->onset.hi_ns == LULL_TIME_NONE)
		return false;
	uint64_t slack = SLACK_NS + whole->bin_ns;
	return part->onset.lo_ns <= whole->onset.hi_ns + slack &&
	       whole->onset.lo_ns <= part->onset.hi_ns + slack &&
	       is_inside(r, part->target, whole->target);
}

static const char *color_of(const struct lull_event *e)
{
	if (!lull_report_is_outage(e))
		return "\033[36m"; // cyan: nothing is down
	return e->state == LULL_SUSPECTED ? "\033[33m" : "\033[1;31m";
}

static void tell(const struct lull_report *r, const struct lull_event *e, struct lull_text *t)
{
	bool color = r->options->color;
	lull_text_add(t, "%s", color ? color_of(e) : "");
	lull_sentence(t, e, r->style);
	lull_text_add(t, "%s\n", color ? "\033[0m" : "");
}

static void tell_all(const struct lull_report *r, const struct lull_event **events, size_t n,
	struct lull_text *t)
{
	bool told[SHOWN] = {false};
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < n; i++) {
			bool part = false;
			for (size_t j = 0; j < n && pass == 0; j++)
				part |= covers(r, events[j], events[i]);
			if (told[i] || part)
				continue;
			told[i] = true;
			lull_text_add(t, "\n");
			tell(r, events[i], t);
			lull_details(t, events[i], r->style);
			for (size_t j = 0; j < n; j++) {
				if (told[j] || !covers(r, events[i], events[j]))
					continue;
				told[j] = true;
				lull_text_add(t, "  ");
				tell(r, events[j], t);
			}
		}
	}
}

// A line each.
static void tell_briefly(const struct lull_report *r, const struct lull_event **events, size_t n,
	struct lull_text *t)
{
	lull_text_add(t, "\n");
	for (size_t i = 0; i < n; i++)
		tell(r, events[i], t);
	lull_text_add(t,
		"\nA fault of whoever measured this would look the same. The figures of each: "
		"--format csv.\n");
}

static void count(struct lull_text *t, size_t n, const char *what, size_t *said)
{
	char text[LULL_WORDS];
	if (n == 0)
		return;
	lull_text_add(t, "%s%s %s%s", (*said)++ > 0 ? ", " : "", lull_text_count(n, text), what,
		n == 1 ? "" : "s");
}

// No alarm comes of a target that is learning or too small, whatever its delay would be.
static bool is_judged(const struct lull_target_status *s)
{
	return isfinite(s->detectable_delay_s) && s->state != LULL_LEARNING &&
	       s->state != LULL_NOT_MEASURABLE;
}

// Targets whose silence would have gone unnoticed.
static size_t blind_targets(const struct lull_summary *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n_targets; i++)
		n += !is_judged(&s->targets[i]);
	return n;
}

// The plural takes an s where it is no series.
static const char *thing(const struct lull_report *r)
{
	return r->style.series ? "series" : "target";
}

// "1 outage and 1 re-route in 6 targets, 2025-06-07 00:00:00 to 18:00:00 UTC (18 h)".
static void headline(const struct lull_report *r, struct lull_text *t)
{
	const struct lull_summary *s = r->summary;
	char a[LULL_WORDS], b[LULL_WORDS], c[LULL_WORDS];
	size_t outages = 0, moved = 0, rises = 0, shifts = 0, faults = 0, said = 0;
	for (size_t i = 0; i < r->kept->n; i++) {
		const struct lull_event *e = r->kept->events[i];
		bool fault = e->kind == LULL_TAP || e->state == LULL_MEASUREMENT;
		bool shift = !fault && e->state == LULL_LEVEL_SHIFT;
		faults += fault;
		shifts += shift;
		moved += !fault && !shift && e->kind == LULL_REROUTE;
		rises += !fault && !shift && e->kind == LULL_SURGE;
		outages += lull_report_is_outage(e);
	}
	bool judged = blind_targets(s) < s->n_targets;
	if (s->n_targets == 0)
		lull_text_add(t, "No targets, nothing was watched");
	else if (outages == 0)
		lull_text_add(t, "No %s%s", judged || r->kept->n > 0 ? "outage" : "verdict",
			moved + rises + shifts + faults > 0 ? ", " : "");
	count(t, outages, "outage", &said);
	count(t, moved, "re-route", &said);
	count(t, rises, "surge", &said);
	count(t, shifts, "level shift", &said);
	count(t, faults, "measurement fault", &said);
	count(t, lull_kept_dropped(r->kept), "event", &said);
	if (s->n_targets > 0)
		lull_text_add(t, " in %s %s%s", lull_text_count(s->n_targets, a), thing(r),
			s->n_targets == 1 || r->style.series ? "" : "s");
	if (s->first_ns != LULL_TIME_NONE && s->last_ns != LULL_TIME_NONE &&
		s->last_ns >= s->first_ns)
		lull_text_add(t, ", %s to %s UTC (%s)",
			lull_words_time(s->first_ns, LULL_TIME_NONE, 0, a),
			lull_words_time(s->last_ns, s->first_ns, 0, b),
			lull_duration_format(s->last_ns - s->first_ns, c));
	else
		lull_text_add(t, ", no packet with a time");
	lull_text_add(t, "\n");
}

// What would not have gone unnoticed: the busiest targets with a delay.
static void promise(const struct lull_report *r, struct lull_text *t)
{
	const struct lull_summary *s = r->summary;
	size_t order[PROMISES], blind = blind_targets(s);
	size_t n = lull_report_busiest(r, order, PROMISES), said = 0;
	char delay[LULL_WORDS];
	for (size_t i = 0; i < n; i++) {
		const struct lull_target_status *x = &s->targets[order[i]];
		if (!is_judged(x))
			continue;
		lull_text_add(t, "%s", said++ > 0 ? ", of " : "Silence of ");
		lull_words_plain(
			t, lull_targets_name(r->options->targets, x->target), r->style.ascii);
		lull_text_add(t, " %s%s", said == 1 ? "would have been noticed within " : "within ",
			lull_words_delay(x->detectable_delay_s, delay));
	}
	if (said > 0)
		lull_text_add(t, ".\n");
	char all[28];
	if (blind > 0)
		lull_text_add(t, "%s of %s %s%s could not be judged: %s (see the table).\n",
			lull_text_count(blind, delay), lull_text_count(s->n_targets, all), thing(r),
			s->n_targets == 1 || r->style.series ? "" : "s",
			r->style.series ? "too small, too noisy or too short"
					: "too little traffic or history");
}

void lull_report_events(const struct lull_report *r, struct lull_text *t)
{
	size_t order[SHOWN];
	const struct lull_event *events[SHOWN];
	char text[LULL_WORDS];
	headline(r, t);
	if (r->style.series)
		lull_report_together(r, t);
	size_t n = lull_report_rank(r, order, SHOWN);
	if (n == 0)
		promise(r, t);
	for (size_t i = 0; i < n; i++)
		events[i] = r->kept->events[order[i]];
	qsort(events, n, sizeof(events[0]), earlier);
	if (r->style.series && n > BRIEF)
		tell_briefly(r, events, n, t);
	else
		tell_all(r, events, n, t);
	size_t more = r->kept->n + lull_kept_dropped(r->kept) - n;
	if (more > 0)
		lull_text_add(t, "\n%s more events: --format jsonl has them all.\n",
			lull_text_count(more, text));
}
