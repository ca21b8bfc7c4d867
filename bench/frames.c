// SPDX-License-Identifier: BSD-3-Clause
// Making frames.

#include "frames.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_HEADER 16

static uint32_t size_of(int size, uint64_t random)
{
	static const uint16_t mix[12] = {64, 64, 64, 64, 64, 64, 64, 594, 594, 594, 594, 1518};
	return size != FRAME_IMIX ? (uint32_t)size : mix[random % 12];
}

static void write_frame(uint8_t *p, uint32_t len, uint64_t random, int hit)
{
	static const uint8_t head[34] = {
		2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, [22] = 64, [23] = 17};
	memcpy(p, head, sizeof(head));
	p[16] = (uint8_t)((len - 14) >> 8);
	p[17] = (uint8_t)(len - 14);
	memcpy(p + 26, &random, 8);
	p[26] = 32 | (p[26] & 31);
	p[30] = 32 | (p[30] & 31);
	if (hit)
		memcpy(p + 26, (uint8_t[]){192, 0, 2}, 3);
}

static void write_record(uint8_t *p, uint32_t i, uint32_t len)
{
	uint32_t header[4] = {1700000000 + i / 1000000, i % 1000000, len, len};
	memcpy(p, header, sizeof(header));
}

int frames_make(struct frames *f, uint32_t n, int size, uint32_t hit_every)
{
	size_t most = size != FRAME_IMIX ? (size_t)size : 1518;
	uint64_t state = 42;
	memset(f, 0, sizeof(*f));
	f->bytes = calloc(n, most + RECORD_HEADER);
	f->packets = calloc(n, sizeof(*f->packets));
	if (f->bytes == NULL || f->packets == NULL) {
		frames_free(f);
		return -1;
	}
	f->n = n;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t random = bench_random(&state);
		uint32_t len = size_of(size, random >> 32);
		uint8_t *record = f->bytes + f->len;
		write_record(record, i, len);
		write_frame(record + RECORD_HEADER, len, random, hit_every && i % hit_every == 0);
		f->packets[i] = (struct lull_packet){.data = record + RECORD_HEADER,
			.caplen = len,
			.wirelen = len,
			.ts_ns = UINT64_C(1700000000000000000) + i * UINT64_C(1000),
			.linktype = 1};
		f->len += len + RECORD_HEADER;
	}
	return 0;
}

void frames_free(struct frames *f)
{
	free(f->bytes);
	free(f->packets);
	memset(f, 0, sizeof(*f));
}

void frames_burst(const struct frames *f, uint32_t *at, struct lull_burst *burst)
{
	if (*at + LULL_BURST > f->n)
		*at = 0;
	burst->n = f->n < LULL_BURST ? f->n : LULL_BURST;
	memcpy(burst->packets, f->packets + *at, burst->n * sizeof(burst->packets[0]));
	*at += burst->n;
}
