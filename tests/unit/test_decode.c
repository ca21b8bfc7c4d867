// SPDX-License-Identifier: BSD-3-Clause
// The whole decoder against the slow one, and what holds for every frame whatever its kind.

#include "frames.h"
#include "slow_decode.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALL_TUNNELS = 63 };

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

// Both decoders on one packet. False after a message when they differ.
static bool agree(const struct lull_packet *p, unsigned decap, const char *what)
{
	struct lull_headers fast, slow;
	memset(&fast, 0xee, sizeof(fast));
	lull_decode(p, decap, &fast);
	slow_decode(p, decap, &slow);
	if (slow_same(&fast, &slow) && !fast.partial && slow_agrees_with_burst(p, decap, &slow) &&
		slow_agrees_with_sift(p, decap, &slow) && slow_agrees_on_tcp(p, &slow))
		return true;
	char a[512], b[512];
	fprintf(stderr, "%s: link type %u, decap %u, %u of %u bytes:\n", what, p->linktype, decap,
		p->caplen, p->wirelen);
	for (uint32_t i = 0; i < p->caplen && i < 200; i++)
		fprintf(stderr, "%02x%s", p->data[i], i % 32 == 31 ? "\n" : " ");
	fprintf(stderr, "\nfast: %s\nslow: %s\n", slow_text(&fast, a), slow_text(&slow, b));
	return false;
}

// Break a frame a little: single bytes, and 16-bit values that mean something to some layer.
static void mutate(struct frame *f, uint64_t *x)
{
	static const uint16_t words[] = {0, 1, 20, 40, 0xffff, 0x0800, 0x86dd, 0x8100, 0x88a8,
		0x8847, 0x8864, 0x6558, 0x88be, 0x22eb, 0x4500, 0x6000, 0x0021, 0x0057, 0x0281,
		0xaaaa, 0x1100, 0x2000, 0x1000, 4789, 8472, 6081, 2152, 0x30ff, 0x34ff, 1500};
	static const uint8_t bytes[] = {0, 1, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 59, 60, 135,
		139, 140, 0x44, 0x45, 0x4f, 0x60, 3, 11, 255};
	for (unsigned n = next_random(x) % 5; n > 0 && f->n > 1; n--) {
		uint64_t r = next_random(x);
		uint32_t at = (uint32_t)(r >> 32) % (f->n - 1);
		uint16_t w = words[(r >> 8 & 0xff) % (sizeof(words) / sizeof(words[0]))];
		switch (r & 3) {
		case 0:
			f->bytes[at] = bytes[(r >> 8 & 0xff) % sizeof(bytes)];
			break;
		case 1:
			f->bytes[at] = (uint8_t)(r >> 8);
			break;
		case 2:
			f->bytes[at] ^= (uint8_t)(1 << (r >> 8 & 7));
			break;
		default:
			f->bytes[at] = (uint8_t)(w >> 8);
			f->bytes[at + 1] = (uint8_t)w;
		}
	}
}

Test(decode, agrees_with_the_slow_decoder_on_three_million_mutated_frames)
{
	static struct frame made[128];
	uint64_t x = 0x6c756c6c;
	cr_assert_leq(n_frame_recipes, 128);
	for (size_t i = 0; i < n_frame_recipes; i++)
		frame_make(&made[i], frame_recipes[i].recipe);
	for (int n = 0; n < 3000000; n++) {
		uint64_t r = next_random(&x);
		size_t i = (r & 0xffff) % n_frame_recipes;
		struct frame f;
		f.n = made[i].n;
		memcpy(f.bytes, made[i].bytes, f.n);
		mutate(&f, &x);
		struct lull_packet p = {.data = f.bytes,
			.caplen = f.n,
			.wirelen = f.n,
			.linktype = frame_recipes[i].linktype};
		if (r >> 16 & 1) // cut by the capture, on the wire, or offloaded
			p.caplen = (uint32_t)(r >> 20 & 0x3ff) % (f.n + 1);
		if (r >> 17 & 1)
			p.wirelen = p.caplen + (uint32_t)(r >> 30 & 0x3f);
		unsigned decap = r >> 18 & 1 ? frame_recipes[i].decap : r >> 40 & ALL_TUNNELS;
		cr_assert(agree(&p, decap, frame_recipes[i].recipe));
	}
}

// Every packet of a file, cut at a few lengths, with and without tunnels. Returns packets read.
static int file_agrees(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *h;
	const u_char *data;
	int packets = 0;
	pcap_t *pcap = pcap_open_offline(path, why);
	if (pcap == NULL)
		return 0;
	for (; pcap_next_ex(pcap, &h, &data) == 1; packets++) {
		for (unsigned k = 0; k < 6; k++) {
			struct lull_packet p = {.data = data,
				.caplen = k < 2 ? h->caplen : h->caplen * (k - 1) / 5,
				.wirelen = h->len,
				.linktype = (uint16_t)pcap_datalink(pcap)};
			cr_assert(agree(&p, k % 2 ? ALL_TUNNELS : 0, path));
		}
	}
	pcap_close(pcap);
	return packets;
}

Test(decode, agrees_with_the_slow_decoder_on_every_packet_of_every_capture)
{
	static const char *const folders[] = {"captures", "malformed"};
	const char *shared = getenv("LULL_SHARED");
	char path[4096];
	int packets = 0;
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/data/%s", shared ? shared : "../shared",
			folders[i]);
		DIR *dir = opendir(path);
		if (dir == NULL)
			cr_skip_test("no shared data at %s", path);
		for (struct dirent *e; (e = readdir(dir)) != NULL;) {
			snprintf(
				path, sizeof(path), "%s/data/%s/%s", shared, folders[i], e->d_name);
			packets += e->d_name[0] == '.' ? 0 : file_agrees(path);
		}
		closedir(dir);
	}
	cr_assert_gt(packets, 8000, "only %d packets were read", packets);
}

// Cut at every length, a frame is CUT up to some length and its own verdict from there on. What
// the frame says is known no earlier than that, and never changes again.
Test(decode, a_shorter_capture_is_cut_or_tells_the_same)
{
	for (size_t i = 0; i < n_frame_recipes; i++) {
		const struct frame_recipe *r = &frame_recipes[i];
		struct frame f;
		frame_make(&f, r->recipe);
		struct lull_headers whole = frame_decode(f.bytes, f.n, f.n, r->linktype, r->decap);
		bool known = false;
		for (uint32_t cut = 0; cut <= f.n; cut++) {
			struct lull_headers h =
				frame_decode(f.bytes, cut, f.n, r->linktype, r->decap);
			if (h.verdict == LULL_CUT && !known)
				continue;
			// the ninth extension header condemns a packet whose addresses were fine
			bool chain = strstr(r->recipe, "dest dest dest dest dest") != NULL;
			if (chain && h.verdict == LULL_IP)
				continue;
			known = true;
			cr_assert_eq(h.verdict, whole.verdict, "%s at %u: %u", r->recipe, cut,
				h.verdict);
			cr_assert(h.dst.lo == whole.dst.lo && h.src.hi == whole.src.hi &&
					  h.ip_bytes == whole.ip_bytes,
				"%s at %u", r->recipe, cut);
		}
		cr_assert(known);
	}
}

// The same frames ending on the wire: nothing was cut, so the frame itself is at fault.
Test(decode, a_frame_that_ended_on_the_wire_is_never_called_cut)
{
	for (size_t i = 0; i < n_frame_recipes; i++) {
		const struct frame_recipe *r = &frame_recipes[i];
		struct frame f;
		frame_make(&f, r->recipe);
		for (uint32_t end = 0; end <= f.n; end++) {
			struct lull_headers h =
				frame_decode(f.bytes, end, end, r->linktype, r->decap);
			cr_assert_neq(h.verdict, LULL_CUT, "%s at %u", r->recipe, end);
		}
	}
}

Test(decode, a_wire_length_below_the_captured_one_changes_nothing)
{
	struct frame f;
	frame_make(&f, "eth ip4:1 tcp:2");
	memset(f.bytes + 16, 0, 2); // so that the total length is what was on the wire
	struct lull_headers h = frame_decode(f.bytes, f.n, 3, 1, 0);
	cr_assert_eq(h.verdict, LULL_IP);
	cr_assert_eq(h.ip_bytes, 44);
	cr_assert_eq(h.tcp_flags, LULL_TCP_SYN);
}

Test(decode, a_plain_frame_gives_all_its_fields)
{
	static const uint8_t frame[] = "\x02\x11\x22\x33\x44\x55\x02\x66\x77\x88\x99\xaa\x81\x00"
				       "\x60\x64\x08\x00\x45\x00\x00\x2c\x00\x01\x40\x00\x40\x06"
				       "\x00\x00\xaf\x2d\xb0\x47\xc0\x00\x02\x01\x01\xbb\xc0\x00"
				       "\x00\x00\x00\x00\x00\x00\x00\x00\x60\x12\xff\xff\x00\x00"
				       "\x00\x00\x02\x04\x05\xb4";
	struct lull_headers h = frame_decode(frame, sizeof(frame) - 1, sizeof(frame) - 1, 1, 0);
	cr_assert_eq(h.verdict, LULL_IP);
	cr_assert_eq(h.family, 4);
	cr_assert_eq(h.src.hi, 0);
	cr_assert_eq(h.src.lo, 0xaf2db047);
	cr_assert_eq(h.dst.lo, 0xc0000201);
	cr_assert_eq(h.dst_mac, 0x021122334455);
	cr_assert_eq(h.src_mac, 0x0266778899aa);
	cr_assert_eq(h.ip_bytes, 44);
	cr_assert_eq(h.vlan, 100);
	cr_assert_eq(h.mpls, LULL_NO_TAG);
	cr_assert_eq(h.proto, 6);
	cr_assert_eq(h.tcp_flags, LULL_TCP_SYN | LULL_TCP_ACK);
	cr_assert_eq(h.unreach, LULL_UNREACH_NONE);
	cr_assert_eq(h.embedded_family, 0);
}

Test(decode, what_is_not_ip_says_only_its_link)
{
	struct lull_headers h = frame_headers("eth vlan:12 arp data:28", 1, 0);
	struct lull_headers want = {.verdict = LULL_NO_IP,
		.vlan = 12,
		.mpls = LULL_NO_TAG,
		.dst_mac = 0x020000000101,
		.src_mac = 0x020000000201};
	char text[512];
	cr_assert(slow_same(&h, &want), "%s", slow_text(&h, text));
}

Test(decode, a_burst_reads_only_addresses_of_plain_packets_and_all_of_others)
{
	struct frame plain, tagged;
	frame_make(&plain, "eth ip4 tcp:2");
	frame_make(&tagged, "eth vlan:100 ip4 tcp:2");
	struct lull_packet p[2] = {
		{.data = plain.bytes, .caplen = plain.n, .wirelen = plain.n, .linktype = 1},
		{.data = tagged.bytes, .caplen = tagged.n, .wirelen = tagged.n, .linktype = 1}};
	struct lull_headers h[2];
	lull_decode_burst(p, (const uint16_t[]){0, 1}, 2, 0, h);
	cr_expect(h[0].partial == 1 && h[1].partial == 0);
	cr_expect(h[1].vlan == 100 && h[1].tcp_flags == LULL_TCP_SYN);
	lull_decode_burst(p, (const uint16_t[]){0}, 1, LULL_DECAP_GRE,
		h); // a tunnel may have to be looked into
	cr_expect(h[0].partial == 0 && h[0].tcp_flags == LULL_TCP_SYN);
}
