// SPDX-License-Identifier: BSD-3-Clause
#include "bins.h"
#include "detect/onset.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/time.h>
#include <string.h>

#define S LULL_NS_PER_SECOND

static struct lull_recent history;

static void add(uint64_t start_s, double k, double l)
{
	struct lull_recent_bin bin = {start_s * S, S, (float)k, (float)l};
	lull_recent_add(&history, &bin, LULL_TIME_NONE);
}

static struct lull_onset find(double phi, uint64_t last_ns)
{
	struct lull_onset_question q = {phi, 0.5, 0.05, last_ns};
	return lull_onset_find(&history, &q);
}

Test(onset, silence_begins_after_the_last_packet)
{
	memset(&history, 0, sizeof(history));
	for (uint64_t i = 0; i < 60; i++)
		add(i, i < 40 ? 10.0 : i == 40 ? 3.0 : 0.0, 10.0);
	uint64_t last = 40 * S + 320000000;
	struct lull_onset o = find(1.0, last);
	cr_assert(o.silent);
	cr_assert(eq(u64, o.at.lo_ns, last));
	// Exponential with rate 10: median 69.3 ms, 95 % 299.6 ms.
	cr_assert(epsilon_eq(dbl, (double)(o.at.ns - last), 0.0693147e9, 1e4));
	cr_assert(epsilon_eq(dbl, (double)(o.at.hi_ns - last), 0.2995732e9, 1e4));
	cr_assert(eq(u64, o.after_ns, 41 * S));
}

Test(onset, a_partial_fall_is_placed_inside_its_bin)
{
	memset(&history, 0, sizeof(history));
	// Falls to a fifth at 40.7 s: bin 40 keeps 0.7 + 0.3 / 5 of its packets.
	for (uint64_t i = 0; i < 60; i++)
		add(i, i < 40 ? 1000.0 : i == 40 ? 760.0 : 200.0, 1000.0);
	struct lull_onset o = find(1.0, 59 * S + 900000000);
	cr_assert(not(o.silent));
	cr_assert(lt(dbl, fabs(1e-9 * (double)o.at.ns - 40.7), 0.0626));
	cr_assert(le(dbl, 1e-9 * (double)o.at.lo_ns, 40.7));
	cr_assert(ge(dbl, 1e-9 * (double)o.at.hi_ns, 40.7));
	cr_assert(eq(u64, o.after_ns, 41 * S));
}

Test(onset, a_stray_packet_does_not_move_the_onset)
{
	memset(&history, 0, sizeof(history));
	for (uint64_t i = 0; i < 60; i++)
		add(i, i < 40 ? 100.0 : i == 55 ? 1.0 : 0.0, 100.0);
	struct lull_onset o = find(1.0, 55 * S + 1);
	cr_assert(lt(dbl, fabs(1e-9 * (double)o.at.ns - 40.0), 0.1));
}

Test(onset, a_dip_of_the_level_before_the_fall_is_not_part_of_it)
{
	memset(&history, 0, sizeof(history));
	// A hundred seconds at 0.7 are worth more nats than the three silent ones that alarmed.
	for (uint64_t i = 0; i < 123; i++)
		add(i, i < 20 ? 1000.0 : i < 120 ? 700.0 : 0.0, 1000.0);
	struct lull_onset o = find(1.0, LULL_TIME_NONE);
	cr_assert(lt(dbl, fabs(1e-9 * (double)o.at.ns - 120.0), 0.1));
}

Test(onset, without_times_of_packets_silence_is_placed_by_the_count_of_its_bin)
{
	memset(&history, 0, sizeof(history));
	for (uint64_t i = 0; i < 60; i++)
		add(i, i < 40 ? 100.0 : i == 40 ? 25.0 : 0.0, 100.0);
	struct lull_onset o = find(1.0, LULL_TIME_NONE);
	cr_assert(not(o.silent));
	cr_assert(lt(dbl, fabs(1e-9 * (double)o.at.ns - 40.25), 0.03));
	cr_assert(lt(dbl, 1e-9 * (double)(o.at.hi_ns - o.at.lo_ns), 0.25));
}

Test(onset, nothing_fell_gives_the_last_bin)
{
	memset(&history, 0, sizeof(history));
	add(0, 12.0, 10.0);
	struct lull_onset o = find(1.0, LULL_TIME_NONE);
	cr_assert(epsilon_eq(dbl, o.ratio, 0.0, 0.0));
	cr_assert(le(u64, o.at.lo_ns, o.at.ns));
}

// Share of 95 % intervals that hold the true onset, which falls anywhere inside a bin.
static double coverage(uint64_t seed, double rate, double left, double phi)
{
	struct rng r = {seed};
	int held = 0, runs = 1500;
	for (int run = 0; run < runs; run++) {
		memset(&history, 0, sizeof(history));
		double onset = 60.0 + rng_uniform(&r);
		uint64_t last = LULL_TIME_NONE;
		for (uint64_t i = 0; i < 100; i++) {
			double calm = fmin(fmax(onset - (double)i, 0.0), 1.0);
			double a = rng_compound(&r, rate * calm, phi);
			double b = rng_compound(&r, rate * left * (1.0 - calm), phi);
			add(i, a + b, rate);
			// Last of a uniforms over the calm part, or of b over the rest.
			double at = b > 0.0 ? calm + (1.0 - calm) * pow(rng_uniform(&r), 1.0 / b)
					    : calm * pow(rng_uniform(&r), 1.0 / fmax(a, 1.0));
			if (a + b > 0.0)
				last = i * S + (uint64_t)(1e9 * at);
		}
		struct lull_onset o = find(phi, last);
		held += 1e-9 * (double)o.at.lo_ns <= onset && 1e-9 * (double)o.at.hi_ns >= onset;
	}
	return (double)held / runs;
}

Test(onset, interval_covers_what_it_promises)
{
	const double rates[] = {1.0, 20.0, 200.0}, lefts[] = {0.0, 0.2}, phis[] = {1.0, 5.0};
	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < 2; j++)
			for (size_t p = 0; p < 2; p++) {
				if (rates[i] < 10.0 && (j > 0 || p > 0))
					continue; // 40 bins of 1 packet prove no partial fall
				double c = coverage(
					50 + i * 8 + j * 4 + p, rates[i], lefts[j], phis[p]);
				cr_log_info("rate %g left %g phi %g: %.3f\n", rates[i], lefts[j],
					phis[p], c);
				cr_assert(ge(dbl, c, 0.93));
				// Silence is dated on the safe side where packets come in batches.
				cr_assert(le(dbl, c, phis[p] > 1.0 && j == 0 ? 1.0 : 0.985));
			}
}
