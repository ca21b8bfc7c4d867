// SPDX-License-Identifier: BSD-3-Clause
// Reads a scenario file, checks what only the whole can tell, and owns the result.

#include "keys.h"
#include "space.h"

#include <errno.h>
#include <lull/log.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

// The whole file while it is read: parts wait as nodes until those they name are known.
struct raw {
	struct lull_scenario *s;
	const struct lull_yaml *background, *targets, *groups, *upstreams, *events;
	uint64_t seed, start_ns, duration_ns, bin_ns;
	const struct lull_yaml *linktype, *resolution, *snaplen, *peers;
};

static void read_words(struct lull_scene *r, const struct raw *raw, struct lull_scenario *s)
{
	static const char *const links[] = {"ethernet", "raw", "sll", "null"};
	static const uint16_t types[] = {1, 101, 113, 0};
	static const char *const resolutions[] = {"us", "ns"};
	if (raw->linktype != NULL) {
		int i = lull_scene_word(r, raw->linktype, "linktype", links, COUNT(links));
		s->linktype = i < 0 ? 1 : types[i];
	}
	if (raw->resolution != NULL)
		s->nanoseconds = lull_scene_word(r, raw->resolution, "resolution", resolutions,
					 COUNT(resolutions)) == 1;
	if (raw->snaplen != NULL) {
		const char *text = lull_scene_text(r, raw->snaplen);
		struct lull_scene_key key = {"snaplen", lull_scene_uint32, 0, 20, 262144};
		if (text != NULL && strcmp(text, "headers") == 0)
			s->snaplen = 0;
		else if (text != NULL)
			lull_scene_uint32(r, raw->snaplen, &key, &s->snaplen);
	}
	if (raw->peers != NULL)
		lull_scene_prefixes(r, raw->peers, &s->peers, &s->n_peers);
}

// RFC 2544 and RFC 5180: set aside for tests of network devices, announced by nobody.
static void default_peers(struct lull_scene *r, struct lull_scenario *s)
{
	static const char *const defaults[] = {"198.18.0.0/15", "2001:2::/48"};
	for (size_t i = 0; i < COUNT(defaults) && s->n_peers < COUNT(defaults); i++) {
		struct lull_prefix *grown =
			lull_scene_push(r, s->peers, &s->n_peers, sizeof(*grown));
		if (grown == NULL)
			return;
		s->peers = grown;
		if (lull_prefix_parse(defaults[i], &grown[s->n_peers - 1]) != 0)
			r->no_memory = true; // cannot be: the text above is right
	}
}

static void read_all(struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *root)
{
	static const struct lull_scene_key keys[] = {
		{"seed", lull_scene_uint64, offsetof(struct raw, seed), 0, 0},
		{"start", lull_scene_time, offsetof(struct raw, start_ns), 0, 0},
		{"duration", lull_scene_duration, offsetof(struct raw, duration_ns), 1e-3, 3.2e8},
		{"bin", lull_scene_duration, offsetof(struct raw, bin_ns), 0.1, 600},
		{"linktype", lull_scene_node, offsetof(struct raw, linktype), 0, 0},
		{"resolution", lull_scene_node, offsetof(struct raw, resolution), 0, 0},
		{"snaplen", lull_scene_node, offsetof(struct raw, snaplen), 0, 0},
		{"peers", lull_scene_node, offsetof(struct raw, peers), 0, 0},
		{"background", lull_scene_node, offsetof(struct raw, background), 0, 0},
		{"targets", lull_scene_node, offsetof(struct raw, targets), 0, 0},
		{"groups", lull_scene_node, offsetof(struct raw, groups), 0, 0},
		{"upstreams", lull_scene_node, offsetof(struct raw, upstreams), 0, 0},
		{"events", lull_scene_node, offsetof(struct raw, events), 0, 0},
	};
	struct raw raw = {.seed = 1,
		.start_ns = UINT64_C(1735689600000000000), // 2025-01-01T00:00:00Z
		.duration_ns = 600 * LULL_NS_PER_SECOND,
		.bin_ns = LULL_NS_PER_SECOND};
	s->linktype = 1;
	s->snaplen = 262144;
	lull_scene_map(r, root, keys, COUNT(keys), &raw);
	s->seed = raw.seed;
	s->start_ns = raw.start_ns;
	s->duration_ns = raw.duration_ns;
	s->bin_ns = raw.bin_ns;
	read_words(r, &raw, s);
	if (s->n_peers == 0)
		default_peers(r, s);
	lull_keys_background(r, s, raw.background);
	lull_keys_upstreams(r, s, raw.upstreams);
	lull_keys_targets(r, s, raw.targets);
	lull_keys_groups(r, s, raw.groups);
	lull_keys_events(r, s, raw.events);
}

static bool service_inside_target(void *context, int outer, int inner)
{
	const struct lull_scenario *s = context;
	return outer != inner && s->nodes[inner].parent == outer;
}

static void check_overlaps(struct lull_scene *r, struct lull_scenario *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n_nodes; i++)
		n += s->nodes[i].n_prefixes;
	struct lull_space_entry *entries = calloc(n + 1, sizeof(*entries));
	if (entries == NULL) {
		r->no_memory = true;
		return;
	}
	n = 0;
	for (size_t i = 0; i < s->n_nodes; i++) {
		for (size_t k = 0; k < s->nodes[i].n_prefixes; k++)
			entries[n++] = (struct lull_space_entry){s->nodes[i].prefixes[k], (int)i};
	}
	size_t outer, inner;
	char a[LULL_ADDR_TEXT], b[LULL_ADDR_TEXT];
	if (lull_space_overlap(entries, n, service_inside_target, s, &outer, &inner))
		lull_scene_complain_at(r, s->nodes[entries[inner].owner].place,
			"%s lies inside %s: prefixes must not overlap",
			lull_prefix_format(&entries[inner].prefix, a),
			lull_prefix_format(&entries[outer].prefix, b));
	free(entries);
}

static void check_outside(struct lull_scene *r, const struct lull_scenario *s,
	const struct lull_prefix *outside, size_t n, const char *what)
{
	char a[LULL_ADDR_TEXT], b[LULL_ADDR_TEXT];
	for (size_t i = 0; i < s->n_nodes; i++) {
		for (size_t k = 0; k < s->nodes[i].n_prefixes; k++) {
			const struct lull_prefix *p = &s->nodes[i].prefixes[k];
			for (size_t j = 0; j < n; j++) {
				if (!lull_prefix_contains(p, &outside[j].addr) &&
					!lull_prefix_contains(&outside[j], &p->addr))
					continue;
				lull_scene_complain_at(r, s->nodes[i].place,
					"%s overlaps %s of %s: give %s other prefixes",
					lull_prefix_format(p, a),
					lull_prefix_format(&outside[j], b), what, what);
				return;
			}
		}
	}
}

static uint64_t space_size(const struct lull_prefix *p, size_t n, uint8_t family)
{
	struct lull_space space;
	lull_space_init(&space, p, n, family, 0);
	return space.size;
}

// Fill in the share of IPv6 and see that there are as many addresses as asked for.
static void check_node(
	struct lull_scene *r, struct lull_scenario *s, struct lull_scene_node *n, size_t services)
{
	if (n->group || n->n_prefixes == 0)
		return;
	uint64_t size4 = space_size(n->prefixes, n->n_prefixes, 4);
	uint64_t size6 = space_size(n->prefixes, n->n_prefixes, 6);
	if (n->v6 < 0)
		n->v6 = size4 == 0 ? 1 : size6 == 0 ? 0 : 0.5;
	if ((n->v6 > 0 && size6 == 0) || (n->v6 < 1 && size4 == 0))
		lull_scene_complain_at(
			r, n->place, "v6 of \"%s\" does not fit its prefixes", n->name);
	// half of a family each is always enough room for the other's rounding
	if ((n->v6 < 1 && n->sources + services > size4) ||
		(n->v6 > 0 && n->sources + services > size6))
		lull_scene_complain_at(r, n->place,
			"\"%s\" has fewer addresses than sources and services: lower sources",
			n->name);
	if ((n->v6 > 0 && n->peers > space_size(s->peers, s->n_peers, 6)) ||
		(n->v6 < 1 && n->peers > space_size(s->peers, s->n_peers, 4)))
		lull_scene_complain_at(r, n->place,
			"peers of \"%s\": the prefixes of peers are too small or of the other "
			"family",
			n->name);
}

static void check_names(struct lull_scene *r, const struct lull_scenario *s)
{
	for (size_t i = 0; i < s->n_nodes; i++) {
		for (size_t k = 0; k < i && s->nodes[i].name != NULL; k++) {
			if (s->nodes[k].name == NULL ||
				strcmp(s->nodes[i].name, s->nodes[k].name) != 0)
				continue;
			lull_scene_complain_at(r, s->nodes[i].place,
				"two targets are called \"%s\"", s->nodes[i].name);
			break;
		}
	}
}

static void check_limits(struct lull_scene *r, const struct lull_scenario *s)
{
	const struct lull_scene_background *b = &s->background;
	const struct lull_prefix *p = b->n_prefixes > 0 ? b->prefixes : s->peers;
	size_t n = b->n_prefixes > 0 ? b->n_prefixes : s->n_peers;
	if (UINT64_C(86400) * LULL_NS_PER_SECOND % s->bin_ns != 0)
		lull_scene_complain(r, NULL, "bin must divide a day");
	uint64_t people = b->rate > 0 ? b->flows : 0;
	for (size_t i = 0; i < s->n_nodes; i++)
		people += (uint64_t)s->nodes[i].sources + s->nodes[i].peers;
	if (people > LULL_SCENE_PEOPLE)
		lull_scene_complain(r, NULL, "sources, peers and flows are more than %d in all",
			LULL_SCENE_PEOPLE);
	if (s->n_nodes == 0)
		lull_scene_complain(r, NULL, "no targets");
	if (s->n_nodes * (s->n_upstreams + 1) > LULL_SCENE_CELLS)
		lull_scene_complain(
			r, NULL, "targets times upstreams are more than %d", LULL_SCENE_CELLS);
	if (s->start_ns / LULL_NS_PER_SECOND > UINT32_MAX ||
		(s->start_ns + s->duration_ns) / LULL_NS_PER_SECOND > UINT32_MAX)
		lull_scene_complain(r, NULL, "a pcap file ends in 2106");
	if (b->rate > 0 && ((b->v6 > 0 && space_size(p, n, 6) == 0) ||
				   (b->v6 < 1 && space_size(p, n, 4) == 0)))
		lull_scene_complain(r, NULL, "background: no prefixes of one of its families");
	if (b->chatter > 0 && (s->linktype != 1 || space_size(p, n, 4) == 0))
		lull_scene_complain(r, NULL, "background: chatter is ARP: Ethernet and IPv4");
}

static void check(struct lull_scene *r, struct lull_scenario *s)
{
	size_t *services = calloc(s->n_nodes + 1, sizeof(*services));
	if (services == NULL) {
		r->no_memory = true;
		return;
	}
	for (size_t i = 0; i < s->n_nodes; i++) {
		if (s->nodes[i].parent >= 0)
			services[s->nodes[i].parent]++;
	}
	for (size_t i = 0; i < s->n_nodes; i++)
		check_node(r, s, &s->nodes[i], services[i]);
	free(services);
	check_limits(r, s);
	check_names(r, s);
	check_overlaps(r, s);
	check_outside(r, s, s->peers, s->n_peers, "peers");
	check_outside(r, s, s->background.prefixes, s->background.n_prefixes, "background");
}

static void read_tree(struct lull_scene *r, struct lull_scenario *s, const char *text, size_t n,
	struct lull_yaml_tree *tree)
{
	int rc = lull_yaml_parse(tree, r->file, text, n);
	if (rc < 0) { // what is wrong was said
		r->errors++;
		r->no_memory = rc == -ENOMEM;
		return;
	}
	read_all(r, s, tree->root);
	if (r->errors == 0 && !r->no_memory)
		check(r, s);
}

struct lull_scenario *lull_scenario_parse(const char *text, size_t n, const char *file)
{
	struct lull_scene r = {.file = file};
	struct lull_scenario *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->file = strdup(file);
	struct lull_yaml_tree tree = {0};
	if (s->file == NULL)
		r.no_memory = true;
	else if (n > LULL_SCENARIO_BYTES)
		lull_scene_complain(&r, NULL, "longer than %u bytes", LULL_SCENARIO_BYTES);
	else
		read_tree(&r, s, text, n, &tree);
	lull_yaml_finish(&tree);
	if (r.errors == 0 && !r.no_memory)
		return s;
	if (r.errors > LULL_SCENE_COMPLAINTS)
		lull_log_error("%s: and %u more", file, r.errors - LULL_SCENE_COMPLAINTS);
	lull_scenario_destroy(s);
	errno = r.no_memory ? ENOMEM : EINVAL;
	return NULL;
}

struct lull_scenario *lull_scenario_load(const char *path)
{
	struct lull_scenario *s = NULL;
	char *text = malloc(LULL_SCENARIO_BYTES + 1);
	FILE *in = text == NULL ? NULL : fopen(path, "r");
	if (in == NULL) {
		int error = errno;
		lull_log_error("%s: %s", path, strerror(error));
		free(text);
		errno = error;
		return NULL;
	}
	size_t n = fread(text, 1, LULL_SCENARIO_BYTES + 1, in);
	int error = ferror(in) ? (errno != 0 ? errno : EIO) : 0;
	fclose(in);
	if (error != 0)
		lull_log_error("%s: %s", path, strerror(error));
	else
		s = lull_scenario_parse(text, n, path);
	if (error == 0)
		error = errno;
	free(text);
	errno = error;
	return s;
}

void lull_scenario_destroy(struct lull_scenario *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_nodes; i++) {
		free(s->nodes[i].name);
		free(s->nodes[i].prefixes);
	}
	for (size_t i = 0; i < s->n_upstreams; i++)
		free(s->upstreams[i].name);
	for (size_t i = 0; i < s->n_events; i++)
		free(s->events[i].targets);
	free(s->background.prefixes);
	free(s->peers);
	free(s->nodes);
	free(s->upstreams);
	free(s->events);
	free(s->file);
	free(s);
}
