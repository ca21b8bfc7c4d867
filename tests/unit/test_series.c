// SPDX-License-Identifier: BSD-3-Clause
// Checks src/store/series.c: rows as they are promised, zeros where asked for, errors that come up.

#include "exported.h"

#include <errno.h>
#include <lull/store.h>
#include <lull/time.h>
#include <lull/upstream.h>

#define HEADER                                                                                     \
	"time_ns,target,upstream,direction,packets,bytes,syn,synack,rst,unreach_noroute,"          \
	"unreach_admin,unreach_ttl,distinct,first_ns,last_ns,flows,stuck\n"

static const char *const names[] = {"all", "vlan \"100\", blue", "ttk"};
static const struct lull_upstreams upstreams = {.n = 3, .names = names};

static struct lull_row row(uint32_t target, uint32_t upstream, uint8_t direction, uint64_t n)
{
	return (struct lull_row){target, upstream, direction, 9, 8, n, 100 * n, 1, 2, 3,
		{0, 4, 5, 6}, 7, 1000, 2000};
}

static struct lull_bin bin(uint64_t seq, const struct lull_row *rows, size_t n)
{
	return (struct lull_bin){.seq = seq,
		.start_ns = seq * LULL_NS_PER_SECOND,
		.len_ns = LULL_NS_PER_SECOND,
		.rows = rows,
		.n_rows = n,
		.upstreams = &upstreams};
}

static char *series(const struct lull_bin *bins, size_t n, bool zeros)
{
	struct lull_config *config;
	struct lull_targets *targets = exported_targets(&config);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct lull_series *s = lull_series_create(out, targets, zeros);
	cr_assert_not_null(s);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(lull_series_bin(s, &bins[i]), 0);
	cr_assert_eq(lull_series_finish(s), 0);
	fclose(out);
	return strdup(text); // gcc 12 takes text for the address of a local
}

Test(series, rows_are_written_as_they_come_and_names_are_quoted)
{
	struct lull_row rows[] = {row(1, 0, LULL_OUT, UINT64_MAX / 100), row(1, 1, LULL_IN, 9)};
	rows[1].first_ns = rows[1].last_ns = LULL_TIME_NONE;
	struct lull_bin b = bin(1749266047, rows, 2);
	cr_expect_str_eq(series(&b, 1, false),
		HEADER "1749266047000000000,kp,all,out,184467440737095516,18446744073709551600,"
		       "1,2,3,4,5,6,7,1000,2000,9,8\n"
		       "1749266047000000000,kp,\"vlan \"\"100\"\", blue\",in,9,900,"
		       "1,2,3,4,5,6,7,,,9,8\n");
}

Test(series, without_zeros_an_empty_bin_has_no_rows)
{
	struct lull_bin b[] = {bin(1, NULL, 0), bin(2, NULL, 0)};
	cr_expect_str_eq(series(b, 2, false), HEADER);
}

// "second target upstream direction packets" of every row.
static char *brief(const char *text)
{
	char *out = calloc(1, strlen(text) + 1), *end = out;
	for (const char *p = strchr(text, '\n') + 1; *p != '\0'; p = strchr(p, '\n') + 1) {
		char target[32], upstream[32], direction[8];
		unsigned long long ns, packets;
		cr_assert_eq(sscanf(p, "%llu,%31[^,],%31[^,],%7[^,],%llu", &ns, target, upstream,
				     direction, &packets),
			5);
		end += sprintf(end, "%llu %s %s %s %llu\n", ns / LULL_NS_PER_SECOND, target,
			upstream, direction, packets);
	}
	return out;
}

Test(series, zeros_fill_all_of_every_target_and_others_once_seen)
{
	struct lull_row first[] = {row(1, 0, LULL_OUT, 5), row(1, 2, LULL_OUT, 5)};
	struct lull_row last[] = {row(1, 0, LULL_OUT, 6), row(3, 2, LULL_IN, 1)};
	struct lull_bin b[] = {bin(1, first, 2), bin(2, NULL, 0), bin(3, last, 2)};
	char *got = brief(series(b, 3, true));
	char expected[2048], *e = expected;
	struct lull_config *config;
	struct lull_targets *targets = exported_targets(&config);
	cr_assert_eq(lull_targets_count(targets), 4);
	for (int second = 1; second <= 3; second++)
		for (uint32_t t = 1; t <= 4; t++) {
			const char *name = lull_targets_name(targets, t);
			e += sprintf(e, "%d %s all out %d\n", second, name,
				t > 1         ? 0
				: second == 1 ? 5
				: second == 2 ? 0
					      : 6);
			e += sprintf(e, "%d %s all in 0\n", second, name);
			if (t == 1)
				e += sprintf(
					e, "%d %s ttk out %d\n", second, name, second == 1 ? 5 : 0);
			if (t == 3 && second == 3)
				e += sprintf(e, "%d %s ttk in 1\n", second, name);
		}
	cr_expect_str_eq(got, expected, "got:\n%s\nexpected:\n%s", got, expected);
}

Test(series, a_silent_row_has_no_times)
{
	struct lull_bin b = bin(1, NULL, 0);
	cr_expect_not_null(
		strstr(series(&b, 1, true), "1000000000,kp,all,out,0,0,0,0,0,0,0,0,0,,,0,0\n"));
}

Test(series, a_full_disk_is_an_error_of_the_bin_or_of_the_end)
{
	struct lull_config *config;
	struct lull_targets *targets = exported_targets(&config);
	struct lull_series *s = lull_series_create(fopen("/dev/full", "w"), targets, false);
	struct lull_row r = row(1, 0, LULL_OUT, 5);
	struct lull_bin b = bin(1, &r, 1);
	cr_expect_eq(lull_series_bin(s, &b), 0); // still in the buffer
	cr_expect_eq(lull_series_finish(s), -ENOSPC);
	s = lull_series_create(fopen("/dev/full", "w"), targets, false);
	int e = 0;
	for (int i = 0; i < 20000 && e == 0; i++)
		e = lull_series_bin(s, &b);
	cr_expect_eq(e, -ENOSPC);
	cr_expect_eq(lull_series_finish(s), -ENOSPC);
}

Test(series, names_longer_than_the_buffer_are_written_whole)
{
	size_t n = 1000000;
	char *name = malloc(n + 1);
	memset(name, 'x', n);
	name[n] = '\0';
	const char *const long_names[] = {"all", name};
	const struct lull_upstreams registry = {.n = 2, .names = long_names};
	struct lull_row r = row(1, 1, LULL_OUT, 5);
	struct lull_bin b = bin(1, &r, 1);
	b.upstreams = &registry;
	char *text = series(&b, 1, false), *at = strchr(text, '\n');
	cr_expect_eq(strspn(strchr(at, 'x'), "x"), n);
	cr_expect_not_null(strstr(at, "x,out,5,500,"));
}
