// SPDX-License-Identifier: BSD-3-Clause
// The keys of the configuration: one row each. Targets, groups and upstreams have more to say
// and stand in config_lists.c and config_upstreams.c; those of `lull run` in config_capture.c and
// config_http.c.

#include "config_keys.h"
#include "config_capture.h"
#include "config_http.h"
#include "config_lists.h"
#include "config_value.h"
#include <lull/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS 1e6
#define SECOND 1e9
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define FIELD(f) offsetof(struct lull_config, f)
#define DETECTOR(f) offsetof(struct lull_detector_config, f)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void read_direction(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	if (!lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return;
	int both = lull_read_word(r, key->name, value, lull_direction_names);
	if (both >= 0)
		*(bool *)into = both == 1;
}

static const struct lull_key detector_keys[] = {
	{"budget", lull_read_budget, DETECTOR(budget_per_day), 1e-9, 1e6},
	{"clip", lull_read_number, DETECTOR(clip), 1, 1000},
	{"direction", read_direction, DETECTOR(both), 0, 0},
	{"level", lull_read_duration, DETECTOR(level_ns), 100 * MS, 30 * DAY},
	{"min_rate", lull_read_number, DETECTOR(min_rate), 0, 1e9},
	{"onset_delta", lull_read_number, DETECTOR(onset_delta), 1e-9, 0.5},
	{"shift", lull_read_duration, DETECTOR(shift_ns), MINUTE, 365 * DAY},
	{"warmup", lull_read_duration, DETECTOR(warmup_ns), 100 * MS, 30 * DAY},
};

static void read_detector(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	if (lull_read_is(r, key->name, value, LULL_YAML_MAP))
		lull_read_map(
			r, detector_keys, COUNT(detector_keys), value, "'detector'", into, NULL);
}

static void read_decap(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	unsigned mask = 0;
	if (!lull_read_is(r, key->name, value, LULL_YAML_LIST))
		return;
	for (const struct lull_yaml_item *i = value->first; i != NULL; i = i->next) {
		if (!lull_read_is(r, "an entry of decap", i->value, LULL_YAML_TEXT))
			continue;
		int bit = lull_read_word(r, key->name, i->value, lull_decap_names);
		if (bit >= 0)
			mask |= 1u << bit;
	}
	*(unsigned *)into = mask;
}

static const struct lull_key keys[] = {
	{"allow", lull_read_allow, 0, 0, 0},
	{"bin", lull_read_duration, FIELD(bin_ns), 100 * MS, 10 * MINUTE},
	{"capture", lull_read_capture, 0, 0, 0},
	{"decap", read_decap, FIELD(decap), 0, 0},
	{"detector", read_detector, FIELD(detector), 0, 0},
	{"groups", lull_read_groups, 0, 0, 0},
	{"http", lull_read_http, 0, 0, 0},
	{"jump", lull_read_duration, FIELD(jump_ns), 60 * SECOND, 365 * DAY},
	{"reorder", lull_read_unsigned, FIELD(reorder_bins), 0, 600},
	{"site", lull_read_name, FIELD(site), 0, 0},
	{"state", lull_read_state, FIELD(state), 0, 0},
	{"targets", lull_read_targets, 0, 0, 0},
	{"upstreams", lull_read_upstreams, 0, 0, 0},
	{"upstreams_max", lull_read_unsigned, FIELD(upstreams_max), 0, 1000},
	{"user", lull_read_user, FIELD(user), 0, 0},
	{"workers", lull_read_workers, 0, 1, 1024},
};

void lull_config_read(struct lull_reader *r, const struct lull_yaml *root)
{
	if (root == NULL || root->kind == LULL_YAML_NOTHING) // comments only: all defaults
		return;
	if (!lull_read_is(r, "the configuration", root, LULL_YAML_MAP))
		return;
	lull_read_map(r, keys, COUNT(keys), root, "the configuration", r->config, NULL);
	lull_read_workers_end(r);
}

// A path into a mapping below the top: what stands behind "NAME.", or NULL.
static const char *below(const char *path, const char *name)
{
	size_t n = strlen(name);
	return strncmp(path, name, n) == 0 && path[n] == '.' ? path + n + 1 : NULL;
}

void lull_config_read_path(struct lull_reader *r, const char *path, const struct lull_yaml *value)
{
	const char *detector = below(path, "detector"), *http = below(path, "http");
	const struct lull_yaml name = {.kind = LULL_YAML_TEXT,
		.text = detector != NULL ? detector
			: http != NULL   ? http
					 : path,
		.place = value->place};
	struct lull_yaml_item item = {.key = &name, .value = value};
	const struct lull_yaml map = {.kind = LULL_YAML_MAP, .first = &item, .n = 1};
	if (detector != NULL)
		lull_read_map(r, detector_keys, COUNT(detector_keys), &map, "'detector'",
			&r->config->detector, NULL);
	else if (http != NULL)
		lull_read_http_key(r, &map);
	else
		lull_read_map(r, keys, COUNT(keys), &map, "the configuration", r->config, NULL);
	lull_read_workers_end(r);
}
