// SPDX-License-Identifier: BSD-3-Clause
// Tables as people write them, and what becomes of them.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/time.h>
#include <lull/timeseries.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HOUR_NS (3600 * LULL_NS_PER_SECOND)

static struct lull_timeseries_set set;

static int parse(const char *text, const char *columns, uint64_t bin_ns)
{
	struct lull_timeseries_format format = {columns, bin_ns};
	return lull_timeseries_parse(text, strlen(text), "dir/day.csv", &format, &set);
}

// What the log said meanwhile.
static char *said_by_parse(const char *table, const char *columns, uint64_t bin_ns)
{
	int log = memfd_create("log", 0), old = dup(STDERR_FILENO);
	dup2(log, STDERR_FILENO);
	parse(table, columns, bin_ns);
	dup2(old, STDERR_FILENO);
	close(old);
	off_t n = lseek(log, 0, SEEK_END);
	char *text = calloc(1, (size_t)n + 1);
	cr_assert(eq(long, (long)pread(log, text, (size_t)n, 0), (long)n));
	close(log);
	return text;
}

static void parsed(const char *text)
{
	cr_assert(eq(int, parse(text, NULL, 0), 0), "%s", text);
}

// Values as text: "1 2 - 4".
static const char *values(size_t i)
{
	static char text[512];
	size_t n = 0;
	text[0] = '\0';
	for (size_t j = 0; j < set.items[i].n && n < sizeof(text) - 32; j++) {
		double v = set.items[i].value[j];
		const char *gap = j > 0 ? " " : "";
		n += (size_t)(isnan(v) ? sprintf(text + n, "%s-", gap)
				       : sprintf(text + n, "%s%g", gap, v));
	}
	return text;
}

static void is(size_t i, const char *name, uint64_t start_ns, uint64_t bin_ns, const char *expected)
{
	cr_assert(lt(sz, i, set.n));
	cr_assert(eq(str, set.items[i].name, (char *)name));
	cr_assert(eq(u64, set.items[i].start_ns, start_ns));
	cr_assert(eq(u64, set.items[i].bin_ns, bin_ns));
	cr_assert(eq(str, (char *)values(i), (char *)expected));
}

Test(timeseries, two_columns_are_one_series_named_by_the_file)
{
	parsed("\xef\xbb\xbf\"Time\",\"Traffic, in bits\"\r\n\"2005-06-07 07:00:00\",10\r\n"
	       "\"2005-06-07 08:00:00\",\"11.5\"\r\n");
	is(0, "day", UINT64_C(1118127600000000000), HOUR_NS, "10 11.5");
}

Test(timeseries, rows_that_are_not_there_are_missing_and_their_order_does_not_matter)
{
	parsed("timestamp,value\n1970-01-01T05:00:00Z,5\n1970-01-01T00:00:00Z,0\n"
	       "1970-01-01T01:00:00Z,1\n1970-01-01T02:00:00Z,\n1970-01-01T06:00:00Z,nan\n");
	is(0, "day", 0, HOUR_NS, "0 1 - - - 5 -");
}

Test(timeseries, long_tables_hold_a_series_per_name_each_on_its_own_grid)
{
	parsed("time,country,value\n3600,kp,7\n3600,ir,1\n7200,ir,2\n10800,kp,9\n10800,\"a "
	       "\"\"b\"\", "
	       "c\",3\n");
	is(0, "kp", HOUR_NS, HOUR_NS, "7 - 9");
	is(1, "ir", HOUR_NS, HOUR_NS, "1 2");
	is(2, "a \"b\", c", 3 * HOUR_NS, HOUR_NS, "3");
	parsed("0,kp,1\n60,kp,2\n60,ir,5\n"); // without a header: the column of text
	is(1, "ir", 60 * LULL_NS_PER_SECOND, 60 * LULL_NS_PER_SECOND, "5");
}

Test(timeseries, wide_tables_hold_a_series_per_column)
{
	parsed("date\tkp\tir\n2020-01-01\t1\t\n2020-01-02\t2\t8\n2020-01-03\t3\n");
	is(0, "kp", UINT64_C(1577836800000000000), 24 * HOUR_NS, "1 2 3");
	is(1, "ir", UINT64_C(1577836800000000000), 24 * HOUR_NS, "- 8 -");
}

Test(timeseries, times_may_be_written_in_many_ways)
{
	static const char *const times[] = {"2019-11-16T20:00:00Z", "2019-11-16 20:00",
		"2019/11/16 20:00:00", "2019-11-16T23:30:00+03:30", "2019-11-16T15:00:00.000-0500",
		"2019-11-16 20:00:00 UTC", "1573934400", "1573934400.0", "1573934400000",
		"1573934400000000", "1573934400000000000"};
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		char text[128];
		snprintf(text, sizeof(text), "time,value\n%s,1\n", times[i]);
		cr_assert(eq(int, parse(text, NULL, HOUR_NS), 0), "%s", times[i]);
		is(0, "day", UINT64_C(1573934400000000000), HOUR_NS, "1");
	}
}

Test(timeseries, columns_can_be_chosen_by_name_or_number)
{
	const char *text = "a,b,c,d\nx,5,0,7\nx,6,60,8\ny,9,60,1\n";
	cr_assert(eq(int, parse(text, "c,a,d", 0), 0));
	is(0, "x", 0, 60 * LULL_NS_PER_SECOND, "7 8");
	is(1, "y", 60 * LULL_NS_PER_SECOND, 60 * LULL_NS_PER_SECOND, "1");
	cr_assert(eq(int, parse("x,5,0\nx,6,60\n", "3,2", 0), 0));
	is(0, "day", 0, 60 * LULL_NS_PER_SECOND, "5 6");
	char *said = said_by_parse("time,count\n0,1\n60,2\n", "tme,count", 0);
	cr_assert(strstr(said, "did you mean 'time'?") != NULL, "%s", said);
}

Test(timeseries, a_longer_bin_holds_the_mean_of_its_rows)
{
	cr_assert(eq(int,
		parse("0,1\n60,3\n120,\n180,5\n200,100\n", NULL, 120 * LULL_NS_PER_SECOND), 0));
	is(0, "day", 0, 120 * LULL_NS_PER_SECOND, "2 52.5");
}

Test(timeseries, the_last_of_two_rows_with_one_time_counts_and_is_warned_of_once)
{
	char *said = said_by_parse("0,1\n60,2\n0,3\n60,4\n120,9\n", NULL, 0);
	is(0, "day", 0, 60 * LULL_NS_PER_SECOND, "3 4 9");
	cr_assert(strstr(said, "dir/day.csv:3: 2 rows repeat a time") != NULL, "%s", said);
}

Test(timeseries, what_lull_writes_is_read_as_traffic_out_over_all_and_silence_is_zero)
{
	parsed("time_ns,target,upstream,direction,packets,bytes\n"
	       "1000000000000000000,kp,all,out,5,1\n1000000000000000000,kp,all,in,50,1\n"
	       "1000000000000000000,kp,vlan 1,out,4,1\n1000000001000000000,kp,all,out,6,1\n"
	       "1000000002000000000,kp,all,in,51,1\n1000000005000000000,kp,all,in,51,1\n");
	cr_assert(eq(sz, set.n, 1));
	is(0, "kp", UINT64_C(1000000000000000000), LULL_NS_PER_SECOND, "5 6 0 - - 0");
}

Test(timeseries, complaints_say_where_and_what_to_do)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{"time,value\n0,1\n60,x\n", "dir/day.csv:3:4: 'x' is no number; leave"},
		{"time,value\n0,1\n60,\"1,000\"\n", "without separators of thousands"},
		{"time,value\n0,1\n2019-02-30T00:00:00Z,1\n",
			"day.csv:3:1: '2019-02-30T00:00:00Z' does not"},
		{"time,value\n0,1\nmonday,1\n", "day.csv:3:1: 'monday' is no time; write"},
		{"time,value\n0,1,2\n", "day.csv:2:5: '2' is one field more than the first line"},
		{"time,value\n0,\"1\n", "day.csv:2:3: a quote that never ends"},
		{"time,value\n0,\"1\"2\n", "day.csv:2:6: text after a closing quote"},
		{"", "day.csv: is empty"},
		{"time,value\n", "day.csv: holds no row with a value"},
		{"time,kp,ir\n", "day.csv: holds no row with a value"},
		{"time,value\n0,1\n", "give --bin"},
		{"series,start,end\nkp,x,\n", "no column holds times"},
		{"time,kp,kp\n0,1,2\n", "day.csv:1:9: 'kp' names two columns"},
		{"time,series,value\n0,a\x1b[31m,1\n", "control character"},
		{"time,value\n0,1\n60,2\n9000000000,3\n", "check the times, or give --bin"},
		{"time,value\n0,1e999\n", "is too large"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *said = said_by_parse(cases[i].text, NULL, 0);
		cr_assert(strstr(said, cases[i].said) != NULL, "%s: %s", cases[i].text, said);
		cr_assert(eq(int, parse(cases[i].text, NULL, 0), -EINVAL));
		cr_assert(strchr(said, '\x1b') == NULL);
	}
}

Test(timeseries, real_files_are_read_whole)
{
	static const struct {
		const char *file;
		size_t series, n, known;
		uint64_t bin_s;
	} files[] = {
		{"iran_2019.csv", 73, 223, 223, 3600},
		{"isp_2005_bits_hourly.csv", 1, 1231, 1231, 3600},
		{"nab_art_daily_jumpsdown.csv", 1, 4032, 4032, 300},
		{"nab_elb_request_count_8c0756.csv", 1, 4040, 4032, 300},
	};
	const char *shared = getenv("LULL_SHARED");
	for (size_t i = 0; shared != NULL && i < sizeof(files) / sizeof(files[0]); i++) {
		char path[512];
		struct lull_timeseries_format format = {0};
		snprintf(path, sizeof(path), "%s/data/series/%s", shared, files[i].file);
		int e = lull_timeseries_read(path, &format, &set);
		if (e == -ENOENT)
			cr_skip_test("no shared series");
		cr_assert(eq(int, e, 0));
		cr_assert(eq(sz, set.n, files[i].series));
		cr_assert(eq(sz, set.items[0].n, files[i].n));
		size_t known = 0;
		for (size_t j = 0; j < set.items[0].n; j++)
			known += !isnan(set.items[0].value[j]);
		cr_assert(eq(sz, known, files[i].known));
		cr_assert(eq(u64, set.items[0].bin_ns, files[i].bin_s * LULL_NS_PER_SECOND));
		lull_timeseries_free(&set);
	}
}
