// SPDX-License-Identifier: BSD-3-Clause
// Figures of this process. jemalloc is asked through dlsym(): sanitizer builds have another
// allocator, and a preloaded one is found too.

#include "process.h"

#include <dirent.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

// The first bytes of a small file, NUL-terminated. 0: unreadable.
static size_t slurp(const char *path, char *out, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t n = file == NULL ? 0 : fread(out, 1, size - 1, file);
	if (file != NULL)
		fclose(file);
	out[n] = '\0';
	return n;
}

// Seconds since the epoch at which the machine was started: `btime` of /proc/stat.
static double boot_time(void)
{
	FILE *file = fopen("/proc/stat", "re");
	char line[256];
	double at = NAN;
	unsigned long long seconds;
	while (file != NULL && isnan(at) && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "btime %llu", &seconds) == 1)
			at = (double)seconds;
	if (file != NULL)
		fclose(file);
	return at;
}

static void read_stat(struct lull_process *p)
{
	char text[1024];
	slurp("/proc/self/stat", text, sizeof(text));
	const char *rest = strrchr(text, ')'); // the name before it may hold anything
	unsigned long long user, system, start, bytes;
	long threads, pages;
	if (rest == NULL || sscanf(rest + 1,
				    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d "
				    "%*d %*d %*d %ld %*d %llu %llu %ld",
				    &user, &system, &threads, &start, &bytes, &pages) != 6)
		return;
	double tick = (double)sysconf(_SC_CLK_TCK);
	p->cpu_s = (double)(user + system) / tick;
	p->start_s = boot_time() + (double)start / tick;
	p->threads = (double)threads;
	p->virtual = (double)bytes;
	p->resident = (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	if (dir == NULL)
		return NAN;
	double n = -1; // the one it is counted through
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

// jemalloc(3), "MALLCTL NAMESPACE": statistics stand still until the epoch is written.
static void read_allocator(struct lull_process *p)
{
	int (*mallctl)(const char *, void *, size_t *, void *, size_t);
	void *symbol = dlsym(RTLD_DEFAULT, "mallctl");
	if (symbol == NULL)
		return;
	memcpy(&mallctl, &symbol, sizeof(mallctl)); // ISO C has no cast for it
	const struct {
		const char *name;
		double *out;
	} figures[] = {
		{"stats.allocated", &p->allocated},
		{"stats.active", &p->active},
		{"stats.mapped", &p->mapped},
		{"stats.resident", &p->allocator_resident},
	};
	uint64_t epoch = 1;
	mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch));
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		size_t value = 0, size = sizeof(value);
		if (mallctl(figures[i].name, &value, &size, NULL, 0) == 0)
			*figures[i].out = (double)value;
	}
}

void lull_process_read(struct lull_process *p)
{
	*p = (struct lull_process){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
	struct rlimit limit;
	read_stat(p);
	read_allocator(p);
	p->open_fds = count_fds();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		p->max_fds =
			limit.rlim_cur == RLIM_INFINITY ? (double)INFINITY : (double)limit.rlim_cur;
}
