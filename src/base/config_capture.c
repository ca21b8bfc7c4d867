// SPDX-License-Identifier: BSD-3-Clause
// capture and workers: where packets of `lull run` come from, and the cores that take them. Whether
// such devices exist is left to the ports.

#include "config_capture.h"
#include "config_eal.h"
#include "config_keys.h"
#include <lull/bin.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KIB 1024.0
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define QUEUES_MAX 64
#define CORES_MAX 1024
#define DEVICE_BYTES 4096  // a path is part of some
#define INTERFACE_BYTES 15 // IFNAMSIZ - 1
#define RING_BYTES (UINT64_C(64) << 20)

const char *const lull_capture_names[] = {"none", "dpdk", "interface", NULL};

void lull_config_free_capture(struct lull_config *c)
{
	lull_texts_free(&c->capture.eal, &c->capture.n_eal);
	for (size_t i = 0; i < c->capture.n_ports; i++)
		free(c->capture.ports[i].device);
	free(c->capture.ports);
	c->capture = (struct lull_capture_config){.ring_bytes = RING_BYTES, .queues = 1};
}

static char *read_argument(
	struct lull_reader *r, const struct lull_key *key, const struct lull_yaml *value)
{
	const struct lull_capture_config *c = &r->config->capture;
	const char *before = c->n_eal > 0 ? c->eal[c->n_eal - 1] : NULL;
	const char *problem = lull_eal_problem(value->text, before);
	if (problem == NULL)
		return lull_read_copy(r, value->text);
	lull_reader_complain(r, &value->place, "%s: '%.64s': %s", key->name, value->text, problem);
	return NULL;
}

static void read_eal(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_config *c = into;
	lull_read_texts(r, key, value, read_argument, &c->capture.eal, &c->capture.n_eal);
}

static const char *device_problem(const char *device)
{
	size_t n = strlen(device);
	if (n == 0)
		return "is empty";
	if (n > DEVICE_BYTES)
		return "is longer than 4096 bytes";
	if (device[0] == '-')
		return "is an option, which goes under eal";
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)device[i] < 0x20 || device[i] == 0x7f)
			return "contains a control character";
	}
	return NULL;
}

// As the kernel sees it (dev_valid_name()), and without what no terminal should be sent.
static const char *interface_problem(const char *name)
{
	if (strlen(name) > INTERFACE_BYTES)
		return "is longer than 15 bytes";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strpbrk(name, "/: \v\f") != NULL)
		return "is no name of an interface (no '/', ':' or blank)";
	return device_problem(name);
}

static void read_device(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_port_spec *port = into;
	if (!lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return;
	const char *problem = device_problem(value->text);
	if (problem != NULL)
		lull_reader_complain(
			r, &value->place, "the device '%.64s' %s", value->text, problem);
	else
		lull_read_text(r, key, value, &port->device);
}

static const struct lull_key port_keys[] = {
	{"device", read_device, 0, 0, 0},
	{"queues", lull_read_unsigned, offsetof(struct lull_port_spec, queues), 1, QUEUES_MAX},
};

static void read_port(
	struct lull_reader *r, const struct lull_yaml *value, struct lull_port_spec *port)
{
	bool seen[COUNT(port_keys)] = {false};
	*port = (struct lull_port_spec){.queues = 1, .place = value->place};
	if (value->kind == LULL_YAML_TEXT) {
		read_device(r, &port_keys[0], value, port);
		return;
	}
	if (!lull_read_is(r, "an entry of ports", value, LULL_YAML_MAP))
		return;
	lull_read_map(r, port_keys, COUNT(port_keys), value, "a port", port, seen);
	if (!seen[0])
		lull_reader_complain(r, &value->place,
			"a port without a device; write {device: \"0000:3b:00.0\", queues: 4}");
}

// Room for the ports of a list. False after a complaint.
static bool new_ports(struct lull_reader *r, struct lull_config *c, const char *name,
	const struct lull_yaml *value, size_t n)
{
	if (c->capture.ports != NULL) { // name beside names: told by read_capture()
		for (size_t i = 0; i < c->capture.n_ports; i++)
			free(c->capture.ports[i].device);
		free(c->capture.ports);
		c->capture.ports = NULL;
		c->capture.n_ports = 0;
	}
	if (n > 0 && n <= LULL_PORTS_MAX) {
		c->capture.ports = lull_read_array(r, n, sizeof(*c->capture.ports));
		return c->capture.ports != NULL;
	}
	if (n > LULL_PORTS_MAX)
		lull_reader_complain(
			r, &value->place, "%s: %zu of them; %d at most", name, n, LULL_PORTS_MAX);
	else
		lull_reader_complain(
			r, &value->place, "%s: an empty list; name one at least", name);
	return false;
}

static void read_ports(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_config *c = into;
	if (!lull_read_is(r, key->name, value, LULL_YAML_LIST) ||
		!new_ports(r, c, key->name, value, value->n))
		return;
	for (const struct lull_yaml_item *i = value->first; i != NULL; i = i->next)
		read_port(r, i->value, &c->capture.ports[c->capture.n_ports++]);
}

// name: eth0, names: [eth0, eth1]: one port each.
static void read_interfaces(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_config *c = into;
	const struct lull_yaml_item *item = NULL;
	bool started = false;
	if (strcmp(key->name, "name") == 0 && !lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return;
	if (value->kind != LULL_YAML_TEXT && !lull_read_is(r, key->name, value, LULL_YAML_LIST))
		return;
	if (!new_ports(r, c, key->name, value, lull_read_length(value)))
		return;
	for (const struct lull_yaml *v;
		(v = lull_read_next(r, key->name, value, &item, &started)) != NULL;) {
		const char *problem = interface_problem(v->text);
		if (problem != NULL)
			lull_reader_complain(
				r, &v->place, "%s: '%.64s' %s", key->name, v->text, problem);
		c->capture.ports[c->capture.n_ports++] = (struct lull_port_spec){
			.device = lull_read_copy(r, v->text), .queues = 1, .place = v->place};
	}
}

static void read_core_list(
	struct lull_reader *r, const struct lull_yaml *value, struct lull_config *c)
{
	static const struct lull_key row = {"cores", NULL, 0, 0, CORES_MAX - 1};
	const struct lull_yaml_item *item = NULL;
	bool taken[CORES_MAX] = {false}, started = false;
	free(c->cores);
	c->n_cores = 0;
	c->cores = lull_read_array(r, lull_read_length(value), sizeof(*c->cores));
	for (const struct lull_yaml *v;
		(v = lull_read_next(r, row.name, value, &item, &started)) != NULL;) {
		unsigned core = CORES_MAX;
		lull_read_unsigned(r, &row, v, &core);
		if (core == CORES_MAX || c->cores == NULL)
			continue;
		if (taken[core])
			lull_reader_complain(r, &v->place,
				"cores: %u stands there twice; a core takes one queue", core);
		taken[core] = true;
		c->cores[c->n_cores++] = core;
	}
}

static void read_capture_cores(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	(void)key;
	r->capture_cores = value;
	read_core_list(r, value, into);
}

static const struct lull_key dpdk_keys[] = {
	{"cores", read_capture_cores, 0, 0, 0},
	{"eal", read_eal, 0, 0, 0},
	{"ports", read_ports, 0, 0, 0},
};

static void complain_portless(struct lull_reader *r, const struct lull_yaml *value)
{
	lull_reader_complain(
		r, &value->place, "no ports; add ports: [{device: \"0000:3b:00.0\", queues: 4}]");
}

static void read_dpdk(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	bool seen[COUNT(dpdk_keys)] = {false};
	if (!lull_read_is(r, key->name, value, LULL_YAML_MAP))
		return;
	lull_read_map(r, dpdk_keys, COUNT(dpdk_keys), value, "'dpdk'", into, seen);
	if (!seen[2])
		complain_portless(r, value);
}

static void read_kind(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_config *c = into;
	if (!lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return;
	int word = lull_read_word(r, key->name, value, lull_capture_names + 1);
	c->capture.kind = word < 0 ? LULL_CAPTURE_NONE : LULL_CAPTURE_DPDK + word;
}

enum { CORES, DPDK, EAL, KIND, NAME, NAMES, PORTS, QUEUES, RING, CAPTURE_KEYS };

static const struct lull_key capture_keys[CAPTURE_KEYS] = {
	[CORES] = {"cores", read_capture_cores, 0, 0, 0},
	[DPDK] = {"dpdk", read_dpdk, 0, 0, 0},
	[EAL] = {"eal", read_eal, 0, 0, 0},
	[KIND] = {"kind", read_kind, 0, 0, 0},
	[NAME] = {"name", read_interfaces, 0, 0, 0},
	[NAMES] = {"names", read_interfaces, 0, 0, 0},
	[PORTS] = {"ports", read_ports, 0, 0, 0},
	[QUEUES] = {"queues", lull_read_unsigned, offsetof(struct lull_config, capture.queues), 1,
		QUEUES_MAX},
	[RING] = {"ring", lull_read_size, offsetof(struct lull_config, capture.ring_bytes), MIB,
		4 * GIB},
};

// The keys each of the three forms may have; what stands beside them belongs to another.
static const struct form {
	unsigned keys;
	const char *name;
} forms[] = {
	{1u << DPDK, "dpdk: {...}, which holds all of its own"},
	{1u << KIND | 1u << CORES | 1u << EAL | 1u << PORTS, "kind: dpdk"},
	{1u << KIND | 1u << NAME | 1u << NAMES | 1u << QUEUES | 1u << RING, "kind: interface"},
};

static void check_form(struct lull_reader *r, const struct lull_yaml *value,
	const struct form *form, const bool *seen)
{
	for (const struct lull_yaml_item *i = value->first; i != NULL; i = i->next) {
		const struct lull_key *key =
			lull_key_find(capture_keys, CAPTURE_KEYS, i->key->text);
		if (key != NULL && (form->keys >> (key - capture_keys) & 1) == 0)
			lull_reader_complain(r, &i->key->place,
				"'%s' does not go with %s; keep one of them", key->name,
				form->name);
	}
	if (form == &forms[1] && !seen[PORTS])
		complain_portless(r, value);
	else if (form == &forms[2] && !seen[NAME] && !seen[NAMES])
		lull_reader_complain(
			r, &value->place, "no interface; add name: eth0, or names: [eth0, eth1]");
	else if (form == &forms[2] && seen[NAME] && seen[NAMES])
		lull_reader_complain(r, &value->place, "both 'name' and 'names'; keep one of them");
}

// "net_pcap0,rx_pcap=a" and "net_pcap0,rx_pcap=b" are one device: its name ends at the comma.
static void check_devices(struct lull_reader *r, const struct lull_capture_config *capture)
{
	const char *stop = capture->kind == LULL_CAPTURE_DPDK ? "," : "";
	for (size_t i = 0; i < capture->n_ports; i++) {
		const char *a = capture->ports[i].device;
		for (size_t j = 0; j < i && a != NULL; j++) {
			const char *b = capture->ports[j].device;
			size_t n = strcspn(a, stop);
			if (b == NULL || n != strcspn(b, stop) || memcmp(a, b, n) != 0)
				continue;
			lull_reader_complain(r, &capture->ports[i].place,
				"the device %.*s stands there twice; give a port more queues "
				"instead",
				(int)(n < 64 ? n : 64), a);
			break;
		}
	}
}

void lull_read_capture(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_config *c = into;
	bool seen[CAPTURE_KEYS] = {false};
	if (value->kind == LULL_YAML_TEXT && strcmp(value->text, lull_capture_names[0]) == 0) {
		lull_config_free_capture(c);
		return;
	}
	if (!lull_read_is(r, key->name, value, LULL_YAML_MAP))
		return;
	lull_config_free_capture(c);
	lull_read_map(r, capture_keys, CAPTURE_KEYS, value, "'capture'", c, seen);
	if (seen[DPDK]) {
		c->capture.kind = LULL_CAPTURE_DPDK;
		check_form(r, value, &forms[0], seen);
	} else if (c->capture.kind != LULL_CAPTURE_NONE) {
		check_form(r, value, &forms[c->capture.kind], seen);
	} else if (!seen[KIND]) {
		lull_reader_complain(r, &value->place,
			"capture of what? write dpdk: {ports: [...]} or {kind: interface, name: "
			"eth0}");
	}
	for (size_t i = 0; c->capture.kind == LULL_CAPTURE_INTERFACE && i < c->capture.n_ports; i++)
		c->capture.ports[i].queues = c->capture.queues;
	check_devices(r, &c->capture);
}

static void read_worker_cores(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	(void)key;
	read_core_list(r, value, into);
}

static const struct lull_key workers_keys[] = {{"cores", read_worker_cores, 0, 0, 0}};

void lull_read_workers(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_config *c = into;
	r->workers = value;
	if (value->kind == LULL_YAML_TEXT) {
		lull_read_unsigned(r, key, value, &c->workers);
		if (r->capture_cores == NULL)
			c->n_cores = 0;
		return;
	}
	if (!lull_read_is(r, key->name, value, LULL_YAML_MAP))
		return;
	c->workers = 0;
	lull_read_map(r, workers_keys, COUNT(workers_keys), value, "'workers'", c, NULL);
}

void lull_read_workers_end(struct lull_reader *r)
{
	struct lull_config *c = r->config;
	const struct lull_place whole = {.file = c->path};
	const struct lull_place *place = r->workers != NULL ? &r->workers->place : &whole;
	if (r->workers != NULL && r->workers->kind == LULL_YAML_MAP && r->capture_cores != NULL)
		lull_reader_complain(r, place,
			"the cores stand under 'capture' already (line %u); keep one of them",
			r->capture_cores->place.line);
	if (c->workers > 0 && c->n_cores > 0 && c->workers != c->n_cores)
		lull_reader_complain(r, place,
			"workers: %u, but there are %zu cores; keep one of "
			"them",
			c->workers, c->n_cores);
	if (c->n_cores > 0) // the cores say how many
		c->workers = 0;
}

void lull_config_check_capture(struct lull_reader *r, const struct lull_config *c)
{
	const struct lull_place place = {.file = c->path};
	size_t queues = 0;
	for (size_t i = 0; i < c->capture.n_ports; i++)
		queues += c->capture.ports[i].queues;
	if (c->capture.kind == LULL_CAPTURE_NONE)
		return;
	if (c->n_cores > 0 && c->n_cores != queues)
		lull_reader_complain(r, &place,
			"workers: %zu cores for %zu queues; give each queue a core, or none",
			c->n_cores, queues);
	if (c->workers > 0 && c->workers != queues)
		lull_reader_complain(r, &place,
			"workers: %u for %zu queues; a queue has one worker: leave 'workers' out, "
			"or change 'queues'",
			c->workers, queues);
}
