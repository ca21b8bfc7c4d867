// SPDX-License-Identifier: BSD-3-Clause
// The figures behind the sentence of an event. A line that has nothing to say is left out.

#include "export/details.h"
#include "export/words.h"

#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PARTS_SHOWN 6
#define CAUSE_SHOWN 0.05 // weight of a cause beside the first
#define INDENT 14        // of what follows a label
#define DAY_NS (86400 * LULL_NS_PER_SECOND)

static void label(struct lull_text *t, const char *what)
{
	lull_text_add(t, "    %-9s ", what);
}

static void lost(struct lull_text *t, const struct lull_event *e, bool series)
{
	char a[LULL_WORDS], b[LULL_WORDS], c[LULL_WORDS];
	if (!isfinite(e->expected_pps) || !isfinite(e->observed_pps) || e->basis == LULL_FLOWS)
		return;
	label(t, "lost");
	lull_text_add(t, "%s: %s%s left of %s expected\n",
		lull_words_interval(e->lost.lo, e->lost.hi, a), lull_words_rate(e->observed_pps, b),
		series ? "" : " packets/s", lull_words_rate(e->expected_pps, c));
}

// "between 03:14:06.7 and 03:14:07.5", or "at 03:14:07" when that is the same moment.
static void between(struct lull_text *t, const struct lull_instant *i, uint64_t day)
{
	char a[LULL_WORDS], b[LULL_WORDS];
	int digits = i->hi_ns - i->lo_ns < 10 * LULL_NS_PER_SECOND ? 3 : 0;
	lull_words_time(i->lo_ns, day, digits, a);
	lull_words_time(i->hi_ns, day, digits, b);
	if (strcmp(a, b) == 0)
		lull_text_add(t, "at %s", a);
	else
		lull_text_add(t, "between %s and %s", a, b);
}

static bool has_interval(const struct lull_instant *i)
{
	return i->ns != LULL_TIME_NONE && i->lo_ns != LULL_TIME_NONE && i->hi_ns != LULL_TIME_NONE;
}

static void times(struct lull_text *t, const struct lull_event *e)
{
	char text[LULL_WORDS];
	uint64_t from = e->onset.ns;
	bool open = e->end.ns == LULL_TIME_NONE;
	uint64_t to = open ? e->revised_ns : e->end.ns;
	if (!has_interval(&e->onset))
		return;
	label(t, "time");
	if (to != LULL_TIME_NONE && to > from)
		lull_text_add(
			t, "%s%s; ", lull_duration_format(to - from, text), open ? " so far" : "");
	lull_text_add(t, "began ");
	between(t, &e->onset, from);
	if (has_interval(&e->end)) {
		lull_text_add(t, ", ended ");
		between(t, &e->end, from);
	}
	if (e->detected_ns != LULL_TIME_NONE) {
		lull_text_add(t, "; noticed %s", lull_words_time(e->detected_ns, from, 0, text));
		uint64_t delay = e->detected_ns - from;
		if (e->detected_ns > from)
			lull_text_add(t, ", %s after the onset",
				delay < 10 * LULL_NS_PER_SECOND
					? lull_words_width(delay, text)
					: lull_duration_format(delay, text));
	}
	lull_text_add(t, "\n");
}

// Nats beyond the threshold in words. The steps are powers of ten of the odds: 10, 1000, 1e6.
static const char *how_sure(double excess)
{
	return excess < 0       ? "not past the threshold"
	       : excess < 2.303 ? "just past the threshold"
	       : excess < 6.908 ? "unlikely to be chance"
	       : excess < 13.82 ? "very unlikely to be chance"
				: "chance does not explain it";
}

// "512.2", "17,916": four digits, or whole ones.
static char *nats(double n, char *out)
{
	if (fabs(n) >= 1000 && fabs(n) < 1e18)
		return lull_text_count((uint64_t)llround(fabs(n)), out);
	snprintf(out, LULL_WORDS, "%.4g", n);
	return out;
}

static void evidence(struct lull_text *t, const struct lull_event *e, bool series)
{
	static const char *const of[LULL_BASES] = {"", " in distinct sources",
		" in bins with any packet", " in connections opened or answered", ""};
	char budget[LULL_WORDS], text[LULL_WORDS];
	if (!isfinite(e->evidence) || !isfinite(e->threshold))
		return;
	double excess = e->evidence - e->threshold;
	label(t, "how sure");
	lull_text_add(t,
		"%s: evidence %s nats%s, the alarm needs %.3g (%s over all %s is allowed)\n",
		how_sure(excess), nats(e->evidence, text), of[e->basis], e->threshold,
		lull_words_budget(e->budget_per_day, budget), series ? "series" : "targets");
}

static void upstreams(struct lull_text *t, const struct lull_event *e, bool ascii)
{
	char a[LULL_WORDS], b[LULL_WORDS];
	if (e->n_parts < 2)
		return;
	label(t, "upstreams");
	for (size_t i = 0; i < e->n_parts && i < PARTS_SHOWN; i++) {
		lull_text_add(t, "%s", i > 0 ? "; " : "");
		lull_words_plain(t, e->parts[i].upstream, ascii);
		lull_text_add(t, " %s of %s packets/s",
			lull_words_rate(e->parts[i].observed_pps, a),
			lull_words_rate(e->parts[i].expected_pps, b));
	}
	if (e->n_parts > PARTS_SHOWN)
		lull_text_add(t, "; %zu more", e->n_parts - PARTS_SHOWN);
	lull_text_add(t, "\n");
}

static void inbound(struct lull_text *t, const struct lull_event *e)
{
	char a[LULL_WORDS], b[LULL_WORDS];
	double before = e->before.in_packets, during = e->during.in_packets;
	if (!(before > 0) || !isfinite(before) || !isfinite(during))
		return;
	double ratio = during / before;
	label(t, "inbound");
	lull_text_add(t, "%s packets/s to it, %s before: %s\n", lull_words_rate(during, a),
		lull_words_rate(before, b),
		ratio > 1.5   ? "more than before"
		: ratio > 0.7 ? "others still try to reach it"
		: ratio > 0.3 ? "fewer than before, others still try to reach it"
			      : "that fell too");
}

// Senders that got no answer any more; a flow now and then says nothing.
static void flows(struct lull_text *t, const struct lull_event *e)
{
	char a[LULL_WORDS], b[LULL_WORDS];
	const struct lull_signals *before = &e->before, *during = &e->during;
	if (!(during->tcp_stuck > 0) || !(during->tcp_stuck >= 0.5 * during->tcp_flows) ||
		!(before->tcp_flows >= 1) || !(before->tcp_stuck < 0.25 * before->tcp_flows))
		return;
	label(t, "flows");
	lull_text_add(t, "of the TCP flows toward it %s repeat themselves, %s before\n",
		lull_words_share(during->tcp_stuck / during->tcp_flows, a),
		lull_words_share(before->tcp_stuck / before->tcp_flows, b));
}

static void routers(struct lull_text *t, const struct lull_event *e)
{
	char a[LULL_WORDS];
	const struct {
		const char *what;
		double before, during;
	} kinds[] = {
		{"no route", e->before.unreach_noroute, e->during.unreach_noroute},
		{"prohibited", e->before.unreach_admin, e->during.unreach_admin},
		{"time exceeded", e->before.unreach_ttl, e->during.unreach_ttl},
	};
	int said = 0;
	for (size_t i = 0; i < 3; i++) {
		if (!(kinds[i].during >= 0.01) || kinds[i].during <= 2 * kinds[i].before)
			continue;
		if (said++ == 0)
			label(t, "routers");
		lull_text_add(t, "%s\"%s\" %s/s", said > 1 ? ", " : "answer ", kinds[i].what,
			lull_words_rate(kinds[i].during, a));
	}
	if (said > 0)
		lull_text_add(t, ", more than before\n");
}

static void causes(struct lull_text *t, const struct lull_event *e, bool ascii)
{
	char share[LULL_WORDS];
	for (size_t i = 0; i < e->n_causes; i++) {
		const struct lull_cause *c = &e->causes[i];
		if (i > 0 && !(c->weight >= CAUSE_SHOWN))
			continue;
		label(t, i == 0 ? "cause" : "");
		lull_words_plain(t, c->label, ascii);
		lull_text_add(t, ", weight %s: ", lull_words_share(c->weight, share));
		lull_words_plain(t, c->evidence, ascii);
		lull_text_add(t, "\n");
	}
}

static void caution(struct lull_text *t, const char *what, int *said)
{
	label(t, (*said)++ == 0 ? "caution" : "");
	lull_text_add(t, "%s\n", what);
}

// What lull cannot see.
static void cautions(struct lull_text *t, const struct lull_event *e, bool series)
{
	char a[LULL_WORDS];
	struct lull_text line = {0};
	int said = 0;
	if (series)
		caution(t, "a fault of whoever measured this would look the same", &said);
	if (!series && e->tap == LULL_TAP_UNVERIFIED)
		caution(t,
			"no other traffic to check the tap by: a fault of it would look the same",
			&said);
	if (e->tap == LULL_TAP_DEGRADED)
		caution(t, "other traffic of the tap fell too: part of this may be its fault",
			&said);
	if (!series && e->loss == LULL_LOSS_UNKNOWN && e->kind == LULL_OUTAGE)
		caution(t,
			"a tap that does not tell its losses cannot confirm: suspected is the most "
			"it can say",
			&said);
	if (e->loss == LULL_LOSS_KNOWN && e->state == LULL_SUSPECTED)
		caution(t, "it may all have been lost by the tap: confirmed only once it cannot",
			&said);
	if (e->learnt_ns < 7 * DAY_NS) {
		lull_text_add(&line, "learnt from %s only: no %s shape is known",
			lull_duration_format(e->learnt_ns, a),
			e->learnt_ns < DAY_NS ? "daily" : "weekly");
		caution(t, line.failed ? "learnt from little" : line.data, &said);
		lull_text_finish(&line);
	}
	if (e->basis == LULL_FLOWS)
		caution(t,
			"nothing that comes out of it passes the tap: senders who repeat "
			"themselves are all there is, and whoever forges many of them could make "
			"it",
			&said);
	else if (!series && e->kind == LULL_OUTAGE)
		caution(t, "traffic that moved to a path without a tap would look the same", &said);
}

// Whether the tap can be believed.
static void tap(struct lull_text *t, const struct lull_event *e)
{
	char a[LULL_WORDS];
	label(t, "tap");
	lull_text_add(t, "%s", lull_health_name(e->tap));
	if (isfinite(e->control_ratio))
		lull_text_add(t, ": other traffic at %s of its level",
			lull_words_share(e->control_ratio, a));
	if (e->loss == LULL_LOSS_NONE)
		lull_text_add(t, "; no loss reported\n");
	else if (e->loss == LULL_LOSS_KNOWN)
		lull_text_add(t, "; it lost %s packets meanwhile, of any target or none\n",
			lull_text_count(e->lost_packets, a));
	else
		lull_text_add(t, "; what it lost is not known: it does not tell\n");
}

static void lines(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	bool verdict = e->kind != LULL_TAP && e->state != LULL_MEASUREMENT;
	if (e->kind == LULL_OUTAGE && verdict)
		lost(t, e, s.series);
	times(t, e);
	if (verdict)
		evidence(t, e, s.series);
	upstreams(t, e, s.ascii);
	if (verdict && e->kind == LULL_OUTAGE && !s.series) {
		inbound(t, e);
		flows(t, e);
		routers(t, e);
	}
	if (!s.series)
		tap(t, e);
	if (verdict && !s.series)
		causes(t, e, s.ascii);
	if (verdict)
		cautions(t, e, s.series);
}

void lull_details(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s)
{
	struct lull_text all = {0};
	lines(&all, e, s);
	if (all.failed || s.width == 0) {
		lull_text_add(t, "%s", all.data != NULL ? all.data : "");
		t->failed |= all.failed;
	} else {
		for (char *line = all.data, *end; (end = strchr(line, '\n')) != NULL;
			line = end + 1) {
			*end = '\0';
			lull_words_wrap(t, line, s.width, INDENT);
			lull_text_add_bytes(t, "\n", 1);
		}
	}
	lull_text_finish(&all);
}
