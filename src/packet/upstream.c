// SPDX-License-Identifier: BSD-3-Clause
// Rules that tell neighbours apart, compiled to plain values; keys and their names.

#include <lull/upstream.h>
#include <stdio.h>
#include <stdlib.h>

#define ANY UINT64_MAX
#define VALUE_MASK ((UINT64_C(1) << 48) - 1)

// A rule: a learning one, or conditions of which all must hold.
struct rule {
	uint64_t key;                   // of a named rule
	uint64_t port, vlan, mpls, mac; // or ANY
	enum lull_upstream_kind learn;  // or LULL_UPSTREAM_NONE
};

struct lull_upstream_rules {
	size_t n;
	struct rule rules[];
};

static uint64_t condition(int64_t value)
{
	return value < 0 ? ANY : (uint64_t)value;
}

struct lull_upstream_rules *lull_upstream_create(const struct lull_config *config)
{
	size_t n = config->n_upstreams;
	struct lull_upstream_rules *r = malloc(sizeof(*r) + n * sizeof(r->rules[0]));
	if (r == NULL)
		return NULL;
	r->n = n;
	for (size_t i = 0; i < n; i++) {
		const struct lull_upstream_spec *spec = &config->upstreams[i];
		r->rules[i] = (struct rule){
			.key = lull_upstream_key(LULL_UPSTREAM_NAMED, i),
			.port = condition(spec->port),
			.vlan = condition(spec->vlan),
			.mpls = condition(spec->mpls),
			.mac = spec->has_mac ? spec->mac & VALUE_MASK : ANY,
			.learn = (enum lull_upstream_kind)(spec->name == NULL ? spec->learn : 0),
		};
	}
	return r;
}

void lull_upstream_destroy(struct lull_upstream_rules *r)
{
	free(r);
}

static bool holds(const struct rule *r, const struct lull_packet *packet,
	const struct lull_headers *h, uint64_t mac)
{
	return (r->port == ANY || r->port == packet->port) &&
	       (r->vlan == ANY || r->vlan == h->vlan) && (r->mpls == ANY || r->mpls == h->mpls) &&
	       (r->mac == ANY || r->mac == mac);
}

uint64_t lull_upstream_of(const struct lull_upstream_rules *r, const struct lull_packet *packet,
	const struct lull_headers *headers, enum lull_direction direction)
{
	uint64_t mac = direction == LULL_OUT ? headers->src_mac : headers->dst_mac;
	for (size_t i = 0; i < r->n; i++) {
		const struct rule *rule = &r->rules[i];
		switch (rule->learn) {
		case LULL_UPSTREAM_PORT:
			return lull_upstream_key(LULL_UPSTREAM_PORT, packet->port);
		case LULL_UPSTREAM_VLAN:
			if (headers->vlan != LULL_NO_TAG)
				return lull_upstream_key(LULL_UPSTREAM_VLAN, headers->vlan);
			break;
		case LULL_UPSTREAM_MPLS:
			if (headers->mpls != LULL_NO_TAG)
				return lull_upstream_key(LULL_UPSTREAM_MPLS, headers->mpls);
			break;
		case LULL_UPSTREAM_MAC:
			if (mac != 0)
				return lull_upstream_key(LULL_UPSTREAM_MAC, mac & VALUE_MASK);
			break;
		default:
			if (holds(rule, packet, headers, mac))
				return rule->key;
		}
	}
	return lull_upstream_key(LULL_UPSTREAM_NONE, 0);
}

static const char *mac_name(uint64_t mac, char *out)
{
	snprintf(out, 64, "%02x:%02x:%02x:%02x:%02x:%02x", (unsigned)(mac >> 40 & 255),
		(unsigned)(mac >> 32 & 255), (unsigned)(mac >> 24 & 255),
		(unsigned)(mac >> 16 & 255), (unsigned)(mac >> 8 & 255), (unsigned)(mac & 255));
	return out;
}

const char *lull_upstream_name(const struct lull_config *config, uint64_t key, char *out)
{
	uint64_t value = key & VALUE_MASK;
	const char *format = NULL;
	switch (key >> 56) {
	case LULL_UPSTREAM_NAMED:
		if (value < config->n_upstreams && config->upstreams[value].name != NULL)
			return config->upstreams[value].name;
		break;
	case LULL_UPSTREAM_PORT:
		format = "port %llu";
		break;
	case LULL_UPSTREAM_VLAN:
		format = "vlan %llu";
		break;
	case LULL_UPSTREAM_MPLS:
		format = "mpls %llu";
		break;
	case LULL_UPSTREAM_MAC:
		return mac_name(value, out);
	}
	if (format == NULL) {
		snprintf(out, 64, "other");
		return out;
	}
	snprintf(out, 64, format, (unsigned long long)value);
	return out;
}
