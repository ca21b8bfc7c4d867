// SPDX-License-Identifier: BSD-3-Clause
// Files as one timeline: order, lazy opening, bursts that are out, standard input.

#include "pcapng_write.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>

#define S LULL_NS_PER_SECOND

// A pcap whose packets have these times in seconds; the data is `fill`.
static const char *at_times(int fill, const uint32_t *s, size_t n)
{
	struct bytes b = {0};
	put_pcap(&b, 0xa1b2c3d4, 4, 1);
	for (size_t i = 0; i < n; i++)
		put_record(&b, s[i], 0, 60, 60, fill);
	const char *path = memory_path(b.data, b.n);
	free(b.data);
	return path;
}

#define AT(fill, ...)                                                                              \
	at_times(fill, (uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / 4)

// The order in which packets came, as the letters they are filled with.
static void expect_order(const char *const *paths, size_t n, const char *letters)
{
	struct drained d = drain_all(paths, n);
	char *got = calloc(1, d.n + 1);
	for (size_t i = 0; i < d.n; i++)
		got[i] = (char)d.packets[i].data[0];
	cr_expect(same(got, letters), "%s instead of %s", got, letters);
	uint64_t packets = 0;
	for (size_t i = 0; i < n; i++) {
		cr_expect(same(d.reports[i].path, paths[i]));
		packets += d.reports[i].received.packets;
	}
	cr_expect(eq(u64, packets, d.n));
	free(got);
	drained_free(&d);
	for (size_t i = 0; i < n; i++)
		memory_close(paths[i]);
}

Test(files, are_merged_by_time)
{
	const char *paths[] = {AT('a', 10, 20, 30, 40), AT('b', 15, 25, 26, 27), AT('c', 12, 60)};
	expect_order(paths, 3, "acbabbbaac");
}

Test(files, ties_go_by_first_packets_then_by_paths)
{
	const char *paths[] = {AT('a', 5, 10, 10), AT('b', 4, 10, 10), AT('c', 5, 10)};
	expect_order(paths, 3, "bacbbaac");
}

Test(files, given_in_any_order_follow_each_other)
{
	const char *paths[] = {AT('c', 300, 301), AT('a', 100, 101), AT('b', 200, 201)};
	expect_order(paths, 3, "aabbcc");
}

Test(files, with_times_out_of_order_are_read_to_the_end)
{
	const char *paths[] = {AT('a', 10, 5, 20, 1, 30), AT('b', 11, 12, 25)};
	expect_order(paths, 2, "aabbaaba");
}

Test(files, one_packet_of_the_far_future_does_not_hold_its_file_back)
{
	const char *paths[] = {
		AT('a', 10, 4000000000, 20, 30, 40), AT('b', 15, 25, 35, 4000000000), AT('c', 36)};
	expect_order(paths, 3, "abaababcab");
	// As the first packet, and as the first of a file that waits for its time.
	const char *first[] = {AT('a', 4000000000, 20, 30), AT('b', 15, 25, 35)};
	expect_order(first, 2, "baabab");
}

Test(files, one_packet_of_the_far_future_at_a_blocks_end_does_not_either)
{
	// Its record ends where the first block does, so what follows it is not read yet.
	struct bytes b = {0};
	put_pcap(&b, 0xa1b2c3d4, 4, 1);
	uint32_t n = 0;
	while (b.n + 76 * 2 < 262144)
		put_record(&b, 1000 + n++, 0, 60, 60, 'a');
	put_record(&b, 4000000000, 0, (uint32_t)(262144 - b.n - 16), 60, 'x');
	cr_assert(eq(sz, b.n, 262144));
	for (int i = 0; i < 9; i++)
		put_record(&b, 1000 + n++, 0, 60, 60, 'a');
	const char *paths[] = {memory_path(b.data, b.n), AT('b', 1000, 1000 + n - 1)};
	struct drained d = drain_all(paths, 2);
	cr_assert(eq(sz, d.n, n + 3));
	cr_expect(eq(uint, d.packets[d.n - 2].data[0], 'a'));
	cr_expect(eq(uint, d.packets[d.n - 1].data[0], 'b'));
	cr_expect(eq(uint, d.packets[d.n - 2 - 9].data[0], 'x'));
	drained_free(&d);
	memory_close(paths[0]);
	memory_close(paths[1]);
	free(b.data);
}

static int by_time(const void *a, const void *b)
{
	uint64_t x = ((const struct lull_packet *)a)->ts_ns,
		 y = ((const struct lull_packet *)b)->ts_ns;
	return x < y ? -1 : x > y;
}

Test(files, at_random_give_one_sorted_timeline_without_loss)
{
	for (unsigned seed = 1; seed <= 40; seed++) {
		unsigned state = seed;
		size_t n = 1 + seed % 7, total = 0;
		const char *paths[8];
		for (size_t i = 0; i < n; i++) {
			struct bytes b = {0};
			uint32_t us = (uint32_t)rand_r(&state) % 2000000;
			size_t records = (size_t)rand_r(&state) % 9000;
			put_pcap(&b, 0xa1b2c3d4, 4, 1);
			for (size_t k = 0; k < records; k++) {
				us += (uint32_t)rand_r(&state) % (i == 0 ? 3 : 1000);
				put_record(&b, 1000 + us / 1000000, us % 1000000,
					(uint32_t)rand_r(&state) % 300, 300, (int)i);
			}
			total += records;
			paths[i] = memory_path(b.data, b.n);
			free(b.data);
		}
		struct drained d = drain_all(paths, n);
		cr_assert(eq(sz, d.n, total), "seed %u", seed);
		for (size_t k = 1; k < d.n; k++)
			cr_assert(ge(int, by_time(&d.packets[k], &d.packets[k - 1]), 0));
		drained_free(&d);
		for (size_t i = 0; i < n; i++)
			memory_close(paths[i]);
	}
}

static size_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

Test(files, are_open_only_while_their_time_lasts)
{
	enum { FILES = 200 };
	const char *paths[FILES];
	static struct lull_burst burst;
	for (uint32_t i = 0; i < FILES; i++)
		paths[i] = AT('a' + (int)(i % 26), 100 * i, 100 * i + 50, 100 * i + 120);
	size_t before = open_files();
	struct lull_source *s = lull_files_open(paths, FILES, NULL);
	cr_assert(ne(ptr, s, NULL));
	cr_expect(eq(sz, open_files(), before));
	uint64_t n = 0, done, total;
	while (lull_source_fill(s, &burst)) {
		n += burst.n;
		cr_expect(le(sz, open_files(), before + 2));
		s->ops->progress(s, &done, &total);
		cr_expect(le(u64, done, total));
		lull_source_release(s, &burst);
	}
	s->ops->progress(s, &done, &total);
	cr_expect(eq(u64, done, total));
	cr_expect(eq(u64, total, FILES * (24 + 3 * 76)));
	cr_expect(eq(u64, n, 3 * FILES));
	lull_source_close(s);
	cr_expect(eq(sz, open_files(), before));
	for (int i = 0; i < FILES; i++)
		memory_close(paths[i]);
}

Test(files, packets_stay_valid_while_their_burst_is_out)
{
	enum { LANES = 8 };
	struct bytes b = {0};
	put_pcap(&b, 0xa1b2c3d4, 4, 1);
	for (uint32_t i = 0; i < 30000; i++)
		put_record(&b, i, 0, 40 + i % 100, 200, (int)(i & 0xff));
	const char *path = memory_path(b.data, b.n);
	const char *paths[] = {path, path}; // the same twice: merged packet by packet
	for (size_t files = 1; files <= 2; files++) {
		struct lull_burst *bursts = calloc(LANES, sizeof(*bursts));
		struct lull_source *s = lull_files_open(paths, files, NULL);
		uint64_t n = 0;
		int more = 1;
		for (unsigned k = 0; more || k % LANES != 0; k++) {
			struct lull_burst *burst = &bursts[k % LANES];
			for (uint32_t i = 0; i < burst->n; i++) {
				const struct lull_packet *p = &burst->packets[i];
				uint64_t number = p->ts_ns / S;
				cr_assert(eq(uint, p->caplen, 40 + number % 100));
				cr_assert(eq(uint, p->data[0], number & 0xff));
				cr_assert(eq(uint, p->data[p->caplen - 1], number & 0xff));
			}
			n += burst->n;
			lull_source_release(s, burst);
			more = lull_source_fill(s, burst);
		}
		for (int k = 0; k < LANES; k++) {
			n += bursts[k].n;
			lull_source_release(s, &bursts[k]);
		}
		cr_expect(eq(u64, n, 30000 * files));
		lull_source_close(s);
		free(bursts);
	}
	memory_close(path);
	free(b.data);
}

Test(files, one_that_cannot_be_opened_is_an_error_for_all)
{
	const char *path = AT('a', 1);
	const char *paths[] = {path, "/nowhere/at/all"};
	errno = 0;
	cr_expect(eq(ptr, lull_files_open(paths, 2, NULL), NULL));
	cr_expect(eq(int, errno, ENOENT));
	paths[1] = "/";
	cr_expect(eq(ptr, lull_files_open(paths, 2, NULL), NULL));
	cr_expect(eq(int, errno, EISDIR));
	cr_expect(eq(ptr, lull_files_open(paths, 0, NULL), NULL));
	cr_expect(eq(int, errno, EINVAL));
	const char *twice[] = {"-", "-"};
	cr_expect(eq(ptr, lull_files_open(twice, 2, NULL), NULL));
	cr_expect(eq(int, errno, EINVAL));
	memory_close(path);
}

Test(files, damaged_ones_are_reported_and_the_others_go_on)
{
	struct bytes b = {0};
	put_pcap(&b, 0xa1b2c3d4, 4, 1);
	const char *paths[] = {memory_path("", 0), AT('a', 10, 20),
		memory_path("#!/bin/sh\n# x\n", 14), memory_path(b.data, b.n),
		memory_path(b.data, 20), AT('b', 15)};
	struct drained d = drain_all(paths, 6);
	cr_expect(eq(sz, d.n, 3));
	const bool damaged[] = {true, false, true, false, true, false};
	for (int i = 0; i < 6; i++) {
		cr_expect(eq(int, d.reports[i].damaged, damaged[i]), "%d", i);
		memory_close(paths[i]);
	}
	cr_expect(same(d.reports[0].error, "the file is empty"));
	cr_expect(eq(u64, d.reports[3].first_ns, LULL_TIME_NONE));
	cr_expect(eq(u64, d.reports[3].last_ns, LULL_TIME_NONE));
	drained_free(&d);
	free(b.data);
}

static void *feed(void *fd)
{
	struct bytes b = {0};
	put_pcap(&b, 0xa1b2c3d4, 4, 1);
	for (uint32_t i = 0; i < 3000; i++)
		put_record(&b, i, 0, i % 200, 200, (int)(i & 0xff));
	for (size_t at = 0, n; at < b.n; at += n) {
		n = 1 + at % 5000 < b.n - at ? 1 + at % 5000 : b.n - at;
		if (write(*(int *)fd, b.data + at, n) != (ssize_t)n)
			break;
	}
	close(*(int *)fd);
	free(b.data);
	return NULL;
}

Test(files, standard_input_is_read_as_it_comes_and_merged_with_files)
{
	int ends[2];
	pthread_t writer;
	cr_assert(eq(int, pipe(ends), 0));
	dup2(ends[0], STDIN_FILENO);
	pthread_create(&writer, NULL, feed, &ends[1]);
	const char *paths[] = {AT('b', 1000, 2000), "-"};
	struct drained d = drain_all(paths, 2);
	pthread_join(writer, NULL);
	cr_assert(eq(sz, d.n, 3002));
	for (size_t k = 1; k < d.n; k++)
		cr_assert(ge(int, by_time(&d.packets[k], &d.packets[k - 1]), 0));
	cr_expect(eq(u64, d.reports[1].received.packets, 3000));
	drained_free(&d);
	memory_close(paths[0]);
}

static void *wait_for_close(void *fd)
{
	struct bytes b = {0};
	put_pcap(&b, 0xa1b2c3d4, 4, 1);
	put_record(&b, 1, 0, 60, 60, 1);
	put_record(&b, 2, 0, 60, 60, 1);
	cr_assert(eq(i64, write(((int *)fd)[0], b.data, b.n - 30), b.n - 30));
	char go;
	cr_assert(eq(i64, read(((int *)fd)[1], &go, 1), 1)); // not before the reader has the first
	cr_assert(eq(i64, write(((int *)fd)[0], b.data + b.n - 30, 30), 30));
	close(((int *)fd)[0]);
	free(b.data);
	return NULL;
}

Test(files, a_packet_of_a_pipe_is_handed_out_before_the_next_is_written)
{
	int data[2], go[2];
	static struct lull_burst burst;
	cr_assert(eq(int, pipe(data) | pipe(go), 0));
	dup2(data[0], STDIN_FILENO);
	int fds[] = {data[1], go[0]};
	pthread_t writer;
	pthread_create(&writer, NULL, wait_for_close, fds);
	const char *const path = "-";
	struct lull_source *s = lull_files_open(&path, 1, NULL);
	cr_expect(eq(int, lull_source_fill(s, &burst), 1));
	cr_expect(eq(uint, burst.n, 1));
	cr_assert(eq(i64, write(go[1], "x", 1), 1));
	lull_source_release(s, &burst);
	cr_expect(eq(int, lull_source_fill(s, &burst), 1));
	cr_expect(eq(uint, burst.n, 1));
	lull_source_release(s, &burst);
	cr_expect(eq(int, lull_source_fill(s, &burst), 0));
	lull_source_close(s);
	pthread_join(writer, NULL);
}

Test(files, packets_without_a_time_do_not_wait)
{
	static struct ng f;
	ng_section(&f, false);
	ng_interface(&f, 1, 0, 6, 0);
	ng_packet(&f, false, 0, 5 * S, 60, 60, 'x');
	ng_section(&f, false);
	ng_interface(&f, 1, 0, 6, 0);
	ng_simple(&f, 60, 'y');
	ng_packet(&f, false, 0, 20 * S, 60, 60, 'x');
	const char *paths[] = {memory_path(f.b.data, f.b.n), AT('a', 10, 30)};
	expect_order(paths, 2, "xyaxa");
	ng_free(&f);
}
