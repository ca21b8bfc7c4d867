// SPDX-License-Identifier: BSD-3-Clause
// The whole of a worker's step, without a driver: ns per packet of hot bursts from a live source
// whose packets are of no target but for one in ten, all of one of three targets and from 65,536
// sources, or no IP at all. What bench/live has beside it, comparable between two builds on a
// machine that is not idle.

#include "frames.h"

#include "engine/generation.h"
#include "engine/worker.h"

#include <lull/time.h>
#include <stdlib.h>
#include <string.h>

#define BIN_NS LULL_NS_PER_SECOND
#define FRAMES 4096
#define PACKET_NS 1000 // a million a second

struct context {
	struct lull_source source; // first: the handle is this
	struct lull_worker *worker;
	struct lull_generation *generation;
	struct frames frames;
	uint32_t at, burst;
	uint64_t now_ns, next; // next: bin to be taken out
	bool at_once;
};

static int fill(struct lull_source *s, struct lull_burst *burst)
{
	struct context *c = (struct context *)s;
	const struct lull_packet *from = c->frames.packets + c->at;
	for (uint32_t i = 0; i < c->burst; i++) {
		struct lull_packet *p = &burst->packets[i];
		p->data = from[i].data;
		p->caplen = from[i].caplen;
		p->wirelen = from[i].wirelen;
		p->port = 0;
		p->linktype = 1;
		if (!c->at_once)
			p->ts_ns = c->now_ns + i * PACKET_NS;
	}
	c->at = c->at + 2 * c->burst <= c->frames.n ? c->at + c->burst : 0;
	c->now_ns += c->burst * PACKET_NS;
	burst->n = c->burst;
	burst->at_once = c->at_once;
	burst->clock_ns = c->now_ns;
	burst->next_ns = LULL_TIME_NONE;
	burst->owner = NULL;
	return 1;
}

static void release(struct lull_source *s, struct lull_burst *burst)
{
	(void)s;
	(void)burst;
}

static const struct lull_source_ops ops = {.name = "bench", .fill = fill, .release = release};

// As the analyzer would.
static uint64_t take_bins(struct context *c)
{
	uint64_t rows = 0;
	for (; c->next < lull_counter_watermark(c->worker->counter); ++c->next) {
		struct lull_slot *slot = lull_counter_take(c->worker->counter, c->next);
		struct lull_bin bin = {.seq = c->next, .len_ns = BIN_NS};
		if (slot == NULL)
			continue;
		lull_merge_bin(c->generation->merge, &slot, 1, &bin);
		lull_counter_give(c->worker->counter, slot);
		rows += bin.n_rows;
	}
	return rows;
}

static uint64_t step(void *context, uint64_t packets)
{
	struct context *c = context;
	uint64_t rows = 0;
	for (uint64_t done = 0; done < packets; done += c->burst) {
		lull_worker_step(c->worker);
		rows += take_bins(c);
	}
	return rows;
}

// One frame in so many goes to a target, TCP without data.
static void toward_targets(struct frames *f, uint32_t every)
{
	for (uint32_t i = 0; i < f->n; i += every) {
		uint8_t *ip = (uint8_t *)f->packets[i].data + 14;
		uint8_t net = (uint8_t)(1 + i / every % 3);
		memcpy(ip + 16, (uint8_t[]){11, net, net}, 3);
		ip[9] = 6;
		ip[2] = 0;
		ip[3] = 46;
		ip[20 + 12] = 0x50;
		ip[20 + 13] = LULL_TCP_ACK;
	}
}

static void no_ip(struct frames *f)
{
	for (uint32_t i = 0; i < f->n; i++)
		memset((uint8_t *)f->packets[i].data, 0, FRAME_64);
}

static void no_event(void *context, const struct lull_event *event)
{
	(void)context;
	(void)event;
}

static struct lull_config *configure(void)
{
	struct lull_config *config = lull_config_create();
	if (config != NULL && lull_config_add_target(config, "a=11.1.1.0/24") == 0 &&
		lull_config_add_target(config, "b=11.2.2.0/24") == 0 &&
		lull_config_add_target(config, "c=11.3.3.0/24") == 0 &&
		lull_config_check(config) == 0)
		return config;
	lull_config_destroy(config);
	return NULL;
}

// every: one packet in so many is of a target; 0: no packet is IP.
static int run(const struct bench *b, const char *name, uint32_t every, uint32_t burst,
	const struct bench_result *floor)
{
	static const struct lull_sipkey key = {1, 2};
	struct lull_tap tap;
	struct context *c = calloc(1, sizeof(*c));
	struct lull_config *config = configure();
	if (c == NULL || config == NULL || frames_make(&c->frames, FRAMES, FRAME_64, 0) < 0)
		return 1;
	if (every > 0)
		toward_targets(&c->frames, every);
	else
		no_ip(&c->frames);
	c->source.ops = &ops;
	c->burst = burst;
	c->at_once = every != 1;
	c->now_ns = 1700000000 * LULL_NS_PER_SECOND;
	c->generation = lull_generation_create(config, no_event, NULL);
	if (c->generation == NULL || lull_tap_init(&tap, &c->source, BIN_NS, 0, 60 * BIN_NS) < 0)
		return 1;
	lull_clock_fix(&tap.clock, c->now_ns);
	c->worker = lull_worker_create(&tap, &c->generation->path, &key);
	if (c->worker == NULL || lull_worker_live(c->worker, &key, 64 << 20) < 0)
		return 1;
	bench_run(b, name, step, c, 10 * 1000 * 1000, "touch-line-hot", floor);
	lull_worker_destroy(c->worker);
	lull_tap_finish(&tap);
	lull_generation_destroy(c->generation);
	frames_free(&c->frames);
	free(c);
	return 0;
}

int main(int argc, char **argv)
{
	struct bench b;
	bench_init(&b, argc, argv);
	uint8_t *hot = calloc(1, 512 * 1024);
	if (hot == NULL)
		return 1;
	struct bench_result floor = bench_touch(&b, "floor/touch-line-hot", hot, 512 * 1024, 64);
	free(hot);
	return run(&b, "path/one-in-ten", 10, LULL_BURST, &floor) ||
	       run(&b, "path/one-in-ten-by-32", 10, 32, &floor) ||
	       run(&b, "path/all-of-targets", 1, LULL_BURST, &floor) ||
	       run(&b, "path/no-ip", 0, LULL_BURST, &floor);
}
