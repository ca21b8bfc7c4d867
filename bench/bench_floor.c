// SPDX-License-Identifier: BSD-3-Clause
// The machine's own figures: what no program reading packets here can beat.

#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct file {
	int fd;
	size_t bytes;
	uint8_t block[256 * 1024];
};

// One operation is one byte of a cached file, read in blocks as the capture reader does.
static uint64_t read_file(void *context, uint64_t bytes)
{
	struct file *f = context;
	uint64_t got = 0;
	while (got < bytes) {
		ssize_t n = read(f->fd, f->block, sizeof(f->block));
		if (n < 0)
			break;
		if (n == 0 && lseek(f->fd, 0, SEEK_SET) != 0)
			break;
		got += (uint64_t)n;
	}
	return got + f->block[0];
}

static void bench_read_file(const struct bench *b, const struct bench_result *memory)
{
	struct file *f = calloc(1, sizeof(*f));
	if (f == NULL)
		return;
	f->bytes = b->brief ? (size_t)4 << 20 : (size_t)256 << 20;
	f->fd = memfd_create("floor", MFD_CLOEXEC);
	memset(f->block, 7, sizeof(f->block));
	for (size_t done = 0; done < f->bytes; done += sizeof(f->block))
		if (write(f->fd, f->block, sizeof(f->block)) < 0)
			break;
	bench_run(b, "floor/read-file-byte", read_file, f, f->bytes, "memory-read-byte", memory);
	close(f->fd);
	free(f);
}

int main(int argc, char **argv)
{
	struct bench b;
	bench_init(&b, argc, argv);
	struct bench_result memory = bench_memory_read(&b);
	bench_read_file(&b, &memory);
	size_t bytes = b.brief ? (size_t)4 << 20 : (size_t)512 << 20;
	uint8_t *buffer = malloc(bytes);
	if (buffer == NULL)
		return 1;
	memset(buffer, 1, bytes);
	bench_touch(&b, "floor/touch-line-80", buffer, bytes, 80);   // 64 B packets and headers
	bench_touch(&b, "floor/touch-line-366", buffer, bytes, 366); // IMIX and headers
	bench_touch(&b, "floor/touch-line-hot", buffer, 512 * 1024, 64);
	free(buffer);
	return 0;
}
