// SPDX-License-Identifier: BSD-3-Clause
// Restarts that miss something, and reloads that change something.
#include "scene.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>

static const uint64_t keys[] = {0, 1, 2, 3};
static const char *const names[] = {"all", "u1", "u2", "u3"};
static const struct lull_upstreams two = {3, keys, names};
static struct scene s;

static size_t save(uint8_t **data, const struct lull_upstreams *upstreams)
{
	size_t n;
	cr_assert(eq(int, lull_detect_save(s.detect, upstreams, data, &n), 0));
	return n;
}

// The configuration becomes another one, with these targets; the detector's memory goes on.
static int reload(const char *const *targets, size_t n_targets, const char *bin,
	const struct lull_upstreams *upstreams)
{
	uint8_t *data;
	size_t n = save(&data, &two);
	scene_close(&s);
	s.config = lull_config_create();
	for (size_t i = 0; i < n_targets; i++)
		if (lull_config_add_target(s.config, targets[i]))
			abort();
	if (lull_config_set(s.config, "bin", bin) || lull_config_check(s.config))
		abort();
	s.targets = lull_targets_create(s.config);
	s.detect = lull_detect_create(s.config, s.targets, scene_event, &s);
	int err = lull_detect_load(s.detect, upstreams, data, n);
	free(data);
	return err;
}

static void restart(double gap_s)
{
	uint8_t *data;
	size_t n = save(&data, &two);
	lull_detect_destroy(s.detect);
	s.detect = lull_detect_create(s.config, s.targets, scene_event, &s);
	cr_assert(eq(int, lull_detect_load(s.detect, &two, data, n), 0));
	free(data);
	scene_gap(&s, gap_s);
}

static void revisions_count_up(void)
{
	uint32_t rev = 0;
	for (size_t i = 0; i < s.n_events; i++)
		if (s.events[i].target == 1)
			cr_assert(eq(u32, s.events[i].rev, ++rev));
}

Test(detect_restart, inside_an_outage_it_stays_one_event_with_one_id)
{
	// Anywhere from before the onset to after the return, for seconds to minutes.
	int began = 0, ended = 0;
	for (int i = 0; i < 120; i++) {
		double at = 395 + 3 * i, gap = 1 + (i * 7) % 90;
		scene_open(&s, 5100 + i, "1s", 2, 2, 50, 100);
		scene_phase(&s, 0, 400.37, 700.2, 0.0);
		scene_run(&s, at);
		restart(gap);
		scene_run(&s, 1100);
		cr_assert(eq(sz, scene_count(&s, LULL_KINDS), 1), "restart at %.0f", at);
		revisions_count_up();
		const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
		cr_assert(ev && ev->state == LULL_ENDED, "restart at %.0f", at);
		cr_assert(lt(dbl, scene_s(&s, ev->onset.lo_ns), 400.6), "restart at %.0f", at);
		cr_assert(lt(dbl, scene_s(&s, ev->end.lo_ns), 700.4), "restart at %.0f", at);
		cr_assert(gt(dbl, scene_s(&s, ev->end.hi_ns), 700.0), "restart at %.0f", at);
		began += scene_s(&s, ev->onset.lo_ns) <= 400.37 &&
			 scene_s(&s, ev->onset.hi_ns) >= 400.37;
		ended += scene_s(&s, ev->end.lo_ns) <= 700.2 && scene_s(&s, ev->end.hi_ns) >= 700.2;
		scene_close(&s);
	}
	cr_assert(ge(int, began, 108), "%d of 120 intervals hold the onset", began);
	cr_assert(ge(int, ended, 108), "%d of 120 intervals hold the end", ended);
}

Test(detect_restart, what_came_back_while_nobody_looked_ends_somewhere_in_the_gap)
{
	scene_open(&s, 5200, "1s", 1, 1, 50, 100);
	scene_phase(&s, 0, 400.37, 700.2, 0.0);
	scene_run(&s, 500);
	restart(3 * 3600);
	scene_run(&s, 500 + 3 * 3600 + 200);
	const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
	cr_assert(ev && ev->state == LULL_ENDED);
	cr_assert(le(dbl, scene_s(&s, ev->end.lo_ns), 500.001));
	cr_assert(ge(dbl, scene_s(&s, ev->end.hi_ns), 499.9 + 3 * 3600));
	scene_close(&s);
}

Test(detect_restart, what_fell_while_nobody_looked_began_somewhere_in_the_gap)
{
	scene_open(&s, 5300, "1s", 1, 1, 50, 100);
	scene_phase(&s, 0, 700, 5000, 0.0);
	scene_run(&s, 600);
	restart(600);
	scene_run(&s, 1400);
	const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
	cr_assert(ev && ev->state == LULL_CONFIRMED);
	cr_assert(le(dbl, scene_s(&s, ev->onset.lo_ns), 600.001));
	cr_assert(ge(dbl, scene_s(&s, ev->onset.hi_ns), 1199.9));
	scene_close(&s);
}

Test(detect_restart, a_return_cut_short_by_the_gap_is_no_end)
{
	// Back for four seconds, then nobody looks, then it is gone as before.
	scene_open(&s, 5400, "1s", 1, 1, 50, 100);
	scene_phase(&s, 0, 400.37, 700, 0.0);
	scene_phase(&s, 0, 704, 1500, 0.0);
	scene_run(&s, 704);
	cr_assert(eq(int, s.events[s.n_events - 1].state, LULL_RECOVERING));
	restart(300);
	scene_run(&s, 1700);
	cr_assert(eq(sz, scene_count(&s, LULL_KINDS), 1));
	const struct lull_event *ev = scene_last(&s, 1, LULL_OUTAGE);
	cr_assert(eq(int, ev->state, LULL_ENDED));
	cr_assert(lt(dbl, fabs(scene_s(&s, ev->end.ns) - 1500), 1.0));
	scene_close(&s);
}

static const char *const before[] = {"t1=175.45.176.0/24", "t2=175.45.177.0/24"};

Test(detect_restart, a_target_more_leaves_the_others_as_they_are)
{
	static const char *const after[] = {
		"t0=175.45.180.0/24", "t2=175.45.177.0/24", "t1=175.45.176.0/24"};
	scene_open(&s, 5500, "1s", 2, 2, 50, 100);
	scene_phase(&s, 1, 500, 800, 0.0);
	scene_run(&s, 600);
	struct lull_target_status old, new;
	lull_detect_status(s.detect, 1, &old);
	char id[17];
	memcpy(id, s.events[s.n_events - 1].id, sizeof(id));
	cr_assert(eq(int, reload(after, 3, "1s", &two), 0));
	lull_detect_status(s.detect, 3, &new);
	cr_assert(eq(int, new.state, LULL_UP));
	cr_assert(eq(u64, new.packets_out, old.packets_out));
	cr_assert(eq(dbl, new.expected_pps, old.expected_pps));
	cr_assert(eq(u64, new.learnt_ns, old.learnt_ns));
	cr_assert(eq(sz, lull_detect_open(s.detect), 1));
	// The scene's second target is t2 again; its first one is new and its own.
	scene_run(&s, 1000);
	const struct lull_event *ev = scene_last(&s, 2, LULL_OUTAGE);
	cr_assert(ev && ev->state == LULL_ENDED);
	cr_assert(eq(int, strcmp(ev->id, id), 0));
	cr_assert(eq(int, strcmp(ev->target_name, "t2"), 0));
	cr_assert(eq(int, strcmp(ev->config_digest, s.config->digest), 0));
	lull_detect_status(s.detect, 1, &new);
	cr_assert(lt(u64, new.learnt_ns, 450 * LULL_NS_PER_SECOND)); // t0 began at the reload
	scene_close(&s);
}

Test(detect_restart, an_open_event_of_a_target_that_is_gone_is_closed_and_says_why)
{
	static const char *const after[] = {"renamed=175.45.176.0/24", "t2=175.45.177.0/24"};
	scene_open(&s, 5600, "1s", 2, 2, 50, 100);
	scene_phase(&s, 0, 500, 2000, 0.0);
	scene_run(&s, 600);
	struct lull_event last = s.events[s.n_events - 1];
	size_t told = s.n_events;
	cr_assert(eq(int, last.state, LULL_CONFIRMED));
	// The name of the event is valid during the call only: look at it there.
	cr_assert(eq(int, reload(after, 2, "1s", &two), 0));
	cr_assert(eq(sz, s.n_events, told + 1));
	const struct lull_event *ev = &s.events[told];
	cr_assert(eq(int, strcmp(ev->id, last.id), 0));
	cr_assert(eq(u32, ev->rev, last.rev + 1));
	cr_assert(eq(int, ev->state, LULL_ENDED));
	cr_assert(eq(u32, ev->target, LULL_NO_TARGET));
	cr_assert(eq(u64, ev->end.ns, LULL_TIME_NONE));
	cr_assert(strstr(ev->causes[0].evidence, "no longer in the configuration") != NULL);
	cr_assert(eq(sz, lull_detect_open(s.detect), 0));
	scene_run(&s, 700);
	cr_assert(eq(sz, s.n_events, told + 1)); // silent and new: nothing to judge
	scene_close(&s);
}

Test(detect_restart, upstreams_are_known_by_name)
{
	static const uint64_t other_keys[] = {0, 8, 9, 10};
	static const char *const other_names[] = {"all", "u9", "u2", "u1"};
	const struct lull_upstreams moved = {4, other_keys, other_names};
	const struct lull_upstreams gone = {3, other_keys, other_names}; // u1 is not there
	for (int i = 0; i < 2; i++) {
		scene_open(&s, 5700, "1s", 2, 2, 50, 100);
		flow_phase(&s.out[0][0], 400, 2000, 0.0);
		flow_phase(&s.out[0][1], 400, 2000, 2.0);
		scene_run(&s, 500);
		size_t told = s.n_events;
		cr_assert(eq(int, s.events[told - 1].kind, LULL_REROUTE));
		cr_assert(eq(int, reload(before, 2, "1s", i ? &gone : &moved), 0));
		cr_assert(eq(sz, lull_detect_open(s.detect), i ? 0 : 1));
		cr_assert(eq(sz, s.n_events, told + (size_t)i));
		if (i) {
			cr_assert(eq(int, s.events[told].state, LULL_ENDED));
			cr_assert(eq(u32, s.events[told].target, 1));
		} else {
			lull_detect_finish(s.detect);
			const struct lull_event *ev = &s.events[s.n_events - 1];
			cr_assert(eq(int, strcmp(ev->upstream, "u1"), 0));
			cr_assert(eq(int, strcmp(ev->id, s.events[told - 1].id), 0));
		}
		scene_close(&s);
	}
}

static void is_fresh(void)
{
	struct lull_target_status status;
	lull_detect_status(s.detect, 1, &status);
	cr_assert(eq(int, status.state, LULL_LEARNING));
	cr_assert(eq(u64, status.packets_out, 0));
	cr_assert(eq(sz, lull_detect_open(s.detect), 0));
}

Test(detect_restart, another_bin_length_starts_anew)
{
	scene_open(&s, 5800, "1s", 2, 2, 50, 100);
	scene_run(&s, 400);
	cr_assert(eq(int, reload(before, 2, "2s", &two), -EBADMSG));
	is_fresh();
	scene_close(&s);
}

Test(detect_restart, damaged_memory_is_refused_as_a_whole)
{
	scene_open(&s, 5900, "1s", 2, 2, 50, 100);
	scene_phase(&s, 0, 400, 2000, 0.0);
	scene_run(&s, 450);
	uint8_t *data;
	size_t n = save(&data, &two), told = s.n_events;
	lull_detect_destroy(s.detect);
	s.detect = lull_detect_create(s.config, s.targets, scene_event, &s);
	for (size_t part = 0; part < n; part += 1 + part / 300) {
		uint8_t *cut = malloc(part + 1); // a sanitizer sees one byte too many
		memcpy(cut, data, part);
		cr_assert(eq(int, lull_detect_load(s.detect, &two, cut, part), -EBADMSG));
		free(cut);
	}
	data[0] ^= 2; // version
	cr_assert(eq(int, lull_detect_load(s.detect, &two, data, n), -EBADMSG));
	is_fresh();
	cr_assert(eq(sz, s.n_events, told));
	data[0] ^= 2;
	cr_assert(eq(int, lull_detect_load(s.detect, &two, data, n), 0));
	cr_assert(eq(sz, lull_detect_open(s.detect), 1));
	free(data);
	scene_close(&s);
}
