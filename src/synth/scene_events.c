// SPDX-License-Identifier: BSD-3-Clause
// The keys of upstreams and events.

#include "keys.h"

#include <lull/decode.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void read_labels(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	struct lull_scene_upstream *u = dst;
	struct lull_scene_key label = {key->name, lull_scene_uint32, 0, 16, 1048575};
	if (node->kind != LULL_YAML_LIST) {
		lull_scene_uint32(r, node, &label, &u->labels[0]);
		u->n_labels = 1;
		return;
	}
	const struct lull_yaml_item *iter = NULL;
	const struct lull_yaml *child;
	while ((child = lull_scene_next(node, &iter)) != NULL) {
		if (u->n_labels == LULL_SCENE_LABELS) {
			lull_scene_complain(r, child, "more than %d labels", LULL_SCENE_LABELS);
			return;
		}
		lull_scene_uint32(r, child, &label, &u->labels[u->n_labels++]);
	}
}

static void read_qinq(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	struct lull_scene_upstream *u = dst;
	struct lull_scene_key tag = {key->name, lull_scene_int, 0, 0, 4094};
	if (node->kind != LULL_YAML_LIST || node->n != 2) {
		lull_scene_complain(r, node, "qinq: expected [outer, inner]");
		return;
	}
	lull_scene_int(r, node->first->value, &tag, &u->vlan);
	lull_scene_int(r, node->first->next->value, &tag, &u->inner);
}

static void check_upstream(struct lull_scene *r, struct lull_scenario *s,
	const struct lull_yaml *node, struct lull_scene_upstream *u)
{
	u->by_mac = u->mac != 0;
	if (u->name == NULL || strpbrk(u->name, " \t\"',|{}[]#&*!%@`:\\") != NULL)
		lull_scene_complain(r, node, "an upstream needs a name without YAML signs");
	if (u->vlan < 0 && u->n_labels == 0 && !u->by_mac)
		lull_scene_complain(r, node, "an upstream needs vlan, qinq, mpls or mac");
	if (s->linktype != 1)
		lull_scene_complain(r, node, "only linktype ethernet can tell upstreams apart");
	for (size_t i = 0; i < s->n_upstreams; i++) {
		const struct lull_scene_upstream *o = &s->upstreams[i];
		if (u->name != NULL && o->name != NULL && strcmp(u->name, o->name) == 0)
			lull_scene_complain(r, node, "two upstreams are called %s", u->name);
		if (o->vlan == u->vlan && o->mac == u->mac &&
			(o->n_labels > 0) == (u->n_labels > 0) &&
			(o->n_labels == 0 || o->labels[0] == u->labels[0]))
			lull_scene_complain(r, node, "nothing tells this upstream from another");
	}
}

void lull_keys_upstreams(
	struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node)
{
#define UP(field) offsetof(struct lull_scene_upstream, field)
	static const struct lull_scene_key keys[] = {
		{"name", lull_scene_string, UP(name), 0, 0},
		{"vlan", lull_scene_int, UP(vlan), 0, 4094},
		{"qinq", read_qinq, 0, 0, 0},
		{"mpls", read_labels, 0, 0, 0},
		{"mac", lull_scene_mac, UP(mac), 0, 0},
		{"weight", lull_scene_double, UP(weight), 0, 1e6},
	};
	const struct lull_scene_upstream fresh = {.vlan = -1, .inner = -1, .weight = 1};
	const struct lull_yaml_item *iter = NULL;
	const struct lull_yaml *child = NULL;
	if (node != NULL && node->kind != LULL_YAML_LIST)
		lull_scene_complain(r, node, "upstreams: expected a list of {name, ...}");
	s->named_upstreams = node != NULL && node->kind == LULL_YAML_LIST;
	while (!s->named_upstreams || (child = lull_scene_next(node, &iter)) != NULL) {
		struct lull_scene_upstream u = fresh;
		if (s->n_upstreams == LULL_SCENE_UPSTREAMS) {
			lull_scene_complain(
				r, child, "more than %d upstreams", LULL_SCENE_UPSTREAMS);
			return;
		}
		if (s->named_upstreams) {
			lull_scene_map(r, child, keys, COUNT(keys), &u);
			check_upstream(r, s, child, &u);
		}
		struct lull_scene_upstream *grown =
			lull_scene_push(r, s->upstreams, &s->n_upstreams, sizeof(u));
		if (grown == NULL) {
			free(u.name);
			return;
		}
		s->upstreams = grown;
		u.place = lull_scene_place_of(child);
		grown[s->n_upstreams - 1] = u;
		if (!s->named_upstreams)
			return; // one nameless upstream
	}
	if (s->n_upstreams == 0)
		lull_scene_complain(r, node, "upstreams: an empty list");
}

static const char *const kinds[LULL_SCENE_KINDS] = {
	"outage", "moved", "flood", "unreachables", "loss", "gap", "duplicate", "clock", "reorder"};

// An event while it is read: words wait as nodes.
struct raw {
	struct lull_scene_event event; // first
	const struct lull_yaml *kind, *targets, *from, *to, *upstreams, *onto, *type, *reason;
};

// Which keys a kind understands beyond kind, from and to.
enum {
	KEY_TARGETS = 1,
	KEY_UPSTREAMS = 2,
	KEY_FRACTION = 4,
	KEY_RATE = 8,
};
static const uint8_t needs[LULL_SCENE_KINDS] = {
	[LULL_SCENE_OUTAGE] = KEY_TARGETS,
	[LULL_SCENE_MOVED] = KEY_TARGETS | KEY_UPSTREAMS,
	[LULL_SCENE_FLOOD] = KEY_TARGETS | KEY_RATE,
	[LULL_SCENE_UNREACHABLES] = KEY_TARGETS | KEY_RATE,
	[LULL_SCENE_LOSS] = KEY_FRACTION,
	[LULL_SCENE_DUPLICATE] = KEY_FRACTION,
	[LULL_SCENE_REORDER] = KEY_FRACTION,
};

// "2025-06-07T03:14:07Z", or "+40m" after the start.
static void read_when(struct lull_scene *r, const struct lull_scenario *s,
	const struct lull_yaml *node, const char *name, uint64_t *ns)
{
	const char *text = lull_scene_text(r, node);
	uint64_t v;
	if (text == NULL)
		return;
	if (*text == '+' ? lull_duration_parse(text + 1, &v) != 0 || v > s->duration_ns
			 : lull_time_parse(text, &v) != 0)
		lull_scene_complain(r, node,
			"%s: \"%s\" is neither a time nor +DURATION within the scenario", name,
			text);
	else
		*ns = *text == '+' ? s->start_ns + v : v;
}

static void read_event_targets(struct lull_scene *r, const struct lull_scenario *s,
	const struct lull_yaml *node, struct lull_scene_event *e)
{
	const char *names[LULL_SCENE_NODES];
	for (size_t i = 0; i < s->n_nodes; i++)
		names[i] = s->nodes[i].name != NULL ? s->nodes[i].name : "";
	const struct lull_yaml_item *iter = NULL;
	const struct lull_yaml *child = node;
	bool list = node->kind == LULL_YAML_LIST;
	while (!list || (child = lull_scene_next(node, &iter)) != NULL) {
		int i = lull_scene_word(r, child, "target", names, s->n_nodes);
		uint32_t *grown =
			i < 0 ? NULL
			      : lull_scene_push(r, e->targets, &e->n_targets, sizeof(*e->targets));
		if (grown != NULL) {
			e->targets = grown;
			grown[e->n_targets - 1] = (uint32_t)i;
		}
		if (!list || e->n_targets > LULL_SCENE_NODES)
			return;
	}
}

static int upstream_word(
	struct lull_scene *r, const struct lull_scenario *s, const struct lull_yaml *node)
{
	const char *names[LULL_SCENE_UPSTREAMS];
	for (size_t i = 0; i < s->n_upstreams; i++)
		names[i] = s->upstreams[i].name != NULL ? s->upstreams[i].name : "";
	return lull_scene_word(r, node, "upstream", names, s->n_upstreams);
}

static void read_event_upstreams(struct lull_scene *r, const struct lull_scenario *s,
	const struct lull_yaml *node, struct lull_scene_event *e)
{
	const struct lull_yaml_item *iter = NULL;
	const struct lull_yaml *child = node;
	if (node == NULL) {
		e->upstreams = UINT64_MAX;
		return;
	}
	bool list = node->kind == LULL_YAML_LIST;
	while (!list || (child = lull_scene_next(node, &iter)) != NULL) {
		int i = upstream_word(r, s, child);
		if (i >= 0)
			e->upstreams |= UINT64_C(1) << i;
		if (!list)
			return;
	}
}

static void check_event(struct lull_scene *r, const struct lull_scenario *s,
	const struct lull_yaml *node, const struct raw *raw)
{
	const struct lull_scene_event *e = &raw->event;
	uint8_t need = needs[e->kind];
	const char *kind = kinds[e->kind];
	if (raw->from == NULL || e->from_ns >= e->to_ns)
		lull_scene_complain(r, node, "%s: from must be given and lie before to", kind);
	if ((need & KEY_TARGETS) && raw->targets == NULL)
		lull_scene_complain(r, node, "%s: targets are missing", kind);
	if (!(need & KEY_TARGETS) && (raw->targets != NULL || raw->upstreams != NULL))
		lull_scene_complain(
			r, node, "%s is a fault of the tap: it has no targets, no upstreams", kind);
	if (e->kind == LULL_SCENE_MOVED && (raw->upstreams == NULL || e->onto < 0))
		lull_scene_complain(r, node, "moved: upstreams and onto are missing");
	if ((need & KEY_RATE) && e->rate <= 0)
		lull_scene_complain(r, node, "%s: rate is missing", kind);
	if ((need & KEY_FRACTION) && e->kind != LULL_SCENE_MOVED && e->fraction < 0)
		lull_scene_complain(r, node, "%s: fraction is missing", kind);
	if (e->kind == LULL_SCENE_CLOCK && e->step_ns == 0)
		lull_scene_complain(r, node, "clock: step is missing");
	if (e->kind == LULL_SCENE_REORDER && e->jitter_ns == 0)
		lull_scene_complain(r, node, "reorder: jitter is missing");
	if (e->upstreams == 0)
		lull_scene_complain(r, node, "%s: no upstream is named", kind);
	if (e->step_ns < 0 && (uint64_t)-e->step_ns > s->start_ns)
		lull_scene_complain(r, node, "clock: step goes back before 1970");
	if (e->from_ns < s->start_ns)
		lull_scene_complain(r, node, "%s: from lies before the start", kind);
}

static void read_words(struct lull_scene *r, const struct lull_scenario *s, struct raw *raw)
{
	static const char *const types[] = {"syn", "udp"};
	static const char *const reasons[] = {"none", "noroute", "admin", "ttl"};
	struct lull_scene_event *e = &raw->event;
	if (raw->from != NULL)
		read_when(r, s, raw->from, "from", &e->from_ns);
	if (raw->to != NULL)
		read_when(r, s, raw->to, "to", &e->to_ns);
	if (raw->targets != NULL)
		read_event_targets(r, s, raw->targets, e);
	read_event_upstreams(r, s, raw->upstreams, e);
	if (raw->onto != NULL)
		e->onto = upstream_word(r, s, raw->onto);
	if (raw->type != NULL)
		e->udp = lull_scene_word(r, raw->type, "flood", types, COUNT(types)) == 1;
	if (raw->reason != NULL)
		e->reason = lull_scene_word(r, raw->reason, "reason", reasons, COUNT(reasons));
	if (e->reason < 0)
		e->reason = LULL_UNREACH_NOROUTE;
	if (e->kind == LULL_SCENE_MOVED && e->fraction < 0)
		e->fraction = 1;
}

static void read_event(struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node)
{
#define EV(field) offsetof(struct raw, event.field)
	static const struct lull_scene_key keys[] = {
		{"kind", lull_scene_node, offsetof(struct raw, kind), 0, 0},
		{"targets", lull_scene_node, offsetof(struct raw, targets), 0, 0},
		{"from", lull_scene_node, offsetof(struct raw, from), 0, 0},
		{"to", lull_scene_node, offsetof(struct raw, to), 0, 0},
		{"upstreams", lull_scene_node, offsetof(struct raw, upstreams), 0, 0},
		{"onto", lull_scene_node, offsetof(struct raw, onto), 0, 0},
		{"type", lull_scene_node, offsetof(struct raw, type), 0, 0},
		{"reason", lull_scene_node, offsetof(struct raw, reason), 0, 0},
		{"remaining", lull_scene_double, EV(remaining), 0, 1},
		{"in", lull_scene_double, EV(in), 0, 1},
		{"ramp", lull_scene_duration, EV(ramp_ns), 0, 1e7},
		{"recovery", lull_scene_duration, EV(recovery_ns), 0, 1e7},
		{"fraction", lull_scene_double, EV(fraction), 0, 1},
		{"rate", lull_scene_double, EV(rate), 0, 1e8},
		{"sources", lull_scene_uint32, EV(sources), 1, LULL_SCENE_HOSTS},
		{"backscatter", lull_scene_double, EV(backscatter), 0, 1},
		{"step", lull_scene_step, EV(step_ns), 0, 1e7},
		{"jitter", lull_scene_duration, EV(jitter_ns), 0, 10},
	};
	struct raw raw = {.event = {.onto = -1,
				  .fraction = -1,
				  .reason = LULL_UNREACH_NOROUTE,
				  .to_ns = s->start_ns + s->duration_ns,
				  .place = lull_scene_place_of(node)}};
	lull_scene_map(r, node, keys, COUNT(keys), &raw);
	int kind = raw.kind == NULL
			   ? -1
			   : lull_scene_word(r, raw.kind, "event", kinds, LULL_SCENE_KINDS);
	if (kind < 0) {
		lull_scene_complain(r, node, "an event needs a kind");
		return;
	}
	raw.event.kind = (enum lull_scene_kind)kind;
	read_words(r, s, &raw);
	check_event(r, s, node, &raw);
	struct lull_scene_event *grown =
		lull_scene_push(r, s->events, &s->n_events, sizeof(*grown));
	if (grown == NULL) {
		free(raw.event.targets);
		return;
	}
	s->events = grown;
	grown[s->n_events - 1] = raw.event;
}

void lull_keys_events(struct lull_scene *r, struct lull_scenario *s, const struct lull_yaml *node)
{
	const struct lull_yaml_item *iter = NULL;
	const struct lull_yaml *child;
	if (node == NULL)
		return;
	if (node->kind != LULL_YAML_LIST) {
		lull_scene_complain(r, node, "events: expected a list of {kind, from, to, ...}");
		return;
	}
	while ((child = lull_scene_next(node, &iter)) != NULL) {
		if (s->n_events == LULL_SCENE_EVENTS) {
			lull_scene_complain(r, child, "more than %d events", LULL_SCENE_EVENTS);
			return;
		}
		read_event(r, s, child);
	}
}
