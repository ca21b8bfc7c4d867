// SPDX-License-Identifier: BSD-3-Clause
// Checks src/store/stats.c: lull.stats/1 as docs/stats.schema.json promises it.

#include "exported.h"

#include <errno.h>
#include <jansson.h>
#include <lull/store.h>
#include <lull/time.h>
#include <math.h>

static struct lull_input_report inputs[] = {
	{"a.pcap", "pcap", "none", {100, 9000}, 11000, 1000, 2000, false, "", 0},
	{"\xff.zst", "pcapng", "zstd", {7, 700}, 900, LULL_TIME_NONE, LULL_TIME_NONE, true,
		"block \"x\" is cut", 868},
};

static struct lull_target_status targets[] = {
	{1, LULL_UP, 50, 40, 1.5, 2, 0.1, LULL_NS_PER_SECOND, 300 * LULL_NS_PER_SECOND, 12, 1},
	{2, LULL_NOT_MEASURABLE, 0, 0, NAN, NAN, NAN, 100000000, 0, INFINITY, 0},
};

static struct lull_summary sample(void)
{
	struct lull_summary s = {.inputs = inputs,
		.n_inputs = 2,
		.bins = 12,
		.gaps = 1,
		.first_ns = 1000,
		.last_ns = 2000,
		.bin_ns = 100000000,
		.workers = 2,
		.wall_s = 0.5,
		.cpu_s = 0.25,
		.targets = targets,
		.n_targets = 2,
		.outages = 1};
	s.law.received = (struct lull_tally){107, 9700};
	s.law.classes[LULL_MATCHED_SRC] = (struct lull_tally){100, 9000};
	s.law.classes[LULL_FILTERED] = (struct lull_tally){8, 700};
	return s;
}

static char *stats(const struct lull_summary *s)
{
	char *text = NULL;
	size_t size = 0;
	struct lull_config *config;
	FILE *out = open_memstream(&text, &size);
	cr_assert_eq(lull_stats_write(out, exported_targets(&config), s), 0);
	fclose(out);
	return text;
}

static long long number(json_t *o, const char *a, const char *b, const char *c)
{
	o = json_object_get(o, a);
	o = b != NULL ? json_object_get(o, b) : o;
	o = c != NULL ? json_object_get(o, c) : o;
	cr_assert(json_is_integer(o), "%s %s %s", a, b, c);
	return json_integer_value(o);
}

Test(stats, the_law_the_inputs_and_the_targets_are_in_it)
{
	struct lull_summary s = sample();
	json_t *o = json_loads(stats(&s), JSON_REJECT_DUPLICATES, NULL);
	cr_assert_not_null(o);
	cr_expect_eq(number(o, "law", "received", "packets"), 107);
	cr_expect_eq(number(json_object_get(o, "law"), "classes", "filtered", "bytes"), 700);
	cr_expect_eq(number(o, "law", "residual", "packets"), -1); // one class counts too much
	cr_expect_eq(number(o, "read", "total", "packets"), 107);
	cr_expect_eq(number(o, "read", "residual", "bytes"), 0);
	json_t *cut = json_array_get(json_object_get(o, "inputs"), 1);
	cr_expect_str_eq(json_string_value(json_object_get(cut, "path")), "\xef\xbf\xbd.zst");
	cr_expect_eq(number(cut, "error_offset", NULL, NULL), 868);
	cr_expect(json_is_null(json_object_get(cut, "first")));
	json_t *kp = json_array_get(json_object_get(o, "targets"), 0);
	cr_expect_str_eq(json_string_value(json_object_get(kp, "target")), "kp");
	cr_expect_eq(json_real_value(json_object_get(o, "packets_per_s")), 214);
}

Test(stats, it_is_valid_by_its_schema_with_and_without_targets)
{
	struct lull_summary s = sample();
	exported_is_valid("stats.schema.json", stats(&s), false);
	s.n_targets = s.n_inputs = 0;
	s.first_ns = s.last_ns = LULL_TIME_NONE;
	s.wall_s = 0; // packets per second: not known
	exported_is_valid("stats.schema.json", stats(&s), false);
}

Test(stats, write_errors_come_back)
{
	struct lull_summary s = sample();
	struct lull_config *config;
	cr_expect_eq(
		lull_stats_write(fopen("/dev/full", "w"), exported_targets(&config), &s), -ENOSPC);
}
