// SPDX-License-Identifier: BSD-3-Clause
// What the tests of counting share: a small world of targets, groups and upstreams, without YAML.

#pragma once

#include <criterion/criterion.h>
#include <lull/config.h>
#include <lull/count.h>
#include <lull/sift.h>
#include <lull/targets.h>
#include <lull/time.h>
#include <lull/upstream.h>
#include <stdlib.h>
#include <string.h>

static const struct lull_sipkey fixture_key = {11, 22};

static inline uint64_t next_random(uint64_t *state) // splitmix64
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

// Targets kp, kp/kcna, cn, ru; asia = kp + cn, world = asia + ru. Upstreams unicom (VLAN 100), ttk
// (VLAN 200 and 201), other VLANs and MACs learnt.
struct world {
	struct lull_prefix_text prefixes[3];
	struct lull_service_spec service;
	struct lull_target_spec target_specs[3];
	struct lull_group_spec groups[2];
	char *members[4];
	struct lull_upstream_spec upstream_specs[5];
	struct lull_config config;
	struct lull_targets *targets;
	struct lull_upstream_rules *rules;
};

static inline char *text(const char *literal)
{
	return (char *)(uintptr_t)literal; // the configuration only reads it
}

static inline void world_targets(struct world *w)
{
	static const char *const names[] = {"kp", "cn", "ru"};
	static const char *const prefixes[] = {"175.45.176.0/22", "1.0.1.0/24", "5.8.8.0/24"};
	for (int i = 0; i < 3; i++) {
		w->prefixes[i].text = text(prefixes[i]);
		w->target_specs[i] = (struct lull_target_spec){
			.name = text(names[i]), .prefixes = &w->prefixes[i], .n_prefixes = 1};
	}
	w->service = (struct lull_service_spec){
		.name = text("kcna"), .prefix = {.text = text("175.45.176.71")}};
	w->target_specs[0].services = &w->service;
	w->target_specs[0].n_services = 1;
	w->members[0] = text("kp");
	w->members[1] = text("cn");
	w->members[2] = text("asia");
	w->members[3] = text("ru");
	w->groups[0] = (struct lull_group_spec){
		.name = text("asia"), .members = w->members, .n_members = 2};
	w->groups[1] = (struct lull_group_spec){
		.name = text("world"), .members = w->members + 2, .n_members = 2};
}

static inline void world_upstreams(struct world *w)
{
	static const char *const names[] = {"unicom", "ttk", "ttk", NULL, NULL};
	static const int vlans[] = {100, 200, 201, -1, -1};
	static const int learn[] = {0, 0, 0, LULL_UPSTREAM_VLAN, LULL_UPSTREAM_MAC};
	for (int i = 0; i < 5; i++)
		w->upstream_specs[i] = (struct lull_upstream_spec){
			.name = names[i] == NULL ? NULL : text(names[i]),
			.learn = learn[i],
			.port = -1,
			.vlan = vlans[i],
			.mpls = -1};
}

static inline struct world *world_create(unsigned upstreams_max)
{
	struct world *w = calloc(1, sizeof(*w));
	world_targets(w);
	world_upstreams(w);
	w->config = (struct lull_config){
		.targets = w->target_specs,
		.n_targets = 3,
		.groups = w->groups,
		.n_groups = 2,
		.upstreams = w->upstream_specs,
		.n_upstreams = 5,
		.upstreams_max = upstreams_max,
	};
	w->targets = lull_targets_create(&w->config);
	w->rules = lull_upstream_create(&w->config);
	cr_assert(w->targets != NULL && w->rules != NULL);
	return w;
}

static inline void world_destroy(struct world *w)
{
	lull_upstream_destroy(w->rules);
	lull_targets_destroy(w->targets);
	free(w);
}

// Count a burst of which every packet has headers.
static inline int count_all(struct lull_counter *c, const struct lull_burst *burst, uint32_t first,
	const struct lull_headers *headers, const struct lull_matched *matched,
	const uint8_t *filtered)
{
	struct lull_sifted none;
	lull_sift_none(burst->n, &none);
	return lull_counter_burst(c, burst, first, &none, headers, matched, filtered);
}
