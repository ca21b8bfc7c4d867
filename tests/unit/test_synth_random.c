// SPDX-License-Identifier: BSD-3-Clause
// The generator's random numbers: reference values, and distributions on fixed seeds (a fixed
// seed either fits or does not: no test here can fail by chance).

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <synth/level.h>
#include <synth/random.h>
#include <synth/space.h>

Test(synth_random, the_generator_gives_the_reference_sequence_of_xoshiro256starstar)
{
	static const uint64_t expected[] = {11520, 0, 1509978240, UINT64_C(1215971899390074240),
		UINT64_C(1216172134540287360), UINT64_C(607988272756665600)};
	struct lull_random r = {.s = {1, 2, 3, 4}};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		cr_assert(eq(u64, lull_random_next(&r), expected[i]));
	cr_assert(eq(u64, lull_random_mix(1234567), UINT64_C(6457827717110365317)));
}

Test(synth_random, streams_of_one_seed_differ_and_repeat)
{
	struct lull_random a, b, again;
	lull_random_init(&a, 5, 1);
	lull_random_init(&b, 5, 2);
	lull_random_init(&again, 5, 1);
	uint64_t first = lull_random_next(&a);
	cr_assert(ne(u64, first, lull_random_next(&b)));
	cr_assert(eq(u64, first, lull_random_next(&again)));
}

Test(synth_random, ln_exp_and_cos_agree_with_libm)
{
	for (double x = -300; x < 300; x += 0.37) {
		double e = lull_random_exp(x);
		cr_assert(lt(dbl, fabs(e / exp(x) - 1), 2e-13));
		cr_assert(lt(dbl, fabs(lull_random_ln(e) - x), 1e-12));
	}
	for (double x = 1e-9; x < 1e9; x *= 1.7)
		cr_assert(lt(dbl, fabs(lull_random_ln(x) - log(x)), 1e-13));
	for (double t = -3; t < 3; t += 0.0137)
		cr_assert(lt(dbl, fabs(lull_random_cos_turns(t) - cos(2 * acos(-1) * t)), 1e-12));
}

Test(synth_random, exponential_and_normal_have_their_moments)
{
	enum { N = 200000 };
	struct lull_random r;
	double e1 = 0, e2 = 0, n1 = 0, n2 = 0, n4 = 0;
	lull_random_init(&r, 1, 1);
	for (int i = 0; i < N; i++) {
		double e = lull_random_exponential(&r);
		double n = lull_random_normal(&r);
		e1 += e;
		e2 += e * e;
		n1 += n;
		n2 += n * n;
		n4 += n * n * n * n;
	}
	cr_assert(lt(dbl, fabs(e1 / N - 1), 0.01));
	cr_assert(lt(dbl, fabs(e2 / N - 2), 0.05));
	cr_assert(lt(dbl, fabs(n1 / N), 0.01));
	cr_assert(lt(dbl, fabs(n2 / N - 1), 0.01));
	cr_assert(lt(dbl, fabs(n4 / N - 3), 0.1));
}

Test(synth_random, geometric_batches_have_the_dispersion_they_promise)
{
	enum { N = 200000 };
	struct lull_random r;
	lull_random_init(&r, 2, 1);
	for (double mean = 1; mean < 6; mean += 1.5) {
		double s1 = 0, s2 = 0;
		for (int i = 0; i < N; i++) {
			double x = lull_random_geometric(&r, mean);
			cr_assert(ge(dbl, x, 1));
			s1 += x;
			s2 += x * x;
		}
		cr_assert(lt(dbl, fabs(s1 / N - mean), 0.03));
		cr_assert(lt(dbl, fabs(s2 / s1 - (2 * mean - 1)), 0.1));
	}
}

Test(synth_random, a_pick_follows_its_weights_and_never_gives_weight_zero)
{
	enum { N = 100000 };
	static const double weights[] = {5, 0, 1, 0.001, 3, 0, 1};
	struct lull_random r;
	struct lull_pick p;
	double seen[7] = {0};
	lull_random_init(&r, 3, 1);
	cr_assert(eq(int, lull_pick_init(&p, weights, 7), 0));
	for (int i = 0; i < N; i++)
		seen[lull_pick_draw(&p, &r)]++;
	for (int i = 0; i < 7; i++) {
		double expected = weights[i] / 10.001 * N;
		cr_assert(le(dbl, fabs(seen[i] - expected), 4 * sqrt(expected)));
	}
	lull_pick_finish(&p);
}

Test(synth_random, zipf_ranks_fall_as_a_power)
{
	enum { N = 400000 };
	struct lull_random r;
	struct lull_pick p;
	double seen[1000] = {0};
	lull_random_init(&r, 4, 1);
	cr_assert(eq(int, lull_pick_zipf(&p, 1000, 1), 0));
	for (int i = 0; i < N; i++)
		seen[lull_pick_draw(&p, &r)]++;
	cr_assert(lt(dbl, fabs(seen[0] / seen[9] - 10), 1));
	cr_assert(lt(dbl, fabs(seen[0] / N - 1 / 7.4855), 0.005)); // 1 / H(1000)
	lull_pick_finish(&p);
}

Test(synth_random, arrivals_keep_their_rate_under_noise_and_daily_shape)
{
	const struct lull_scene_level level = {.amplitude = 0.5,
		.peak_hours = 14,
		.weekend = 1,
		.sigma = 0.3,
		.memory_ns = 60000000000};
	const uint64_t start = UINT64_C(1749254400000000000), day = UINT64_C(86400000000000);
	struct lull_random r;
	struct lull_arrivals a;
	uint64_t last = start, ts;
	double n = 0, afternoon = 0, night = 0;
	lull_random_init(&r, 6, 1);
	lull_arrivals_init(&a, &r, &level, 2, start, start + 10 * day);
	while ((ts = lull_arrivals_next(&a)) != UINT64_MAX) {
		cr_assert(ge(u64, ts, last));
		uint64_t hour = ts % day / (day / 24);
		afternoon += hour >= 13 && hour < 15;
		night += hour >= 1 && hour < 3;
		n++;
		last = ts;
	}
	cr_assert(lt(dbl, fabs(n / (10 * 86400 * 2.0) - 1), 0.02));
	cr_assert(lt(dbl, fabs(afternoon / night - 3), 0.25)); // 1.5 against 0.5
}

static unsigned lull_bits(const struct lull_prefix *p, const struct lull_addr *a)
{
	cr_assert(lull_prefix_contains(p, a));
	return (unsigned)a->bytes[2] << 8 | a->bytes[3];
}

Test(synth_random, a_space_gives_every_address_once)
{
	struct lull_prefix p[2];
	struct lull_space s;
	static bool seen[65536];
	cr_assert(eq(int, lull_prefix_parse("203.0.112.0/22", &p[0]), 0));
	cr_assert(eq(int, lull_prefix_parse("203.0.120.7", &p[1]), 0));
	lull_space_init(&s, p, 2, 4, 99);
	cr_assert(eq(u64, s.size, 1025));
	for (uint64_t k = 0; k < s.size; k++) {
		struct lull_addr a;
		lull_space_address(&s, k, &a);
		unsigned low = lull_bits(lull_prefix_contains(&p[0], &a) ? &p[0] : &p[1], &a);
		cr_assert(not(seen[low]));
		seen[low] = true;
	}
}
