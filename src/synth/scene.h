// SPDX-License-Identifier: BSD-3-Clause
// Reading YAML by tables: a mapping is a list of keys, each with a place in a struct and bounds.
// Every complaint names file, line and column; reading goes on so that one run shows them all.

#pragma once

#include "base/config_yaml.h"
#include "scenario.h"

#define LULL_SCENE_COMPLAINTS 20 // said in full; the rest is only counted

struct lull_scene {
	const char *file;
	unsigned errors;
	bool no_memory;
};

struct lull_scene_key {
	const char *name;
	// Read node into dst. Complains and leaves dst alone when it cannot.
	void (*read)(struct lull_scene *r, const struct lull_yaml *node,
		const struct lull_scene_key *key, void *dst);
	size_t offset;
	double lo, hi; // bounds of numbers; both 0: none
};

// Say what is wrong at node (NULL: of the whole file) or at a place.
void lull_scene_complain(struct lull_scene *r, const struct lull_yaml *node, const char *format,
	...) __attribute__((format(printf, 3, 4)));
void lull_scene_complain_at(struct lull_scene *r, struct lull_scene_place place, const char *format,
	...) __attribute__((format(printf, 3, 4)));
struct lull_scene_place lull_scene_place_of(const struct lull_yaml *node);

// Text of a scalar, as long as the tree lives, or NULL after a complaint.
const char *lull_scene_text(struct lull_scene *r, const struct lull_yaml *node);

// Go through a list: *at starts as NULL. The next value, or NULL: no more.
const struct lull_yaml *lull_scene_next(
	const struct lull_yaml *list, const struct lull_yaml_item **at);

// Read a mapping by keys[0..n) into base; unknown keys and keys twice are complaints.
void lull_scene_map(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *keys, size_t n, void *base);

// Grow an array of n items by one zeroed item; NULL when out of memory (and noted).
void *lull_scene_push(struct lull_scene *r, void *items, size_t *n, size_t size);

// Readers for tables; dst is the type named.
#define LULL_SCENE_READER(name)                                                                    \
	void lull_scene_##name(struct lull_scene *r, const struct lull_yaml *node,                 \
		const struct lull_scene_key *key, void *dst)
LULL_SCENE_READER(node);     // const struct lull_yaml *: kept for later
LULL_SCENE_READER(double);   // double within lo..hi
LULL_SCENE_READER(uint32);   // uint32_t within lo..hi
LULL_SCENE_READER(int);      // int within lo..hi
LULL_SCENE_READER(uint64);   // uint64_t
LULL_SCENE_READER(bool);     // bool
LULL_SCENE_READER(duration); // uint64_t ns, within lo..hi seconds
LULL_SCENE_READER(step);     // int64_t ns, signed
LULL_SCENE_READER(time);     // uint64_t ns since the epoch
LULL_SCENE_READER(string);   // char *, allocated
LULL_SCENE_READER(mac);      // uint64_t

// Prefixes of a sequence (or one scalar) appended to *prefixes.
void lull_scene_prefixes(struct lull_scene *r, const struct lull_yaml *node,
	struct lull_prefix **prefixes, size_t *n);

// Index of the scalar's word in words[0..n), or -1 after a complaint ("what" says of what kind).
int lull_scene_word(struct lull_scene *r, const struct lull_yaml *node, const char *what,
	const char *const *words, size_t n);
