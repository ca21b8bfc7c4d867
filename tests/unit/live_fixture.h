// SPDX-License-Identifier: BSD-3-Clause
// Live workers at sources that tell whatever time the test wants, driven without threads.

#pragma once

#include "engine/analyzer.h"
#include "engine/generation.h"
#include "engine/posts.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define S (1000 * MS)
#define BIN S
#define START (UINT64_C(1700000000) * S)
#define WORKERS 2

// Ethernet, IPv4, UDP from 192.0.2.1 to 203.0.113.1.
static const uint8_t frame[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 28, 0, 0, 0,
	0, 64, 17, 0, 0, 192, 0, 2, 1, 203, 0, 113, 1, 0, 1, 0, 2, 0, 8, 0, 0};

struct fake {
	struct lull_source base;
	uint16_t port;
	uint64_t clock_ns;
	uint32_t packets; // in the next burst, at its time
	bool over;
};

struct live {
	struct lull_config *config;
	struct lull_generation *generation;
	struct fake fakes[WORKERS];
	struct lull_tap taps[WORKERS];
	struct lull_worker *workers[WORKERS];
	struct lull_analyzer analyzer;
	struct lull_posts posts;
	_Atomic bool leave;
	enum lull_loss loss; // of both ports
	// of the bins shown
	size_t n;
	struct {
		uint64_t seq, packets;
		double exposure;
		bool stalled[WORKERS];
	} bins[64];
	bool stalled[WORKERS]; // of the bin being shown
};

static int fake_fill(struct lull_source *s, struct lull_burst *b)
{
	struct fake *f = (struct fake *)s;
	b->n = f->packets;
	for (uint32_t i = 0; i < b->n; i++)
		b->packets[i] = (struct lull_packet){.data = frame,
			.caplen = sizeof(frame),
			.wirelen = sizeof(frame),
			.linktype = 1,
			.port = f->port,
			.ts_ns = f->clock_ns};
	f->packets = 0;
	b->clock_ns = f->clock_ns;
	b->next_ns = UINT64_MAX;
	return !f->over;
}

static void fake_release(struct lull_source *s, struct lull_burst *b)
{
	(void)s;
	(void)b;
}

static const struct lull_source_ops fake_ops = {
	.name = "fake", .fill = fake_fill, .release = fake_release, .close = NULL};

static void no_event(void *context, const struct lull_event *event)
{
	(void)context;
	(void)event;
}

static void live_merged(void *state, struct lull_bin *bin)
{
	struct live *l = state;
	struct lull_port_health health[LULL_PORTS_MAX] = {{.loss = l->loss}, {.loss = l->loss}};
	lull_posts_judge(&l->posts, bin, health);
	for (size_t i = 0; i < WORKERS; i++)
		l->stalled[i] = health[i].stalled;
}

static int live_bin(void *state, const struct lull_bin *bin)
{
	struct live *l = state;
	cr_assert(lt(sz, l->n, 64));
	l->bins[l->n].seq = bin->seq;
	l->bins[l->n].packets = bin->law.received.packets;
	l->bins[l->n].exposure = bin->exposure;
	memcpy(l->bins[l->n].stalled, l->stalled, sizeof(l->stalled));
	l->n++;
	return 0;
}

// Two ports of one queue each, that look from start_ns on.
static void live_open(struct live *l, uint64_t start_ns)
{
	static const struct lull_sipkey key = {1, 2};
	memset(l, 0, sizeof(*l));
	l->config = lull_config_create();
	cr_assert(eq(int, lull_config_add_target(l->config, "a=192.0.2.0/24"), 0));
	cr_assert(eq(int,
		lull_config_set(l->config, "capture", "{kind: interface, names: [left, right]}"),
		0));
	cr_assert(eq(int, lull_config_check(l->config), 0));
	l->generation = lull_generation_create(l->config, no_event, NULL);
	cr_assert(l->generation != NULL);
	for (uint16_t i = 0; i < WORKERS; i++) {
		l->fakes[i] = (struct fake){.base = {&fake_ops}, .port = i, .clock_ns = start_ns};
		cr_assert(
			eq(int, lull_tap_init(&l->taps[i], &l->fakes[i].base, BIN, 1, 60 * S), 0));
		l->taps[i].stop = &l->leave;
		lull_clock_fix(&l->taps[i].clock, start_ns);
		l->workers[i] = lull_worker_create(&l->taps[i], &l->generation->path, &key);
		cr_assert(l->workers[i] != NULL);
		cr_assert(eq(int, lull_worker_live(l->workers[i], &key, 1 << 20), 0));
	}
	cr_assert(eq(int, lull_posts_init(&l->posts, l->workers, WORKERS, l->config), 0));
	cr_assert(eq(int,
		lull_analyzer_init(&l->analyzer, l->workers, WORKERS, l->generation->merge), 0));
	l->analyzer.live = true;
	l->analyzer.start_ns = start_ns;
	l->analyzer.merged = live_merged;
	l->analyzer.merged_state = l;
	lull_analyzer_listen(&l->analyzer, live_bin, l);
}

// Worker i polls every 20 ms until to_ns, a packet each time.
static void live_poll(struct live *l, size_t i, uint64_t to_ns)
{
	struct fake *f = &l->fakes[i];
	while (f->clock_ns < to_ns) {
		f->clock_ns = f->clock_ns + 20 * MS < to_ns ? f->clock_ns + 20 * MS : to_ns;
		f->packets = 1;
		cr_assert(eq(int, lull_worker_step(l->workers[i]), 1));
	}
}

static void live_analyze(struct live *l)
{
	int r;
	while ((r = lull_analyzer_step(&l->analyzer)) > 0)
		;
	cr_assert(eq(int, r, 0));
}

static void live_end(struct live *l, size_t i)
{
	l->fakes[i].over = true;
	while (lull_worker_step(l->workers[i]) > 0)
		;
}

static void live_close(struct live *l)
{
	lull_posts_finish(&l->posts);
	lull_analyzer_finish(&l->analyzer);
	for (int i = 0; i < WORKERS; i++) {
		lull_worker_destroy(l->workers[i]);
		lull_tap_finish(&l->taps[i]);
	}
	lull_generation_destroy(l->generation);
}
