// SPDX-License-Identifier: BSD-3-Clause
// Making, saving and loading a generation. A reload is a save of the old one and a load into the
// new one: the same road a restart takes, so it is tested by both.

#include "engine/generation.h"

#include <errno.h>
#include <lull/count.h>
#include <lull/upstream.h>
#include <stdlib.h>
#include <string.h>

struct lull_generation *lull_generation_create(
	struct lull_config *config, lull_event_fn *on_event, void *context)
{
	struct lull_generation *g = calloc(1, sizeof(*g));
	if (g == NULL) {
		lull_config_destroy(config);
		errno = ENOMEM;
		return NULL;
	}
	g->config = config;
	g->targets = lull_targets_create(config);
	if (g->targets == NULL) {
		int e = errno;
		lull_generation_destroy(g);
		errno = e != 0 ? e : EINVAL;
		return NULL;
	}
	g->match = lull_match_create(g->targets);
	g->rules = lull_upstream_create(config);
	g->merge = lull_merge_create(g->targets, config);
	g->detect = lull_detect_create(config, g->targets, on_event, context);
	if (g->match == NULL || g->rules == NULL || g->merge == NULL || g->detect == NULL ||
		lull_merge_seed(g->merge, NULL, 0) < 0) {
		lull_generation_destroy(g);
		errno = ENOMEM;
		return NULL;
	}
	g->path = (struct lull_path){.match = g->match, .rules = g->rules, .decap = config->decap};
	return g;
}

void lull_generation_destroy(struct lull_generation *g)
{
	if (g == NULL)
		return;
	lull_detect_destroy(g->detect); // first: it holds names of the merge's registry
	lull_merge_destroy(g->merge);
	lull_upstream_destroy(g->rules);
	lull_match_destroy(g->match);
	lull_targets_destroy(g->targets);
	if (!g->lent)
		lull_config_destroy(g->config);
	free(g);
}

static bool is_learnt(uint64_t key)
{
	uint64_t kind = key >> 56;
	return kind >= LULL_UPSTREAM_PORT && kind <= LULL_UPSTREAM_MAC;
}

int lull_generation_save(const struct lull_generation *g, struct lull_saved *saved)
{
	const struct lull_upstreams *u = lull_merge_upstreams(g->merge);
	memset(saved, 0, sizeof(*saved));
	saved->bin_ns = g->config->bin_ns;
	saved->upstream_keys = calloc(u->n, sizeof(*saved->upstream_keys));
	if (saved->upstream_keys == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < u->n; i++)
		if (is_learnt(u->keys[i]))
			saved->upstream_keys[saved->n_upstream_keys++] = u->keys[i];
	return lull_detect_save(g->detect, u, &saved->detect, &saved->detect_bytes);
}

int lull_generation_load(struct lull_generation *g, const struct lull_saved *saved)
{
	if (saved->bin_ns != g->config->bin_ns)
		return -EBADMSG;
	int e = lull_merge_seed(g->merge, saved->upstream_keys, saved->n_upstream_keys);
	if (e < 0)
		return e;
	return lull_detect_load(
		g->detect, lull_merge_upstreams(g->merge), saved->detect, saved->detect_bytes);
}
