// SPDX-License-Identifier: BSD-3-Clause
// Exact counts by bin, target, upstream and direction, from what the generator knows of its
// packets. A second opinion: it shares no code with decoding, matching, counting or storing.

#include "scenario.h"

#include <errno.h>
#include <lull/decode.h>
#include <lull/time.h>
#include <lull/upstream.h>
#include <stdlib.h>
#include <string.h>

struct cell {
	uint64_t packets, bytes, syn, synack, rst, unreach[LULL_UNREACH_KINDS], distinct;
	uint64_t first_ns, last_ns;
};

// One address of one cell.
struct seen {
	uint32_t cell; // 1 + index; 0: free
	uint8_t addr[16];
};

struct bin {
	uint64_t number; // start over length
	bool open;
	struct cell *cells;
	uint32_t *ids, n_cells, cap_cells; // of each cell: (node, upstream, direction)
	uint32_t *index;                   // by id: 1 + index of its cell
	struct seen *seen;
	uint32_t n_seen, cap_seen; // cap: a power of 2
};

struct lull_truth {
	const struct lull_scenario *scenario;
	FILE *out;
	struct bin *bins; // a ring by number
	uint32_t n_bins;
	int error;       // -errno of the first write that failed
	uint64_t newest; // highest bin number open; UINT64_MAX: none yet
	uint32_t n_ids;
	uint32_t rank[LULL_SCENE_UPSTREAMS]; // order of first appearance, as a registry grows
	uint32_t by_rank[LULL_SCENE_UPSTREAMS], n_ranks;
};

// Cells are numbered node, upstream (0: all), direction; upstreams as the scenario has them.
static uint32_t cell_id(
	const struct lull_truth *t, uint32_t node, uint32_t upstream, enum lull_direction d)
{
	return (node * ((uint32_t)t->scenario->n_upstreams + 1) + upstream) * LULL_DIRECTIONS + d;
}

// Bins that may be open at once: the longest delay of any fault, and one to spare.
static uint32_t bins_needed(const struct lull_scenario *s)
{
	uint64_t delay_ns = LULL_NS_PER_SECOND / 10; // of duplicates; they come 5 us late
	for (size_t i = 0; i < s->n_events; i++) {
		if (s->events[i].jitter_ns > delay_ns)
			delay_ns = s->events[i].jitter_ns;
	}
	return (uint32_t)(delay_ns / s->bin_ns) + 3;
}

struct lull_truth *lull_truth_create(const struct lull_scenario *s, FILE *out)
{
	struct lull_truth *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->scenario = s;
	t->out = out;
	t->newest = UINT64_MAX;
	t->n_bins = bins_needed(s);
	t->n_ids = (uint32_t)(s->n_nodes * (s->n_upstreams + 1) * LULL_DIRECTIONS);
	t->bins = calloc(t->n_bins, sizeof(*t->bins));
	if (t->bins == NULL) {
		free(t);
		return NULL;
	}
	fputs("time_ns,target,upstream,direction,packets,bytes,syn,synack,rst,unreach_noroute,"
	      "unreach_admin,unreach_ttl,distinct,first_ns,last_ns\n",
		out);
	return t;
}

static struct cell *find_cell(struct lull_truth *t, struct bin *b, uint32_t id)
{
	if (b->index == NULL)
		b->index = calloc(t->n_ids, sizeof(*b->index));
	if (b->index == NULL)
		return NULL;
	if (b->index[id] != 0)
		return &b->cells[b->index[id] - 1];
	if (b->n_cells == b->cap_cells) {
		uint32_t cap = b->cap_cells == 0 ? 16 : 2 * b->cap_cells;
		struct cell *cells = realloc(b->cells, cap * sizeof(*cells));
		if (cells != NULL)
			b->cells = cells;
		uint32_t *ids = realloc(b->ids, cap * sizeof(*ids));
		if (ids != NULL)
			b->ids = ids;
		if (cells == NULL || ids == NULL)
			return NULL;
		b->cap_cells = cap;
	}
	b->ids[b->n_cells] = id;
	b->index[id] = b->n_cells + 1;
	struct cell *c = &b->cells[b->n_cells++];
	*c = (struct cell){.first_ns = LULL_TIME_NONE};
	return c;
}

static uint32_t place(const struct bin *b, const struct seen *s)
{
	uint64_t hi, lo;
	memcpy(&hi, s->addr, 8);
	memcpy(&lo, s->addr + 8, 8);
	uint64_t h = (hi ^ lo * 31 ^ (uint64_t)s->cell << 40) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ h >> 32) * UINT64_C(0xbf58476d1ce4e5b9);
	uint32_t i = (uint32_t)(h >> 32) & (b->cap_seen - 1);
	while (b->seen[i].cell != 0 &&
		(b->seen[i].cell != s->cell || memcmp(b->seen[i].addr, s->addr, 16) != 0))
		i = (i + 1) & (b->cap_seen - 1);
	return i;
}

static bool widen(struct bin *b)
{
	struct bin wide = *b;
	wide.cap_seen = b->cap_seen == 0 ? 64 : 2 * b->cap_seen;
	wide.seen = calloc(wide.cap_seen, sizeof(*wide.seen));
	if (wide.seen == NULL)
		return false;
	for (uint32_t i = 0; i < b->cap_seen; i++) {
		if (b->seen[i].cell != 0)
			wide.seen[place(&wide, &b->seen[i])] = b->seen[i];
	}
	free(b->seen);
	*b = wide;
	return true;
}

static int count_address(struct bin *b, struct cell *c, const uint8_t *addr)
{
	if (2 * b->n_seen >= b->cap_seen && !widen(b))
		return -ENOMEM;
	struct seen s = {.cell = (uint32_t)(c - b->cells) + 1};
	memcpy(s.addr, addr, sizeof(s.addr));
	uint32_t i = place(b, &s);
	if (b->seen[i].cell == 0) {
		b->seen[i] = s;
		b->n_seen++;
		c->distinct++;
	}
	return 0;
}

static int count_cell(struct lull_truth *t, struct bin *b, uint32_t id,
	const struct lull_synth_packet *p, bool error)
{
	struct cell *c = find_cell(t, b, id);
	const struct lull_synth_mark *m = &p->mark;
	uint8_t syn = m->tcp_flags & (LULL_TCP_SYN | LULL_TCP_ACK);
	if (c == NULL)
		return -ENOMEM;
	if (error) {
		c->unreach[m->unreach]++;
		return 0;
	}
	c->packets++;
	c->bytes += m->ip_bytes;
	c->syn += syn == LULL_TCP_SYN;
	c->synack += syn == (LULL_TCP_SYN | LULL_TCP_ACK);
	c->rst += (m->tcp_flags & LULL_TCP_RST) != 0;
	if (p->packet.ts_ns < c->first_ns)
		c->first_ns = p->packet.ts_ns;
	if (p->packet.ts_ns > c->last_ns)
		c->last_ns = p->packet.ts_ns;
	return count_address(b, c, m->addr);
}

// Count for a target (id from 1; 0: none) and all above it, over all upstreams and its own.
static int count_target(struct lull_truth *t, struct bin *b, uint32_t target, enum lull_direction d,
	const struct lull_synth_packet *p, bool error)
{
	for (int node = (int)target - 1; node >= 0; node = t->scenario->nodes[node].parent) {
		uint32_t upstream = p->mark.upstream + 1u;
		int rc = count_cell(t, b, cell_id(t, (uint32_t)node, 0, d), p, error);
		if (rc == 0)
			rc = count_cell(t, b, cell_id(t, (uint32_t)node, upstream, d), p, error);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static void put_name(FILE *out, const char *name)
{
	fputs(name, out); // names hold no comma, quote or line end
}

static void put_row(const struct lull_truth *t, const struct bin *b, uint32_t id)
{
	const struct lull_scenario *s = t->scenario;
	const struct cell *c = &b->cells[b->index[id] - 1];
	uint32_t upstream = id / LULL_DIRECTIONS % ((uint32_t)s->n_upstreams + 1);
	uint32_t node = id / LULL_DIRECTIONS / ((uint32_t)s->n_upstreams + 1);
	const char *name = upstream == 0         ? "all"
			   : !s->named_upstreams ? "other"
						 : s->upstreams[upstream - 1].name;
	fprintf(t->out, "%llu,", (unsigned long long)(b->number * s->bin_ns));
	put_name(t->out, s->nodes[node].name);
	fprintf(t->out, ",%s,%s,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,", name,
		id % LULL_DIRECTIONS == LULL_OUT ? "out" : "in", (unsigned long long)c->packets,
		(unsigned long long)c->bytes, (unsigned long long)c->syn,
		(unsigned long long)c->synack, (unsigned long long)c->rst,
		(unsigned long long)c->unreach[LULL_UNREACH_NOROUTE],
		(unsigned long long)c->unreach[LULL_UNREACH_ADMIN],
		(unsigned long long)c->unreach[LULL_UNREACH_TTL], (unsigned long long)c->distinct);
	if (c->packets > 0)
		fprintf(t->out, "%llu,%llu\n", (unsigned long long)c->first_ns,
			(unsigned long long)c->last_ns);
	else
		fputs(",\n", t->out);
}

// Upstreams first seen in this bin join the order, named ones as they are configured.
static void rank_upstreams(struct lull_truth *t, const struct bin *b)
{
	uint32_t n = (uint32_t)t->scenario->n_upstreams;
	bool here[LULL_SCENE_UPSTREAMS] = {false};
	for (uint32_t i = 0; i < b->n_cells; i++) {
		uint32_t upstream = b->ids[i] / LULL_DIRECTIONS % (n + 1);
		if (upstream > 0)
			here[upstream - 1] = true;
	}
	for (uint32_t u = 0; u < n; u++) {
		if (here[u] && t->rank[u] == 0) {
			t->by_rank[t->n_ranks] = u;
			t->rank[u] = ++t->n_ranks;
		}
	}
}

static void put_node(const struct lull_truth *t, const struct bin *b, uint32_t node)
{
	for (uint32_t r = 0; r <= t->n_ranks; r++) {
		uint32_t upstream = r == 0 ? 0 : t->by_rank[r - 1] + 1;
		for (int d = 0; d < LULL_DIRECTIONS; d++) {
			uint32_t id = cell_id(t, node, upstream, (enum lull_direction)d);
			if (b->index[id] != 0)
				put_row(t, b, id);
		}
	}
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int close_bin(struct lull_truth *t, struct bin *b)
{
	uint32_t per_node = ((uint32_t)t->scenario->n_upstreams + 1) * LULL_DIRECTIONS;
	errno = 0;
	rank_upstreams(t, b);
	qsort(b->ids, b->n_cells, sizeof(*b->ids), compare_ids);
	for (uint32_t i = 0; i < b->n_cells; i++) {
		if (i == 0 || b->ids[i] / per_node != b->ids[i - 1] / per_node)
			put_node(t, b, b->ids[i] / per_node);
	}
	for (uint32_t i = 0; i < b->n_cells; i++)
		b->index[b->ids[i]] = 0;
	if (b->n_seen > 0)
		memset(b->seen, 0, b->cap_seen * sizeof(*b->seen));
	b->n_cells = 0;
	b->n_seen = 0;
	b->open = false;
	if (ferror(t->out) && t->error == 0)
		t->error = errno != 0 ? -errno : -EIO;
	return t->error;
}

static int close_until(struct lull_truth *t, uint64_t number)
{
	uint64_t first = t->newest >= t->n_bins - 1 ? t->newest - (t->n_bins - 1) : 0;
	for (uint64_t n = first; n <= t->newest && n < number; n++) {
		struct bin *b = &t->bins[n % t->n_bins];
		if (b->open && b->number == n) {
			int rc = close_bin(t, b);
			if (rc != 0)
				return rc;
		}
	}
	return 0;
}

int lull_truth_packet(struct lull_truth *t, const struct lull_synth_packet *p)
{
	const struct lull_synth_mark *m = &p->mark;
	uint64_t number = p->packet.ts_ns / t->scenario->bin_ns;
	int rc = 0;
	if (m->src == 0 && m->dst == 0 && m->embedded == 0)
		return 0;
	if (t->newest == UINT64_MAX) {
		t->newest = number;
	} else if (number > t->newest) {
		rc = close_until(
			t, number - (t->n_bins - 1) < number ? number - (t->n_bins - 1) : 0);
		t->newest = number;
	} else if (t->newest - number >= t->n_bins) { // the clock went back: a new segment
		rc = close_until(t, UINT64_MAX);
		t->newest = number;
	}
	if (rc != 0)
		return rc;
	struct bin *b = &t->bins[number % t->n_bins];
	b->number = number;
	b->open = true;
	rc = count_target(t, b, m->src, LULL_OUT, p, false);
	if (rc == 0)
		rc = count_target(t, b, m->dst, LULL_IN, p, false);
	if (rc == 0)
		rc = count_target(t, b, m->embedded, LULL_IN, p, true);
	return rc;
}

int lull_truth_finish(struct lull_truth *t)
{
	if (t == NULL)
		return 0;
	int rc = t->newest == UINT64_MAX ? 0 : close_until(t, UINT64_MAX);
	errno = 0;
	if (rc == 0 && (fflush(t->out) != 0 || ferror(t->out)))
		rc = errno != 0 ? -errno : -EIO;
	for (uint32_t i = 0; i < t->n_bins; i++) {
		free(t->bins[i].cells);
		free(t->bins[i].ids);
		free(t->bins[i].index);
		free(t->bins[i].seen);
	}
	free(t->bins);
	free(t);
	return rc;
}
