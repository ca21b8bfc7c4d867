// SPDX-License-Identifier: BSD-3-Clause
// Checks src/export/history.c: bounded, adaptive, and true to the packets counted.

#include "export/history.h"

#include <criterion/criterion.h>
#include <lull/time.h>
#include <math.h>

static void feed(
	struct lull_history *h, uint64_t seq, uint64_t start_s, uint32_t target, uint64_t out)
{
	struct lull_row rows[] = {
		{.target = target, .direction = LULL_OUT, .packets = out},
		{.target = target, .upstream = 1, .direction = LULL_OUT, .packets = out},
	};
	struct lull_bin bin = {.seq = seq,
		.start_ns = start_s * LULL_NS_PER_SECOND,
		.len_ns = LULL_NS_PER_SECOND,
		.exposure = 1,
		.rows = rows,
		.n_rows = out > 0 ? 2 : 0};
	cr_assert_eq(lull_history_bin(h, &bin), 0);
}

Test(history, a_short_run_keeps_every_bin)
{
	struct lull_history *h = lull_history_create(2);
	double points[4];
	uint64_t times[5];
	const uint64_t counts[] = {5, 0, 7, 9};
	for (uint64_t i = 0; i < 4; i++)
		feed(h, i, 100 + i, 2, counts[i]);
	cr_assert_eq(lull_history_slots(h), 4);
	lull_history_sample(h, 2, LULL_OUT, points, 4);
	for (int i = 0; i < 4; i++)
		cr_expect_eq(points[i], (double)counts[i]);
	lull_history_sample(h, 2, LULL_IN, points, 4);
	cr_expect_eq(points[0], 0);
	lull_history_times(h, times, 4);
	for (uint64_t i = 0; i <= 4; i++)
		cr_expect_eq(times[i], (100 + i) * LULL_NS_PER_SECOND);
	cr_expect(lull_history_has(h, 2) && !lull_history_has(h, 1) && !lull_history_has(h, 3));
	lull_history_destroy(h);
}

Test(history, a_long_run_is_folded_and_its_mean_stays)
{
	struct lull_history *h = lull_history_create(1);
	double points[10], sum = 0;
	uint64_t n = 100 * 1000, times[11];
	for (uint64_t i = 0; i < n; i++)
		feed(h, i, i, 1, i < n / 2 ? 10 : 30);
	cr_expect(lull_history_slots(h) <= LULL_HISTORY_SLOTS);
	cr_expect(lull_history_slots(h) >= LULL_HISTORY_SLOTS / 4);
	lull_history_sample(h, 1, LULL_OUT, points, 10);
	lull_history_times(h, times, 10);
	for (int i = 0; i < 10; i++)
		sum += points[i] * (double)(times[i + 1] - times[i]) / 1e9;
	cr_expect_float_eq(sum, 20.0 * (double)n, 20.0 * (double)n * 0.01);
	cr_expect_float_eq(points[0], 10, 1e-9);
	cr_expect_float_eq(points[9], 30, 1e-9);
	cr_expect_eq(times[10], n * LULL_NS_PER_SECOND);
	lull_history_destroy(h);
}

Test(history, time_a_source_missed_is_unknown_not_silence)
{
	struct lull_history *h = lull_history_create(1);
	double point;
	struct lull_row row = {.target = 1, .direction = LULL_OUT, .packets = 5};
	struct lull_bin bin = {
		.len_ns = LULL_NS_PER_SECOND, .exposure = 0.5, .rows = &row, .n_rows = 1};
	cr_assert_eq(lull_history_bin(h, &bin), 0);
	lull_history_sample(h, 1, LULL_OUT, &point, 1);
	cr_expect_float_eq(point, 10, 1e-9);
	bin.seq = 600;
	bin.start_ns = 600 * LULL_NS_PER_SECOND; // bins between were never given: nothing is known
	bin.n_rows = 0;
	cr_assert_eq(lull_history_bin(h, &bin), 0);
	double points[4];
	lull_history_sample(h, 1, LULL_OUT, points, 4);
	cr_expect(isnan(points[1]) && isnan(points[2]));
	lull_history_destroy(h);
}

Test(history, a_jump_of_the_clock_takes_no_room)
{
	struct lull_history *h = lull_history_create(1);
	uint64_t times[5];
	feed(h, 0, 1000, 1, 1);
	feed(h, 1, 1001, 1, 1);
	feed(h, 2, 1000000000, 1, 1);
	feed(h, 3, 5, 1, 1); // and one backward
	lull_history_times(h, times, 4);
	cr_expect_eq(times[2], 1000000000 * LULL_NS_PER_SECOND);
	cr_expect_eq(times[3], 5 * LULL_NS_PER_SECOND);
	lull_history_destroy(h);
}

Test(history, of_too_many_targets_the_busiest_are_kept)
{
	uint32_t n = 3 * LULL_HISTORY_TARGETS;
	struct lull_history *h = lull_history_create(n);
	for (uint32_t i = 1; i <= n; i++)
		feed(h, i, i, i, i % 1000 == 0 ? 1000000 : 1);
	for (uint32_t i = 1000; i <= n; i += 1000)
		cr_expect(lull_history_has(h, i), "target %u was forgotten", i);
	lull_history_destroy(h);
}

Test(history, what_is_missing_of_a_sparse_one_is_neither_zero_nor_part_of_a_mean)
{
	struct lull_history *h = lull_history_create(2);
	double points[4];
	lull_history_sparse(h);
	for (uint64_t i = 0; i < 4; i++) {
		struct lull_row rows[2] = {{.target = 1, .packets = i < 2 ? 6 : 0}, {.target = 2}};
		struct lull_bin bin = {.seq = i,
			.start_ns = i * LULL_NS_PER_SECOND,
			.len_ns = LULL_NS_PER_SECOND,
			.exposure = 1,
			.rows = i == 1 ? rows + 1 : rows, // target 1 has no row in bin 1
			.n_rows = i == 1 ? 1 : 2};
		cr_assert_eq(lull_history_bin(h, &bin), 0);
	}
	lull_history_sample(h, 1, LULL_OUT, points, 4);
	cr_expect(points[0] == 6 && isnan(points[1]) && points[2] == 0 && points[3] == 0);
	lull_history_sample(h, 1, LULL_OUT, points, 1);
	cr_expect_eq(points[0], 2); // of the three seconds that are known
	lull_history_destroy(h);
}
