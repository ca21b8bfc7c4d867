// SPDX-License-Identifier: BSD-3-Clause
// Longest-prefix match against a scan over all prefixes.

#include "targets_fixture.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/match.h>
#include <lull/packet.h>
#include <lull/siphash.h>

static uint64_t draw(uint64_t *state)
{
	static const struct lull_sipkey key = {1, 2};
	return lull_siphash_pair(&key, ++*state, 0);
}

static unsigned __int128 wide_of(const struct lull_addr *a)
{
	unsigned __int128 v = 0;
	for (int i = 0; i < (a->family == 4 ? 4 : 16); i++)
		v = v << 8 | a->bytes[i];
	return v;
}

static struct lull_ip ip_of(unsigned __int128 v)
{
	return (struct lull_ip){(uint64_t)(v >> 64), (uint64_t)v};
}

static struct lull_addr addr_of(uint8_t family, unsigned __int128 v)
{
	struct lull_addr a = {.family = family};
	int n = family == 4 ? 4 : 16;
	for (int i = n; i-- > 0; v >>= 8)
		a.bytes[i] = (uint8_t)v;
	return a;
}

static unsigned __int128 host_mask(uint8_t family, unsigned len)
{
	unsigned bits = family == 4 ? 32 : 128;
	return len == 0 ? (bits == 128 ? ~(unsigned __int128)0 : ((unsigned __int128)1 << bits) - 1)
			: ((unsigned __int128)1 << (bits - len)) - 1;
}

// The prefixes as numbers, for a scan that shares nothing with the code under test.
struct scan {
	size_t n;
	unsigned __int128 *first, *last;
	uint32_t *target;
	uint8_t family;
};

static struct scan scan_of(const struct lull_targets *t, uint8_t family)
{
	size_t n;
	const struct lull_target_prefix *p = lull_targets_prefixes(t, &n);
	struct scan s = {.family = family,
		.first = calloc(n + 1, sizeof(unsigned __int128)),
		.last = calloc(n + 1, sizeof(unsigned __int128)),
		.target = calloc(n + 1, sizeof(uint32_t))};
	for (size_t i = 0; i < n; i++) {
		if (p[i].prefix.addr.family != family)
			continue;
		s.first[s.n] = wide_of(&p[i].prefix.addr);
		s.last[s.n] = s.first[s.n] | host_mask(family, p[i].prefix.len);
		s.target[s.n++] = p[i].target;
	}
	return s;
}

static uint32_t scan_find(const struct scan *s, unsigned __int128 ip)
{
	uint32_t best = LULL_NO_TARGET;
	unsigned __int128 width = ~(unsigned __int128)0;
	for (size_t i = 0; i < s->n; i++) {
		if (ip < s->first[i] || ip > s->last[i] || s->last[i] - s->first[i] > width)
			continue;
		width = s->last[i] - s->first[i];
		best = s->target[i];
	}
	return best;
}

// n random prefixes that nest: most grow out of one drawn before.
static struct lull_targets *random_targets(uint8_t family, size_t n, uint64_t seed)
{
	struct fixture *f = fixture_new();
	fixture_allow(f, "0.0.0.0/0");
	fixture_allow(f, "::/0");
	unsigned bits = family == 4 ? 32 : 128;
	uint64_t state = seed * 1000003;
	unsigned __int128 *base = calloc(n, sizeof(*base));
	for (size_t i = 0; i < n; i++) {
		unsigned len = (unsigned)(draw(&state) % (bits + 1));
		unsigned __int128 fresh = (unsigned __int128)draw(&state) << 64 | draw(&state);
		unsigned __int128 old = i > 0 ? base[draw(&state) % i] : fresh;
		unsigned keep = (unsigned)(draw(&state) % (bits + 1));
		unsigned __int128 mask = host_mask(family, keep);
		unsigned __int128 v =
			draw(&state) % 8 == 0 ? fresh : (old & ~mask) | (fresh & mask);
		base[i] = v & host_mask(family, 0) & ~host_mask(family, len);
		struct lull_prefix p = {addr_of(family, base[i]), (uint8_t)len};
		char text[LULL_ADDR_TEXT], name[64];
		// One name per prefix, so that equal prefixes agree.
		lull_prefix_format(&p, text);
		snprintf(name, sizeof(name), "t%s", text);
		for (char *c = name; *c != '\0'; c++)
			*c = *c == '/' ? '-' : *c;
		fixture_target(f, name, text, 1);
	}
	char *said;
	struct lull_targets *t = fixture_build(f, &said);
	cr_assert(t != NULL, "%s", said);
	return t;
}

static void check_one(const struct lull_match *m, const struct scan *s, unsigned __int128 ip)
{
	ip &= host_mask(s->family, 0);
	uint32_t got = lull_match_one(m, s->family, ip_of(ip)), expected = scan_find(s, ip);
	if (got == expected)
		return;
	struct lull_addr a = addr_of(s->family, ip);
	char text[LULL_ADDR_TEXT];
	cr_fail("%s: target %u instead of %u", lull_addr_format(&a, text), got, expected);
}

static void check_all(uint8_t family, size_t n, uint64_t seed)
{
	struct lull_targets *t = random_targets(family, n, seed);
	struct lull_match *m = lull_match_create(t);
	cr_assert(m != NULL);
	struct scan s = scan_of(t, family);
	uint64_t state = seed;
	for (size_t i = 0; i < s.n; i++) {
		check_one(m, &s, s.first[i]);
		check_one(m, &s, s.first[i] - 1);
		check_one(m, &s, s.last[i]);
		check_one(m, &s, s.last[i] + 1);
		check_one(m, &s, s.first[i] + ((s.last[i] - s.first[i]) >> draw(&state) % 128));
		check_one(m, &s, (unsigned __int128)draw(&state) << 64 | draw(&state));
	}
	check_one(m, &s, 0);
	check_one(m, &s, ~(unsigned __int128)0);
	check_one(m, &s, ~(unsigned __int128)0 >> 64);
	check_one(m, &s, (unsigned __int128)UINT64_MAX << 64);
	lull_match_destroy(m);
	lull_targets_destroy(t);
}

static void check_sizes(uint8_t family)
{
	static const size_t sizes[] = {1, 2, 3, 5, 8, 9, 20, 60, 300, 1500};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (uint64_t seed = 1; seed <= (sizes[i] < 100 ? 40 : 4); seed++)
			check_all(family, sizes[i], seed + 100 * i);
}

Test(match, ipv4_agrees_with_a_scan_at_every_edge)
{
	check_sizes(4);
}

Test(match, ipv6_agrees_with_a_scan_at_every_edge)
{
	check_sizes(6);
}

// An address that is anywhere, or at or near the beginning of a prefix.
static struct lull_ip random_ip(uint64_t *state, const struct scan *s)
{
	unsigned __int128 fresh = (unsigned __int128)draw(state) << 64 | draw(state);
	unsigned __int128 near = s->first[draw(state) % s->n];
	uint64_t kind = draw(state) % 4;
	if (kind == 0)
		return ip_of(fresh & host_mask(s->family, 0));
	return ip_of(kind == 1 ? near : near ^ (fresh & 3));
}

static void random_header(
	uint64_t *state, const struct scan *s4, const struct scan *s6, struct lull_headers *h)
{
	*h = (struct lull_headers){.verdict = draw(state) % 8 == 0 ? LULL_CUT : LULL_IP,
		.family = draw(state) % 2 ? 4 : 6,
		.unreach = draw(state) % 4 == 0 ? LULL_UNREACH_ADMIN : LULL_UNREACH_NONE,
		.embedded_family = draw(state) % 2 ? 4 : 6};
	h->src = random_ip(state, h->family == 4 ? s4 : s6);
	h->dst = random_ip(state, h->family == 4 ? s4 : s6);
	h->embedded = random_ip(state, h->embedded_family == 4 ? s4 : s6);
}

// How many of the three addresses of a header one() and burst() agree have a target.
static size_t agree(
	const struct lull_match *m, const struct lull_headers *h, const struct lull_matched *out)
{
	bool ip = h->verdict == LULL_IP, error = ip && h->unreach != LULL_UNREACH_NONE;
	uint32_t src = ip ? lull_match_one(m, h->family, h->src) : 0;
	uint32_t dst = ip ? lull_match_one(m, h->family, h->dst) : 0;
	uint32_t emb = error ? lull_match_one(m, h->embedded_family, h->embedded) : 0;
	cr_assert(eq(u32, out->src, src));
	cr_assert(eq(u32, out->dst, dst));
	cr_assert(eq(u32, out->embedded, emb));
	return (size_t)(src != 0) + (dst != 0) + (emb != 0);
}

// A table of n rows: IPv4 and IPv6 of every length from /12 on, hosts the most.
static struct lull_targets *random_table(size_t n, uint64_t *state)
{
	struct fixture *f = fixture_new();
	char *text = malloc(n * 120 + 1), *at = text;
	for (size_t i = 0; i < n; i++) {
		struct lull_prefix p[2];
		for (int k = 0; k < 2; k++) {
			uint8_t family = k == 0 ? 4 : 6;
			unsigned bits = family == 4 ? 32 : 128, len = 12 + draw(state) % (2 * bits);
			unsigned __int128 v = family == 4 ? 20u << 24 : 0x2a;
			v = family == 4 ? v : v << 120;
			v |= ((unsigned __int128)draw(state) << 64 | draw(state)) &
			     host_mask(family, 8);
			len = len < bits ? len : bits;
			p[k] = (struct lull_prefix){
				addr_of(family, v & ~host_mask(family, len)), (uint8_t)len};
		}
		char four[LULL_ADDR_TEXT], six[LULL_ADDR_TEXT];
		lull_prefix_format(&p[0], four);
		lull_prefix_format(&p[1], six);
		at += sprintf(at, "%s\t%.*s-%.*s\n", four, (int)strcspn(four, "/"), four, 2,
			strchr(four, '/') + 1);
		at += sprintf(at, "%s\t%.*s-%.*s\n", six, (int)strcspn(six, "/"), six, 3,
			strchr(six, '/') + 1);
	}
	fixture_table(f, text);
	char *said;
	struct lull_targets *t = fixture_build(f, &said);
	cr_assert(t != NULL, "%s", said);
	free(text);
	return t;
}

static void check_bursts(size_t n_rows)
{
	static struct lull_headers h[LULL_BURST];
	static struct lull_matched out[LULL_BURST];
	uint64_t state = n_rows;
	struct lull_targets *t = random_table(n_rows, &state);
	struct lull_match *m = lull_match_create(t);
	struct scan s4 = scan_of(t, 4), s6 = scan_of(t, 6);
	size_t matched = 0;
	for (int round = 0; round < 60; round++) {
		uint32_t n = round == 0 ? LULL_BURST : (uint32_t)(draw(&state) % (LULL_BURST + 1));
		for (uint32_t i = 0; i < n; i++)
			random_header(&state, &s4, &s6, &h[i]);
		memset(out, 0xff, sizeof(out));
		lull_match_burst(m, h, n, out);
		for (uint32_t i = 0; i < n; i++)
			matched += agree(m, &h[i], &out[i]);
		for (uint32_t i = n; i < LULL_BURST; i++)
			cr_assert(eq(u32, out[i].src, UINT32_MAX), "wrote beyond n");
	}
	cr_assert(gt(sz, matched, 5000));
	lull_match_destroy(m);
	lull_targets_destroy(t);
}

// Small trees are walked one address at a time, large ones by the burst.
Test(match, burst_says_what_one_says_for_source_destination_and_embedded)
{
	check_bursts(2);
	check_bursts(500);
	check_bursts(30000);
}

// Real delegations, both families, at the edges of every 13th prefix; the other side is the
// binary search of lull_targets_lookup().
Test(match, real_tables_agree_with_the_sorted_list)
{
	const char *shared = getenv("LULL_SHARED");
	char v4[512], v6[512];
	snprintf(v4, sizeof(v4), "%s/data/prefixes/rir-country-v4.tsv", shared ? shared : "");
	snprintf(v6, sizeof(v6), "%s/data/prefixes/rir-country-v6.tsv", shared ? shared : "");
	if (access(v4, R_OK) != 0 || access(v6, R_OK) != 0)
		cr_skip_test("no prefix tables under LULL_SHARED");
	struct fixture *f = fixture_new();
	fixture_table_file(f, v4);
	fixture_table_file(f, v6);
	char *said;
	struct lull_targets *t = fixture_build(f, &said);
	cr_assert(t != NULL, "%s", said);
	struct lull_match *m = lull_match_create(t);
	cr_assert(lt(sz, lull_match_bytes(m), 120u << 20));
	size_t n;
	const struct lull_target_prefix *p = lull_targets_prefixes(t, &n);
	cr_assert(gt(sz, n, 240000));
	for (size_t i = 0; i < n; i += 13) {
		uint8_t family = p[i].prefix.addr.family;
		unsigned __int128 first = wide_of(&p[i].prefix.addr);
		unsigned __int128 last = first | host_mask(family, p[i].prefix.len);
		unsigned __int128 at[] = {first, first - 1, last, last + 1};
		for (int k = 0; k < 4; k++) {
			struct lull_addr a = addr_of(family, at[k]);
			const struct lull_target_prefix *found = lull_targets_lookup(t, &a);
			uint32_t expected = found != NULL ? found->target : LULL_NO_TARGET;
			cr_assert(eq(u32, lull_match_one(m, family, ip_of(wide_of(&a))), expected));
		}
	}
}

// A host in every /24 of a /8, and as many hosts in /64s of their own: what costs most a prefix.
Test(match, memory_is_bounded_for_scattered_hosts)
{
	struct fixture *f = fixture_new();
	char *text = malloc(8 << 20), *at = text;
	for (unsigned i = 0; i < 65536; i++)
		at += sprintf(at, "24.%u.%u.%u\ta\n2a%02x:%x:%x:%x::1\tb\n", i >> 8, i & 255,
			i & 63, i * 7 & 255, i * 40503u & 0xffff, i * 48271u & 0xffff, i);
	fixture_table(f, text);
	char *said;
	struct lull_targets *t = fixture_build(f, &said);
	cr_assert(t != NULL, "%s", said);
	struct lull_match *m = lull_match_create(t);
	size_t bytes = lull_match_bytes(m) - (64u << 20); // beyond the flat table
	cr_assert(lt(sz, bytes, 131072 * 200));
	for (unsigned i = 0; i < 65536; i++) {
		struct lull_ip ip = {0, 24u << 24 | (i >> 8) << 16 | (i & 255) << 8 | (i & 63)};
		cr_assert(eq(u32, lull_match_one(m, 4, ip), 1));
		ip.lo ^= 64;
		cr_assert(eq(u32, lull_match_one(m, 4, ip), 0));
	}
}

Test(match, no_targets_match_nothing)
{
	struct fixture *f = fixture_new();
	char *said;
	struct lull_match *m = lull_match_create(fixture_build(f, &said));
	cr_assert(eq(u32, lull_match_one(m, 4, (struct lull_ip){0, 0}), 0));
	cr_assert(eq(u32, lull_match_one(m, 4, (struct lull_ip){0, UINT32_MAX}), 0));
	cr_assert(eq(u32, lull_match_one(m, 6, (struct lull_ip){UINT64_MAX, UINT64_MAX}), 0));
	cr_assert(eq(u32, lull_match_one(m, 0, (struct lull_ip){0, 1}), 0));
	cr_assert(lt(sz, lull_match_bytes(m), 65536));
	lull_match_destroy(m);
	lull_match_destroy(NULL);
}
