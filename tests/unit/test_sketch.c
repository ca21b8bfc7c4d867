// SPDX-License-Identifier: BSD-3-Clause
// Distinct addresses: exact while few, within HyperLogLog's error beyond, and the same however the
// set was split.

#include "count/sketch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static const struct lull_sipkey key = {0x0123456789abcdef, 0xfedcba9876543210};

static uint64_t next_random(uint64_t *state) // splitmix64
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint32_t hash_of(const struct lull_sipkey *k, uint64_t i)
{
	return lull_sketch_hash(k, 4, (struct lull_ip){0, i});
}

static uint64_t count_of(const struct lull_sketches *pool, struct lull_sketch s)
{
	struct lull_union u;
	lull_union_reset(&u);
	lull_union_add(&u, pool, s);
	return lull_union_count(&u);
}

Test(sketch, few_addresses_are_counted_exactly)
{
	for (uint64_t n = 0; n <= LULL_SKETCH_EXACT; n++) {
		struct lull_sketches pool = {0};
		struct lull_sketch s = {0, 0};
		for (int round = 0; round < 3; round++)
			for (uint64_t i = 0; i < n; i++)
				cr_assert(lull_sketch_add(&pool, &s, hash_of(&key, i)));
		cr_assert_eq(count_of(&pool, s), n);
		lull_sketches_finish(&pool);
	}
}

// Error of the estimate for n addresses under some key, in standard errors.
static double deviation(uint64_t n, uint64_t seed)
{
	struct lull_sipkey k = {seed * 7919, seed};
	struct lull_sketches pool = {0};
	struct lull_sketch s = {0, 0};
	for (uint64_t i = 0; i < n; i++)
		cr_assert(lull_sketch_add(&pool, &s, hash_of(&k, 0x0a000000 + i)));
	double got = (double)count_of(&pool, s);
	lull_sketches_finish(&pool);
	return (got / (double)n - 1.0) / (1.04 / sqrt(LULL_SKETCH_REGISTERS));
}

Test(sketch, error_stays_within_three_sigma_and_averages_out)
{
	const uint64_t sizes[] = {
		17, 30, 100, 500, 1000, 2500, 5000, 10000, 30000, 100000, 300000, 1000000};
	const int seeds = 8;
	double sum = 0, squares = 0;
	int n = 0;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		for (int seed = 1; seed <= seeds; seed++, n++) {
			double z = deviation(sizes[i], (uint64_t)seed);
			cr_assert_leq(fabs(z), 3.0, "%lu addresses, seed %d: %.2f sigma", sizes[i],
				seed, z);
			sum += z;
			squares += z * z;
		}
	}
	// unbiased: the mean of n deviations is within four of its own standard errors
	cr_assert_leq(fabs(sum / n), 4.0 / sqrt(n), "mean %.3f sigma", sum / n);
	// and the promise of 1.04 / sqrt(m) is not kept by luck alone
	cr_assert(sqrt(squares / n) < 1.3, "%.2f", sqrt(squares / n));
}

// Adds of one address land on several sketches, and several pools: unions must not notice.
Test(sketch, any_split_of_a_set_joins_to_the_same_estimate)
{
	uint64_t random = 42;
	for (int round = 0; round < 400; round++) {
		uint64_t n = next_random(&random) % (round % 4 == 0 ? 3000 : 40);
		unsigned parts = 1 + next_random(&random) % 5;
		struct lull_sketches whole_pool = {0}, pools[5] = {{0}};
		struct lull_sketch whole = {0, 0}, part[5] = {{0, 0}};
		for (uint64_t i = 0; i < 2 * n; i++) {
			uint32_t h = hash_of(&key, next_random(&random) % (n + 1) * 131);
			unsigned p = next_random(&random) % parts;
			cr_assert(lull_sketch_add(&whole_pool, &whole, h));
			cr_assert(lull_sketch_add(&pools[p], &part[p], h));
		}
		struct lull_union left, right, both;
		lull_union_reset(&left);
		lull_union_reset(&right);
		for (unsigned p = 0; p < parts; p++)
			lull_union_add(p % 2 ? &left : &right, &pools[p], part[p]);
		lull_union_reset(&both);
		lull_union_join(&both, &left);
		lull_union_join(&both, &right);
		cr_assert_eq(lull_union_count(&both), count_of(&whole_pool, whole));
		for (unsigned p = 0; p < parts; p++)
			lull_sketches_finish(&pools[p]);
		lull_sketches_finish(&whole_pool);
	}
}

Test(sketch, many_sets_in_one_pool_do_not_mix)
{
	enum { SETS = 300 };
	struct lull_sketches pool = {0};
	struct lull_sketch sets[SETS];
	for (int use = 0; use < 3; use++) { // a reset pool starts from nothing
		lull_sketches_reset(&pool);
		memset(sets, 0, sizeof(sets));
		for (uint64_t i = 0; i < 40; i++)
			for (uint64_t s = 0; s < SETS; s++)
				if (i < s % 40)
					cr_assert(lull_sketch_add(
						&pool, &sets[s], hash_of(&key, s << 20 | i)));
		for (uint64_t s = 0; s < SETS; s++) {
			double expected = (double)(s % 40);
			double got = (double)count_of(&pool, sets[s]);
			double slack = expected > LULL_SKETCH_EXACT ? 3.0 : 0.0;
			cr_assert_leq(fabs(got - expected), slack, "set %lu: %.0f", s, got);
		}
	}
	lull_sketches_finish(&pool);
}

Test(sketch, hashes_depend_on_the_key_and_tell_families_apart)
{
	struct lull_sipkey other = {1, 2};
	struct lull_ip ip = {0, 0xaf2db000};
	cr_assert_neq(lull_sketch_hash(&key, 4, ip), lull_sketch_hash(&other, 4, ip));
	cr_assert_neq(lull_sketch_hash(&key, 4, ip), lull_sketch_hash(&key, 6, ip));
	uint64_t random = 7;
	for (int i = 0; i < 100000; i++) {
		struct lull_ip any = {next_random(&random), next_random(&random)};
		uint32_t rank = lull_sketch_hash(&key, 6, any) >> 16 & 0x3f;
		cr_assert(rank >= 1 && rank <= 55);
	}
}

Test(sketch, addresses_chosen_against_another_key_show_their_true_number)
{
	// addresses that raise every register far under `other` (an attack on an unkeyed sketch)
	struct lull_sipkey other = {1, 2};
	struct lull_sketches pool = {0}, aimed_pool = {0};
	struct lull_sketch s = {0, 0}, aimed = {0, 0};
	int found = 0;
	for (uint64_t i = 0; found < 8000; i++) {
		uint32_t h = hash_of(&other, i);
		if ((h >> 16 & 0x3f) < 8)
			continue;
		found++;
		cr_assert(lull_sketch_add(&aimed_pool, &aimed, h));
		cr_assert(lull_sketch_add(&pool, &s, hash_of(&key, i)));
	}
	cr_assert_geq(count_of(&aimed_pool, aimed), 100000); // the attack would have worked
	cr_assert_leq(fabs((double)count_of(&pool, s) / 8000 - 1), 0.1);
	lull_sketches_finish(&pool);
	lull_sketches_finish(&aimed_pool);
}
