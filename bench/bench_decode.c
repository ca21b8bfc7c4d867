// SPDX-License-Identifier: BSD-3-Clause
// Decode: ns per packet on a hot burst and on a stream, against touching one line per packet.

#include "frames.h"

#include <lull/decode.h>
#include <lull/sift.h>
#include <stdio.h>
#include <stdlib.h>

struct context {
	const struct frames *frames;
};

static uint64_t decode(void *context, uint64_t ops)
{
	const struct frames *f = ((struct context *)context)->frames;
	struct lull_headers h;
	uint64_t sum = 0;
	uint32_t at = 0;
	for (uint64_t i = 0; i < ops; i++) {
		lull_decode(&f->packets[at], 0, &h);
		sum += h.src.lo + h.dst.lo + h.ip_bytes;
		at = at + 1 < f->n ? at + 1 : 0;
	}
	return sum;
}

// As the packet path does it: addresses first, the rest only of packets that match.
static uint64_t decode_burst(void *context, uint64_t ops)
{
	static struct lull_headers h[LULL_BURST];
	const struct frames *f = ((struct context *)context)->frames;
	static struct lull_sifted all;
	uint64_t sum = 0;
	uint32_t at = 0;
	lull_sift_none(LULL_BURST, &all);
	for (uint64_t i = 0; i < ops; i += LULL_BURST) {
		lull_decode_burst(f->packets + at, all.odd, LULL_BURST, 0, h);
		sum += h[0].src.lo + h[LULL_BURST - 1].dst.lo;
		at = at + 2 * LULL_BURST <= f->n ? at + LULL_BURST : 0;
	}
	return sum;
}

static uint64_t touch(void *context, uint64_t ops)
{
	const struct frames *f = ((struct context *)context)->frames;
	uint64_t sum = 0;
	uint32_t at = 0;
	for (uint64_t i = 0; i < ops; i++) {
		sum += f->packets[at].data[26];
		at = at + 1 < f->n ? at + 1 : 0;
	}
	return sum;
}

static int run(const struct bench *b, const char *name, const char *floor, uint32_t n, int size)
{
	struct frames f;
	if (frames_make(&f, b->brief ? 1024 : n, size, 10) < 0)
		return 1;
	struct context c = {.frames = &f};
	struct bench_result line = bench_run(b, floor, touch, &c, 10 * 1000 * 1000, NULL, NULL);
	bench_run(b, name, decode, &c, 10 * 1000 * 1000, floor, &line);
	char burst[64];
	snprintf(burst, sizeof(burst), "%s-burst", name);
	bench_run(b, burst, decode_burst, &c, 10 * 1000 * 1000, floor, &line);
	frames_free(&f);
	return 0;
}

int main(int argc, char **argv)
{
	struct bench b;
	bench_init(&b, argc, argv);
	return run(&b, "decode/64b-hot", "floor/touch-hot", LULL_BURST, FRAME_64) ||
	       run(&b, "decode/64b-stream", "floor/touch-64b", 2000000, FRAME_64) ||
	       run(&b, "decode/imix-stream", "floor/touch-imix", 1000000, FRAME_IMIX);
}
