// SPDX-License-Identifier: BSD-3-Clause
// DPDK's environment (EAL): its arguments and its start. Safe defaults unless the configuration's
// `eal:` says otherwise: a prefix of our own, no sockets and files for other processes, errors
// only, one lcore for the main thread, no PCI device but those named. Devices that are not PCI are
// attached later, one by one (dpdk_port.c), so that each has its own message.
//
// rte_eal_init() can be called once in a process, prints its usage on standard output when it
// does not like an argument, and pins the thread that calls it: all three are dealt with here.

#include "dpdk.h"

#include <errno.h>
#include <fcntl.h>
#include <lull/log.h>
#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BASE_MEGABYTES 64      // without huge pages: what EAL itself needs
#define BUFFERS_A_MEGABYTE 250 // one to a page of 4 KB, where pages are small
#define QUEUE_MEGABYTES 24     // and each queue: 8192 buffers of 2.4 KB, rounded up

// Is one of the options (separated by spaces) among the configuration's?
static bool given(const struct lull_config *config, const char *options)
{
	for (size_t i = 0; i < config->capture.n_eal; i++) {
		const char *arg = config->capture.eal[i];
		size_t len = strcspn(arg, "=");
		if (strncmp(arg, "--", 2) != 0 && len > 2)
			len = 2; // "-l0", "-m256"
		for (const char *o = options; *o != '\0';) {
			size_t n = strcspn(o, " ");
			if (n == len && strncmp(o, arg, n) == 0)
				return true;
			o += n;
			o += strspn(o, " ");
		}
	}
	return false;
}

static bool is_worker_core(const struct lull_config *config, unsigned cpu)
{
	for (size_t i = 0; i < config->n_cores; i++)
		if (config->cores[i] == cpu)
			return true;
	return false;
}

// A CPU for the main thread's lcore: allowed, and none of the workers' if it can be helped.
static int main_cpu(const struct lull_config *config)
{
	cpu_set_t allowed;
	int any = 0;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return 0;
	for (unsigned cpu = CPU_SETSIZE; cpu-- > 0;) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		any = (int)cpu;
		if (!is_worker_core(config, cpu))
			return any;
	}
	return any;
}

// Arguments under way: any that could not be had is a NULL among them.
struct args {
	char **list;
	int n;
	bool failed;
};

static void add(struct args *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct args *a, const char *format, ...)
{
	char **list = realloc(a->list, ((size_t)a->n + 2) * sizeof(*list));
	if (list == NULL) {
		a->failed = true;
		return;
	}
	a->list = list;
	va_list ap;
	va_start(ap, format);
	if (vasprintf(&list[a->n], format, ap) < 0)
		a->failed = true;
	else
		a->n++;
	va_end(ap);
	list[a->n] = NULL;
}

static void add_memory(struct args *a, const struct lull_config *config, bool huge_pages)
{
	size_t megabytes = BASE_MEGABYTES;
	for (size_t i = 0; i < config->capture.n_ports; i++) {
		const struct lull_port_spec *p = &config->capture.ports[i];
		megabytes += p->queues * QUEUE_MEGABYTES;
		megabytes += lull_dpdk_kept_packets(p->device) / BUFFERS_A_MEGABYTE;
	}
	if (given(config, "--in-memory --no-huge -m --socket-mem --huge-dir --huge-unlink "
			  "--single-file-segments --legacy-mem"))
		return;
	if (huge_pages) {
		add(a, "--in-memory");
		return;
	}
	add(a, "--no-huge");
	add(a, "-m");
	add(a, "%zu", megabytes < 256 ? 256 : megabytes);
}

static void add_devices(struct args *a, const struct lull_config *config)
{
	bool pci = false;
	for (size_t i = 0; i < config->capture.n_ports; i++) {
		const char *device = config->capture.ports[i].device;
		if (!lull_dpdk_is_pci(device))
			continue;
		pci = true;
		if (given(config, "-a --allow"))
			continue; // then all of them are the configuration's business
		add(a, "-a");
		add(a, "%s", device);
	}
	if (!pci && !given(config, "--no-pci -a --allow -b --block"))
		add(a, "--no-pci");
}

char **lull_dpdk_args(const struct lull_config *config, bool huge_pages, int *n)
{
	struct args a = {0};
	add(&a, "lull");
	if (!given(config, "-l -c --lcores --coremask"))
		add(&a, "--lcores=0@%d", main_cpu(config));
	if (!given(config, "--file-prefix"))
		add(&a, "--file-prefix=lull-%ld", (long)getpid());
	if (!given(config, "--no-telemetry --telemetry"))
		add(&a, "--no-telemetry");
	if (!given(config, "--no-shconf --proc-type"))
		add(&a, "--no-shconf");
	if (!given(config, "--log-level"))
		add(&a, "--log-level=error");
	add_memory(&a, config, huge_pages);
	add_devices(&a, config);
	for (size_t i = 0; i < config->capture.n_eal; i++)
		add(&a, "%s", config->capture.eal[i]);
	*n = a.n;
	if (!a.failed)
		return a.list;
	lull_dpdk_args_free(a.list);
	return NULL;
}

void lull_dpdk_args_free(char **args)
{
	for (size_t i = 0; args != NULL && args[i] != NULL; i++)
		free(args[i]);
	free(args);
}

void lull_dpdk_hush_begin(struct lull_dpdk_hush *h)
{
	fflush(NULL);
	h->out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	h->err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	h->memory = memfd_create("lull-dpdk", MFD_CLOEXEC);
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (nowhere >= 0 && h->out >= 0)
		dup2(nowhere, STDOUT_FILENO);
	if (h->memory >= 0 && h->err >= 0)
		dup2(h->memory, STDERR_FILENO);
	if (nowhere >= 0)
		close(nowhere);
}

// Add one line of what was said, unless it says nothing new.
static void keep_line(char said[LULL_DPDK_SAID], const char *line, size_t len)
{
	static const char *const echoes[] = {"EAL: Driver cannot attach", "EAL: Failed to attach",
		"libbpf: elf: skipping unrecognized data section"};
	size_t have = strlen(said);
	if (len == 0 || have + len + 3 > LULL_DPDK_SAID || memmem(said, have, line, len) != NULL)
		return;
	for (size_t i = 0; i < sizeof(echoes) / sizeof(echoes[0]); i++)
		if (memmem(line, len, echoes[i], strlen(echoes[i])) == line)
			return;
	snprintf(
		said + have, LULL_DPDK_SAID - have, "%s%.*s", have > 0 ? "; " : "", (int)len, line);
	for (char *at = said + have; *at != '\0'; at++)
		if ((unsigned char)*at < ' ')
			*at = ' ';
}

// The first two things said: they are nearest to the cause.
static void read_back(int memory, char said[LULL_DPDK_SAID])
{
	char text[LULL_DPDK_SAID];
	ssize_t n = pread(memory, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	unsigned kept = 0;
	for (const char *at = text; *at != '\0' && kept < 2;) {
		size_t len = strcspn(at, "\n"), before = strlen(said);
		keep_line(said, at, len);
		kept += strlen(said) > before;
		at += len;
		at += *at == '\n';
	}
}

void lull_dpdk_hush_end(struct lull_dpdk_hush *h, char said[LULL_DPDK_SAID])
{
	fflush(NULL);
	if (h->out >= 0) {
		dup2(h->out, STDOUT_FILENO);
		close(h->out);
	}
	if (h->err >= 0) {
		dup2(h->err, STDERR_FILENO);
		close(h->err);
	}
	if (said != NULL)
		said[0] = '\0';
	if (h->memory < 0)
		return;
	if (said != NULL)
		read_back(h->memory, said);
	close(h->memory);
}

static bool free_huge_pages(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	unsigned long n = 0;
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "HugePages_Free: %lu", &n) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return n > 0;
}

// rte_eal_init() with what it does to the calling thread undone. Its own threads inherit a mask
// without signals, so that these reach ours.
static int init_eal(int n, char **args)
{
	cpu_set_t before;
	sigset_t all, mask;
	char **argv = malloc(((size_t)n + 1) * sizeof(*argv)); // EAL reorders it
	if (argv == NULL)
		return -ENOMEM;
	memcpy(argv, args, ((size_t)n + 1) * sizeof(*argv));
	bool known = pthread_getaffinity_np(pthread_self(), sizeof(before), &before) == 0;
	sigfillset(&all);
	sigdelset(&all, SIGUSR2); // by which these threads are told to drop their privileges
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	rte_openlog_stream(stderr); // and no copy to syslog
	errno = 0;
	rte_errno = 0;
	int r = rte_eal_init(n, argv);
	int error = rte_errno != 0 ? rte_errno : errno;
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	if (known)
		pthread_setaffinity_np(pthread_self(), sizeof(before), &before);
	free(argv);
	return r >= 0 ? 0 : -(error > 0 ? error : EIO);
}

static const char *advice(int error)
{
	switch (error) {
	case EINVAL:
		return "check `eal:` in the configuration";
	case EACCES:
	case EPERM:
		return "run it as root, or give it CAP_NET_RAW, CAP_NET_ADMIN and CAP_IPC_LOCK";
	case ENOMEM:
		return "give it huge pages (sysctl vm.nr_hugepages=512) or more memory (`eal: [-m, "
		       "512]`)";
	case EALREADY:
		return "DPDK can be started once in a process";
	default:
		return "the arguments come from `eal:` and the devices of the configuration";
	}
}

// EAL makes one for other processes to find it; with --no-shconf it stays empty.
static void remove_directory(void)
{
	const char *directory = rte_eal_get_runtime_dir();
	if (directory[0] != '\0')
		rmdir(directory);
}

int lull_dpdk_start(const struct lull_config *config)
{
	int n;
	bool huge_pages = free_huge_pages();
	char said[LULL_DPDK_SAID];
	char **args = lull_dpdk_args(config, huge_pages, &n);
	if (args == NULL) {
		lull_log_error("DPDK: out of memory");
		return -ENOMEM;
	}
	if (!huge_pages && !given(config, "--no-huge"))
		lull_log_info("DPDK: no free huge pages, so it runs on ordinary memory (slower); "
			      "sysctl vm.nr_hugepages=512 makes some");
	struct lull_dpdk_hush h;
	lull_dpdk_hush_begin(&h);
	int r = init_eal(n, args);
	lull_dpdk_hush_end(&h, said);
	lull_dpdk_args_free(args);
	if (r < 0)
		remove_directory();
	if (r < 0)
		lull_log_error("DPDK does not start: %s; %s", said[0] != '\0' ? said : strerror(-r),
			advice(-r));
	return r;
}

void lull_dpdk_stop(void)
{
	rte_eal_cleanup();
	remove_directory();
}
