// SPDX-License-Identifier: BSD-3-Clause
// A conversation, packet by packet: handshake, data, end (RFC 9293), or attempts that nobody
// answers any more. How many packets each side sends was decided when it began.

#include "machine.h"

#include <lull/decode.h>
#include <string.h>

#define RETRY_FIRST_NS UINT64_C(1000000000) // RFC 6298, 2.1: one second, then doubled
#define RETRIES_SYN 3
#define RETRIES_DATA 5
#define RETRY_DATA_NS UINT64_C(200000000)   // Linux: RTT + 200 ms, and RTTs of up to
#define RETRY_SPREAD_NS UINT64_C(800000000) // 800 ms, for ever one for a conversation
#define TCP_PSH 0x08

static enum lull_direction opener(const struct lull_talk *t)
{
	return t->host_starts ? LULL_OUT : LULL_IN;
}

static enum lull_direction choose_direction(const struct lull_talk *t, struct lull_random *r)
{
	enum lull_direction first = opener(t), second = first == LULL_OUT ? LULL_IN : LULL_OUT;
	if (t->left[first] == 0)
		return second;
	if (t->left[second] == 0)
		return first;
	if (!t->begun[first])
		return first;
	if (!t->begun[second])
		return second;
	uint32_t u = lull_random_below(r, t->left[LULL_OUT] + t->left[LULL_IN]);
	return u < t->left[LULL_OUT] ? LULL_OUT : LULL_IN;
}

static uint8_t tcp_flags(
	const struct lull_talk *t, enum lull_direction d, struct lull_random *r, bool *data)
{
	double u = lull_random_uniform(r);
	*data = false;
	if (!t->begun[d] && d == opener(t))
		return LULL_TCP_SYN;
	if (!t->begun[d]) // one answer and no more: now and then the port is closed
		return t->left[d] == 1 && u < 0.1 ? LULL_TCP_RST | LULL_TCP_ACK
						  : LULL_TCP_SYN | LULL_TCP_ACK;
	if (t->left[d] == 1)
		return u < 0.06 ? LULL_TCP_RST | LULL_TCP_ACK : LULL_TCP_FIN | LULL_TCP_ACK;
	*data = d != opener(t) || u < 0.3; // servers send, clients mostly acknowledge
	return LULL_TCP_ACK;
}

static void fill_ends(const struct lull_talk *t, enum lull_direction d, struct lull_segment *s)
{
	bool out = d == LULL_OUT;
	s->src = out ? t->host : t->peer;
	s->dst = out ? t->peer : t->host;
	s->sport = out ? t->host_port : t->peer_port;
	s->dport = out ? t->peer_port : t->host_port;
	s->proto = t->proto;
	s->ttl = (uint8_t)(48 + (s->src.bytes[3] ^ s->dst.bytes[2]) % 14);
}

static uint32_t tcp_header(const struct lull_talk *t)
{
	return (t->host.family == 4 ? 20 : 40) + 20;
}

static void fill_tcp(struct lull_talk *t, enum lull_direction d, struct lull_segment *s,
	uint8_t flags, uint32_t size)
{
	enum lull_direction other = d == LULL_OUT ? LULL_IN : LULL_OUT;
	uint32_t header = tcp_header(t);
	s->tcp_flags = flags;
	s->bytes = size;
	s->seq = t->seq[d];
	s->ack = flags & LULL_TCP_ACK ? t->seq[other] : 0;
	if (size > header) {
		s->tcp_flags |= TCP_PSH;
		t->seq[d] += size - header;
	}
	if (flags & (LULL_TCP_SYN | LULL_TCP_FIN))
		t->seq[d]++;
}

static void send(struct lull_synth *g, struct lull_talk *t, uint16_t upstream,
	enum lull_direction d, struct lull_random *r)
{
	const struct lull_scene_node *spec = &g->scenario->nodes[t->node];
	struct lull_segment s = {0};
	bool data = true;
	fill_ends(t, d, &s);
	s.id = (uint16_t)lull_random_next(r);
	uint8_t flags = tcp_flags(t, d, r, &data);
	uint32_t size = spec->sizes.bytes[lull_pick_draw(&g->parties[t->node].size, r)];
	if (t->state == LULL_TALK_RETRY && t->begun[d]) { // the same bytes again
		flags = LULL_TCP_ACK;
		data = true;
		uint32_t least = tcp_header(t) + 100;
		size = size < least ? least : size;
		t->retry_bytes = t->retry_bytes == 0 ? (uint16_t)size : t->retry_bytes;
		size = t->retry_bytes;
	}
	if (t->proto == LULL_WIRE_TCP) {
		fill_tcp(t, d, &s, flags, data ? size : 0);
	} else if (t->proto == LULL_WIRE_UDP) {
		s.bytes = size;
	} else {
		bool answer = d != opener(t);
		s.bytes = 84;
		s.icmp_type = s.src.family == 4 ? (answer ? 0 : 8) : (answer ? 129 : 128);
		s.sport = t->host_port;
		s.dport = (uint16_t)t->seq[LULL_OUT]++;
	}
	t->begun[d] = true;
	t->left[d]--;
	lull_machine_emit(g, upstream, d, &s);
	*(d == LULL_OUT ? &g->mark.src : &g->mark.dst) = t->node + 1;
}

static uint64_t retry_first_ns(const struct lull_talk *t, bool opening)
{
	uint64_t nth = (t->host_port * 31u + t->peer_port) % 32;
	return opening ? RETRY_FIRST_NS : RETRY_DATA_NS + RETRY_SPREAD_NS * nth / 32;
}

// Whoever is inside is cut off: the peer tries a while, if its attempts still pass the tap.
static bool retry(struct lull_synth *g, struct lull_talk *t, uint16_t upstream, uint64_t ts_ns,
	uint64_t *next)
{
	struct lull_random *r = &g->parties[t->node].random;
	bool deaf = g->parties[t->node].in_leads; // nothing that comes out is seen
	bool opening = !t->begun[deaf ? LULL_IN : LULL_OUT] && !t->host_starts;
	if (t->state == LULL_TALK_RETRY)
		opening = t->retry_bytes == 0;
	if (t->state == LULL_TALK_OPEN) {
		t->state = LULL_TALK_RETRY;
		t->retries = opening ? RETRIES_SYN + 1 : RETRIES_DATA;
		if (t->begun[LULL_IN] && opening)
			t->retries--;
	}
	if (t->retries == 0)
		return false;
	unsigned tried = (opening ? RETRIES_SYN + 1 : RETRIES_DATA) - t->retries;
	t->retries--;
	*next = ts_ns + (retry_first_ns(t, opening) << tried);
	uint32_t left = t->left[LULL_IN], seq = t->seq[LULL_IN];
	t->left[LULL_IN] = 2; // neither the last one
	t->begun[LULL_IN] = !opening;
	send(g, t, upstream, LULL_IN, r);
	t->left[LULL_IN] = left;
	t->seq[LULL_IN] = seq; // the same bytes again
	return true;
}

static void reply(struct lull_synth *g, struct lull_talk *t, uint16_t upstream)
{
	struct lull_segment s = {.ack = t->seq[LULL_IN], .seq = t->seq[LULL_OUT]};
	struct lull_segment cause = {.seq = t->seq[LULL_IN] - 1};
	fill_ends(t, LULL_OUT, &s);
	if (t->proto == LULL_WIRE_UDP) { // port unreachable (RFC 1122, 4.1.3.1)
		fill_ends(t, LULL_IN, &cause);
		s.proto = LULL_WIRE_ICMP;
		s.icmp_type = s.src.family == 4 ? 3 : 1;
		s.icmp_code = s.src.family == 4 ? 3 : 4;
		s.embedded = &cause;
	} else {
		s.tcp_flags =
			t->q_in < 0.3 ? LULL_TCP_RST | LULL_TCP_ACK : LULL_TCP_SYN | LULL_TCP_ACK;
	}
	lull_machine_emit(g, upstream, LULL_OUT, &s);
	g->mark.src = t->node + 1;
}

bool lull_talk_step(struct lull_synth *g, struct lull_talk *t, uint64_t ts_ns, uint64_t *next)
{
	struct lull_random *r = &g->parties[t->node].random;
	double in;
	uint16_t upstream = lull_gates_upstream(&g->gates, t->node, t->upstream, t->q, ts_ns);
	bool alive = t->q < lull_gates_remaining(&g->gates, t->node, upstream, ts_ns, &in);
	*next = UINT64_MAX;
	if (t->state == LULL_TALK_REPLY) {
		if (alive)
			reply(g, t, upstream);
		return alive;
	}
	if (!alive) {
		bool heard = t->left[LULL_IN] > 0 || t->begun[LULL_IN];
		if (g->parties[t->node].in_leads &&
			t->host_starts) // nobody calls what never called
			heard = t->begun[LULL_IN];
		return heard && t->q_in < in && retry(g, t, upstream, ts_ns, next);
	}
	if (t->state == LULL_TALK_RETRY && t->retry_bytes > 0) { // and there it is
		t->seq[LULL_IN] += t->retry_bytes - tcp_header(t);
		t->retry_bytes = 0;
	}
	t->state = LULL_TALK_OPEN;
	if (t->left[LULL_OUT] + t->left[LULL_IN] == 0)
		return false;
	send(g, t, upstream, choose_direction(t, r), r);
	if (t->left[LULL_OUT] + t->left[LULL_IN] > 0) {
		double wait = lull_random_exponential(r);
		double spacing = (double)g->scenario->nodes[t->node].spacing_ns;
		*next = ts_ns + 1 + (uint64_t)(spacing * wait);
	}
	return true;
}
