// SPDX-License-Identifier: BSD-3-Clause
// Live workers, each with a source and a clock of its own, that change path hundreds of times while
// they count, under an analyzer that is too slow now and then. Every bin is counted by one
// generation alone; no packet is lost to the count law; what is overwritten is said to be.

#include "engine/analyzer.h"
#include "engine/change.h"
#include "engine/crew.h"
#include "engine/generation.h"

#include <lull/clock.h>
#include <lull/source.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WORKERS 3
#define CHANGES 300
#define BIN_NS UINT64_C(100000000)
#define SPEED 50 // of the sources' time: a bin takes 2 ms
#define START_NS (UINT64_C(1700000000) * 1000000000)

static const struct lull_sipkey key = {1, 2};

// Ethernet, IPv4, UDP from 192.0.2.1 to 203.0.113.1.
static const uint8_t frame[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 28, 0, 0, 0,
	0, 64, 17, 0, 0, 192, 0, 2, 1, 203, 0, 113, 1, 0, 1, 0, 2, 0, 8, 0, 0};

struct fake {
	struct lull_source base;
	uint64_t now_ns, began_ns, random;
	uint64_t sent;
};

static uint64_t monotonic_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int fake_fill(struct lull_source *s, struct lull_burst *b)
{
	struct fake *f = (struct fake *)s;
	f->random = f->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	uint64_t r = f->random >> 33;
	f->now_ns = START_NS + SPEED * (monotonic_ns() - f->began_ns);
	b->n = (uint32_t)(r >> 8) % 40;
	for (uint32_t i = 0; i < b->n; i++) // some are older than a bin: disorder
		b->packets[i] = (struct lull_packet){.data = frame,
			.caplen = sizeof(frame),
			.wirelen = sizeof(frame),
			.linktype = 1,
			.ts_ns = f->now_ns - (r + i * 7919) % (BIN_NS / 2)};
	b->clock_ns = f->now_ns;
	b->next_ns = UINT64_MAX;
	f->sent += b->n;
	struct timespec moment = {.tv_nsec = (long)(r >> 16) % 100000}; // let the others run
	nanosleep(&moment, NULL);
	return 1;
}

static void fake_release(struct lull_source *s, struct lull_burst *b)
{
	(void)s;
	(void)b;
}

static const struct lull_source_ops fake_ops = {
	.name = "fake", .fill = fake_fill, .release = fake_release, .close = NULL};

static void no_event(void *context, const struct lull_event *e)
{
	(void)context;
	(void)e;
}

// Target `a` has number 1 in even generations and 2 in odd ones; upstreams have other names.
static struct lull_generation *generation(int i)
{
	struct lull_config *c = lull_config_create();
	if (c == NULL || (i % 2 == 1 && lull_config_add_target(c, "b=198.51.100.0/24") < 0) ||
		lull_config_add_target(c, "a=192.0.2.0/24") < 0 ||
		lull_config_set(c, "bin", "100ms") < 0 || lull_config_check(c) < 0)
		abort();
	return lull_generation_create(c, no_event, NULL);
}

struct run {
	struct fake fakes[WORKERS];
	struct lull_tap taps[WORKERS];
	struct lull_worker *workers[WORKERS];
	struct lull_analyzer analyzer;
	struct lull_change change;
	struct lull_generation *now, *next, *old;
	_Atomic bool stop;
	int number; // of the present generation
	uint64_t bins, wrong;
	uint64_t merged; // packets of all bins, whole or not
	uint64_t away;   // bins of workers that were not given a core in them
};

static void merged(void *state, struct lull_bin *bin)
{
	struct run *r = state;
	r->merged += bin->law.received.packets;
	for (int i = 0; i < WORKERS; i++) // read while the workers go on writing them
		r->away += lull_absences_touch(
			&r->workers[i]->absences, bin->start_ns, bin->start_ns + bin->len_ns);
}

// All packets of a bin belong to `a` as its generation numbers it.
static int check(void *state, const struct lull_bin *bin)
{
	struct run *r = state;
	uint64_t counted = 0, other = 0;
	for (size_t i = 0; i < bin->n_rows; i++) {
		const struct lull_row *row = &bin->rows[i];
		if (row->upstream != LULL_ALL_UPSTREAMS)
			continue;
		if (row->target == 1 + (uint32_t)(r->number % 2))
			counted += row->packets;
		else
			other += row->packets;
	}
	uint64_t late = bin->law.classes[LULL_CLASS_LATE].packets;
	uint64_t matched = bin->law.received.packets - late;
	r->bins++;
	// what a bin that was overwritten left behind has no rows
	bool whole = r->analyzer.overwritten == 0;
	if (other != 0 || (whole && counted != matched))
		r->wrong++;
	return 0;
}

static void make(struct run *r, uint64_t bytes)
{
	memset(r, 0, sizeof(*r));
	r->now = generation(0);
	uint64_t began_ns = monotonic_ns();
	for (int i = 0; i < WORKERS; i++) {
		r->fakes[i] = (struct fake){
			.base = {&fake_ops}, .began_ns = began_ns, .random = (uint64_t)i + 1};
		if (lull_tap_init(&r->taps[i], &r->fakes[i].base, BIN_NS, 1, 60 * 10 * BIN_NS) < 0)
			abort();
		r->taps[i].stop = &r->stop;
		lull_clock_fix(&r->taps[i].clock, START_NS);
		r->workers[i] = lull_worker_create(&r->taps[i], &r->now->path, &key);
		if (r->workers[i] == NULL || lull_worker_live(r->workers[i], &key, bytes) < 0)
			abort();
	}
	if (lull_analyzer_init(&r->analyzer, r->workers, WORKERS, r->now->merge) < 0)
		abort();
	r->analyzer.live = true;
	r->analyzer.start_ns = START_NS;
	r->analyzer.merged = merged;
	r->analyzer.merged_state = r;
	lull_analyzer_listen(&r->analyzer, check, r);
	lull_change_init(&r->change, r->workers, WORKERS, 2);
}

static void step(struct run *r)
{
	if (r->change.phase == LULL_CHANGE_NONE && r->number < CHANGES) {
		r->next = generation(r->number + 1);
		lull_change_begin(&r->change, &r->next->path);
	}
	switch (lull_change_step(&r->change, r->analyzer.next)) {
	case LULL_CHANGE_PLACE:
		r->old = r->now;
		r->now = r->next;
		r->next = NULL;
		r->analyzer.merge = r->now->merge;
		r->number++;
		break;
	case LULL_CHANGE_FREE:
		lull_generation_destroy(r->old);
		r->old = NULL;
		break;
	case LULL_CHANGE_WAIT:
	case LULL_CHANGE_DONE:
		break;
	}
}

static void finish(struct run *r)
{
	lull_analyzer_finish(&r->analyzer);
	for (int i = 0; i < WORKERS; i++) {
		lull_worker_destroy(r->workers[i]);
		lull_tap_finish(&r->taps[i]);
	}
	lull_generation_destroy(r->next);
	lull_generation_destroy(r->old);
	lull_generation_destroy(r->now);
}

// nap_ns: what the analyzer does every so often instead of its work.
static void go(struct run *r, bool changing, uint64_t bins, long nap_ns)
{
	struct lull_crew crew;
	const struct lull_crew_plan plan = {.live = true};
	if (lull_crew_start(&crew, r->workers, WORKERS, &plan) < 0)
		abort();
	while (changing ? r->number < CHANGES : r->bins < bins) {
		if (changing)
			step(r);
		int taken = lull_analyzer_step(&r->analyzer);
		if (taken < 0)
			abort();
		struct timespec moment = {.tv_nsec = taken == 0                   ? 20000
						     : r->analyzer.next % 16 == 0 ? nap_ns
										  : 0};
		if (moment.tv_nsec > 0)
			nanosleep(&moment, NULL);
	}
	atomic_store(&r->stop, true);
	while (!lull_crew_done(&crew))
		lull_crew_wait(&crew);
	if (lull_crew_finish(&crew) < 0)
		abort();
	do {
		if (changing)
			step(r);
	} while (lull_analyzer_step(&r->analyzer) > 0);
}

static int judge(const struct run *r, const char *what)
{
	uint64_t sent = 0;
	struct lull_tally rest = lull_law_residual(&r->analyzer.law);
	for (int i = 0; i < WORKERS; i++)
		sent += r->fakes[i].sent;
	printf("%s: %llu bins, %llu packets, %d changes, %llu bins overwritten, %llu wrong\n", what,
		(unsigned long long)r->bins, (unsigned long long)sent, r->number,
		(unsigned long long)r->analyzer.overwritten, (unsigned long long)r->wrong);
	return r->wrong == 0 && rest.packets == 0 && rest.bytes == 0 &&
			       r->analyzer.law.received.packets == sent && r->merged == sent
		       ? 0
		       : 1;
}

int main(void)
{
	static struct run r;
	make(&r, UINT64_C(1) << 30);
	go(&r, true, 0, 0);
	int failed = judge(&r, "changing");
	failed |= r.analyzer.overwritten != 0 || r.number < CHANGES;
	finish(&r);

	make(&r, 1); // four closed bins and no more; the analyzer sleeps through eight of every
		     // sixteen
	go(&r, false, 100, 16000000);
	failed |= judge(&r, "overwriting");
	failed |= r.analyzer.overwritten == 0;
	finish(&r);
	return failed;
}
