// SPDX-License-Identifier: BSD-3-Clause
// A queue of texts in front of a file descriptor.

#include "engine/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LEAST_ROOM 16
#define MOMENT_MS 10

void lull_outbox_unwait(int fd)
{
	char path[32];
	struct stat st;
	if (fstat(fd, &st) != 0)
		return;
	if (S_ISSOCK(st.st_mode)) {
		int flags = fcntl(fd, F_GETFL);
		if (flags >= 0)
			fcntl(fd, F_SETFL, flags | O_NONBLOCK);
		return;
	}
	if (!S_ISFIFO(st.st_mode) && isatty(fd) != 1)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own < 0)
		return;
	dup2(own, fd);
	close(own);
}

void lull_outbox_init(struct lull_outbox *o, int fd)
{
	*o = (struct lull_outbox){.fd = fd};
}

// The first k are written, or given up.
static void forget(struct lull_outbox *o, size_t k)
{
	for (size_t i = 0; i < k; i++) {
		o->bytes -= o->ones[i].n;
		free(o->ones[i].text);
	}
	o->n -= k;
	if (k > 0)
		memmove(o->ones, o->ones + k, o->n * sizeof(*o->ones));
}

void lull_outbox_finish(struct lull_outbox *o)
{
	forget(o, o->n);
	free(o->ones);
	*o = (struct lull_outbox){.fd = -1};
}

static bool make_room(struct lull_outbox *o)
{
	if (o->n < o->cap)
		return true;
	size_t cap = o->cap > 0 ? 2 * o->cap : LEAST_ROOM;
	struct lull_outbox_one *ones = realloc(o->ones, cap * sizeof(*ones));
	if (ones == NULL)
		return false;
	o->ones = ones;
	o->cap = cap;
	return true;
}

bool lull_outbox_add(struct lull_outbox *o, char *text, size_t n)
{
	bool room = n <= LULL_OUTBOX_BYTES && o->bytes <= LULL_OUTBOX_BYTES - n && make_room(o);
	if (!room) {
		o->dropped++;
		free(text);
		return false;
	}
	o->ones[o->n++] = (struct lull_outbox_one){text, n};
	o->bytes += n;
	return true;
}

int lull_outbox_push(struct lull_outbox *o)
{
	size_t k = 0;
	int e = 0;
	while (k < o->n && e == 0) {
		const struct lull_outbox_one *one = &o->ones[k];
		ssize_t done = write(o->fd, one->text + o->at, one->n - o->at);
		if (done < 0 && errno != EINTR)
			e = -errno;
		o->at += done > 0 ? (size_t)done : 0;
		if (o->at < one->n)
			continue;
		o->at = 0;
		k++;
	}
	forget(o, k);
	if (e == -EPIPE) {
		o->dropped += o->n;
		o->at = 0;
		forget(o, o->n);
	}
	return e;
}

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int lull_outbox_drain(struct lull_outbox *o, unsigned patience_ms)
{
	uint64_t until = now_ms() + patience_ms;
	int e = lull_outbox_push(o);
	while (o->n > 0 && now_ms() < until) {
		struct pollfd ready = {.fd = o->fd, .events = POLLOUT};
		if (e == -EAGAIN)
			poll(&ready, 1, MOMENT_MS);
		else
			poll(NULL, 0, MOMENT_MS);
		e = lull_outbox_push(o);
	}
	return e;
}
