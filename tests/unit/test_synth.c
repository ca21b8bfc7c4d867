// SPDX-License-Identifier: BSD-3-Clause
// The generator: the same bytes again, rates and shares as asked for, events that do what they
// say.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/decode.h>
#include <lull/siphash.h>
#include <lull/synth.h>
#include <math.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)
#define START UINT64_C(1749265200000000000) // 2025-06-07T03:00:00Z

// What a scenario gave, second by second.
struct tally {
	uint64_t out[4000], in[4000], upstream[2][4000], syn_in[4000], rest[4000];
	uint64_t packets, hash;
};
static struct tally tally;

static void run(const char *text, uint64_t packets)
{
	static const struct lull_sipkey key = {1, 2};
	struct lull_scenario *s = lull_scenario_parse(text, strlen(text), "test");
	cr_assert(ne(ptr, s, NULL));
	struct lull_synth *g = lull_synth_create(s, packets);
	struct lull_synth_packet p;
	memset(&tally, 0, sizeof(tally));
	while (lull_synth_next(g, &p) == 1) {
		uint64_t i = (p.packet.ts_ns - START) / SECOND;
		tally.hash = lull_siphash_pair(&key, tally.hash ^ p.packet.ts_ns,
			lull_siphash(&key, p.packet.data, p.packet.caplen));
		tally.packets++;
		if (i >= 4000)
			continue;
		tally.out[i] += p.mark.src != 0;
		tally.in[i] += p.mark.dst != 0;
		tally.rest[i] += p.mark.src == 0 && p.mark.dst == 0 && p.mark.family != 0;
		tally.syn_in[i] += p.mark.dst != 0 && p.mark.tcp_flags == LULL_TCP_SYN;
		if (p.mark.src != 0)
			tally.upstream[p.mark.upstream & 1][i]++;
	}
	lull_synth_destroy(g);
	lull_scenario_destroy(s);
}

static uint64_t sum(const uint64_t *counts, int from, int to)
{
	uint64_t n = 0;
	for (int i = from; i < to; i++)
		n += counts[i];
	return n;
}

#define HEAD                                                                                       \
	"start: 2025-06-07T03:00:00Z\n"                                                            \
	"background: {rate: 50}\n"                                                                 \
	"upstreams: [{name: a, vlan: 1}, {name: b, vlan: 2}]\n"                                    \
	"targets:\n"                                                                               \
	"  - {name: t, prefixes: [192.0.2.0/24, 2001:db8::/32], out: 100, in: 60, phi: 4}\n"

Test(synth, a_scenario_gives_the_same_bytes_again_and_another_seed_others)
{
	run("seed: 1\nduration: 20s\n" HEAD, 0);
	uint64_t first = tally.hash;
	run("seed: 1\nduration: 20s\n" HEAD, 0);
	cr_assert(eq(u64, tally.hash, first));
	run("seed: 2\nduration: 20s\n" HEAD, 0);
	cr_assert(ne(u64, tally.hash, first));
}

// Pinned: a capture in pcaps/ must not change because the code did. When it must, pin anew and
// make pcaps/ again.
Test(synth, the_bytes_are_those_every_compiler_makes)
{
	run("seed: 1\nduration: 20s\n" HEAD, 0);
	cr_assert(eq(u64, tally.hash, UINT64_C(3293398705048835948)));
}

Test(synth, rates_and_dispersion_are_as_asked)
{
	run("seed: 3\nduration: 2000s\n" HEAD, 0);
	double out = (double)sum(tally.out, 0, 2000) / 2000, square = 0;
	double in = (double)sum(tally.in, 0, 2000) / 2000;
	double rest = (double)sum(tally.rest, 0, 2000) / 2000;
	cr_assert(lt(dbl, fabs(out - 100), 2));
	cr_assert(lt(dbl, fabs(in - 60), 2));
	cr_assert(lt(dbl, fabs(rest - 50), 1));
	for (int i = 0; i < 2000; i++)
		square += ((double)tally.out[i] - out) * ((double)tally.out[i] - out);
	double phi = square / 2000 / out;
	cr_assert(gt(dbl, phi, 3.2));
	cr_assert(lt(dbl, phi, 4.6));
}

Test(synth, an_outage_is_sharp_and_ends)
{
	run("seed: 4\nduration: 90s\n" HEAD
	    "events: [{kind: outage, targets: [t], from: +30s, to: +60s, in: 0.5}]\n",
		0);
	cr_assert(gt(u64, sum(tally.out, 0, 30), 2000));
	cr_assert(eq(u64, sum(tally.out, 30, 60), 0));
	cr_assert(gt(u64, sum(tally.out, 60, 90), 2000));
	cr_assert(gt(u64, sum(tally.syn_in, 40, 60), 100), "some keep trying");
	cr_assert(gt(u64, sum(tally.rest, 30, 60), 1200), "the rest goes on");
}

Test(synth, an_outage_of_one_upstream_leaves_the_other_and_a_share_remains)
{
	run("seed: 5\nduration: 200s\n" HEAD
	    "events: [{kind: outage, targets: [t], from: +100s, to: +200s, upstreams: [a],"
	    " remaining: 0.25}]\n",
		0);
	double before = (double)sum(tally.upstream[0], 0, 100);
	double after = (double)sum(tally.upstream[0], 100, 200);
	double other = (double)sum(tally.upstream[1], 100, 200);
	cr_assert(lt(dbl, fabs(after / before - 0.25), 0.06));
	cr_assert(lt(dbl, fabs(other / 5000 - 1), 0.1));
}

Test(synth, moved_traffic_changes_its_upstream_and_nothing_else)
{
	run("seed: 6\nduration: 100s\n" HEAD, 0);
	uint64_t out = sum(tally.out, 0, 100), in = sum(tally.in, 0, 100);
	run("seed: 6\nduration: 100s\n" HEAD
	    "events: [{kind: moved, targets: [t], from: +50s, to: +100s, upstreams: [a],"
	    " onto: b}]\n",
		0);
	cr_assert(eq(u64, sum(tally.out, 0, 100), out));
	cr_assert(eq(u64, sum(tally.in, 0, 100), in));
	cr_assert(eq(u64, sum(tally.upstream[0], 50, 100), 0));
}

Test(synth, a_change_to_one_target_leaves_the_others_as_they_were)
{
	run("seed: 7\nduration: 30s\n" HEAD, 0);
	uint64_t rest = sum(tally.rest, 0, 30), out = sum(tally.out, 0, 30);
	run("seed: 7\nduration: 30s\n" HEAD
	    "  - {name: u, prefixes: [203.0.113.0/24], out: 0, in: 5}\n",
		0);
	cr_assert(eq(u64, sum(tally.rest, 0, 30), rest));
	cr_assert(eq(u64, sum(tally.out, 0, 30), out), "u is dark: nothing comes out of it");
}

Test(synth, faults_of_the_tap_hit_everything)
{
	run("seed: 8\nduration: 100s\n" HEAD "events:\n"
	    "  - {kind: gap, from: +20s, to: +30s}\n"
	    "  - {kind: loss, from: +40s, to: +60s, fraction: 0.9}\n"
	    "  - {kind: duplicate, from: +70s, to: +100s, fraction: 1}\n",
		0);
	cr_assert(eq(u64, sum(tally.out, 20, 30) + sum(tally.rest, 20, 30), 0));
	cr_assert(lt(dbl, fabs((double)sum(tally.rest, 40, 60) / 1000 - 0.1), 0.04));
	cr_assert(lt(dbl, fabs((double)sum(tally.rest, 70, 100) / 1500 - 2), 0.1));
}

Test(synth, reordered_packets_keep_their_times)
{
	static const char text[] =
		"seed: 9\nduration: 60s\n" HEAD "events: [{kind: reorder, from: +10s, to: +50s,"
		" fraction: 0.2, jitter: 300ms}]\n";
	struct lull_scenario *s = lull_scenario_parse(text, strlen(text), "test");
	struct lull_synth *g = lull_synth_create(s, 0);
	struct lull_synth_packet p;
	uint64_t highest = 0, behind = 0, n = 0;
	while (lull_synth_next(g, &p) == 1) {
		n++;
		if (p.packet.ts_ns < highest) {
			behind++;
			cr_assert(le(u64, highest - p.packet.ts_ns, 300 * SECOND / 1000 + 1000));
		} else {
			highest = p.packet.ts_ns;
		}
	}
	lull_synth_destroy(g);
	lull_scenario_destroy(s);
	run("seed: 9\nduration: 60s\n" HEAD, 0);
	cr_assert(eq(u64, n, tally.packets), "none is lost");
	cr_assert(gt(u64, behind, 1000));
}

Test(synth, a_step_of_the_clock_moves_times_and_not_packets)
{
	run("seed: 10\nduration: 100s\n" HEAD
	    "events: [{kind: clock, from: +50s, to: +100s, step: 1000s}]\n",
		0);
	cr_assert(eq(u64, sum(tally.out, 50, 1050), 0));
	cr_assert(gt(u64, sum(tally.out, 1050, 1100), 4000));
}

Test(synth, a_number_of_packets_decides_the_end)
{
	run("seed: 11\nduration: 1s\n" HEAD, 5000);
	cr_assert(eq(u64, tally.packets, 5000));
}
