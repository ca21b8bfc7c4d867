// SPDX-License-Identifier: BSD-3-Clause
// The truth against a recount: the capture is written to a file, read back by libpcap, judged by
// the decoder and the prefix table, and counted here without haste.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/config.h>
#include <lull/decode.h>
#include <lull/match.h>
#include <lull/synth.h>
#include <lull/upstream.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADDRS 4096

struct row {
	uint64_t bin, packets, bytes, syn, synack, rst, unreach[4], first, last;
	uint32_t target;
	uint64_t upstream; // key; 0: all
	int direction;
	uint32_t n_addrs;
	struct lull_ip addrs[ADDRS];
};

struct recount {
	struct row *rows;
	size_t n;
};

static const char scenario_text[] =
	"seed: 11\n"
	"start: 2025-06-07T03:00:00.5Z\n"
	"duration: 30s\n"
	"bin: 1s\n"
	"snaplen: headers\n"
	"background: {rate: 100, chatter: 1, v6: 0.2}\n"
	"upstreams:\n"
	"  - {name: a, vlan: 100}\n"
	"  - {name: b, qinq: [200, 7]}\n"
	"  - {name: c, mpls: [16001, 77], weight: 0.5}\n"
	"  - {name: d, mac: \"02:00:00:00:00:99\"}\n"
	"targets:\n"
	"  - name: kp\n"
	"    prefixes: [175.45.176.0/22, 2001:db8:1::/48]\n"
	"    out: 60\n"
	"    in: 40\n"
	"    phi: 3\n"
	"    sigma: 0.3\n"
	"    services: [{name: web, address: 175.45.176.71, out: 10, in: 15}]\n"
	"  - {name: kr, prefixes: [203.0.113.0/24], out: 30, upstreams: {b: 1}}\n"
	"groups:\n"
	"  - {name: asia, members: [kp, kr]}\n"
	"events:\n"
	"  - {kind: outage, targets: [kp], from: +10s, to: +20s, remaining: 0.2, in: 0.5, ramp: "
	"2s}\n"
	"  - {kind: moved, targets: [kr], from: +5s, to: +25s, upstreams: [b], onto: a}\n"
	"  - {kind: flood, targets: [kp/web], from: +4s, to: +12s, rate: 40, backscatter: 0.5}\n"
	"  - {kind: flood, targets: [kr], from: +4s, to: +12s, rate: 10, type: udp, backscatter: "
	"1}\n"
	"  - {kind: unreachables, targets: [asia], from: +10s, to: +20s, rate: 9, reason: ttl}\n"
	"  - {kind: unreachables, targets: [kp], from: +12s, to: +22s, rate: 3, upstreams: [c]}\n"
	"  - {kind: loss, from: +14s, to: +18s, fraction: 0.3}\n"
	"  - {kind: gap, from: +22s, to: +24s}\n"
	"  - {kind: duplicate, from: +25s, to: +28s, fraction: 0.2}\n";

static char path[64] = "/tmp/lull-synth-XXXXXX";

static void remove_path(void)
{
	unlink(path);
}

// Make the capture; the truth's text is the caller's.
static char *synthesize(const char *text, struct lull_config **config)
{
	char *truth = NULL;
	size_t size = 0;
	struct lull_scenario *s = lull_scenario_parse(text, strlen(text), "test");
	cr_assert(ne(ptr, s, NULL));
	close(mkstemp(path));
	char *yaml = lull_scenario_config(s);
	FILE *f = fopen(path, "w");
	fputs(yaml, f);
	fclose(f);
	free(yaml);
	*config = lull_config_load(path);
	cr_assert(ne(ptr, *config, NULL));
	FILE *out = open_memstream(&truth, &size);
	struct lull_synth *g = lull_synth_create(s, 0);
	struct lull_truth *t = lull_truth_create(s, out);
	struct lull_writer *w = lull_writer_open(path, 1, 262144, false);
	struct lull_synth_packet p;
	uint64_t last = 0;
	int more;
	while ((more = lull_synth_next(g, &p)) == 1) {
		cr_assert(ge(u64, p.packet.ts_ns + 100000, last), "packets come in time order");
		last = p.packet.ts_ns;
		cr_assert(eq(int, lull_truth_packet(t, &p), 0));
		cr_assert(eq(int, lull_writer_packet(w, &p.packet), 0));
	}
	cr_assert(eq(int, more, 0));
	cr_assert(eq(int, lull_writer_close(w), 0));
	cr_assert(eq(int, lull_truth_finish(t), 0));
	fclose(out);
	lull_synth_destroy(g);
	lull_scenario_destroy(s);
	return truth;
}

static struct row *find(
	struct recount *c, uint64_t bin, uint32_t target, uint64_t upstream, int direction)
{
	for (size_t i = c->n; i > 0; i--) { // the latest first
		struct row *r = &c->rows[i - 1];
		if (r->bin == bin && r->target == target && r->upstream == upstream &&
			r->direction == direction)
			return r;
	}
	c->rows = realloc(c->rows, (c->n + 1) * sizeof(*c->rows));
	struct row *r = &c->rows[c->n++];
	memset(r, 0, sizeof(*r));
	r->bin = bin;
	r->target = target;
	r->upstream = upstream;
	r->direction = direction;
	return r;
}

static void count_row(struct row *r, const struct lull_headers *h, uint64_t ts, bool error)
{
	if (error) {
		r->unreach[h->unreach]++;
		return;
	}
	if (r->packets++ == 0)
		r->first = ts;
	r->last = ts > r->last ? ts : r->last;
	r->bytes += h->ip_bytes;
	bool syn = h->tcp_flags & LULL_TCP_SYN, ack = h->tcp_flags & LULL_TCP_ACK;
	r->syn += syn && !ack;
	r->synack += syn && ack;
	r->rst += (h->tcp_flags & LULL_TCP_RST) != 0;
	for (uint32_t i = 0; i < r->n_addrs; i++)
		if (r->addrs[i].hi == h->src.hi && r->addrs[i].lo == h->src.lo)
			return;
	cr_assert(lt(u32, r->n_addrs, ADDRS));
	r->addrs[r->n_addrs++] = h->src;
}

static void count_target(struct recount *c, const struct lull_targets *targets, uint32_t target,
	uint64_t key, int direction, const struct lull_headers *h, uint64_t ts, bool error)
{
	for (; target != LULL_NO_TARGET; target = lull_targets_parent(targets, target)) {
		uint64_t bin = ts / 1000000000;
		count_row(find(c, bin, target, 0, direction), h, ts, error);
		count_row(find(c, bin, target, key, direction), h, ts, error);
	}
}

static void recount_file(
	struct recount *c, const struct lull_targets *targets, const struct lull_config *config)
{
	char why[PCAP_ERRBUF_SIZE];
	struct lull_match *match = lull_match_create(targets);
	struct lull_upstream_rules *rules = lull_upstream_create(config);
	pcap_t *file = pcap_open_offline(path, why);
	cr_assert(ne(ptr, file, NULL));
	struct pcap_pkthdr *head;
	const u_char *data;
	while (pcap_next_ex(file, &head, &data) == 1) {
		struct lull_packet p = {
			.data = data, .caplen = head->caplen, .wirelen = head->len, .linktype = 1};
		struct lull_headers h;
		struct lull_matched m;
		uint64_t ts =
			(uint64_t)head->ts.tv_sec * 1000000000 + (uint64_t)head->ts.tv_usec * 1000;
		lull_decode(&p, 0, &h);
		lull_match_burst(match, &h, 1, &m);
		uint64_t out = lull_upstream_of(rules, &p, &h, LULL_OUT);
		uint64_t in = lull_upstream_of(rules, &p, &h, LULL_IN);
		count_target(c, targets, m.src, out, LULL_OUT, &h, ts, false);
		count_target(c, targets, m.dst, in, LULL_IN, &h, ts, false);
		if (h.unreach != 0)
			count_target(c, targets, m.embedded, out, LULL_IN, &h, ts, true);
	}
	pcap_close(file);
	lull_match_destroy(match);
	lull_upstream_destroy(rules);
}

static void format_row(const struct row *r, const struct lull_targets *targets,
	const struct lull_config *config, char *line, size_t size)
{
	char name[64], times[64] = ",";
	if (r->packets > 0)
		snprintf(times, sizeof(times), "%lu,%lu", r->first, r->last);
	snprintf(line, size, "%lu000000000,%s,%s,%s,%lu,%lu,%lu,%lu,%lu,%lu,%lu,%lu,%u,%s", r->bin,
		lull_targets_name(targets, r->target),
		r->upstream == 0 ? "all" : lull_upstream_name(config, r->upstream, name),
		r->direction == LULL_OUT ? "out" : "in", r->packets, r->bytes, r->syn, r->synack,
		r->rst, r->unreach[1], r->unreach[2], r->unreach[3], r->n_addrs, times);
}

// Every line of the truth is a row of the recount, none is missing, and bins and targets rise.
static void compare(char *truth, const struct recount *c, const struct lull_targets *targets,
	const struct lull_config *config)
{
	size_t lines = 0;
	uint64_t last_bin = 0;
	uint32_t last_target = 0;
	bool *used = calloc(c->n, 1);
	char *save, *line = strtok_r(truth, "\n", &save); // the header
	while ((line = strtok_r(NULL, "\n", &save)) != NULL) {
		size_t i = 0;
		char expected[512] = "";
		for (; i < c->n; i++) {
			format_row(&c->rows[i], targets, config, expected, sizeof(expected));
			if (!used[i] && strcmp(expected, line) == 0)
				break;
		}
		cr_assert(lt(sz, i, c->n), "no such row in the recount: %s", line);
		used[i] = true;
		const struct row *r = &c->rows[i];
		cr_assert(ge(u64, r->bin, last_bin));
		if (r->bin == last_bin)
			cr_assert(ge(u32, r->target, last_target));
		last_bin = r->bin;
		last_target = r->target;
		lines++;
	}
	cr_assert(eq(sz, lines, c->n));
	cr_assert(gt(sz, lines, 500));
	free(used);
}

Test(synth_truth, the_truth_is_what_a_recount_of_the_file_finds, .fini = remove_path)
{
	struct lull_config *config;
	struct recount c = {0};
	char *truth = synthesize(scenario_text, &config);
	struct lull_targets *targets = lull_targets_create(config);
	cr_assert(ne(ptr, targets, NULL));
	recount_file(&c, targets, config);
	uint64_t unreach = 0, moved = 0;
	for (size_t i = 0; i < c.n; i++) {
		unreach += c.rows[i].unreach[LULL_UNREACH_TTL];
		moved += c.rows[i].target == 3 && c.rows[i].direction == LULL_OUT &&
			 c.rows[i].upstream == lull_upstream_key(LULL_UPSTREAM_NAMED, 0);
	}
	cr_assert(gt(u64, unreach, 50)); // the comparison is about something
	cr_assert(gt(u64, moved, 5));
	compare(truth, &c, targets, config);
	free(truth);
	free(c.rows);
	lull_targets_destroy(targets);
	lull_config_destroy(config);
}
