// SPDX-License-Identifier: BSD-3-Clause
// Targets, groups, allowed prefixes: the lists of the configuration. Upstreams stand in
// config_upstreams.c; what only the whole can tell is left to config_check.c.

#include "config_lists.h"
#include "config_keys.h"
#include "config_value.h"
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void read_prefixes(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_target_spec *t = into;
	const struct lull_yaml_item *item = NULL;
	bool started = false;
	t->prefixes = lull_read_array(r, lull_read_length(value), sizeof(*t->prefixes));
	for (const struct lull_yaml *v;
		(v = lull_read_next(r, key->name, value, &item, &started)) != NULL;) {
		if (!lull_read_prefix(r, &v->place, v->text) || t->prefixes == NULL)
			continue;
		t->prefixes[t->n_prefixes].place = v->place;
		t->prefixes[t->n_prefixes++].text = lull_read_copy(r, v->text);
	}
}

static void read_services(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_target_spec *t = into;
	if (!lull_read_is(r, key->name, value, LULL_YAML_MAP))
		return;
	t->services = lull_read_array(r, value->n, sizeof(*t->services));
	for (const struct lull_yaml_item *i = value->first; i != NULL; i = i->next) {
		const char *problem = lull_config_name_problem(i->key->text);
		if (problem == NULL && strchr(i->key->text, '/') != NULL)
			problem = "contains '/', which parts a service from its target";
		if (problem != NULL)
			lull_reader_complain(
				r, &i->key->place, "the name of this service %s", problem);
		if (!lull_read_is(r, i->key->text, i->value, LULL_YAML_TEXT) ||
			!lull_read_prefix(r, &i->value->place, i->value->text) ||
			t->services == NULL)
			continue;
		struct lull_service_spec *s = &t->services[t->n_services++];
		s->name = lull_read_copy(r, i->key->text);
		s->prefix.text = lull_read_copy(r, i->value->text);
		s->prefix.place = i->value->place;
	}
}

enum { TARGET_NAME, TARGET_PREFIXES, TARGET_SERVICES, TARGET_TABLE };

static const struct lull_key target_keys[] = {
	[TARGET_NAME] = {"name", lull_read_name, offsetof(struct lull_target_spec, name), 0, 0},
	[TARGET_PREFIXES] = {"prefixes", read_prefixes, 0, 0, 0},
	[TARGET_SERVICES] = {"services", read_services, 0, 0, 0},
	[TARGET_TABLE] = {"table", lull_read_text, offsetof(struct lull_target_spec, table), 0, 0},
};

static void read_target(
	struct lull_reader *r, const struct lull_yaml *value, struct lull_target_spec *t)
{
	bool seen[COUNT(target_keys)] = {false};
	t->place = value->place;
	if (!lull_read_is(r, "an entry of targets", value, LULL_YAML_MAP))
		return;
	lull_read_map(r, target_keys, COUNT(target_keys), value, "a target", t, seen);
	if (seen[TARGET_TABLE]) {
		if (seen[TARGET_NAME] || seen[TARGET_PREFIXES] || seen[TARGET_SERVICES])
			lull_reader_complain(r, &value->place,
				"a table brings its own names and prefixes; give it an entry of "
				"its own");
		if (t->table != NULL && t->table[0] == '\0')
			lull_reader_complain(r, &value->place, "'table' is empty; name a file");
		return;
	}
	if (!seen[TARGET_NAME])
		lull_reader_complain(r, &value->place,
			"a target without a name; write {name: kp, prefixes: [...]} or {table: "
			"FILE}");
	else if (!seen[TARGET_PREFIXES] && !seen[TARGET_SERVICES])
		lull_reader_complain(r, &value->place,
			"a target without prefixes; add prefixes: [192.0.2.0/24]");
	else if (seen[TARGET_PREFIXES] && t->n_prefixes == 0 && r->wrong == 0)
		lull_reader_complain(r, &value->place,
			"an empty list of prefixes; add one or leave the target out");
}

void lull_read_targets(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_config *c = into;
	if (!lull_read_is(r, key->name, value, LULL_YAML_LIST))
		return;
	lull_config_free_targets(c);
	c->targets = lull_read_array(r, value->n, sizeof(*c->targets));
	for (const struct lull_yaml_item *i = value->first; i != NULL && c->targets; i = i->next)
		read_target(r, i->value, &c->targets[c->n_targets++]);
}

static char *read_member(
	struct lull_reader *r, const struct lull_key *key, const struct lull_yaml *value)
{
	(void)key;
	return lull_read_copy(r, value->text);
}

static void read_members(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_group_spec *g = into;
	lull_read_texts(r, key, value, read_member, &g->members, &g->n_members);
}

static const struct lull_key group_keys[] = {
	{"name", lull_read_name, offsetof(struct lull_group_spec, name), 0, 0},
	{"members", read_members, 0, 0, 0},
};

void lull_read_groups(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_config *c = into;
	if (!lull_read_is(r, key->name, value, LULL_YAML_LIST))
		return;
	lull_config_free_groups(c);
	c->groups = lull_read_array(r, value->n, sizeof(*c->groups));
	for (const struct lull_yaml_item *i = value->first; i != NULL && c->groups; i = i->next) {
		bool seen[COUNT(group_keys)] = {false};
		struct lull_group_spec *g = &c->groups[c->n_groups++];
		g->place = i->value->place;
		if (!lull_read_is(r, "an entry of groups", i->value, LULL_YAML_MAP))
			continue;
		lull_read_map(r, group_keys, COUNT(group_keys), i->value, "a group", g, seen);
		if (!seen[0] || !seen[1])
			lull_reader_complain(r, &g->place,
				"a group needs a name and members: {name: asia, members: [kp, "
				"kr]}");
		else if (g->n_members == 0 && i->value->first != NULL && r->wrong == 0)
			lull_reader_complain(
				r, &g->place, "a group without members; add some or leave it out");
	}
}

static char *read_allowed(
	struct lull_reader *r, const struct lull_key *key, const struct lull_yaml *value)
{
	(void)key;
	return lull_read_prefix(r, &value->place, value->text) ? lull_read_copy(r, value->text)
							       : NULL;
}

void lull_read_allow(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_config *c = into;
	lull_read_texts(r, key, value, read_allowed, &c->allow, &c->n_allow);
}
