// SPDX-License-Identifier: BSD-3-Clause
// The keys of targets, services, groups, upstreams and background, and what they stand for.

#include "keys.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define RATE_MAX 1e8

static const struct lull_scene_sizes web_sizes = {
	7, {40, 64, 120, 320, 576, 1240, 1500}, {34, 6, 8, 7, 6, 9, 30}};
static const struct lull_scene_sizes imix_sizes = {3, {40, 576, 1500}, {7, 4, 1}};
static const struct lull_scene_sizes small_sizes = {1, {50}, {1}}; // 64 bytes of Ethernet

void lull_keys_sizes(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	static const char *const names[] = {"web", "imix", "64b"};
	static const struct lull_scene_sizes *const presets[] = {
		&web_sizes, &imix_sizes, &small_sizes};
	struct lull_scene_sizes *sizes = dst;
	(void)key;
	if (node->kind != LULL_YAML_LIST) {
		int i = lull_scene_word(r, node, "mix of sizes", names, COUNT(names));
		if (i >= 0)
			*sizes = *presets[i];
		return;
	}
	struct item {
		uint32_t bytes;
		double weight;
	};
	static const struct lull_scene_key keys[] = {
		{"bytes", lull_scene_uint32, offsetof(struct item, bytes), 20, 9216},
		{"weight", lull_scene_double, offsetof(struct item, weight), 1e-6, 1e6},
	};
	*sizes = (struct lull_scene_sizes){0};
	const struct lull_yaml_item *iter = NULL;
	const struct lull_yaml *child;
	while ((child = lull_scene_next(node, &iter)) != NULL) {
		struct item item = {40, 1};
		lull_scene_map(r, child, keys, COUNT(keys), &item);
		if (sizes->n == LULL_SCENE_SIZES) {
			lull_scene_complain(r, child, "more than %d sizes", LULL_SCENE_SIZES);
			return;
		}
		sizes->bytes[sizes->n] = item.bytes;
		sizes->weight[sizes->n++] = item.weight;
	}
	if (sizes->n == 0)
		lull_scene_complain(r, node, "sizes: an empty list");
}

static void read_daily(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	static const struct lull_scene_key keys[] = {
		{"amplitude", lull_scene_double, offsetof(struct lull_scene_level, amplitude), 0,
			1},
		{"peak", lull_scene_double, offsetof(struct lull_scene_level, peak_hours), 0, 24},
		{"weekend", lull_scene_double, offsetof(struct lull_scene_level, weekend), 0, 10},
	};
	(void)key;
	lull_scene_map(r, node, keys, COUNT(keys), dst);
}

static void read_prefixes(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	struct lull_scene_node *n = dst;
	(void)key;
	lull_scene_prefixes(r, node, &n->prefixes, &n->n_prefixes);
}

static void read_background_prefixes(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	struct lull_scene_background *b = dst;
	(void)key;
	lull_scene_prefixes(r, node, &b->prefixes, &b->n_prefixes);
}

#define NODE(field) offsetof(struct lull_keys_node, node.field)
#define NODE_KEYS                                                                                  \
	{"name", lull_scene_string, NODE(name), 0, 0},                                             \
		{"out", lull_scene_double, NODE(out), 0, RATE_MAX},                                \
		{"in", lull_scene_double, NODE(in), 0, RATE_MAX},                                  \
		{"v6", lull_scene_double, NODE(v6), 0, 1},                                         \
		{"sources", lull_scene_uint32, NODE(sources), 1, LULL_SCENE_HOSTS},                \
		{"peers", lull_scene_uint32, NODE(peers), 1, LULL_SCENE_HOSTS},                    \
		{"zipf", lull_scene_double, NODE(zipf), 0, 4},                                     \
		{"udp", lull_scene_double, NODE(udp), 0, 1},                                       \
		{"icmp", lull_scene_double, NODE(icmp), 0, 1},                                     \
		{"servers", lull_scene_double, NODE(servers), 0, 1},                               \
		{"phi", lull_scene_double, NODE(phi), 1, 1000},                                    \
		{"spacing", lull_scene_duration, NODE(spacing_ns), 0, 60},                         \
		{"sigma", lull_scene_double, NODE(level.sigma), 0, 2},                             \
		{"memory", lull_scene_duration, NODE(level.memory_ns), 1, 1e7},                    \
		{"daily", read_daily, NODE(level), 0, 0},                                          \
		{"sizes", lull_keys_sizes, NODE(sizes), 0, 0},                                     \
	{                                                                                          \
		"upstreams", lull_scene_node, offsetof(struct lull_keys_node, upstreams), 0, 0     \
	}

static const struct lull_scene_key target_keys[] = {
	NODE_KEYS,
	{"prefixes", read_prefixes, 0, 0, 0},
	{"services", lull_scene_node, offsetof(struct lull_keys_node, services), 0, 0},
};

static const struct lull_scene_key service_keys[] = {
	NODE_KEYS,
	{"address", read_prefixes, 0, 0, 0},
};

static const struct lull_scene_node node_defaults = {
	.parent = -1,
	.out = 10,
	.in = -1,
	.v6 = -1,
	.sources = 20,
	.peers = 200,
	.zipf = 0.8,
	.udp = 0.15,
	.icmp = 0.02,
	.servers = 0.7,
	.phi = 1.5,
	.spacing_ns = 20000000,
	.level = {0, 14, 1, 0, UINT64_C(1200000000000)},
};

static bool name_is_fine(const char *name)
{
	for (const unsigned char *c = (const unsigned char *)name; *c != '\0'; c++) {
		if (*c <= ' ' || *c == 0x7f || strchr("/\"'\\,|{}[]#&*!%@`:", *c) != NULL)
			return false;
	}
	return *name != '-' && *name != '?';
}

// Shares by upstream: {unicom: 0.7, ttk: 0.3}; what is not named has none.
static void read_shares(struct lull_scene *r, struct lull_scenario *s, struct lull_scene_node *n,
	const struct lull_yaml *node)
{
	double sum = 0;
	for (size_t i = 0; i < s->n_upstreams; i++)
		n->share[i] = node == NULL ? s->upstreams[i].weight : 0;
	if (node != NULL) {
		struct lull_scene_key keys[LULL_SCENE_UPSTREAMS];
		for (size_t i = 0; i < s->n_upstreams; i++)
			keys[i] = (struct lull_scene_key){
				s->upstreams[i].name != NULL ? s->upstreams[i].name : "",
				lull_scene_double, i * sizeof(double), 0, 1e6};
		if (!s->named_upstreams)
			lull_scene_complain(r, node, "shares of upstreams, but none are defined");
		else
			lull_scene_map(r, node, keys, s->n_upstreams, n->share);
	}
	for (size_t i = 0; i < s->n_upstreams; i++)
		sum += n->share[i];
	if (sum <= 0)
		lull_scene_complain(r, node, "upstreams of \"%s\" have no share at all", n->name);
	for (size_t i = 0; i < s->n_upstreams && sum > 0; i++)
		n->share[i] /= sum;
}

static struct lull_scene_node *add_node(struct lull_scene *r, struct lull_scenario *s,
	const struct lull_yaml *at, const struct lull_scene_node *node)
{
	if (s->n_nodes >= LULL_SCENE_NODES) {
		lull_scene_complain(r, at, "more than %d targets", LULL_SCENE_NODES);
		free(node->name);
		free(node->prefixes);
		return NULL;
	}
	struct lull_scene_node *grown = lull_scene_push(r, s->nodes, &s->n_nodes, sizeof(*grown));
	if (grown == NULL) {
		free(node->name);
		free(node->prefixes);
		return NULL;
	}
	s->nodes = grown;
	grown[s->n_nodes - 1] = *node;
	grown[s->n_nodes - 1].place = lull_scene_place_of(at);
	return &grown[s->n_nodes - 1];
}

static void finish_node(struct lull_scene *r, const struct lull_yaml *at, struct lull_scene_node *n,
	const char *what)
{
	if (n->name == NULL)
		n->name = strdup("");
	if (n->name == NULL)
		r->no_memory = true;
	if (n->name == NULL || *n->name == '\0')
		lull_scene_complain(r, at, "a %s needs a name", what);
	else if (!name_is_fine(n->name))
		lull_scene_complain(
			r, at, "name \"%s\": no spaces, slashes or YAML signs", n->name);
	if (n->n_prefixes == 0)
		lull_scene_complain(r, at, "a %s needs %s", what,
			strcmp(what, "target") == 0 ? "prefixes" : "an address");
	if (n->in < 0)
		n->in = n->out * 0.8;
	if (n->udp + n->icmp > 1)
		lull_scene_complain(r, at, "udp and icmp are more than 1 together");
}

static void read_service(struct lull_scene *r, struct lull_scenario *s,
	const struct lull_yaml *node, size_t parent, const struct lull_yaml *parent_shares)
{
	struct lull_keys_node service = {.node = s->nodes[parent], .upstreams = parent_shares};
	struct lull_scene_node *n = &service.node;
	n->name = NULL;
	n->prefixes = NULL;
	n->n_prefixes = 0;
	n->sources = 1;
	n->v6 = -1;
	n->parent = (int)parent;
	n->out *= 0.25;
	n->in *= 0.25;
	lull_scene_map(r, node, service_keys, COUNT(service_keys), &service);
	finish_node(r, node, n, "service");
	if (n->n_prefixes > 1)
		lull_scene_complain(r, node, "a service has one address");
	else if (n->n_prefixes == 1 &&
		 n->prefixes[0].len != (n->prefixes[0].addr.family == 4 ? 32 : 128))
		lull_scene_complain(r, node, "a service is one address, not a prefix");
	if (n->name != NULL && s->nodes[parent].name != NULL) {
		size_t len = strlen(s->nodes[parent].name) + strlen(n->name) + 2;
		char *full = malloc(len);
		if (full == NULL)
			r->no_memory = true;
		else
			snprintf(full, len, "%s/%s", s->nodes[parent].name, n->name);
		free(n->name);
		n->name = full;
	}
	read_shares(r, s, n, service.upstreams);
	add_node(r, s, node, n);
}

static void read_target(struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node)
{
	struct lull_keys_node target = {.node = node_defaults};
	target.node.sizes = web_sizes;
	lull_scene_map(r, node, target_keys, COUNT(target_keys), &target);
	finish_node(r, node, &target.node, "target");
	read_shares(r, s, &target.node, target.upstreams);
	size_t index = s->n_nodes;
	if (add_node(r, s, node, &target.node) == NULL || target.services == NULL)
		return;
	if (target.services->kind != LULL_YAML_LIST) {
		lull_scene_complain(r, target.services, "services: expected a list");
		return;
	}
	const struct lull_yaml_item *iter = NULL;
	const struct lull_yaml *child;
	while ((child = lull_scene_next(target.services, &iter)) != NULL)
		read_service(r, s, child, index, target.upstreams);
}

void lull_keys_targets(struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node)
{
	if (node == NULL || node->kind != LULL_YAML_LIST) {
		lull_scene_complain(r, node, "targets: expected a list of {name, prefixes, ...}");
		return;
	}
	const struct lull_yaml_item *iter = NULL;
	const struct lull_yaml *child;
	while ((child = lull_scene_next(node, &iter)) != NULL)
		read_target(r, s, child);
}

static void adopt(
	struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node, size_t group)
{
	const char *names[LULL_SCENE_NODES];
	for (size_t i = 0; i < s->n_nodes; i++)
		names[i] = s->nodes[i].name != NULL ? s->nodes[i].name : "";
	int member = lull_scene_word(r, node, "member", names, s->n_nodes);
	if (member < 0)
		return;
	int top = (int)group;
	while (top >= 0 && top != member)
		top = s->nodes[top].parent;
	if (top == member)
		lull_scene_complain(r, node, "group \"%s\" would contain itself", names[group]);
	else if (s->nodes[member].parent >= 0)
		lull_scene_complain(r, node, "\"%s\" belongs to \"%s\" already", names[member],
			names[s->nodes[member].parent]);
	else
		s->nodes[member].parent = (int)group;
}

void lull_keys_groups(struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node)
{
	struct raw {
		char *name;
		const struct lull_yaml *members;
	};
	static const struct lull_scene_key keys[] = {
		{"name", lull_scene_string, offsetof(struct raw, name), 0, 0},
		{"members", lull_scene_node, offsetof(struct raw, members), 0, 0},
	};
	const struct lull_yaml_item *iter = NULL, *inner;
	const struct lull_yaml *child, *member;
	if (node != NULL && node->kind != LULL_YAML_LIST) {
		lull_scene_complain(r, node, "groups: expected a list of {name, members}");
		return;
	}
	while (node != NULL && (child = lull_scene_next(node, &iter)) != NULL) {
		struct raw raw = {0};
		lull_scene_map(r, child, keys, COUNT(keys), &raw);
		struct lull_scene_node group = {.name = raw.name, .parent = -1, .group = true};
		if (raw.name == NULL || !name_is_fine(raw.name) || raw.members == NULL ||
			raw.members->kind != LULL_YAML_LIST) {
			lull_scene_complain(r, child, "a group needs a name and a list of members");
			free(raw.name);
			continue;
		}
		if (add_node(r, s, child, &group) == NULL)
			continue;
		size_t index = s->n_nodes - 1;
		inner = NULL;
		while ((member = lull_scene_next(raw.members, &inner)) != NULL)
			adopt(r, s, member, index);
	}
}

void lull_keys_background(
	struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node)
{
#define BACK(field) offsetof(struct lull_scene_background, field)
	static const struct lull_scene_key keys[] = {
		{"rate", lull_scene_double, BACK(rate), 0, RATE_MAX},
		{"flows", lull_scene_uint32, BACK(flows), 1, LULL_SCENE_HOSTS},
		{"zipf", lull_scene_double, BACK(zipf), 0, 4},
		{"udp", lull_scene_double, BACK(udp), 0, 1},
		{"v6", lull_scene_double, BACK(v6), 0, 1},
		{"phi", lull_scene_double, BACK(phi), 1, 1000},
		{"chatter", lull_scene_double, BACK(chatter), 0, RATE_MAX},
		{"sigma", lull_scene_double, BACK(level.sigma), 0, 2},
		{"memory", lull_scene_duration, BACK(level.memory_ns), 1, 1e7},
		{"daily", read_daily, BACK(level), 0, 0},
		{"sizes", lull_keys_sizes, BACK(sizes), 0, 0},
		{"prefixes", read_background_prefixes, 0, 0, 0},
	};
	s->background = (struct lull_scene_background){
		.rate = 0,
		.flows = 1000,
		.zipf = 1,
		.udp = 0.3,
		.phi = 1,
		.level = node_defaults.level,
		.sizes = web_sizes,
	};
	if (node != NULL)
		lull_scene_map(r, node, keys, COUNT(keys), &s->background);
}
