// SPDX-License-Identifier: BSD-3-Clause
// The state file: written whole or not at all, read with suspicion. What the detector's bytes
// mean is its own affair.

#include <lull/state.h>

#include "store/disk.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <lull/log.h>
#include <lull/siphash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "state"
#define DRAFT "state.tmp"
#define BAD "state.bad"
#define VERSION 2
#define VERSION_LEAST 1 // it ends before the untold
#define HEAD 32         // magic, version, reserved, length, hash
#define FIELDS (4 * 8)  // of version 1: end, bin, number of keys, length of the detector's bytes
#define LARGEST (4llu << 30) // a million targets take well below one GiB

static const char magic[8] = {'l', 'u', 'l', 'l', 's', 't', 'a', 't'};
static const struct lull_sipkey damage = {0x6c756c6c73746174, 0x2f31};

static uint8_t *put64(uint8_t *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, 8);
	return at + 8;
}

static uint64_t get64(const uint8_t *at)
{
	uint64_t value;
	memcpy(&value, at, 8);
	return le64toh(value);
}

static uint8_t *put_bytes(uint8_t *at, const uint8_t *bytes, size_t n)
{
	at = put64(at, n);
	if (n > 0)
		memcpy(at, bytes, n);
	return at + n;
}

// The file as one piece: the hash wants it so.
static uint8_t *compose(const struct lull_saved *s, size_t *n)
{
	*n = HEAD + FIELDS + s->n_upstream_keys * 8 + s->detect_bytes + 8 + s->untold_bytes;
	uint8_t *bytes = malloc(*n);
	if (bytes == NULL)
		return NULL;
	uint8_t *at = put64(bytes + HEAD, s->end_ns);
	at = put64(at, s->bin_ns);
	at = put64(at, s->n_upstream_keys);
	for (size_t i = 0; i < s->n_upstream_keys; i++)
		at = put64(at, s->upstream_keys[i]);
	at = put_bytes(at, s->detect, s->detect_bytes);
	put_bytes(at, s->untold, s->untold_bytes);
	memcpy(bytes, magic, 8);
	at = put64(bytes + 8, VERSION); // and reserved: 0
	at = put64(at, *n - HEAD);
	put64(at, lull_siphash(&damage, bytes + HEAD, *n - HEAD));
	return bytes;
}

// Step is set to what was being done, for the message.
static int replace(int dir, const uint8_t *bytes, size_t n, const char **step)
{
	*step = "create " DRAFT;
	int fd = openat(dir, DRAFT, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	*step = "write " DRAFT;
	int e = lull_disk_write(fd, bytes, n);
	if (e == 0 && fsync(fd) != 0)
		e = -errno;
	if (close(fd) != 0 && e == 0)
		e = -errno;
	if (e == 0) {
		*step = "rename " DRAFT " to " NAME;
		if (renameat(dir, DRAFT, dir, NAME) != 0)
			e = -errno;
	}
	if (e != 0) {
		unlinkat(dir, DRAFT, 0); // its blocks are wanted when the disk is full
		return e;
	}
	*step = "sync";
	return lull_disk_sync_names(dir);
}

int lull_state_write(const char *dir, const struct lull_saved *saved)
{
	// The one thing kept between calls: which error was told.
	static struct lull_disk_told told;
	const char *step = "open";
	size_t n;
	uint8_t *bytes = NULL;
	int fd = lull_disk_dir(dir);
	int e = fd;
	if (fd < 0)
		goto out;
	step = "compose " NAME;
	e = saved->bin_ns > 0 ? -ENOMEM : -EINVAL;
	if (e == -ENOMEM && (bytes = compose(saved, &n)) != NULL)
		e = replace(fd, bytes, n, &step);
out:
	if (lull_disk_is_news(&told, e))
		lull_log_error(
			"%s: cannot %s: %s; the state of before stays", dir, step, strerror(-e));
	free(bytes);
	if (fd >= 0)
		close(fd);
	return e;
}

// What is wrong with the frame around the fields, or NULL.
static const char *frame_problem(const uint8_t *bytes, size_t n)
{
	if (n < HEAD + FIELDS)
		return "is too short";
	if (memcmp(bytes, magic, 8) != 0)
		return "is not a state file";
	if (get64(bytes + 8) < VERSION_LEAST || get64(bytes + 8) > VERSION)
		return "is of another version";
	if (get64(bytes + 16) != n - HEAD)
		return "is cut";
	if (get64(bytes + 24) != lull_siphash(&damage, bytes + HEAD, n - HEAD))
		return "is damaged";
	return NULL;
}

// Bytes after their length; at and left step over them. 0, -EBADMSG or -ENOMEM.
static int take_bytes(const uint8_t **at, size_t *left, uint8_t **bytes, size_t *n)
{
	uint64_t length = *left >= 8 ? get64(*at) : UINT64_MAX;
	if (*left < 8 || length > *left - 8)
		return -EBADMSG;
	*n = (size_t)length;
	*bytes = malloc(*n + 1);
	if (*bytes == NULL)
		return -ENOMEM;
	memcpy(*bytes, *at + 8, *n);
	*at += 8 + *n;
	*left -= 8 + *n;
	return 0;
}

static int take(uint64_t version, const uint8_t *at, size_t left, struct lull_saved *s)
{
	s->end_ns = get64(at);
	s->bin_ns = get64(at + 8);
	uint64_t keys = get64(at + 16);
	at += 24;
	left -= 24; // at least 8 more: FIELDS
	if (s->bin_ns == 0 || keys > (left - 8) / 8)
		return -EBADMSG;
	s->n_upstream_keys = (size_t)keys;
	s->upstream_keys = calloc(s->n_upstream_keys + 1, 8);
	if (s->upstream_keys == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_upstream_keys; i++, at += 8, left -= 8)
		s->upstream_keys[i] = get64(at);
	int e = take_bytes(&at, &left, &s->detect, &s->detect_bytes);
	if (e == 0 && version > 1)
		e = take_bytes(&at, &left, &s->untold, &s->untold_bytes);
	return e == 0 && left > 0 ? -EBADMSG : e;
}

int lull_state_parse(const uint8_t *bytes, size_t n, struct lull_saved *saved)
{
	memset(saved, 0, sizeof(*saved));
	if (frame_problem(bytes, n) != NULL)
		return -EBADMSG;
	int e = take(get64(bytes + 8), bytes + HEAD, n - HEAD, saved);
	if (e < 0) {
		lull_saved_finish(saved);
		memset(saved, 0, sizeof(*saved));
	}
	return e;
}

void lull_saved_finish(struct lull_saved *saved)
{
	free(saved->upstream_keys);
	free(saved->detect);
	free(saved->untold);
	*saved = (struct lull_saved){0};
}

// All bytes of a regular file; one that grew or shrank meanwhile is what it was at some time.
static int slurp(int fd, uint8_t **bytes, size_t *n)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (unsigned long long)st.st_size > LARGEST)
		return -EBADMSG;
	*bytes = malloc((size_t)st.st_size + 1);
	if (*bytes == NULL)
		return -ENOMEM;
	for (*n = 0; *n < (size_t)st.st_size;) {
		ssize_t got = read(fd, *bytes + *n, (size_t)st.st_size - *n);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		*n += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

static void move_aside(int dir, const char *name, const char *problem)
{
	if (renameat(dir, NAME, dir, BAD) == 0)
		lull_log_error("%s/" NAME " %s; it was moved to %s/" BAD ", and lull learns anew",
			name, problem, name);
	else
		lull_log_error("%s/" NAME " %s, and cannot be moved aside: %s", name, problem,
			strerror(errno));
}

void lull_state_aside(const char *dir, const char *problem)
{
	int fd = lull_disk_dir(dir);
	if (fd < 0)
		return;
	move_aside(fd, dir, problem);
	close(fd);
}

static int read_in(int dir, const char *name, struct lull_saved *saved)
{
	uint8_t *bytes = NULL;
	size_t n = 0;
	// O_NONBLOCK: a pipe of that name must not stop the start
	int fd = openat(dir, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	int e = slurp(fd, &bytes, &n);
	close(fd);
	const char *problem = "is not a state file";
	if (e == 0) {
		e = lull_state_parse(bytes, n, saved);
		problem = frame_problem(bytes, n);
	}
	if (e == -EBADMSG)
		move_aside(dir, name, problem != NULL ? problem : "contradicts itself");
	free(bytes);
	return e;
}

int lull_state_read(const char *dir, struct lull_saved *saved)
{
	memset(saved, 0, sizeof(*saved));
	int fd = lull_disk_dir(dir);
	int e = fd < 0 ? fd : read_in(fd, dir, saved);
	if (fd >= 0)
		close(fd);
	if (e < 0 && e != -ENOENT && e != -EBADMSG)
		lull_log_error("%s/" NAME ": cannot read: %s", dir, strerror(-e));
	return e;
}
