// SPDX-License-Identifier: BSD-3-Clause
// Workers that count and an analyzer that merges, as threads of their own: all slots arrive, whole
// and once. The analyzer is slow at times, so workers run out of slots and wait.

#include <lull/config.h>
#include <lull/count.h>
#include <lull/targets.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define WORKERS 3
#define BURSTS 3000 // of each worker
#define SOURCES 500

static const struct lull_sipkey key = {5, 6};

// What a worker has counted, by its own simple means.
struct sums {
	uint64_t packets, wire_bytes, out_packets, out_bytes, in_packets, syn;
};

struct worker {
	pthread_t thread;
	unsigned number;
	struct lull_counter *counter;
	_Atomic uint64_t *floor; // of the source all workers share
	struct sums sums;
	int error;
	struct lull_burst burst;
	struct lull_sifted sifted;
	struct lull_headers headers[LULL_BURST];
	struct lull_matched matched[LULL_BURST];
	uint8_t filtered[LULL_BURST];
};

static uint64_t next_random(uint64_t *state) // splitmix64
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void fill(struct worker *w, uint64_t *random)
{
	struct lull_burst *b = &w->burst;
	b->floor = atomic_load_explicit(w->floor, memory_order_relaxed);
	b->n = (uint32_t)(next_random(random) % (LULL_BURST + 1));
	for (uint32_t i = 0; i < b->n; i++) {
		uint64_t r = next_random(random);
		uint64_t bin = b->floor + r % 3;
		b->packets[i] = (struct lull_packet){
			.bin = bin, .ts_ns = bin * 1000 + r % 1000, .wirelen = 60 + r % 1400};
		w->headers[i] = (struct lull_headers){.verdict = LULL_IP,
			.family = 4,
			.src = {0, r >> 8 & 0xffff},
			.ip_bytes = 46 + r % 1400,
			.vlan = LULL_NO_TAG,
			.mpls = LULL_NO_TAG,
			.src_mac = 1 + (r >> 24) % 40,
			.dst_mac = 1 + (r >> 24) % 40,
			.tcp_flags = r >> 32 & 0x1f};
		w->headers[i].src.lo %= SOURCES;
		w->matched[i] = (struct lull_matched){.src = (r >> 40) % 3, .dst = (r >> 42) % 3};
		struct sums *s = &w->sums;
		bool syn =
			(w->headers[i].tcp_flags & (LULL_TCP_SYN | LULL_TCP_ACK)) == LULL_TCP_SYN;
		s->packets++;
		s->wire_bytes += b->packets[i].wirelen;
		s->out_packets += w->matched[i].src != 0;
		s->out_bytes += w->matched[i].src != 0 ? w->headers[i].ip_bytes : 0;
		s->in_packets += w->matched[i].dst != 0;
		s->syn += syn && w->matched[i].src != 0;
	}
}

static void *work(void *argument)
{
	struct worker *w = argument;
	uint64_t random = w->number;
	for (int i = 0; i < BURSTS && w->error == 0; i++) {
		fill(w, &random);
		lull_sift_none(w->burst.n, &w->sifted);
		int n = 0;
		do {
			n = lull_counter_burst(w->counter, &w->burst, (uint32_t)n, &w->sifted,
				w->headers, w->matched, w->filtered);
			if (n >= 0 && n < (int)w->burst.n)
				sched_yield();
		} while (n >= 0 && n < (int)w->burst.n);
		w->error = n < 0 ? n : 0;
		if (next_random(&random) % 2 == 0) // time passes, for all of them
			atomic_fetch_add_explicit(w->floor, 1, memory_order_relaxed);
	}
	lull_counter_close(w->counter, UINT64_MAX);
	return NULL;
}

static void add(struct sums *sums, const struct lull_bin *bin)
{
	sums->packets += bin->law.received.packets;
	sums->wire_bytes += bin->law.received.bytes;
	for (size_t i = 0; i < bin->n_rows; i++) {
		const struct lull_row *r = &bin->rows[i];
		if (r->upstream != LULL_ALL_UPSTREAMS)
			continue;
		if (r->direction == LULL_IN) {
			sums->in_packets += r->packets;
			continue;
		}
		sums->out_packets += r->packets;
		sums->out_bytes += r->bytes;
		sums->syn += r->syn;
	}
}

static uint64_t lowest(const struct worker *workers, uint64_t (*of)(const struct lull_counter *))
{
	uint64_t low = UINT64_MAX;
	for (int i = 0; i < WORKERS; i++) {
		uint64_t seq = of(workers[i].counter);
		low = seq < low ? seq : low;
	}
	return low;
}

// Merge until all workers are done. Returns the number of faults.
static int analyze(struct worker *workers, struct lull_merge *merge, struct sums *sums)
{
	int faults = 0;
	uint64_t random = 77;
	for (;;) {
		uint64_t mark = lowest(workers, lull_counter_watermark);
		uint64_t seq = lowest(workers, lull_counter_next);
		if (seq >= mark) {
			if (mark == UINT64_MAX)
				return faults;
			sched_yield();
			continue;
		}
		for (uint64_t idle = next_random(&random) % 64 == 0 ? 2000 : 0; idle > 0; idle--)
			sched_yield();
		struct lull_bin bin = {.seq = seq};
		struct lull_slot *slots[WORKERS];
		int owners[WORKERS];
		size_t n = 0;
		for (int i = 0; i < WORKERS; i++) {
			slots[n] = lull_counter_take(workers[i].counter, seq);
			owners[n] = i;
			n += slots[n] != NULL;
		}
		faults += lull_merge_bin(merge, slots, n, &bin) != 0;
		struct lull_tally rest = lull_law_residual(&bin.law);
		faults += rest.packets != 0 || rest.bytes != 0;
		add(sums, &bin);
		for (size_t i = 0; i < n; i++)
			lull_counter_give(workers[owners[i]].counter, slots[i]);
	}
}

static int race(
	struct lull_config *config, struct lull_targets *targets, struct lull_upstream_rules *rules)
{
	static struct worker workers[WORKERS];
	static _Atomic uint64_t floor;
	struct lull_merge *merge = lull_merge_create(targets, config);
	struct sums merged = {0}, counted = {0};
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i].number = i + 1;
		workers[i].floor = &floor;
		workers[i].counter = lull_counter_create(rules, &key);
		if (merge == NULL || workers[i].counter == NULL ||
			pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
			return 1;
	}
	int faults = analyze(workers, merge, &merged);
	for (unsigned i = 0; i < WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		const struct sums *s = &workers[i].sums;
		counted.packets += s->packets;
		counted.wire_bytes += s->wire_bytes;
		counted.out_packets += s->out_packets;
		counted.out_bytes += s->out_bytes;
		counted.in_packets += s->in_packets;
		counted.syn += s->syn;
		faults += workers[i].error != 0;
		lull_counter_destroy(workers[i].counter);
	}
	lull_merge_destroy(merge);
	faults += counted.packets != merged.packets || counted.wire_bytes != merged.wire_bytes ||
		  counted.out_packets != merged.out_packets ||
		  counted.out_bytes != merged.out_bytes ||
		  counted.in_packets != merged.in_packets || counted.syn != merged.syn;
	fprintf(stderr, "%lu packets counted, %lu merged, %lu bins, %d faults\n",
		(unsigned long)counted.packets, (unsigned long)merged.packets,
		(unsigned long)atomic_load(&floor), faults);
	return faults != 0;
}

int main(void)
{
	struct lull_config *config = lull_config_create();
	if (config == NULL || lull_config_add_target(config, "a=192.0.2.0/25") < 0 ||
		lull_config_add_target(config, "b=192.0.2.128/25") < 0 ||
		lull_config_add_target(config, "c=198.51.100.0/24") < 0 ||
		lull_config_set(config, "allow", "[192.0.2.0/24, 198.51.100.0/24]") < 0)
		return 1;
	struct lull_targets *targets = lull_targets_create(config);
	struct lull_upstream_rules *rules = lull_upstream_create(config);
	int faults = targets == NULL || rules == NULL ? 1 : race(config, targets, rules);
	lull_upstream_destroy(rules);
	lull_targets_destroy(targets);
	lull_config_destroy(config);
	return faults;
}
