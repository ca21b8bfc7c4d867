// SPDX-License-Identifier: BSD-3-Clause
// Checks src/export/jsonl.c: lull.event/1 as docs/event.schema.json promises it.

#include "export/exporters.h"
#include "exported.h"
#include "sample.h"

#include <jansson.h>
#include <signal.h>

static json_t *first(const char *text)
{
	json_error_t why;
	json_t *o = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &why);
	cr_assert_not_null(o, "%s: %s", why.text, text);
	return o;
}

Test(jsonl, a_revision_is_this_line)
{
	struct lull_event e = sample_outage();
	char *text = exported(&lull_exporter_jsonl, "ixp-1", (const struct lull_event *[]){&e}, 1);
	cr_expect_str_eq(text,
		"{\"schema\":\"lull.event/1\",\"id\":\"00c0ffee00c0ffee\",\"rev\":4,"
		"\"state\":\"ended\",\"kind\":\"outage\",\"site\":\"ixp-1\",\"basis\":\"packets\","
		"\"target\":\"kp\","
		"\"upstream\":\"all\",\"onset\":{\"time\":\"2025-06-07T03:14:07.123456789Z\","
		"\"lo\":\"2025-06-07T03:14:06.723456789Z\","
		"\"hi\":\"2025-06-07T03:14:07.423456789Z\"},"
		"\"detected\":\"2025-06-07T03:14:12.000000000Z\","
		"\"revised\":\"2025-06-07T12:21:41.000000000Z\","
		"\"end\":{\"time\":\"2025-06-07T12:20:41.000000000Z\","
		"\"lo\":\"2025-06-07T12:20:40.500000000Z\","
		"\"hi\":\"2025-06-07T12:20:41.500000000Z\"},"
		"\"expected\":101.4,\"observed\":0.2,"
		"\"fraction_lost\":{\"value\":0.998,\"lo\":0.9951,\"hi\":0.9992},"
		"\"evidence\":{\"nats\":512.25,\"threshold\":17.2,\"budget_per_day\":0.0328542},"
		"\"signals\":{\"before\":{\"out_packets\":101.4,\"out_bytes\":61000.0,"
		"\"out_sources\":210.0,\"in_packets\":120.0,\"in_bytes\":70000.0,"
		"\"in_peers\":900.0,\"syn_in\":30.0,\"synack_out\":29.0,\"rst_out\":0.1,"
		"\"rst_in\":0.2,\"unreach_noroute\":0.0,\"unreach_admin\":0.0,"
		"\"unreach_ttl\":0.0,\"syn_unanswered\":1.0,\"tcp_flows\":40.0,"
		"\"tcp_stuck\":2.0},\"during\":{\"out_packets\":0.2,\"out_bytes\":90.0,"
		"\"out_sources\":0.1,\"in_packets\":95.0,\"in_bytes\":40000.0,"
		"\"in_peers\":700.0,\"syn_in\":28.0,\"synack_out\":0.0,\"rst_out\":0.0,"
		"\"rst_in\":0.0,\"unreach_noroute\":3.2,\"unreach_admin\":0.0,"
		"\"unreach_ttl\":0.004,\"syn_unanswered\":28.0,\"tcp_flows\":12.5,"
		"\"tcp_stuck\":11.0}},"
		"\"scope\":{\"verdict\":\"all\",\"upstreams\":[{\"upstream\":\"unicom\","
		"\"expected\":60.0,\"observed\":0.1,\"lost\":0.998},{\"upstream\":\"ttk\","
		"\"expected\":41.4,\"observed\":0.1,\"lost\":0.9976}]},"
		"\"cause\":[{\"label\":\"internal-shutdown\",\"weight\":0.7,"
		"\"evidence\":\"all routes at once; no surge before\"},"
		"{\"label\":\"upstream-failure\",\"weight\":0.3,"
		"\"evidence\":\"two upstreams failing together is rare\"}],"
		"\"tap\":{\"health\":\"healthy\",\"control_ratio\":0.99,\"loss\":\"none\","
		"\"lost_packets\":null},\"bin\":1,\"learnt\":300,"
		"\"config\":\"0123456789abcdef\"}\n");
}

Test(jsonl, every_kind_of_event_is_valid_by_the_schema)
{
	struct lull_event all[] = {sample_open(LULL_SUSPECTED), sample_open(LULL_CONFIRMED),
		sample_open(LULL_RECOVERING), sample_outage(), sample_moved(), sample_fault(),
		sample_partial(), sample_shift(), sample_hostile()};
	const struct lull_event *events[9];
	for (int i = 0; i < 9; i++)
		events[i] = &all[i];
	char *text = exported(&lull_exporter_jsonl, NULL, events, 9);
	int lines = 0;
	for (char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	cr_expect_eq(lines, 9);
	exported_is_valid("event.schema.json", text, true);
}

Test(jsonl, what_is_not_known_is_null_and_hostile_names_stay_in_their_line)
{
	struct lull_event e = sample_hostile();
	char *text = exported(&lull_exporter_jsonl, "", (const struct lull_event *[]){&e}, 1);
	json_t *o = first(text), *part;
	cr_expect_eq(json_object_get(o, "site"), NULL);
	cr_expect_str_eq(json_string_value(json_object_get(o, "target")),
		"a\033[31m\"b\",\n\xef\xbf\xbd\xc2\x9bz");
	cr_expect(json_is_null(json_object_get(json_object_get(o, "end"), "time")));
	cr_expect(json_is_null(json_object_get(json_object_get(o, "onset"), "lo")));
	cr_expect(json_is_null(json_object_get(o, "expected")));
	cr_expect(json_is_null(json_object_get(o, "observed")));
	cr_expect(json_is_null(json_object_get(o, "config")));
	part = json_array_get(json_object_get(json_object_get(o, "scope"), "upstreams"), 0);
	cr_expect_str_eq(
		json_string_value(json_object_get(part, "upstream")), "\xef\xbf\xbd\xef\xbf\xbd");
	part = json_object_get(json_object_get(o, "tap"), "lost_packets");
	cr_expect_eq(json_integer_value(part), INT64_MAX);
}

Test(jsonl, a_full_disk_is_said_at_the_event_it_lost)
{
	struct lull_export_options options = {.out = fopen("/dev/full", "w")};
	void *state = lull_exporter_jsonl.create(&options);
	struct lull_event e = sample_outage();
	cr_expect_eq(lull_exporter_jsonl.event(state, &e), -ENOSPC);
	cr_expect_lt(lull_exporter_jsonl.finish(state, NULL), 0);
	lull_exporter_jsonl.destroy(state);
}

Test(jsonl, a_closed_pipe_is_said_too)
{
	int ends[2];
	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(pipe(ends), 0);
	close(ends[0]);
	struct lull_export_options options = {.out = fdopen(ends[1], "w")};
	void *state = lull_exporter_jsonl.create(&options);
	struct lull_event e = sample_outage();
	cr_expect_eq(lull_exporter_jsonl.event(state, &e), -EPIPE);
	lull_exporter_jsonl.destroy(state);
}
