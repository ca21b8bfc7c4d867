// SPDX-License-Identifier: BSD-3-Clause
// Checks src/export/codf.c: outages, each once, with the uncertainty and the share others leave
// out.

#include "export/exporters.h"
#include "exported.h"
#include "sample.h"

Test(codf, an_outage_is_one_object_however_many_revisions_it_had)
{
	struct lull_event a = sample_open(LULL_SUSPECTED), b = sample_open(LULL_CONFIRMED),
			  c = sample_outage();
	const struct lull_event *events[] = {&a, &b, &c};
	cr_expect_str_eq(exported(&lull_exporter_codf, "ixp-1", events, 3),
		"{\"location\":\"target/kp\",\"start\":1749266047,\"duration\":32794,"
		"\"uncertainty\":0.423457,\"status\":0,\"fraction\":0.998,\"score\":512.25,"
		"\"location_name\":\"kp\",\"overlaps_window\":false,"
		"\"datasource\":\"lull/ixp-1\",\"method\":\"e-detector\"}\n");
}

Test(codf, start_and_uncertainty_cover_the_onset_interval)
{
	struct lull_event e = sample_partial(); // 12 s before to 0.3 s after
	char *text = exported(&lull_exporter_codf, NULL, (const struct lull_event *[]){&e}, 1);
	cr_expect_not_null(strstr(text, "\"start\":1749266047,"));
	cr_expect_not_null(strstr(text, "\"uncertainty\":11.8765,"));
	cr_expect_not_null(strstr(text, "\"overlaps_window\":true,\"datasource\":\"lull\","));
}

Test(codf, what_it_cannot_say_is_left_out)
{
	struct lull_event moved = sample_moved(), fault = sample_fault(), shift = sample_shift(),
			  hostile = sample_hostile(); // its onset is not known
	const struct lull_event *events[] = {&moved, &fault, &shift, &hostile};
	cr_expect_str_eq(exported(&lull_exporter_codf, NULL, events, 4), "");
}

Test(codf, an_outage_that_turned_out_to_be_the_tap_is_withdrawn)
{
	struct lull_event a = sample_open(LULL_SUSPECTED), b = a;
	b.state = LULL_MEASUREMENT;
	b.kind = LULL_TAP;
	const struct lull_event *events[] = {&a, &b};
	cr_expect_str_eq(exported(&lull_exporter_codf, NULL, events, 2), "");
}
