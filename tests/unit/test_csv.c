// SPDX-License-Identifier: BSD-3-Clause
// Checks src/export/csv.c: a header, and a row a revision that any CSV reader reads back.

#include "export/exporters.h"
#include "exported.h"
#include "sample.h"

#define HEADER                                                                                     \
	"id,rev,state,kind,site,target,upstream,onset,onset_lo,onset_hi,detected,revised,end,"     \
	"end_lo,end_hi,expected_pps,observed_pps,lost,lost_lo,lost_hi,evidence_nats,"              \
	"threshold_nats,budget_per_day,scope,upstreams,cause,cause_weight,tap,control_ratio,loss," \
	"lost_packets,bin_s,learnt_s,config,basis\n"

Test(csv, without_events_there_is_still_a_header)
{
	cr_expect_str_eq(exported(&lull_exporter_csv, NULL, NULL, 0), HEADER);
}

Test(csv, a_revision_is_this_row)
{
	struct lull_event e = sample_outage();
	char *text = exported(&lull_exporter_csv, "ixp,1", (const struct lull_event *[]){&e}, 1);
	cr_expect_str_eq(text,
		HEADER "00c0ffee00c0ffee,4,ended,outage,\"ixp,1\",kp,all,"
		       "2025-06-07T03:14:07.123456789Z,2025-06-07T03:14:06.723456789Z,"
		       "2025-06-07T03:14:07.423456789Z,2025-06-07T03:14:12.000000000Z,"
		       "2025-06-07T12:21:41.000000000Z,2025-06-07T12:20:41.000000000Z,"
		       "2025-06-07T12:20:40.500000000Z,2025-06-07T12:20:41.500000000Z,"
		       "101.4,0.2,0.998,0.9951,0.9992,512.25,17.2,0.0328542,all,2,"
		       "internal-shutdown,0.7,healthy,0.99,none,,1,300,0123456789abcdef,packets\n");
}

// Fields of the last row by RFC 4180: a reader of another make than the writer.
static size_t parse(const char *p, char fields[][256])
{
	size_t n = 0;
	for (bool more = true; more; n++) {
		char *out = fields[n];
		bool quoted = *p == '"';
		p += quoted;
		while (quoted ? *p != '"' || p[1] == '"' : *p != ',' && *p != '\n') {
			p += quoted && *p == '"';
			*out++ = *p++;
		}
		*out = '\0';
		p += quoted;
		more = *p++ == ',';
	}
	return n;
}

Test(csv, hostile_names_are_read_back_and_the_unknown_is_empty)
{
	struct lull_event e = sample_hostile();
	char *text = exported(&lull_exporter_csv, NULL, (const struct lull_event *[]){&e}, 1);
	char fields[64][256];
	size_t n = parse(text + strlen(HEADER), fields);
	cr_expect_eq(n, 35);
	cr_expect_str_eq(fields[5], e.target_name);
	cr_expect_str_eq(fields[7], "");  // onset
	cr_expect_str_eq(fields[15], ""); // expected_pps
	cr_expect_str_eq(fields[16], ""); // observed_pps: infinite
	cr_expect_str_eq(fields[30], "18446744073709551615");
	cr_expect_str_eq(fields[33], "");
}

Test(csv, write_errors_come_back)
{
	struct lull_export_options options = {.out = fopen("/dev/full", "w")};
	void *state = lull_exporter_csv.create(&options);
	struct lull_event e = sample_outage();
	cr_expect_eq(lull_exporter_csv.event(state, &e), -ENOSPC);
	lull_exporter_csv.destroy(state);
}
