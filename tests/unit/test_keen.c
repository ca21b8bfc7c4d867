// SPDX-License-Identifier: BSD-3-Clause
// Bursty targets: what does not come in bursts tells sooner that they fell silent.
#include "detect/keen.h"
#include "scene.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct scene s;

// Base bins of `sources` addresses with `each` packets on average, in bins of 10 of them.
static enum lull_feature try_out(struct rng *rng, double packets, double phi, double sources)
{
	struct lull_keen k = {.n = 0};
	enum lull_feature chosen = LULL_PACKETS;
	for (int bin = 0; bin < 60 && chosen == LULL_PACKETS; bin++) {
		for (int i = 0; i < 10; i++) {
			struct lull_row row = {
				.packets = (uint64_t)rng_compound(rng, packets, phi)};
			row.distinct = (uint64_t)rng_compound(rng, sources, 1.0);
			lull_keen_count(&k, &row);
		}
		chosen = lull_keen_close(&k, true, 3600);
	}
	return chosen;
}

Test(keen, the_feature_with_the_largest_lambda_over_phi_is_chosen)
{
	struct rng rng = {.s = 31001};
	cr_expect(eq(int, try_out(&rng, 5, 100, 4), LULL_SOURCES));
	cr_expect(eq(int, try_out(&rng, 2, 50, 0.02), LULL_ACTIVE_BINS));
}

Test(keen, packets_that_do_not_come_in_bursts_need_no_other_feature)
{
	struct rng rng = {.s = 31002};
	for (int i = 0; i < 100; i++)
		cr_expect(eq(int, try_out(&rng, 5, 1, 1), LULL_PACKETS));
}

Test(keen, where_most_bins_have_packets_their_number_is_not_watched)
{
	struct rng rng = {.s = 31003};
	for (double rate = 0.1; rate < 2; rate += 1.0) { // single packets, and a rare heap of 1000
		struct lull_keen k = {.n = 0};
		enum lull_feature chosen = LULL_PACKETS;
		for (int bin = 0; bin < 60 && chosen == LULL_PACKETS; bin++) {
			for (int i = 0; i < 10; i++) {
				struct lull_row row = {
					.packets = (uint64_t)rng_poisson(&rng, rate)};
				row.packets += 1000 * (rng_uniform(&rng) < 0.02);
				row.distinct = row.packets;
				lull_keen_count(&k, &row);
			}
			chosen = lull_keen_close(&k, true, 3600);
		}
		cr_expect(eq(int, chosen, rate < 1 ? LULL_ACTIVE_BINS : LULL_PACKETS));
	}
}

Test(keen, a_feature_that_turns_out_no_better_is_given_up)
{
	for (int crowd = 0; crowd < 2; crowd++) {
		struct rng rng = {.s = 31004};
		struct lull_keen k = {.n = 0};
		for (int bin = 0; bin < 5000; bin++) {
			double phi = bin > 100 && !crowd ? 1 : 100;
			struct lull_row row = {.packets = (uint64_t)rng_compound(&rng, 50, phi)};
			row.distinct = (uint64_t)rng_poisson(&rng, 10);
			if (bin > 100 && crowd)
				row.distinct = 10;
			lull_keen_count(&k, &row);
			enum lull_feature feature = lull_keen_close(&k, true, 3600);
			k.over |= k.feature != LULL_PACKETS && feature == LULL_PACKETS;
			k.feature = k.over ? LULL_PACKETS : (uint8_t)feature;
			if (bin == 100)
				cr_expect(eq(int, k.feature, LULL_SOURCES));
		}
		cr_expect(k.over);
	}
}

// One busy server: its address is always there, and so are its packets; answers come one by one.
Test(keen, openings_of_connections_are_chosen_where_addresses_and_bins_are_crowded)
{
	struct rng rng = {.s = 31005};
	for (int syns = 0; syns < 2; syns++) {
		struct lull_keen k = {.n = 0};
		enum lull_feature chosen = LULL_PACKETS;
		for (int bin = 0; bin < 60 && chosen == LULL_PACKETS; bin++) {
			struct lull_row row = {.packets = 10, .distinct = 1};
			row.packets += (uint64_t)rng_compound(&rng, 50, 100);
			*(syns ? &row.syn : &row.synack) = (uint64_t)rng_poisson(&rng, 5);
			lull_keen_count(&k, &row);
			chosen = lull_keen_close(&k, true, 3600);
		}
		cr_expect(eq(int, chosen, LULL_SYNS));
	}
}

#define FELL 18000

// Silence after five hours of bursts of about twenty packets, ten packets a second.
static double found_after(uint64_t seed, double phi)
{
	scene_open(&s, seed, "1s", 1, 1, 10, 100);
	s.out[0][0].phi = phi;
	scene_phase(&s, 0, FELL, FELL + 1800, 0.0);
	scene_run(&s, FELL + 2400);
	for (size_t i = 0; i < s.n_events; i++)
		cr_assert(lt(dbl, scene_s(&s, s.events[i].onset.lo_ns), FELL + 1.0),
			"seed %lu: onset at %.0f", (unsigned long)seed,
			scene_s(&s, s.events[i].onset.lo_ns));
	const struct lull_event *e = scene_last(&s, 1, LULL_OUTAGE);
	cr_assert(ne(ptr, (void *)e, NULL), "seed %lu: not found", (unsigned long)seed);
	return scene_s(&s, s.events[0].detected_ns) - FELL;
}

Test(keen, silence_of_a_bursty_target_is_found_sooner_than_its_packets_allow)
{
	for (uint64_t seed = 31010; seed < 31020; seed++) {
		double after = found_after(seed, 100);
		const struct lull_event *e = scene_last(&s, 1, LULL_OUTAGE);
		// h phi/(rho lambda), with rho at most 0.7
		cr_expect(lt(dbl, after, 0.75 * e->threshold * 100 / (0.7 * 10)));
		cr_expect(ne(int, e->basis, LULL_PACKETS));
		cr_expect(lt(dbl, fabs(e->expected_pps - 10), 3.0), "packets all the same");
		cr_expect(eq(int, e->state, LULL_ENDED));
		cr_expect(lt(dbl, fabs(scene_s(&s, e->end.ns) - FELL - 1800), 60.0));
		scene_close(&s);
	}
}

Test(keen, a_calm_target_is_judged_by_its_packets_and_all_of_its_budget)
{
	double after = found_after(31030, 1);
	cr_assert(le(dbl, after, 4.0));
	const struct lull_event *e = scene_last(&s, 1, LULL_OUTAGE);
	cr_assert(eq(int, e->basis, LULL_PACKETS));
	double calm = e->threshold;
	scene_close(&s);
	found_after(31031, 100);
	struct lull_target_status status;
	lull_detect_status(s.detect, 1, &status);
	e = scene_last(&s, 1, LULL_OUTAGE);
	double bins = 1e-9 * (double)e->bin_ns; // longer bins have a smaller threshold
	cr_assert(lt(dbl, fabs(e->threshold - (calm + log(2.0) - log(bins))), 1e-3));
	scene_close(&s);
}

// A server of one address that answers two openings a second; what it sends comes in bursts.
static void serve(uint64_t seed, bool answers)
{
	scene_open(&s, seed, "1s", 1, 1, 10, 100);
	s.out[0][0].phi = 100;
	s.answers[0] = (struct flow){.pps = answers ? 2 : 0, .phi = 1};
}

Test(keen, silence_of_a_busy_server_is_found_by_the_connections_it_opens_no_more)
{
	for (uint64_t seed = 31040; seed < 31050; seed++) {
		serve(seed, true);
		scene_phase(&s, 0, FELL, FELL + 1800, 0.0);
		scene_run(&s, FELL + 2400);
		const struct lull_event *e = scene_last(&s, 1, LULL_OUTAGE);
		cr_assert(ne(ptr, (void *)e, NULL), "seed %lu", (unsigned long)seed);
		cr_expect(eq(int, e->basis, LULL_SYNS));
		// its packets alone need h phi/(rho lambda) = 17 nats x 100/(0.7 x 12) = 200 s
		cr_expect(le(dbl, scene_s(&s, s.events[0].revised_ns) - FELL, 70.0));
		cr_expect(le(dbl, fabs(scene_s(&s, e->onset.ns) - FELL), 5.0));
		cr_expect(eq(int, e->state, LULL_ENDED));
		cr_expect(le(dbl, fabs(scene_s(&s, e->end.ns) - FELL - 1800), 5.0));
		cr_expect(eq(sz, scene_count(&s, LULL_KINDS), 1));
		scene_close(&s);
	}
}

// Packets that come in bursts of a hundred may pause just then: in one of twenty they seem to.
Test(keen, connections_that_are_opened_no_more_while_packets_go_on_are_no_outage)
{
	size_t told = 0;
	for (uint64_t seed = 31100; seed < 31140; seed++) {
		serve(seed, true);
		flow_phase(&s.answers[0], FELL, 1e9, 0.0);
		scene_run(&s, FELL + 3600);
		if (s.n_events > 0) {
			told++;
			cr_expect(eq(int, s.events[0].basis, LULL_SYNS));
			scene_close(&s);
			continue;
		}
		// Its packets are watched on, within all of its share.
		scene_phase(&s, 0, FELL + 3600, FELL + 7200, 0.0);
		scene_run(&s, FELL + 7200);
		const struct lull_event *e = scene_last(&s, 1, LULL_OUTAGE);
		cr_assert(ne(ptr, (void *)e, NULL), "seed %lu", (unsigned long)seed);
		cr_expect(ne(int, e->basis, LULL_SYNS));
		scene_close(&s);
	}
	cr_expect(le(sz, told, 2), "%zu", told);
}

Test(keen, half_the_budget_keeps_calm_servers_calm)
{
	size_t events = 0;
	for (uint64_t seed = 31060; seed < 31064; seed++) {
		serve(seed, true);
		s.sigma = 0.3;
		scene_run(&s, 2 * 86400);
		events += scene_count(&s, LULL_KINDS);
		scene_close(&s);
	}
	cr_expect(le(sz, events, 1));
}
