// SPDX-License-Identifier: BSD-3-Clause
// Upstream rules of the configuration.

#include "config_keys.h"
#include "config_lists.h"
#include "config_value.h"
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void read_mac(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_upstream_spec *u = into;
	if (!lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return;
	u->has_mac = lull_mac_parse(value->text, &u->mac) == 0;
	if (!u->has_mac)
		lull_reader_complain(r, &value->place,
			"mac: '%.64s' is not a MAC address; write one such as 02:00:00:00:00:01",
			value->text);
}

static void read_learn(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	if (!lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return;
	int word = lull_read_word(r, key->name, value, lull_learn_names);
	*(int *)into = word < 0 ? 0 : word; // LULL_LEARN_*; made a kind by add_rule()
}

#define FIELD(f) offsetof(struct lull_upstream_spec, f)

enum { LEARN, MAC, MPLS, NAME, PORT, VLAN, UPSTREAM_KEYS };

static const struct lull_key upstream_keys[UPSTREAM_KEYS] = {
	[LEARN] = {"learn", read_learn, FIELD(learn), 0, 0},
	[MAC] = {"mac", read_mac, 0, 0, 0},
	[MPLS] = {"mpls", lull_read_int64, FIELD(mpls), 0, 1048575}, // 20 bits
	[NAME] = {"name", lull_read_name, FIELD(name), 0, 0},
	[PORT] = {"port", lull_read_int64, FIELD(port), 0, 65535},
	[VLAN] = {"vlan", lull_read_int64, FIELD(vlan), 0, 4095}, // 12 bits
};

static void learn_rule(struct lull_config *c, int word, struct lull_place place)
{
	c->upstreams[c->n_upstreams++] =
		(struct lull_upstream_spec){.learn = LULL_LEARN_FIRST + word - 1,
			.port = -1,
			.vlan = -1,
			.mpls = -1,
			.place = place};
}

// auto: by VLAN, else by MPLS label, else by MAC: each applies to packets that have one.
static void learn_rules(struct lull_config *c, int word, struct lull_place place)
{
	if (word != LULL_LEARN_AUTO) {
		learn_rule(c, word, place);
		return;
	}
	learn_rule(c, LULL_LEARN_VLAN, place);
	learn_rule(c, LULL_LEARN_MPLS, place);
	learn_rule(c, LULL_LEARN_MAC, place);
}

bool lull_config_learn_auto(struct lull_config *c)
{
	c->upstreams = calloc(3, sizeof(*c->upstreams));
	if (c->upstreams == NULL)
		return false;
	learn_rules(c, LULL_LEARN_AUTO, (struct lull_place){.file = "defaults"});
	return true;
}

static void read_upstream(
	struct lull_reader *r, const struct lull_yaml *value, struct lull_config *c)
{
	bool seen[UPSTREAM_KEYS] = {false};
	struct lull_upstream_spec u = {.port = -1, .vlan = -1, .mpls = -1, .place = value->place};
	if (!lull_read_is(r, "an entry of upstreams", value, LULL_YAML_MAP))
		return;
	lull_read_map(r, upstream_keys, UPSTREAM_KEYS, value, "an upstream", &u, seen);
	bool condition = seen[PORT] || seen[VLAN] || seen[MPLS] || seen[MAC];
	if (seen[LEARN] && (seen[NAME] || condition))
		lull_reader_complain(r, &value->place,
			"a rule learns or names, not both; give 'learn' an entry of its own");
	else if (!seen[LEARN] && !seen[NAME])
		lull_reader_complain(r, &value->place,
			"an upstream without a name; write {name: transit-a, vlan: 100} or {learn: "
			"mac}");
	else if (!seen[LEARN] && !condition)
		lull_reader_complain(r, &value->place,
			"nothing tells this upstream apart; add port, vlan, mpls or mac");
	if (seen[LEARN]) {
		free(u.name);
		learn_rules(c, u.learn, u.place);
	} else {
		u.learn = 0;
		c->upstreams[c->n_upstreams++] = u;
	}
}

void lull_read_upstreams(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_config *c = into;
	if (!lull_read_is(r, key->name, value, LULL_YAML_LIST))
		return;
	lull_config_free_upstreams(c);
	c->upstreams = lull_read_array(r, value->n * 3, sizeof(*c->upstreams)); // 3: learn: auto
	for (const struct lull_yaml_item *i = value->first; i != NULL && c->upstreams; i = i->next)
		read_upstream(r, i->value, c);
}
