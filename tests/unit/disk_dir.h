// SPDX-License-Identifier: BSD-3-Clause
// A directory for one test, removed with what is in it at the end; and disks that are full.

#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static inline const char *disk_dir_make(char path[64])
{
	snprintf(path, 64, "/tmp/lull-test-XXXXXX");
	return mkdtemp(path) != NULL && chmod(path, 0755) == 0 ? path : NULL;
}

static inline void disk_dir_remove(const char *path)
{
	DIR *d = opendir(path);
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(path);
}

// The bytes of a file; NULL when there is none.
static inline char *disk_dir_read(const char *dir, const char *name, size_t *n)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return NULL;
	size_t cap = 1 << 16;
	char *bytes = malloc(cap);
	for (*n = 0; !feof(f) && !ferror(f);) {
		if (*n == cap)
			bytes = realloc(bytes, cap *= 2);
		*n += fread(bytes + *n, 1, cap - *n, f);
	}
	fclose(f);
	return bytes;
}

static inline bool disk_dir_write(const char *dir, const char *name, const void *bytes, size_t n)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	bool written = f != NULL && fwrite(bytes, 1, n, f) == n;
	return f != NULL && fclose(f) == 0 && written;
}

// From now on this process writes no file beyond n bytes: EFBIG.
static inline void disk_limit_files(size_t n)
{
	struct rlimit limit = {n, RLIM_INFINITY};
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
}

// A file system of so many KiB over dir, seen by this process alone. False without the right.
static inline bool disk_mount_small(const char *dir, unsigned kib)
{
	char options[32];
	snprintf(options, sizeof(options), "size=%uk", kib);
	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", dir, "tmpfs", 0, options) == 0;
}
