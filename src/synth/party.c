// SPDX-License-Identifier: BSD-3-Clause
// Who talks at one target: its addresses, its peers, and when conversations begin.

#include "machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// Addresses of services stand inside their target and are none of its own.
static bool is_service(const struct lull_scenario *s, uint32_t node, const struct lull_addr *a)
{
	for (size_t i = node + 1; i < s->n_nodes && s->nodes[i].parent == (int)node; i++) {
		if (lull_prefix_contains(&s->nodes[i].prefixes[0], a))
			return true;
	}
	return false;
}

static int fill_hosts(
	const struct lull_scenario *s, uint32_t node, int six, uint32_t n, struct lull_hosts *hosts)
{
	const struct lull_scene_node *spec = &s->nodes[node];
	struct lull_space space;
	uint64_t key = lull_random_mix(s->seed ^ (uint64_t)node << 8 ^ (uint64_t)six);
	if (n == 0)
		return 0;
	lull_space_init(&space, spec->prefixes, spec->n_prefixes, six ? 6 : 4, key);
	hosts->addr[six] = calloc(n, sizeof(*hosts->addr[six]));
	if (hosts->addr[six] == NULL)
		return -ENOMEM;
	for (uint64_t k = 0; hosts->n[six] < n && k < space.size; k++) {
		struct lull_addr *a = &hosts->addr[six][hosts->n[six]];
		lull_space_address(&space, k, a);
		if (!is_service(s, node, a))
			hosts->n[six]++;
	}
	if (hosts->n[six] == 0) // services have taken every address
		return -EINVAL;
	return lull_pick_zipf(&hosts->pick[six], hosts->n[six], spec->zipf);
}

static int init_hosts(const struct lull_scenario *s, uint32_t node, struct lull_hosts *hosts)
{
	const struct lull_scene_node *spec = &s->nodes[node];
	uint32_t n6 = (uint32_t)(spec->sources * spec->v6 + 0.5);
	if (n6 == 0 && spec->v6 > 0)
		n6 = 1;
	uint32_t n4 = spec->sources - n6;
	if (n4 == 0 && spec->v6 < 1)
		n4 = 1;
	int rc = fill_hosts(s, node, 0, n4, hosts);
	return rc != 0 ? rc : fill_hosts(s, node, 1, n6, hosts);
}

// A leading direction of geometric batches of mean m has the dispersion 2 m - 1.
static void init_arrivals(
	struct lull_synth *g, const struct lull_scene_node *spec, struct lull_party *p)
{
	p->mean = (spec->phi + 1) / 2;
	p->in_leads = spec->out <= 0;
	p->ratio = p->in_leads ? 0 : spec->in / spec->out;
	double rate = (p->in_leads ? spec->in : spec->out) / p->mean;
	lull_arrivals_init(
		&p->arrivals, &p->random, &spec->level, rate, g->scenario->start_ns, g->end_ns);
}

int lull_party_init(struct lull_synth *g, uint32_t node)
{
	const struct lull_scenario *s = g->scenario;
	const struct lull_scene_node *spec = &s->nodes[node];
	struct lull_party *p = &g->parties[node];
	if (spec->group)
		return 0;
	lull_random_init(&p->random, s->seed, LULL_STREAM_PARTY + node);
	int rc = init_hosts(s, node, &p->hosts);
	for (int six = 0; six < 2; six++)
		lull_space_init(&p->peers[six], s->peers, s->n_peers, six ? 6 : 4,
			lull_random_mix(s->seed + node));
	if (rc == 0)
		rc = lull_pick_zipf(&p->peer, spec->peers, spec->zipf);
	if (rc == 0)
		rc = lull_pick_init(&p->size, spec->sizes.weight, spec->sizes.n);
	if (rc == 0)
		rc = lull_pick_init(&p->upstream, spec->share, (uint32_t)s->n_upstreams);
	init_arrivals(g, spec, p);
	return rc;
}

void lull_party_finish(struct lull_party *p)
{
	for (int six = 0; six < 2; six++) {
		free(p->hosts.addr[six]);
		lull_pick_finish(&p->hosts.pick[six]);
	}
	lull_pick_finish(&p->peer);
	lull_pick_finish(&p->size);
	lull_pick_finish(&p->upstream);
}

static uint16_t server_port(struct lull_random *r, uint8_t proto)
{
	static const uint16_t tcp[8] = {443, 443, 443, 443, 443, 80, 80, 25};
	static const uint16_t udp[8] = {53, 53, 53, 443, 443, 443, 123, 53};
	uint32_t i = lull_random_below(r, 8);
	return proto == LULL_WIRE_UDP ? udp[i] : tcp[i];
}

static void choose_ends(
	const struct lull_scene_node *spec, struct lull_party *p, struct lull_talk *t)
{
	struct lull_random *r = &p->random;
	double family = lull_random_uniform(r);
	int six = family < spec->v6;
	uint32_t host = lull_pick_draw(&p->hosts.pick[six], r);
	uint32_t peer = lull_pick_draw(&p->peer, r);
	t->host = p->hosts.addr[six][host];
	lull_space_address(&p->peers[six], peer, &t->peer);
	double proto = lull_random_uniform(r);
	t->proto = proto < spec->udp                ? LULL_WIRE_UDP
		   : proto < spec->udp + spec->icmp ? LULL_WIRE_ICMP
						    : LULL_WIRE_TCP;
	double begins = lull_random_uniform(r);
	t->host_starts = begins >= spec->servers;
	uint16_t client = (uint16_t)(32768 + lull_random_below(r, 28000));
	uint16_t server = server_port(r, t->proto);
	t->host_port = t->host_starts ? client : server;
	t->peer_port = t->host_starts ? server : client;
	t->seq[LULL_OUT] = (uint32_t)lull_random_next(r);
	t->seq[LULL_IN] = (uint32_t)lull_random_next(r);
}

uint64_t lull_party_arrive(struct lull_synth *g, uint32_t node, uint64_t ts_ns)
{
	struct lull_party *p = &g->parties[node];
	struct lull_talk *t = lull_machine_talk(g, ts_ns + 1);
	if (t == NULL)
		return UINT64_MAX;
	t->node = node;
	choose_ends(&g->scenario->nodes[node], p, t);
	uint32_t lead = lull_random_geometric(&p->random, p->mean);
	double part = lull_random_uniform(&p->random);
	t->left[p->in_leads ? LULL_IN : LULL_OUT] = lead;
	t->left[p->in_leads ? LULL_OUT : LULL_IN] = (uint32_t)(lead * p->ratio + part);
	if (p->in_leads)
		t->left[LULL_OUT] = 0;
	t->upstream = (uint16_t)lull_pick_draw(&p->upstream, &p->random);
	t->q = lull_random_uniform(&p->random);
	t->q_in = lull_random_uniform(&p->random);
	return lull_arrivals_next(&p->arrivals);
}
