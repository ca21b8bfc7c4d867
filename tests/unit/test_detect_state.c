// SPDX-License-Identifier: BSD-3-Clause
// What the detector remembers over a restart: everything. A run that was saved and loaded, at any
// bin, tells the same story as one that was not.
#include "scene.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>

static const uint64_t keys[] = {0, 1, 2, 3};
static const char *const names[] = {"all", "u1", "u2", "u3"};
static struct scene whole, cut;

static bool same_real(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static bool same_instant(const struct lull_instant *a, const struct lull_instant *b)
{
	return a->ns == b->ns && a->lo_ns == b->lo_ns && a->hi_ns == b->hi_ns;
}

static bool same_signals(const struct lull_signals *a, const struct lull_signals *b)
{
	const size_t n = sizeof(*a) / sizeof(double);
	double x[sizeof(*a) / sizeof(double)], y[sizeof(*a) / sizeof(double)];
	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	for (size_t i = 0; i < n; i++)
		if (!same_real(x[i], y[i]))
			return false;
	return true;
}

static bool same_figures(const struct lull_event *a, const struct lull_event *b)
{
	return same_real(a->expected_pps, b->expected_pps) &&
	       same_real(a->observed_pps, b->observed_pps) &&
	       same_real(a->lost.value, b->lost.value) && same_real(a->lost.lo, b->lost.lo) &&
	       same_real(a->lost.hi, b->lost.hi) && same_real(a->evidence, b->evidence) &&
	       same_real(a->threshold, b->threshold) && a->basis == b->basis &&
	       same_real(a->budget_per_day, b->budget_per_day) &&
	       same_real(a->control_ratio, b->control_ratio) && a->loss == b->loss &&
	       a->lost_packets == b->lost_packets && a->bin_ns == b->bin_ns &&
	       a->learnt_ns == b->learnt_ns;
}

static bool same_lists(const struct lull_event *a, const struct lull_event *b)
{
	if (a->n_parts != b->n_parts || a->n_causes != b->n_causes)
		return false;
	for (size_t i = 0; i < a->n_parts; i++)
		if (strcmp(a->parts[i].upstream, b->parts[i].upstream) != 0 ||
			!same_real(a->parts[i].expected_pps, b->parts[i].expected_pps) ||
			!same_real(a->parts[i].observed_pps, b->parts[i].observed_pps) ||
			!same_real(a->parts[i].lost, b->parts[i].lost))
			return false;
	for (size_t i = 0; i < a->n_causes; i++)
		if (strcmp(a->causes[i].label, b->causes[i].label) != 0 ||
			!same_real(a->causes[i].weight, b->causes[i].weight) ||
			strcmp(a->causes[i].evidence, b->causes[i].evidence) != 0)
			return false;
	return true;
}

static bool same_event(const struct lull_event *a, const struct lull_event *b)
{
	return strcmp(a->id, b->id) == 0 && a->rev == b->rev && a->state == b->state &&
	       a->kind == b->kind && a->target == b->target &&
	       strcmp(a->upstream, b->upstream) == 0 && a->revised_ns == b->revised_ns &&
	       same_instant(&a->onset, &b->onset) && same_instant(&a->end, &b->end) &&
	       a->detected_ns == b->detected_ns && a->scope == b->scope && a->tap == b->tap &&
	       same_figures(a, b) && same_signals(&a->before, &b->before) &&
	       same_signals(&a->during, &b->during) && same_lists(a, b) &&
	       strcmp(a->config_digest, b->config_digest) == 0;
}

// The scene's detector goes, and a fresh one comes with its memory.
static void restart(struct scene *s)
{
	struct lull_upstreams upstreams = {1 + s->n_upstreams, keys, names};
	uint8_t *data;
	size_t n;
	cr_assert(eq(int, lull_detect_save(s->detect, &upstreams, &data, &n), 0));
	lull_detect_destroy(s->detect);
	s->detect = lull_detect_create(s->config, s->targets, scene_event, s);
	cr_assert(eq(int, lull_detect_load(s->detect, &upstreams, data, n), 0));
	free(data);
}

typedef void story(struct scene *s);

static void all_at_once(struct scene *s)
{
	scene_open(s, 20011, "1s", 2, 2, 50, 100);
	scene_phase(s, 0, 400.37, 600.2, 0.0);
}

static void one_upstream(struct scene *s)
{
	scene_open(s, 20012, "1s", 2, 2, 50, 100);
	flow_phase(&s->out[0][0], 400.37, 650.2, 0.0);
}

static void moved(struct scene *s)
{
	scene_open(s, 20013, "1s", 2, 2, 50, 100);
	flow_phase(&s->out[0][0], 400.37, 600.2, 0.0);
	flow_phase(&s->out[0][1], 400.37, 600.2, 2.0);
}

static void tap_fault(struct scene *s)
{
	scene_open(s, 20014, "1s", 2, 1, 50, 100);
	for (size_t t = 0; t < 2; t++) {
		scene_phase(s, t, 500.37, t == 0 ? 1200 : 600.2, 0.0);
		flow_phase(&s->in[t], 500.37, 600.2, 0.0);
	}
	flow_phase(&s->control, 500.37, 600.2, 0.0);
}

static void attack(struct scene *s)
{
	scene_open(s, 20015, "1s", 2, 3, 30, 100);
	s->sigma = 0.3;
	s->syn.pps = 5;
	flow_phase(&s->syn, 450, 600, 60);
	flow_phase(&s->in[0], 450, 600, 20);
	scene_phase(s, 0, 500, 600, 0.4);
	scene_phase(s, 0, 600, 2000, 0.0);
	flow_phase(&s->noroute, 0, 1, 1);
	s->noroute.pps = 2;
}

static void sparse(struct scene *s)
{
	scene_open(s, 20016, "1s", 3, 2, 0.4, 3);
	scene_phase(s, 0, 6000, 7500, 0.0);
	flow_phase(&s->out[1][1], 6000, 7500, 0.0);
}

static void bursts(struct scene *s)
{
	scene_open(s, 20017, "1s", 2, 1, 10, 30);
	s->out[0][0].phi = 100;
	scene_phase(s, 0, 6000, 7500, 0.0);
}

// Both a rise that is told and the fall that takes its place.
static void flood(struct scene *s)
{
	scene_open(s, 20018, "1s", 2, 1, 50, 100);
	s->config->detector.both = true;
	scene_phase(s, 0, 500, 600, 8.0);
	scene_phase(s, 0, 600, 700, 0.0);
}

static const struct {
	story *open;
	const char *name;
	double ends_s;
	size_t step;
} stories[] = {
	{all_at_once, "all at once", 750, 37},
	{one_upstream, "one upstream", 800, 37},
	{moved, "moved", 750, 37},
	{tap_fault, "tap fault", 900, 37},
	{attack, "attack", 900, 37},
	{sparse, "sparse", 9000, 997},
	{bursts, "bursts", 8000, 797},
	{flood, "flood", 800, 37},
};

static void compare(const char *name, const char *how, double at_s)
{
	cr_assert(eq(sz, cut.n_events, whole.n_events), "%s, %s %.0f", name, how, at_s);
	for (size_t i = 0; i < whole.n_events; i++)
		cr_assert(same_event(&whole.events[i], &cut.events[i]),
			"%s, %s %.0f: revision %zu differs", name, how, at_s, i);
	for (uint32_t t = 1; t <= whole.n_targets; t++) {
		struct lull_target_status a, b;
		lull_detect_status(whole.detect, t, &a);
		lull_detect_status(cut.detect, t, &b);
		cr_assert(a.state == b.state && a.packets_out == b.packets_out &&
				  a.packets_in == b.packets_in &&
				  same_real(a.expected_pps, b.expected_pps) &&
				  same_real(a.phi, b.phi) && same_real(a.sigma, b.sigma) &&
				  a.bin_ns == b.bin_ns && a.learnt_ns == b.learnt_ns &&
				  same_real(a.detectable_delay_s, b.detectable_delay_s) &&
				  a.events == b.events,
			"%s, %s %.0f: status of t%u", name, how, at_s, t);
	}
}

Test(detect_state, saved_and_loaded_at_any_bin_the_story_goes_on_to_the_bit)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		double ends = stories[i].ends_s;
		stories[i].open(&whole);
		scene_run(&whole, ends);
		cr_assert(gt(sz, whole.n_events, 0), "%s tells nothing", stories[i].name);
		for (double at = 1; at < ends; at += (double)stories[i].step) {
			stories[i].open(&cut);
			scene_run(&cut, at);
			restart(&cut);
			scene_run(&cut, ends);
			compare(stories[i].name, "restarted at", at);
			scene_close(&cut);
		}
		scene_close(&whole);
	}
}

Test(detect_state, restarting_after_every_single_bin_changes_nothing)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		double ends = fmin(stories[i].ends_s, 2000);
		stories[i].open(&whole);
		stories[i].open(&cut);
		scene_run(&whole, ends);
		for (double at = 1; at <= ends; at++) {
			scene_run(&cut, at);
			restart(&cut);
		}
		compare(stories[i].name, "restarted until", ends);
		scene_close(&cut);
		scene_close(&whole);
	}
}

Test(detect_state, saving_what_was_loaded_gives_the_same_bytes)
{
	struct lull_upstreams upstreams = {3, keys, names};
	one_upstream(&cut);
	scene_run(&cut, 500);
	uint8_t *a, *b;
	size_t na, nb;
	cr_assert(eq(int, lull_detect_save(cut.detect, &upstreams, &a, &na), 0));
	struct lull_detect *d = lull_detect_create(cut.config, cut.targets, scene_event, &cut);
	cr_assert(eq(int, lull_detect_load(d, &upstreams, a, na), 0));
	cr_assert(eq(int, lull_detect_save(d, &upstreams, &b, &nb), 0));
	cr_assert(eq(sz, na, nb));
	cr_assert(eq(int, memcmp(a, b, na), 0));
	cr_assert(eq(sz, lull_detect_open(d), 1));
	cr_assert(eq(sz, lull_detect_open(cut.detect), 1));
	lull_detect_destroy(d);
	free(a);
	free(b);
	scene_close(&cut);
}
