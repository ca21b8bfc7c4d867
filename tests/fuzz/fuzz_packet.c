// SPDX-License-Identifier: BSD-3-Clause
// Packets: the fast decoder must not read beyond the capture and must agree with the slow one.
// Input: link type or recipe, tunnels named, two bytes of length, then bytes of a packet, or, when
// the first byte's top bit is set, changes to a frame of tests/unit/frame_recipes.c.

#include "../unit/frames.h"
#include "../unit/slow_decode.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct frame made[128];

static const uint16_t linktypes[] = {1, 0, 9, 12, 14, 50, 101, 104, 108, 113, 228, 229, 276, 147};

// Both decoders on a copy of just that size: a read beyond it is the sanitizer's to find.
static void compare(
	const uint8_t *bytes, uint32_t caplen, uint32_t wirelen, uint16_t linktype, unsigned decap)
{
	struct lull_headers slow, fast = frame_decode(bytes, caplen, wirelen, linktype, decap);
	struct lull_packet p = {
		.data = bytes, .caplen = caplen, .wirelen = wirelen, .linktype = linktype};
	slow_decode(&p, decap, &slow);
	if (slow_same(&fast, &slow) && slow_agrees_with_burst(&p, decap, &slow) &&
		slow_agrees_with_sift(&p, decap, &slow) && slow_agrees_on_tcp(&p, &slow))
		return;
	char text[512];
	fprintf(stderr, "link type %u, decap %u, %u of %u bytes\n", linktype, decap, caplen,
		wirelen);
	fprintf(stderr, "fast: %s\n", slow_text(&fast, text));
	fprintf(stderr, "slow: %s\n", slow_text(&slow, text));
	abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	for (size_t i = 0; i < n_frame_recipes; i++)
		frame_make(&made[i], frame_recipes[i].recipe);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 4)
		return 0;
	unsigned decap = data[1] & 63, length = data[2] * 256u + data[3];
	if (data[0] < 0x80) {
		uint32_t caplen = (uint32_t)n - 4;
		uint16_t linktype = linktypes[data[0] % (sizeof(linktypes) / sizeof(linktypes[0]))];
		compare(data + 4, caplen, caplen + length, linktype, decap);
		compare(data + 4, caplen, caplen, linktype, decap);
		return 0;
	}
	size_t k = (data[0] & 0x7f) % n_frame_recipes;
	const struct frame_recipe *r = &frame_recipes[k];
	struct frame f = made[k];
	for (size_t i = 4; i + 2 <= n; i += 2) // where, and what instead
		f.bytes[data[i] % f.n] = data[i + 1];
	uint32_t caplen = length < f.n ? length : f.n;
	compare(f.bytes, f.n, f.n + length, r->linktype, data[1] & 0x40 ? r->decap : decap);
	compare(f.bytes, caplen, f.n, r->linktype, data[1] & 0x40 ? r->decap : decap);
	return 0;
}
