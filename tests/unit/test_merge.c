// SPDX-License-Identifier: BSD-3-Clause
// Counting as a whole: random packets over any number of workers give the rows that a plain list
// gives, byte for byte the same every time.

#include "count_fixture.h"

#include <stdio.h>

#define BINS 12
#define WORKERS_MAX 4

// A world of packets, as headers and matches: bytes have had their say already.
struct traffic {
	uint32_t n;
	struct lull_packet *packets;
	struct lull_headers *headers;
	struct lull_matched *matched;
	uint8_t *filtered;
	uint64_t *floors; // before each packet
};

static struct lull_headers random_headers(uint64_t *random, uint64_t addresses)
{
	static const uint8_t verdicts[] = {LULL_IP, LULL_IP, LULL_IP, LULL_IP, LULL_IP, LULL_IP,
		LULL_NO_IP, LULL_CUT, LULL_BAD};
	static const uint32_t vlans[] = {LULL_NO_TAG, LULL_NO_TAG, 100, 200, 201, 300, 301};
	return (struct lull_headers){
		.verdict = verdicts[next_random(random) % sizeof(verdicts)],
		.family = next_random(random) % 4 == 0 ? 6 : 4,
		.src = {0, next_random(random) % addresses},
		.dst = {0, next_random(random) % addresses},
		.src_mac = 0x020000000000 + next_random(random) % 5,
		.dst_mac = 0x020000000000 + next_random(random) % 5,
		.vlan = vlans[next_random(random) % 7],
		.mpls = LULL_NO_TAG,
		.ip_bytes = (uint32_t)(next_random(random) % 1500),
		.tcp_flags = (uint8_t)next_random(random) & 0x1f,
		.unreach = next_random(random) % 8 == 0 ? 1 + next_random(random) % 3 : 0,
	};
}

static struct traffic *make_traffic(uint64_t seed, uint32_t n, uint64_t addresses)
{
	struct traffic *t = calloc(1, sizeof(*t));
	t->n = n;
	t->packets = calloc(n, sizeof(*t->packets));
	t->headers = calloc(n, sizeof(*t->headers));
	t->matched = calloc(n, sizeof(*t->matched));
	t->filtered = calloc(n, 1);
	t->floors = calloc(n, sizeof(*t->floors));
	uint64_t random = seed;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t newest = (uint64_t)i * BINS / n;
		t->floors[i] = newest == 0 ? 0 : newest - 1;
		struct lull_packet *p = &t->packets[i];
		p->bin = newest - (newest > 0 && next_random(&random) % 4 == 0);
		p->ts_ns = 1000000 * p->bin + next_random(&random) % 1000000;
		p->wirelen = 60 + (uint32_t)(next_random(&random) % 1454);
		p->port = (uint16_t)(next_random(&random) % 3);
		p->fate = next_random(&random) % 20 == 0 ? 1 + next_random(&random) % 2 : 0;
		t->filtered[i] = next_random(&random) % 16 == 0;
		t->headers[i] = random_headers(&random, addresses);
		if (t->headers[i].verdict != LULL_IP)
			continue;
		struct lull_matched m = {.src = (uint32_t)(next_random(&random) % 7),
			.dst = (uint32_t)(next_random(&random) % 7),
			.embedded = (uint32_t)(next_random(&random) % 7)};
		// only 1..4 can match (kp, kp/kcna, cn, ru have prefixes, in whatever order)
		t->matched[i].src = m.src <= 4 ? m.src : 0;
		t->matched[i].dst = m.dst <= 4 ? m.dst : 0;
		t->matched[i].embedded = m.embedded <= 4 ? m.embedded : 0;
	}
	return t;
}

static void free_traffic(struct traffic *t)
{
	free(t->packets);
	free(t->headers);
	free(t->matched);
	free(t->filtered);
	free(t->floors);
	free(t);
}

static void print_bin(FILE *out, const struct lull_bin *bin)
{
	fprintf(out, "bin %lu rows %zu\n", bin->seq, bin->n_rows);
	for (size_t i = 0; i < bin->n_rows; i++) {
		const struct lull_row *r = &bin->rows[i];
		fprintf(out, "%u %s %u %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu\n",
			r->target, bin->upstreams->names[r->upstream], r->direction, r->packets,
			r->bytes, r->syn, r->synack, r->rst, r->unreach[0], r->unreach[1],
			r->unreach[2], r->unreach[3], r->distinct, r->first_ns, r->last_ns);
	}
	for (size_t p = 0; p < bin->n_ports; p++) {
		const struct lull_port_bin *port = &bin->ports[p];
		fprintf(out, "port %zu %lu %lu received %lu\n", p, port->first_ns, port->last_ns,
			port->law.received.bytes);
		for (int g = 0; g < LULL_CONTROL_GROUPS; g++)
			fprintf(out, " %lu", port->control[g]);
		cr_assert_eq(lull_law_residual(&port->law).packets, 0);
		cr_assert_eq(lull_law_residual(&port->law).bytes, 0);
	}
}

struct run {
	struct world *world;
	const struct traffic *traffic;
	unsigned n_workers;
	struct lull_counter *counters[WORKERS_MAX];
	struct lull_burst burst[WORKERS_MAX];
	uint32_t first[WORKERS_MAX]; // packet of the traffic the worker's burst starts with
	uint32_t counted[WORKERS_MAX];
	uint32_t dealt; // packets handed to workers
	struct lull_merge *merge;
	uint64_t next; // bin to merge
	void (*on_bin)(void *context, const struct lull_bin *bin);
	void *context;
};

// The worker's next burst, of a random size; it owns what it counts until the next step.
static void deal(struct run *r, unsigned w, uint64_t *random)
{
	const struct traffic *t = r->traffic;
	uint32_t n = (uint32_t)(next_random(random) % 60);
	n = n < t->n - r->dealt ? n : t->n - r->dealt;
	struct lull_burst *b = &r->burst[w];
	b->n = n;
	b->floor = r->dealt < t->n ? t->floors[r->dealt] : BINS;
	r->first[w] = r->dealt;
	r->counted[w] = 0;
	memcpy(b->packets, t->packets + r->dealt, n * sizeof(*t->packets));
	r->dealt += n;
}

static void step_worker(struct run *r, unsigned w, uint64_t *random)
{
	const struct traffic *t = r->traffic;
	if (r->counted[w] == r->burst[w].n) {
		if (r->dealt == t->n) {
			lull_counter_close(r->counters[w], UINT64_MAX);
			return;
		}
		deal(r, w, random);
		if (next_random(random) % 3 == 0)
			return; // it sits on its burst while others go on
	}
	uint32_t at = r->first[w];
	int n = count_all(r->counters[w], &r->burst[w], r->counted[w], t->headers + at,
		t->matched + at, t->filtered + at);
	cr_assert_geq(n, 0);
	r->counted[w] = (uint32_t)n;
}

static void step_analyzer(struct run *r)
{
	uint64_t low = BINS;
	for (unsigned w = 0; w < r->n_workers; w++) {
		uint64_t mark = lull_counter_watermark(r->counters[w]);
		low = mark < low ? mark : low;
	}
	if (r->next >= low)
		return;
	struct lull_slot *slots[WORKERS_MAX];
	unsigned owners[WORKERS_MAX];
	size_t n = 0;
	struct lull_bin bin = {.seq = r->next++};
	for (unsigned w = 0; w < r->n_workers; w++) {
		slots[n] = lull_counter_take(r->counters[w], bin.seq);
		owners[n] = w;
		n += slots[n] != NULL;
	}
	cr_assert_eq(lull_merge_bin(r->merge, slots, n, &bin), 0);
	r->on_bin(r->context, &bin);
	for (size_t i = 0; i < n; i++)
		lull_counter_give(r->counters[owners[i]], slots[i]);
}

static void run(struct world *w, const struct traffic *t, unsigned workers, uint64_t seed,
	void (*on_bin)(void *, const struct lull_bin *), void *context)
{
	struct run *r = calloc(1, sizeof(*r));
	*r = (struct run){.world = w,
		.traffic = t,
		.n_workers = workers,
		.on_bin = on_bin,
		.context = context};
	for (unsigned i = 0; i < workers; i++)
		r->counters[i] = lull_counter_create(w->rules, &fixture_key);
	r->merge = lull_merge_create(w->targets, &w->config);
	while (r->next < BINS) {
		step_worker(r, next_random(&seed) % workers, &seed);
		if (next_random(&seed) % 4 == 0)
			step_analyzer(r);
	}
	for (unsigned i = 0; i < workers; i++) {
		cr_assert_eq(lull_counter_next(r->counters[i]), UINT64_MAX);
		lull_counter_destroy(r->counters[i]);
	}
	lull_merge_destroy(r->merge);
	free(r);
}

static void print_to(void *context, const struct lull_bin *bin)
{
	print_bin(context, bin);
}

static char *run_to_text(struct world *w, const struct traffic *t, unsigned workers, uint64_t seed)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	run(w, t, workers, seed, print_to, out);
	fclose(out);
	return text;
}

Test(merge, any_number_of_workers_in_any_interleaving_gives_the_same_bytes)
{
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct world *w = world_create(seed % 2 ? 32 : 3); // with and without "other"
		struct traffic *t = make_traffic(seed, 20000, seed % 3 ? 5000 : 20);
		char *expected = run_to_text(w, t, 1, seed);
		for (unsigned workers = 1; workers <= WORKERS_MAX; workers += 1 + (workers > 1)) {
			char *got = run_to_text(w, t, workers, seed * 100 + workers);
			cr_assert_str_eq(got, expected);
			free(got);
		}
		free(expected);
		free_traffic(t);
		world_destroy(w);
	}
}

// The plain way: every packet is added to every row it belongs to, one packet at a time.
struct plain {
	struct lull_row rows[512];
	uint64_t keys[512];    // upstream, UINT64_MAX for `all`
	uint64_t seen[512][8]; // addresses below 512, bit by bit
	size_t n;
	const struct world *world;
	const struct traffic *traffic;
};

static size_t plain_row(struct plain *p, uint32_t target, uint64_t key, uint32_t direction)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->rows[i].target == target && p->keys[i] == key &&
			p->rows[i].direction == direction)
			return i;
	cr_assert_lt(p->n, 512);
	p->rows[p->n] = (struct lull_row){.target = target,
		.direction = (uint8_t)direction,
		.first_ns = LULL_TIME_NONE,
		.last_ns = LULL_TIME_NONE};
	memset(p->seen[p->n], 0, sizeof(p->seen[p->n]));
	p->keys[p->n] = key;
	return p->n++;
}

static void plain_packet(
	struct plain *p, size_t at, const struct lull_packet *packet, const struct lull_headers *h)
{
	struct lull_row *r = &p->rows[at];
	bool syn = h->tcp_flags & LULL_TCP_SYN, ack = h->tcp_flags & LULL_TCP_ACK;
	r->packets++;
	r->bytes += h->ip_bytes;
	r->syn += syn && !ack;
	r->synack += syn && ack;
	r->rst += (h->tcp_flags & LULL_TCP_RST) != 0;
	if (r->first_ns > packet->ts_ns)
		r->first_ns = packet->ts_ns;
	if (r->last_ns == LULL_TIME_NONE || r->last_ns < packet->ts_ns)
		r->last_ns = packet->ts_ns;
	uint64_t address = h->src.lo * 2 + (h->family == 6);
	p->seen[at][address / 64] |= UINT64_C(1) << address % 64;
}

// Add packet i to a target and its ancestors, for its upstream and for all. error: 0, or the kind.
static void plain_add(struct plain *p, uint32_t i, uint32_t target, uint32_t direction,
	uint64_t key, unsigned error)
{
	const struct traffic *t = p->traffic;
	for (; target != LULL_NO_TARGET; target = lull_targets_parent(p->world->targets, target)) {
		for (int all = 0; all < 2; all++) {
			size_t at = plain_row(p, target, all ? UINT64_MAX : key, direction);
			if (error)
				p->rows[at].unreach[error]++;
			else
				plain_packet(p, at, &t->packets[i], &t->headers[i]);
		}
	}
}

// ttk has two rules.
static uint64_t key_of(const struct plain *p, uint32_t i, enum lull_direction d)
{
	uint64_t key = lull_upstream_of(
		p->world->rules, &p->traffic->packets[i], &p->traffic->headers[i], d);
	return key == lull_upstream_key(LULL_UPSTREAM_NAMED, 2)
		       ? lull_upstream_key(LULL_UPSTREAM_NAMED, 1)
		       : key;
}

static void plain_bin(struct plain *p, uint64_t seq)
{
	const struct traffic *t = p->traffic;
	p->n = 0;
	for (uint32_t i = 0; i < t->n; i++) {
		const struct lull_headers *h = &t->headers[i];
		const struct lull_matched *m = &t->matched[i];
		if (t->packets[i].bin != seq || t->packets[i].fate != LULL_IN_TIME ||
			t->filtered[i] || h->verdict != LULL_IP)
			continue;
		if (m->src)
			plain_add(p, i, m->src, LULL_OUT, key_of(p, i, LULL_OUT), 0);
		if (m->dst)
			plain_add(p, i, m->dst, LULL_IN, key_of(p, i, LULL_IN), 0);
		if (h->unreach && m->embedded)
			plain_add(p, i, m->embedded, LULL_IN, key_of(p, i, LULL_OUT), h->unreach);
	}
}

static void compare_row(const struct plain *p, size_t at, const struct lull_row *row)
{
	struct lull_row expected = p->rows[at];
	expected.upstream = row->upstream;
	uint64_t addresses = 0;
	for (int i = 0; i < 8; i++)
		addresses += (uint64_t)__builtin_popcountll(p->seen[at][i]);
	// few are exact; up to 512 the registers are three standard errors (of 1 %) off at most
	uint64_t slack = addresses <= 16 ? 0 : 2 + addresses / 15;
	cr_assert(row->distinct + slack >= addresses && row->distinct <= addresses + slack,
		"%lu, not %lu", row->distinct, addresses);
	expected.distinct = row->distinct;
	cr_assert(row->packets == expected.packets && row->bytes == expected.bytes);
	cr_assert(row->syn == expected.syn && row->synack == expected.synack);
	cr_assert_eq(row->rst, expected.rst);
	cr_assert_eq(row->first_ns, expected.first_ns);
	cr_assert_eq(row->last_ns, expected.last_ns);
	for (int k = 0; k < LULL_UNREACH_KINDS; k++)
		cr_assert_eq(row->unreach[k], expected.unreach[k]);
}

static void compare(void *context, const struct lull_bin *bin)
{
	struct plain *p = context;
	plain_bin(p, bin->seq);
	cr_assert_eq(bin->n_rows, p->n);
	for (size_t i = 0; i < bin->n_rows; i++) {
		const struct lull_row *row = &bin->rows[i];
		uint64_t key = bin->upstreams->keys[row->upstream];
		if (key == lull_upstream_key(LULL_UPSTREAM_NAMED, 2))
			key = lull_upstream_key(LULL_UPSTREAM_NAMED, 1);
		size_t before = p->n;
		compare_row(p, plain_row(p, row->target, key, row->direction), row);
		cr_assert_eq(p->n, before); // no row that the plain way does not have
		if (i == 0)
			continue;
		const struct lull_row *last = row - 1; // sorted
		uint64_t order = (uint64_t)row->target << 40 | (uint64_t)row->upstream << 8;
		uint64_t order_last = (uint64_t)last->target << 40 | (uint64_t)last->upstream << 8;
		cr_assert_gt(order | row->direction, order_last | last->direction);
	}
}

Test(merge, rows_equal_those_of_a_plain_list)
{
	for (uint64_t seed = 11; seed <= 14; seed++) {
		struct plain *p = calloc(1, sizeof(*p));
		struct world *w = world_create(32);
		struct traffic *t = make_traffic(seed, 6000, seed % 2 ? 250 : 6);
		p->world = w;
		p->traffic = t;
		run(w, t, 1 + seed % 3, seed, compare, p);
		free_traffic(t);
		world_destroy(w);
		free(p);
	}
}

static void sum_received(void *context, const struct lull_bin *bin)
{
	cr_assert_eq(lull_law_residual(&bin->law).packets, 0);
	cr_assert_eq(lull_law_residual(&bin->law).bytes, 0);
	lull_law_add(context, &bin->law);
}

Test(merge, every_packet_received_is_in_exactly_one_class_and_none_is_lost)
{
	struct world *w = world_create(4);
	struct traffic *t = make_traffic(99, 30000, 1000);
	struct lull_law law = {.received = {0, 0}};
	run(w, t, 3, 5, sum_received, &law);
	uint64_t bytes = 0;
	for (uint32_t i = 0; i < t->n; i++)
		bytes += t->packets[i].wirelen;
	cr_assert_eq(law.received.packets, t->n);
	cr_assert_eq(law.received.bytes, bytes);
	for (int c = 0; c < LULL_CLASSES; c++)
		cr_assert_gt(law.classes[c].packets, 0);
	free_traffic(t);
	world_destroy(w);
}

Test(merge, a_bin_nobody_counted_in_has_no_rows)
{
	struct world *w = world_create(4);
	struct lull_merge *m = lull_merge_create(w->targets, &w->config);
	struct lull_bin bin = {.seq = 3};
	cr_assert_eq(lull_merge_bin(m, NULL, 0, &bin), 0);
	cr_assert_eq(bin.n_rows, 0);
	cr_assert_eq(bin.n_ports, 0);
	cr_assert_eq(bin.upstreams->n, 1);
	cr_assert_str_eq(bin.upstreams->names[LULL_ALL_UPSTREAMS], "all");
	lull_merge_destroy(m);
	world_destroy(w);
}
