// SPDX-License-Identifier: BSD-3-Clause
// Recipes into frames, from the innermost word outwards.

#include "frames.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word;

// One word of a recipe where it stands: its parameters, how many of its kind are outside it
// (from 1), and the word inside it.
struct spot {
	const struct word *word;
	unsigned a, b, nth;
	const struct spot *next; // NULL: the last
};

struct word {
	const char *name;
	uint16_t ether, ppp; // what announces it
	int proto;           // IP protocol, or -1
	uint16_t port;       // UDP
	void (*push)(struct frame *f, const struct spot *s);
};

static uint8_t *push(struct frame *f, uint32_t n)
{
	assert(f->n + n <= sizeof(f->bytes));
	memmove(f->bytes + n, f->bytes, f->n);
	memset(f->bytes, 0, n);
	f->n += n;
	return f->bytes;
}

static void put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static bool is(const struct spot *s, const char *name)
{
	return s != NULL && strcmp(s->word->name, name) == 0;
}

// The EtherType of what comes next; in front of LLC it is a length.
static unsigned ether(const struct frame *f, const struct spot *s)
{
	if (is(s->next, "llc"))
		return f->n;
	return s->next == NULL ? 0x9000 : s->next->word->ether;
}

static uint8_t proto(const struct spot *s)
{
	return s->next == NULL ? 253 : (uint8_t)s->next->word->proto;
}

static void eth(struct frame *f, const struct spot *s)
{
	unsigned type = ether(f, s);
	uint8_t *p = push(f, 14);
	memcpy(p, "\2\0\0\0\1\0\2\0\0\0\2", 11);
	p[5] = p[11] = (uint8_t)s->nth;
	put16(p + 12, type);
}

static void vlan(struct frame *f, const struct spot *s)
{
	unsigned type = ether(f, s);
	uint8_t *p = push(f, 4);
	put16(p, 0xe000 | s->a);
	put16(p + 2, type);
}

static void llc(struct frame *f, const struct spot *s)
{
	unsigned type = ether(f, s);
	uint8_t *p = push(f, 8);
	memcpy(p, "\xaa\xaa\3", 3);
	put16(p + 6, type);
}

static void mpls(struct frame *f, const struct spot *s)
{
	uint8_t *p = push(f, 4);
	put16(p, s->a >> 4);
	p[2] = (uint8_t)((s->a & 15) << 4 | !is(s->next, "mpls"));
	p[3] = 64;
}

static void control_word(struct frame *f, const struct spot *s)
{
	put16(push(f, 4), s->a);
}

static void pppoe(struct frame *f, const struct spot *s)
{
	unsigned length = f->n + 2;
	uint8_t *p = push(f, 8);
	put16(p, 0x1100);
	put16(p + 4, length);
	put16(p + 6, s->next == NULL ? 0xc021 : s->next->word->ppp);
}

// ppp:0 framed, ppp:1 not, ppp:2 with the protocol in one octet
static void ppp(struct frame *f, const struct spot *s)
{
	uint16_t protocol = s->next == NULL ? 0xc021 : s->next->word->ppp;
	if (s->a == 2)
		*push(f, 1) = (uint8_t)protocol;
	else
		put16(push(f, 2), protocol);
	if (s->a == 0)
		put16(push(f, 2), 0xff03);
}

static void chdlc(struct frame *f, const struct spot *s)
{
	unsigned type = ether(f, s);
	uint8_t *p = push(f, 4);
	p[0] = s->a ? 0x8f : 0x0f;
	put16(p + 2, type);
}

static void sll(struct frame *f, const struct spot *s)
{
	unsigned type = is(s->next, "llc") ? 4 : ether(f, s);
	uint8_t *p = push(f, 16);
	put16(p + 2, s->a ? s->a : 1);
	put16(p + 4, 6);
	memcpy(p + 6, "\2\0\0\0\1\7", 6);
	put16(p + 14, type);
}

static void sll2(struct frame *f, const struct spot *s)
{
	unsigned type = is(s->next, "llc") ? 4 : ether(f, s);
	uint8_t *p = push(f, 20);
	put16(p, type);
	put16(p + 8, s->a ? s->a : 1);
	p[11] = 6;
	memcpy(p + 12, "\2\0\0\0\1\7", 6);
}

// null:FAMILY little-endian, loop:FAMILY big-endian
static void null(struct frame *f, const struct spot *s)
{
	*push(f, 4) = (uint8_t)s->a;
}

static void loop(struct frame *f, const struct spot *s)
{
	push(f, 4)[3] = (uint8_t)s->a;
}

// ip4:OPTIONS.FRAGMENT: words of options; the fragment field
static void ip4(struct frame *f, const struct spot *s)
{
	uint32_t header = 20 + 4 * s->a, total = header + f->n;
	uint8_t *p = push(f, header);
	p[0] = (uint8_t)(0x45 + s->a);
	put16(p + 2, total);
	put16(p + 6, s->b);
	p[8] = 64;
	p[9] = proto(s);
	memcpy(p + 12, "\12\0\0\1\12\0\0\2", 8);
	p[14] = p[18] = (uint8_t)s->nth;
	memset(p + 20, 1, header - 20);
}

static void ip6(struct frame *f, const struct spot *s)
{
	uint32_t payload = f->n;
	uint8_t *p = push(f, 40);
	p[0] = 0x60;
	put16(p + 4, payload);
	p[6] = proto(s);
	p[7] = 64;
	memcpy(p + 8, "\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	memcpy(p + 24, "\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
	p[13] = p[29] = (uint8_t)s->nth;
}

// An extension header of 8 bytes and a units more
static void extension(struct frame *f, const struct spot *s)
{
	uint8_t *p = push(f, 8 + 8 * s->a);
	p[0] = proto(s);
	p[1] = (uint8_t)s->a;
}

static void authentication(struct frame *f, const struct spot *s)
{
	uint8_t *p = push(f, 24);
	p[0] = proto(s);
	p[1] = 4;
}

// frag:OFFSET, in units of eight bytes
static void fragment(struct frame *f, const struct spot *s)
{
	uint8_t *p = push(f, 8);
	p[0] = proto(s);
	put16(p + 2, s->a << 3 | 1);
}

static void tcp(struct frame *f, const struct spot *s)
{
	uint8_t *p = push(f, 20);
	put16(p + 2, 443);
	p[12] = 0x50;
	p[13] = (uint8_t)s->a;
}

static void udp(struct frame *f, const struct spot *s)
{
	unsigned port = s->next == NULL || s->next->word->port == 0 ? 53 : s->next->word->port;
	uint32_t length = f->n + 8;
	uint8_t *p = push(f, 8);
	put16(p, 40000);
	put16(p + 2, s->a ? s->a : port);
	put16(p + 4, length);
}

static void icmp(struct frame *f, const struct spot *s)
{
	uint8_t *p = push(f, 8);
	p[0] = (uint8_t)s->a;
	p[1] = (uint8_t)s->b;
}

// gre:FLAGS.VERSION, the upper four flags
static void gre(struct frame *f, const struct spot *s)
{
	uint16_t type = s->next == NULL ? 0x880b : s->next->word->ether;
	uint8_t *p = push(f, 4 + 4 * (unsigned)__builtin_popcount(s->a & 0xb));
	p[0] = (uint8_t)(s->a << 4);
	p[1] = (uint8_t)s->b;
	put16(p + 2, is(s->next, "eth") ? 0x6558 : type);
}

// erspan2:VLAN; type I is no header at all
static void erspan2(struct frame *f, const struct spot *s)
{
	put16(push(f, 8), 0x1000 | s->a);
}

// erspan3:VLAN.LAST, the last 16 bits: 1 a platform header, 0x800 (2048) an IP packet inside
static void erspan3(struct frame *f, const struct spot *s)
{
	uint8_t *p = push(f, s->b & 1 ? 20 : 12);
	put16(p, 0x2000 | s->a);
	put16(p + 10, s->b);
}

static void nothing(struct frame *f, const struct spot *s)
{
	(void)f, (void)s;
}

static void vxlan(struct frame *f, const struct spot *s)
{
	push(f, 8)[0] = s->a ? (uint8_t)s->b : 8;
}

// geneve:OPTIONS.VERSION, in words
static void geneve(struct frame *f, const struct spot *s)
{
	uint8_t *p = push(f, 8 + 4 * s->a);
	p[0] = (uint8_t)(s->b << 6 | s->a);
	put16(p + 2, is(s->next, "eth") || s->next == NULL ? 0x6558 : s->next->word->ether);
}

// gtpu:OPTIONAL.EXTENSIONS: with the optional word; extension headers of one word each
static void gtpu(struct frame *f, const struct spot *s)
{
	uint32_t more = s->a || s->b ? 4 + 4 * s->b : 0, length = f->n + more;
	uint8_t *p = push(f, 8 + more);
	p[0] = (uint8_t)(0x30 | (s->a ? 2 : 0) | (s->b ? 4 : 0));
	p[1] = 255;
	put16(p + 2, length);
	for (unsigned i = 0; i < s->b; i++) {
		p[11 + 4 * i] = 0x85; // a PDU session container
		p[12 + 4 * i] = 1;
	}
}

static void data(struct frame *f, const struct spot *s)
{
	memset(push(f, s->a), 0xda, s->a);
}

static const struct word words[] = {
	{"eth", 0x6558, 0, 143, 0, eth},
	{"vlan", 0x8100, 0, -1, 0, vlan},
	{"qinq", 0x88a8, 0, -1, 0, vlan},
	{"oldq", 0x9100, 0, -1, 0, vlan},
	{"llc", 0, 0, -1, 0, llc},
	{"arp", 0x0806, 0, -1, 0, nothing},
	{"mpls", 0x8847, 0x0281, -1, 0, mpls},
	{"mplsup", 0x8848, 0x0283, -1, 0, mpls},
	{"cw", 0, 0, -1, 0, control_word},
	{"pppoe", 0x8864, 0, -1, 0, pppoe},
	{"ppp", 0, 0, -1, 0, ppp},
	{"chdlc", 0, 0, -1, 0, chdlc},
	{"sll", 0, 0, -1, 0, sll},
	{"sll2", 0, 0, -1, 0, sll2},
	{"null", 0, 0, -1, 0, null},
	{"loop", 0, 0, -1, 0, loop},
	{"ip4", 0x0800, 0x21, 4, 0, ip4},
	{"ip6", 0x86dd, 0x57, 41, 0, ip6},
	{"hop", 0, 0, 0, 0, extension},
	{"route", 0, 0, 43, 0, extension},
	{"frag", 0, 0, 44, 0, fragment},
	{"ah", 0, 0, 51, 0, authentication},
	{"dest", 0, 0, 60, 0, extension},
	{"mobility", 0, 0, 135, 0, extension},
	{"hip", 0, 0, 139, 0, extension},
	{"shim6", 0, 0, 140, 0, extension},
	{"none", 0, 0, 59, 0, nothing},
	{"esp", 0, 0, 50, 0, nothing},
	{"tcp", 0, 0, 6, 0, tcp},
	{"udp", 0, 0, 17, 0, udp},
	{"icmp", 0, 0, 1, 0, icmp},
	{"icmp6", 0, 0, 58, 0, icmp},
	{"gre", 0, 0, 47, 0, gre},
	{"erspan1", 0x88be, 0, -1, 0, nothing},
	{"erspan2", 0x88be, 0, -1, 0, erspan2},
	{"erspan3", 0x22eb, 0, -1, 0, erspan3},
	{"vxlan", 0, 0, -1, 4789, vxlan},
	{"geneve", 0, 0, -1, 6081, geneve},
	{"gtpu", 0, 0, -1, 2152, gtpu},
	{"data", 0x9000, 0xc021, 253, 0, data},
};

static const struct word *word_of(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].name) == n && strncmp(words[i].name, name, n) == 0)
			return &words[i];
	fprintf(stderr, "no such word: %s\n", name);
	abort();
}

void frame_make(struct frame *f, const char *recipe)
{
	struct spot spots[64];
	size_t n = 0;
	f->n = 0;
	for (const char *at = recipe; *at != '\0'; n++) {
		size_t len = strcspn(at, ": ");
		assert(n < 64);
		spots[n] = (struct spot){.word = word_of(at, len), .nth = 1};
		at += len;
		if (*at == ':')
			sscanf(at, ":%u.%u", &spots[n].a, &spots[n].b);
		at += strcspn(at, " ");
		at += strspn(at, " ");
		for (size_t i = 0; i < n; i++) {
			bool ip = spots[i].word->push == ip4 || spots[i].word->push == ip6;
			bool same = spots[i].word == spots[n].word;
			spots[n].nth +=
				same || (ip && (is(&spots[n], "ip4") || is(&spots[n], "ip6")));
		}
	}
	for (size_t i = n; i-- > 0;) {
		spots[i].next = i + 1 < n ? &spots[i + 1] : NULL;
		spots[i].word->push(f, &spots[i]);
	}
}

struct lull_headers frame_decode(
	const uint8_t *bytes, uint32_t caplen, uint32_t wirelen, uint16_t linktype, unsigned decap)
{
	struct lull_headers h;
	uint8_t *copy = malloc(caplen ? caplen : 1);
	memcpy(copy, bytes, caplen);
	struct lull_packet p = {
		.data = copy, .caplen = caplen, .wirelen = wirelen, .linktype = linktype};
	memset(&h, 0xee, sizeof(h)); // what is not set shows
	lull_decode(&p, decap, &h);
	free(copy);
	return h;
}

struct lull_headers frame_headers(const char *recipe, uint16_t linktype, unsigned decap)
{
	struct frame f;
	frame_make(&f, recipe);
	return frame_decode(f.bytes, f.n, f.n, linktype, decap);
}
