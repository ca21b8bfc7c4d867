// SPDX-License-Identifier: BSD-3-Clause
// What only the whole configuration can tell: names, groups, durations against each other; and
// its digest. Prefixes against each other are left to the targets.

#include "config.h"
#include "config_capture.h"
#include "config_complain.h"
#include "config_read.h"
#include "config_value.h"
#include <errno.h>
#include <lull/siphash.h>
#include <lull/text.h>
#include <lull/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY (86400 * LULL_NS_PER_SECOND)
#define MS UINT64_C(1000000)
#define UPSTREAMS_MAX 4096
#define WARMUP_BINS 30 // shortest history a baseline can rest on
#define LEVEL_BINS 10
#define SHIFT_BINS 14 // of series: a level must stand this long before it is the new one
#define NONE SIZE_MAX

// A name that was given, in the order of the configuration.
struct name {
	char *text;
	const struct lull_place *place;
	const char *what;
	size_t id;     // targets, services, groups: in this order of mention
	size_t parent; // id of the group or target above, or NONE
};

struct names {
	struct name *all; // sorted once by text, then id
	size_t n, cap;
};

static void add_name(struct lull_reader *r, struct names *names, const char *parent,
	const char *text, const char *what, const struct lull_place *place)
{
	struct name *name = &names->all[names->n];
	*name = (struct name){.place = place, .what = what, .id = names->n, .parent = NONE};
	if (asprintf(&name->text, "%s%s%s", parent, parent[0] != '\0' ? "/" : "", text) < 0) {
		r->no_memory = true;
		return;
	}
	names->n++;
}

static int by_text(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = strcmp(x->text, y->text);
	return order != 0 ? order : x->id < y->id ? -1 : x->id > y->id;
}

// Sort and complain of names given twice.
static void sort_names(struct lull_reader *r, struct names *names)
{
	char first[512];
	if (names->n > 1)
		qsort(names->all, names->n, sizeof(*names->all), by_text);
	for (size_t i = 1; i < names->n; i++) {
		const struct name *a = &names->all[i - 1], *b = &names->all[i];
		if (strcmp(a->text, b->text) == 0)
			lull_reader_complain(r, b->place,
				"the name '%s' is taken (%s, %s); use another", b->text, a->what,
				lull_place_format(a->place, first, sizeof(first)));
	}
}

static void finish_names(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->all[i].text);
	free(names->all);
}

static struct name *find_name(const struct names *names, const char *text)
{
	size_t lo = 0, hi = names->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (strcmp(names->all[mid].text, text) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < names->n && strcmp(names->all[lo].text, text) == 0 ? &names->all[lo] : NULL;
}

static void collect_names(struct lull_reader *r, const struct lull_config *c, struct names *names)
{
	names->cap = c->n_targets + c->n_groups;
	for (size_t i = 0; i < c->n_targets; i++)
		names->cap += c->targets[i].n_services;
	names->all = lull_read_array(r, names->cap, sizeof(*names->all));
	if (names->all == NULL)
		return;
	for (size_t i = 0; i < c->n_targets; i++) {
		const struct lull_target_spec *t = &c->targets[i];
		if (t->name == NULL)
			continue;
		size_t parent = names->n;
		add_name(r, names, "", t->name, "a target", &t->place);
		for (size_t j = 0; j < t->n_services && !r->no_memory; j++) {
			add_name(r, names, t->name, t->services[j].name, "a service",
				&t->services[j].prefix.place);
			names->all[names->n - 1].parent = parent;
		}
	}
	for (size_t i = 0; i < c->n_groups; i++)
		add_name(r, names, "", c->groups[i].name, "a group", &c->groups[i].place);
	sort_names(r, names);
}

static bool has_tables(const struct lull_config *c)
{
	for (size_t i = 0; i < c->n_targets; i++) {
		if (c->targets[i].table != NULL)
			return true;
	}
	return false;
}

// A table may bring names this file cannot know; the targets check those.
static void complain_stranger(struct lull_reader *r, const struct lull_config *c,
	const struct lull_group_spec *g, const char *member, const struct names *names)
{
	if (has_tables(c))
		return;
	size_t n = names->n < 4096 ? names->n : 4096;
	const char **words = lull_read_array(r, n, sizeof(*words));
	for (size_t i = 0; i < n && words != NULL; i++)
		words[i] = names->all[i].text;
	const char *near = words != NULL ? lull_text_nearest(member, words, n) : NULL;
	if (near != NULL)
		lull_reader_complain(r, &g->place,
			"group '%s': no target '%.64s'; did you mean '%s'?", g->name, member, near);
	else
		lull_reader_complain(r, &g->place,
			"group '%s': no target '%.64s'; add it to targets or take it out", g->name,
			member);
	free(words);
}

static void check_member(struct lull_reader *r, const struct lull_config *c,
	const struct lull_group_spec *g, const char *member, const struct names *names)
{
	struct name *group = find_name(names, g->name), *m = find_name(names, member);
	if (m == NULL)
		complain_stranger(r, c, g, member, names);
	else if (m->parent != NONE && strcmp(m->what, "a service") == 0)
		lull_reader_complain(r, &g->place,
			"group '%s': '%s' belongs to its target already; name the target", g->name,
			member);
	else if (m->parent != NONE)
		lull_reader_complain(r, &g->place,
			"group '%s': '%s' is a member of a group already; it can have one", g->name,
			member);
	else if (group != NULL)
		m->parent = group->id;
}

// Walk up from every name; a walk that meets its own steps goes in a circle.
static void check_circles(struct lull_reader *r, const struct names *names)
{
	const struct name **by_id = lull_read_array(r, names->n, sizeof(*by_id));
	size_t *walk = lull_read_array(r, names->n, sizeof(*walk)); // 1 + name the walk began at
	for (size_t i = 0; i < names->n && by_id != NULL; i++)
		by_id[names->all[i].id] = &names->all[i];
	for (size_t i = 0; i < names->n && by_id != NULL && walk != NULL; i++) {
		size_t at = i;
		while (at != NONE && walk[at] == 0) {
			walk[at] = i + 1;
			at = by_id[at]->parent;
		}
		if (at != NONE && walk[at] == i + 1)
			lull_reader_complain(r, by_id[at]->place,
				"group '%s' contains itself; take it out of its members",
				by_id[at]->text);
	}
	free(by_id);
	free(walk);
}

static void check_targets(struct lull_reader *r, const struct lull_config *c)
{
	struct names names = {0};
	collect_names(r, c, &names);
	for (size_t i = 0; i < c->n_groups && !r->no_memory; i++) {
		for (size_t j = 0; j < c->groups[i].n_members; j++)
			check_member(r, c, &c->groups[i], c->groups[i].members[j], &names);
	}
	if (!r->no_memory)
		check_circles(r, &names);
	finish_names(&names);
}

static void check_upstreams(struct lull_reader *r, const struct lull_config *c)
{
	struct names names = {0};
	if (c->n_upstreams > UPSTREAMS_MAX) {
		lull_reader_complain(r, &c->upstreams[UPSTREAMS_MAX].place,
			"more than %d rules for upstreams; let some be learnt", UPSTREAMS_MAX);
		return;
	}
	names.all = lull_read_array(r, c->n_upstreams, sizeof(*names.all));
	for (size_t i = 0; i < c->n_upstreams && names.all != NULL; i++) {
		const struct lull_upstream_spec *u = &c->upstreams[i];
		if (u->name == NULL)
			continue;
		if (strcmp(u->name, "all") == 0 || strcmp(u->name, "other") == 0)
			lull_reader_complain(r, &u->place,
				"'%s' has a meaning of its own; use another name", u->name);
		add_name(r, &names, "", u->name, "an upstream", &u->place);
	}
	sort_names(r, &names);
	finish_names(&names);
}

// The nearest round divisor of a day below or above a bin that is none: whole seconds, or steps of
// 50 ms under one second. Both ends of the range are divisors.
static uint64_t round_divisor(uint64_t bin_ns, bool above)
{
	uint64_t step = (bin_ns < LULL_NS_PER_SECOND ? 50 : 1000) * MS;
	uint64_t ns = bin_ns / step * step + (above ? step : 0);
	while (DAY % ns != 0)
		ns = above ? ns + step : ns - step;
	return ns;
}

static void check_times(struct lull_reader *r, const struct lull_config *c)
{
	const struct lull_place place = {.file = c->path};
	const struct lull_detector_config *d = &c->detector;
	char bin[LULL_VALUE_TEXT], lo[LULL_VALUE_TEXT], hi[LULL_VALUE_TEXT];
	lull_duration_exact(c->bin_ns, bin);
	if (c->series)
		return; // bins of any length, and no clock of packets
	if (c->bin_ns < 100 * MS || c->bin_ns > 600000 * MS)
		lull_reader_complain(
			r, &place, "bin: %s is out of range; it may be 100ms to 10m", bin);
	else if (DAY % c->bin_ns != 0)
		lull_reader_complain(r, &place, "bin: %s does not divide a day; use %s or %s", bin,
			lull_duration_exact(round_divisor(c->bin_ns, false), lo),
			lull_duration_exact(round_divisor(c->bin_ns, true), hi));
	if (c->jump_ns / (c->reorder_bins + UINT64_C(1)) < c->bin_ns)
		lull_reader_complain(r, &place,
			"jump: %s is shorter than the bins kept open (reorder + 1, of %s each); "
			"make it "
			"longer",
			lull_duration_exact(c->jump_ns, lo), bin);
	if (d->shift_ns < c->bin_ns)
		lull_reader_complain(r, &place, "detector.shift: %s is shorter than a bin (%s)",
			lull_duration_exact(d->shift_ns, lo), bin);
}

// Some numbers make no history: with long bins the defaults grow, so that --bin 10m just works.
static void stretch_to_bins(struct lull_config *c)
{
	struct lull_detector_config *d = &c->detector;
	if (d->warmup_ns < WARMUP_BINS * c->bin_ns)
		d->warmup_ns = WARMUP_BINS * c->bin_ns;
	if (d->level_ns < LEVEL_BINS * c->bin_ns)
		d->level_ns = LEVEL_BINS * c->bin_ns;
	if (c->series && d->shift_ns < SHIFT_BINS * c->bin_ns)
		d->shift_ns = SHIFT_BINS * c->bin_ns;
}

// The digest names a configuration, it guards nothing: the key is fixed and public.
static int compute_digest(struct lull_config *c)
{
	static const struct lull_sipkey key = {
		UINT64_C(0x6c756c6c20636f6e), UINT64_C(0x66696720646967ff)};
	struct lull_text text = {0};
	char *digest = NULL;
	lull_config_print_shape(&text, c);
	if (c->series)
		lull_text_add(&text, "series: true\n");
	if (c->series && c->model != LULL_MODEL_AUTO)
		lull_text_add(
			&text, "model: %s\n", c->model == LULL_MODEL_LEVEL ? "level" : "traffic");
	if (!text.failed &&
		asprintf(&digest, "%016llx",
			(unsigned long long)lull_siphash(&key, text.data, text.len)) < 0)
		digest = NULL;
	lull_text_finish(&text);
	if (digest == NULL)
		return -ENOMEM;
	free(c->digest);
	c->digest = digest;
	return 0;
}

int lull_config_check(struct lull_config *c)
{
	struct lull_reader r = {.config = c};
	check_times(&r, c);
	check_upstreams(&r, c);
	check_targets(&r, c);
	lull_config_check_capture(&r, c);
	int rc = lull_reader_end(&r);
	if (rc < 0)
		return rc;
	stretch_to_bins(c);
	return compute_digest(c);
}
