// SPDX-License-Identifier: BSD-3-Clause
// Checks src/export/sentence.c and details.c: every kind and state of event in its own words.

#include "export/details.h"
#include "export/sentence.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <string.h>

static void says(struct lull_event e, bool ascii, bool over, const char *expected)
{
	struct lull_text t = {0};
	lull_sentence(&t, &e, (struct lull_sentence_style){.ascii = ascii, .over = over});
	cr_expect_str_eq(t.data, expected, "got: %s", t.data);
	lull_text_finish(&t);
}

Test(sentence, an_outage_that_is_over)
{
	says(sample_outage(), false, true,
		"kp: 99.8 % of outbound traffic gone from 2025-06-07 03:14:07.123 UTC (±0.4 s), "
		"back 12:20:41, all 2 upstreams, tap healthy");
	struct lull_event e = sample_outage();
	e.observed_pps = 0;
	e.lost = (struct lull_estimate){1, 0.9991, 1};
	e.end.ns += 24 * SAMPLE_H; // another day: its date is told
	says(e, true, true,
		"kp: all outbound traffic gone from 2025-06-07 03:14:07.123 UTC (+-0.4 s), "
		"back 2025-06-08 12:20:41, all 2 upstreams, tap healthy");
}

Test(sentence, an_outage_that_is_not_over)
{
	says(sample_open(LULL_CONFIRMED), true, true,
		"kp: 99.8 % of outbound traffic gone from 2025-06-07 03:14:07.123 UTC (+-0.4 s), "
		"still gone at the end of the capture, all 2 upstreams, tap healthy");
	says(sample_open(LULL_CONFIRMED), true, false,
		"kp: 99.8 % of outbound traffic gone from 2025-06-07 03:14:07.123 UTC (+-0.4 s), "
		"still gone, all 2 upstreams, tap healthy");
	says(sample_open(LULL_RECOVERING), true, true,
		"kp: 99.8 % of outbound traffic gone from 2025-06-07 03:14:07.123 UTC (+-0.4 s), "
		"coming back, all 2 upstreams, tap healthy");
	struct lull_event e = sample_outage();
	e.state = LULL_RECOVERING;
	e.scope = LULL_SCOPE_UNKNOWN;
	e.n_parts = 1;
	says(e, true, true,
		"kp: 99.8 % of outbound traffic gone from 2025-06-07 03:14:07.123 UTC (+-0.4 s), "
		"coming back since 12:20:41, one upstream seen, tap healthy");
}

Test(sentence, a_suspicion_says_why_it_is_no_more)
{
	says(sample_partial(), true, true,
		"kp: 60 % (55 to 65.2 %) of outbound traffic gone from 2025-06-07 03:14:07 UTC "
		"(+-12 s), still down at the end of the capture, over unicom only (of 2), tap "
		"unverified; suspected, not confirmed: what the tap lost is not known");
	struct lull_event e = sample_open(LULL_SUSPECTED);
	e.loss = LULL_LOSS_KNOWN;
	e.lost_packets = 5000;
	e.n_parts = 0;
	says(e, true, true,
		"kp: 99.8 % of outbound traffic gone from 2025-06-07 03:14:07.123 UTC (+-0.4 s), "
		"still gone at the end of the capture, tap healthy; suspected, not confirmed: "
		"losses of the tap may explain it");
}

Test(sentence, a_one_way_tap_says_who_gets_no_answer)
{
	struct lull_event e = sample_outage();
	e.basis = LULL_FLOWS;
	e.state = LULL_SUSPECTED;
	e.end = (struct lull_instant){LULL_TIME_NONE, LULL_TIME_NONE, LULL_TIME_NONE};
	e.lost = (struct lull_estimate){0.92, 0.8, 0.97};
	says(e, false, true,
		"kp: 92 % of the TCP flows toward it get no answer from 2025-06-07 03:14:07.123 "
		"UTC "
		"(±0.4 s), still so at the end of the capture, tap healthy; suspected, not "
		"confirmed: "
		"the tap sees nothing that comes out");
}

Test(sentence, a_reroute_is_no_outage)
{
	says(sample_moved(), true, true,
		"kp: traffic moved from unicom to ttk at 2025-06-07 03:14:07.123 UTC (+-0.4 s), "
		"still there at the end of the capture: no outage");
	struct lull_event e = sample_moved();
	e.state = LULL_ENDED;
	e.end = sample_outage().end;
	e.upstream = "all";
	e.n_parts = 1; // where it went is not known
	says(e, true, true,
		"kp: traffic moved from unicom to others at 2025-06-07 03:14:07.123 UTC (+-0.4 s), "
		"back 12:20:41: no outage");
}

Test(sentence, a_fault_of_the_tap_gives_no_verdict)
{
	says(sample_fault(), true, true,
		"kp: everything fell, the tap too, from 2025-06-07 03:14:07.123 UTC (+-0.4 s), "
		"still so at the end of the capture (other traffic at 2 % of its level): no "
		"verdict "
		"about kp");
}

Test(sentence, a_level_shift_is_no_longer_an_outage)
{
	says(sample_shift(), true, true,
		"kp: outbound traffic settled 60 % lower, at 40.5 packets/s, from "
		"2025-06-07 03:14:07 UTC (+-12 s), over unicom only (of 2): a new level, no longer "
		"an outage");
}

Test(sentence, one_upstream_and_many)
{
	struct lull_event e = sample_open(LULL_CONFIRMED);
	e.upstream = "unicom";
	says(e, true, false,
		"kp: 99.8 % of outbound traffic gone from 2025-06-07 03:14:07.123 UTC (+-0.4 s), "
		"still gone, over unicom, tap healthy");
	e = sample_open(LULL_CONFIRMED);
	e.scope = LULL_SCOPE_SOME;
	for (e.n_parts = 0; e.n_parts < 6; e.n_parts++)
		e.parts[e.n_parts] = (struct lull_scope_part){"x", 10, 0, e.n_parts < 5 ? 1 : 0};
	says(e, true, false,
		"kp: 99.8 % of outbound traffic gone from 2025-06-07 03:14:07.123 UTC (+-0.4 s), "
		"still gone, over 5 upstreams only (of 6), tap healthy");
}

Test(sentence, nothing_known_and_hostile_names_still_make_a_sentence)
{
	says(sample_hostile(), true, true,
		"a?[31m\"b\",????z: an unknown share of outbound traffic gone from an unknown "
		"time, "
		"still gone at the end of the capture, all 2 upstreams, tap healthy; suspected, "
		"not "
		"confirmed: losses of the tap may explain it");
}

static void details(struct lull_event e, int width, const char *expected)
{
	struct lull_text t = {0};
	lull_details(
		&t, &e, (struct lull_sentence_style){.ascii = true, .over = true, .width = width});
	cr_expect_str_eq(t.data, expected, "got:\n%s", t.data);
	lull_text_finish(&t);
}

Test(sentence, the_figures_stand_under_it)
{
	details(sample_outage(), 0,
		"    lost      99.5 to over 99.9 %: 0.2 packets/s left of 101 expected\n"
		"    time      9 h 7 min; began between 03:14:06.723 and 03:14:07.423, ended "
		"between "
		"12:20:40.500 and 12:20:41.500; noticed 03:14:12, 4.9 s after the onset\n"
		"    how sure  chance does not explain it: evidence 512.2 nats, the alarm needs "
		"17.2 (one false alarm a month over all targets is allowed)\n"
		"    upstreams unicom 0.1 of 60 packets/s; ttk 0.1 of 41.4 packets/s\n"
		"    inbound   95 packets/s to it, 120 before: others still try to reach it\n"
		"    flows     of the TCP flows toward it 88 % repeat themselves, 5 % before\n"
		"    routers   answer \"no route\" 3.2/s, more than before\n"
		"    tap       healthy: other traffic at 99 % of its level; no loss reported\n"
		"    cause     internal-shutdown, weight 70 %: all routes at once; no surge "
		"before\n"
		"              upstream-failure, weight 30 %: two upstreams failing together is "
		"rare\n"
		"    caution   learnt from 5 min only: no daily shape is known\n"
		"              traffic that moved to a path without a tap would look the same\n");
}

Test(sentence, large_evidence_is_written_out)
{
	struct lull_event e = sample_outage();
	struct lull_text t = {0};
	e.evidence = 17916.4;
	lull_details(&t, &e, (struct lull_sentence_style){.ascii = true});
	cr_expect_not_null(strstr(t.data, ": evidence 17,916 nats, the alarm needs 17.2 ("));
	lull_text_finish(&t);
}

Test(sentence, a_fault_of_the_tap_shows_no_evidence_against_the_target)
{
	details(sample_fault(), 60,
		"    time      9 h 8 min so far; began between 03:14:06.723\n"
		"              and 03:14:07.423; noticed 03:14:12, 4.9 s\n"
		"              after the onset\n"
		"    upstreams unicom 0.1 of 60 packets/s; ttk 0.1 of 41.4\n"
		"              packets/s\n"
		"    tap       failed: other traffic at 2 % of its level; no\n"
		"              loss reported\n");
}

Test(sentence, a_series_has_values_and_no_tap)
{
	struct lull_event e = sample_partial();
	struct lull_sentence_style style = {.ascii = true, .series = true, .over = true};
	struct lull_text t = {0};
	e.n_parts = 0;
	e.scope = LULL_SCOPE_UNKNOWN;
	lull_sentence(&t, &e, style);
	lull_text_add(&t, "\n");
	lull_details(&t, &e, style);
	cr_expect_not_null(strstr(t.data,
		"kp: 60 % (55 to 65.2 %) gone from 2025-06-07 03:14:07 UTC (+-12 s), still down at "
		"the "
		"end of the series; suspected, not confirmed: it has to stand for another bin\n"
		"    lost      55 to 65.2 %: 40.5 left of "));
	cr_expect_not_null(strstr(t.data, "over all series is allowed"));
	cr_expect_not_null(strstr(t.data, "whoever measured this"));
	static const char *const never[] = {
		"tap", "packet", "cause ", "upstream", "capture", "path"};
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		cr_expect_null(strstr(t.data, never[i]), "%s: %s", never[i], t.data);
	lull_text_finish(&t);
}
