// SPDX-License-Identifier: BSD-3-Clause
// Blocks between threads: one at a time fills, all read and give back. What a thread reads must
// be what the file said, and nothing may be lost.

#include <lull/source.h>
#include <lull/time.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define THREADS 4
#define PACKETS 200000u

struct shared {
	pthread_mutex_t lock;
	struct lull_source *source;
	uint64_t packets, wrong;
};

// A pcap in memory; a packet's bytes and length follow from its number, which is its time.
static void write_capture(char *path, size_t size)
{
	int fd = memfd_create("stress", 0);
	FILE *f = fdopen(dup(fd), "wb");
	const uint32_t head[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};
	uint8_t data[256];
	fwrite(head, sizeof(head), 1, f);
	for (uint32_t i = 0; i < PACKETS; i++) {
		const uint32_t record[4] = {i, 0, i % 200, i % 200};
		memset(data, (int)(i & 0xff), sizeof(data));
		fwrite(record, sizeof(record), 1, f);
		fwrite(data, 1, i % 200, f);
	}
	fclose(f);
	snprintf(path, size, "/proc/self/fd/%d", fd);
}

static uint64_t check(const struct lull_packet *p)
{
	uint64_t i = p->ts_ns / LULL_NS_PER_SECOND;
	uint64_t wrong = p->caplen != i % 200;
	for (uint32_t k = 0; k < p->caplen; k++)
		wrong += p->data[k] != (i & 0xff);
	return wrong;
}

static void *work(void *arg)
{
	struct shared *s = arg;
	struct lull_burst *burst = calloc(1, sizeof(*burst));
	uint64_t packets = 0, wrong = 0;
	int more = burst != NULL;
	while (more) {
		pthread_mutex_lock(&s->lock);
		more = lull_source_fill(s->source, burst);
		pthread_mutex_unlock(&s->lock);
		for (uint32_t i = 0; i < burst->n; i++)
			wrong += check(&burst->packets[i]);
		packets += burst->n;
		lull_source_release(s->source, burst);
	}
	pthread_mutex_lock(&s->lock);
	s->packets += packets;
	s->wrong += wrong;
	pthread_mutex_unlock(&s->lock);
	free(burst);
	return NULL;
}

static int run(const char *const *paths, size_t n)
{
	struct shared s = {.lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_t threads[THREADS];
	s.source = lull_files_open(paths, n, NULL);
	if (s.source == NULL)
		return 1;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, &s);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	lull_source_close(s.source);
	printf("%zu file(s): %lu packets, %lu wrong\n", n, (unsigned long)s.packets,
		(unsigned long)s.wrong);
	return s.wrong != 0 || s.packets != n * PACKETS;
}

int main(void)
{
	char path[40];
	write_capture(path, sizeof(path));
	const char *const paths[] = {path, path}; // twice: merged packet by packet
	return run(paths, 1) | run(paths, 2);
}
