// SPDX-License-Identifier: BSD-3-Clause
// The parts of a scenario file, read in this order: upstreams, targets, groups, events, so that
// later ones can name earlier ones.

#pragma once

#include "scene.h"

// A target or service while it is read: what needs other parts waits as nodes.
struct lull_keys_node {
	struct lull_scene_node node; // first: readers of whole nodes take its address
	const struct lull_yaml *upstreams, *services;
};

// Each takes NULL where the file has no such part.
void lull_keys_upstreams(
	struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node);
void lull_keys_targets(struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node);
void lull_keys_groups(struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node);
void lull_keys_events(struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node);
void lull_keys_background(
	struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node);

// A mix of sizes: a name, or a list of {bytes, weight}. dst: struct lull_scene_sizes.
void lull_keys_sizes(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst);
