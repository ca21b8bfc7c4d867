// SPDX-License-Identifier: BSD-3-Clause
// Reading: ns per packet of the capture reader on a cached file, against read() of the same
// bytes and against libpcap.

#include "frames.h"

#include <fcntl.h>
#include <lull/source.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct context {
	char path[64];
	size_t packets, bytes;
};

// One operation is one packet; whole files are read until there were enough of them.
static uint64_t with_lull(void *context, uint64_t ops)
{
	struct context *c = context;
	struct lull_burst *burst = calloc(1, sizeof(*burst));
	uint64_t done = 0;
	while (burst != NULL && done < ops) {
		const char *path = c->path;
		struct lull_source *s = lull_files_open(&path, 1, NULL);
		for (int more = s != NULL; more;) {
			lull_source_release(s, burst);
			more = lull_source_fill(s, burst);
			done += burst->n;
		}
		if (s == NULL)
			break;
		lull_source_release(s, burst);
		lull_source_close(s);
	}
	free(burst);
	return done;
}

static uint64_t with_libpcap(void *context, uint64_t ops)
{
	struct context *c = context;
	char why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *data;
	uint64_t done = 0, sum = 0;
	while (done < ops) {
		pcap_t *p = pcap_open_offline(c->path, why);
		for (; p != NULL && pcap_next_ex(p, &header, &data) == 1; done++)
			sum += header->len;
		if (p == NULL)
			break;
		pcap_close(p);
	}
	return sum;
}

static uint64_t with_read(void *context, uint64_t ops)
{
	static uint8_t block[256 * 1024];
	struct context *c = context;
	uint64_t bytes = ops * c->bytes / c->packets, done = 0;
	int fd = open(c->path, O_RDONLY | O_CLOEXEC);
	while (done < bytes) {
		ssize_t n = read(fd, block, sizeof(block));
		if (n < 0 || (n == 0 && lseek(fd, 0, SEEK_SET) != 0))
			break;
		done += (uint64_t)n;
	}
	close(fd);
	return done + block[0];
}

static int make_file(struct context *c, const struct frames *f)
{
	static const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
	int fd = memfd_create("capture", MFD_CLOEXEC);
	if (fd < 0 || write(fd, header, sizeof(header)) != sizeof(header))
		return -1;
	for (size_t at = 0; at < f->len;) {
		ssize_t n = write(fd, f->bytes + at, f->len - at);
		if (n <= 0)
			return -1;
		at += (size_t)n;
	}
	snprintf(c->path, sizeof(c->path), "/proc/self/fd/%d", fd);
	c->packets = f->n;
	c->bytes = f->len;
	return fd;
}

static int run(const struct bench *b, const char *mix, uint32_t n, int size)
{
	struct frames f;
	struct context c;
	char name[64];
	if (frames_make(&f, b->brief ? 4096 : n, size, 10) < 0)
		return 1;
	int fd = make_file(&c, &f);
	frames_free(&f);
	if (fd < 0)
		return 1;
	snprintf(name, sizeof(name), "floor/read-%s", mix);
	struct bench_result floor = bench_run(b, name, with_read, &c, n, NULL, NULL);
	snprintf(name, sizeof(name), "read/libpcap-%s", mix);
	bench_run(b, name, with_libpcap, &c, n, "read()", &floor);
	snprintf(name, sizeof(name), "read/lull-%s", mix);
	bench_run(b, name, with_lull, &c, n, "read()", &floor);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	struct bench b;
	bench_init(&b, argc, argv);
	return run(&b, "64b", 4000000, FRAME_64) || run(&b, "imix", 1000000, FRAME_IMIX);
}
