// SPDX-License-Identifier: BSD-3-Clause
// From upstream keys to indices and names.

#include "registry.h"

#include "array.h"

#include <lull/upstream.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 64 // lull_upstream_name() writes no more
#define PLACES_MIN 64

static uint64_t kind_of(uint64_t key)
{
	return key >> 56;
}

static bool is_learnt(uint64_t key)
{
	return kind_of(key) != LULL_UPSTREAM_NONE && kind_of(key) != LULL_UPSTREAM_NAMED;
}

// At most upstreams_max learnt keys are ever in the table, in half of it, so chosen keys cost
// little: no secret is needed.
static uint32_t place_of(const struct lull_registry *r, uint64_t key)
{
	uint64_t h = (key ^ key >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t i = (uint32_t)(h >> 32) & r->mask;
	while (r->places[i].upstream != 0 && r->places[i].key != key)
		i = (i + 1) & r->mask;
	return i;
}

static bool widen(struct lull_registry *r)
{
	uint32_t old = r->places == NULL ? 0 : r->mask + 1;
	uint32_t entries = old == 0 ? PLACES_MIN : 2 * old;
	struct lull_place_of *before = r->places;
	struct lull_place_of *wide = calloc(entries, sizeof(*wide));
	if (wide == NULL)
		return false;
	r->places = wide;
	r->mask = entries - 1;
	for (uint32_t i = 0; i < old; i++)
		if (before[i].upstream != 0)
			r->places[place_of(r, before[i].key)] = before[i];
	free(before);
	return true;
}

static bool enter(struct lull_registry *r, uint64_t key, uint32_t upstream)
{
	if (2 * (r->n_places + 1) > r->mask && !widen(r))
		return false;
	r->places[place_of(r, key)] = (struct lull_place_of){key, upstream};
	r->n_places++;
	return true;
}

static bool append(struct lull_registry *r, uint64_t key, const char *name)
{
	uint32_t n = (uint32_t)r->view.n;
	uint64_t *keys = lull_array_grow(r->keys, &r->cap_keys, n + 1, sizeof(*keys));
	if (keys == NULL)
		return false;
	r->view.keys = r->keys = keys;
	char **names = lull_array_grow(r->names, &r->cap_names, n + 1, sizeof(*names));
	if (names == NULL)
		return false;
	r->names = names;
	r->view.names = (const char *const *)names;
	names[n] = strdup(name);
	if (names[n] == NULL)
		return false;
	keys[n] = key;
	r->view.n = n + 1;
	return true;
}

bool lull_registry_init(struct lull_registry *r, const struct lull_config *config)
{
	memset(r, 0, sizeof(*r));
	r->config = config;
	return widen(r) && append(r, UINT64_MAX, "all");
}

void lull_registry_finish(struct lull_registry *r)
{
	for (size_t i = 0; i < r->view.n; i++)
		free(r->names[i]);
	free(r->keys);
	free(r->names);
	free(r->places);
	free(r->found);
	memset(r, 0, sizeof(*r));
}

// To be told only where room was wanted.
static void refuse(struct lull_registry *r, uint64_t packets)
{
	if (r->config->upstreams_max > 0)
		r->refused_packets += packets;
}

bool lull_registry_see(struct lull_registry *r, uint64_t key, uint64_t packets)
{
	if (r->places[place_of(r, key)].upstream != 0)
		return true;
	bool full = is_learnt(key) && r->learnt >= r->config->upstreams_max;
	if (full)
		refuse(r, packets);
	if (full || kind_of(key) == LULL_UPSTREAM_NONE) {
		r->other_seen = true;
		return true;
	}
	struct lull_found *found =
		lull_array_grow(r->found, &r->cap_found, r->n_found + 1, sizeof(*found));
	if (found == NULL)
		return false;
	r->found = found;
	found[r->n_found++] = (struct lull_found){key, packets};
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct lull_found *x = a, *y = b;
	return (x->key > y->key) - (x->key < y->key);
}

// Named rules first, then the busiest.
static int by_packets(const void *a, const void *b)
{
	const struct lull_found *x = a, *y = b;
	if (is_learnt(x->key) != is_learnt(y->key))
		return is_learnt(x->key) ? 1 : -1;
	if (x->packets != y->packets)
		return x->packets < y->packets ? 1 : -1;
	return by_key(a, b);
}

static void join_equal(struct lull_registry *r)
{
	qsort(r->found, r->n_found, sizeof(*r->found), by_key);
	uint32_t n = 0;
	for (uint32_t i = 0; i < r->n_found; i++) {
		if (n > 0 && r->found[n - 1].key == r->found[i].key)
			r->found[n - 1].packets += r->found[i].packets;
		else
			r->found[n++] = r->found[i];
	}
	r->n_found = n;
}

// Keep what there is room for; the rest is "other".
static void drop_excess(struct lull_registry *r)
{
	uint32_t named = 0;
	while (named < r->n_found && !is_learnt(r->found[named].key))
		named++;
	uint32_t room = r->config->upstreams_max - r->learnt;
	if (r->n_found - named <= room)
		return;
	qsort(r->found, r->n_found, sizeof(*r->found), by_packets);
	for (uint32_t i = named + room; i < r->n_found; i++)
		refuse(r, r->found[i].packets);
	r->n_found = named + room;
	r->other_seen = true;
	qsort(r->found, r->n_found, sizeof(*r->found), by_key);
}

// Two rules may give the same name: one upstream behind two VLANs.
static uint32_t same_name(const struct lull_registry *r, uint64_t key, const char *name)
{
	for (uint32_t i = 1; i < r->view.n; i++)
		if (kind_of(key) == LULL_UPSTREAM_NAMED &&
			kind_of(r->keys[i]) == LULL_UPSTREAM_NAMED &&
			strcmp(r->names[i], name) == 0)
			return i;
	return 0;
}

static bool admit(struct lull_registry *r, uint64_t key)
{
	char text[NAME_BYTES];
	const char *name = lull_upstream_name(r->config, key, text);
	uint32_t upstream = same_name(r, key, name);
	if (upstream == 0) {
		upstream = (uint32_t)r->view.n;
		if (!append(r, key, name))
			return false;
		r->learnt += is_learnt(key);
	}
	return enter(r, key, upstream);
}

static bool known(const struct lull_registry *r, uint64_t key)
{
	return r->places[place_of(r, key)].upstream != 0;
}

bool lull_registry_seed(struct lull_registry *r, const uint64_t *keys, size_t n)
{
	for (size_t i = 0; i < r->config->n_upstreams; i++) {
		uint64_t key = lull_upstream_key(LULL_UPSTREAM_NAMED, i);
		if (r->config->upstreams[i].name != NULL && !known(r, key) && !admit(r, key))
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t kind = kind_of(keys[i]);
		bool room = r->learnt < r->config->upstreams_max;
		bool real = kind >= LULL_UPSTREAM_PORT && kind <= LULL_UPSTREAM_MAC;
		if (real && room && !known(r, keys[i]) && !admit(r, keys[i]))
			return false;
	}
	return true;
}

bool lull_registry_settle(struct lull_registry *r, uint64_t *refused_packets)
{
	if (r->n_found > 0) {
		join_equal(r);
		drop_excess(r);
	}
	for (uint32_t i = 0; i < r->n_found; i++)
		if (!admit(r, r->found[i].key))
			return false;
	r->n_found = 0;
	*refused_packets = r->refused_packets;
	r->refused_packets = 0;
	if (!r->other_seen || r->other != 0)
		return true;
	char text[NAME_BYTES];
	uint64_t none = lull_upstream_key(LULL_UPSTREAM_NONE, 0);
	if (!append(r, none, lull_upstream_name(r->config, none, text)))
		return false;
	r->other = (uint32_t)r->view.n - 1;
	return true;
}

uint32_t lull_registry_index(const struct lull_registry *r, uint64_t key)
{
	uint32_t upstream = r->places[place_of(r, key)].upstream;
	return upstream != 0 ? upstream : r->other;
}
