// SPDX-License-Identifier: BSD-3-Clause
// Loaded before a program (LD_PRELOAD): its Nth request for memory or a thread fails, whichever
// library asks. tests/faults/memory walks N over whole runs and judges what comes of it.
//
//	NO_MEMORY_AT=N    which call fails, the first is 1; 0 only counts
//	NO_MEMORY_FOR=M   how many fail from there on (1); 0: all
//	NO_MEMORY_TOLD=F  a file of at least TOLD bytes, zeros. It comes to hold lines of text:
//	                  the call that failed, with its stack; the signal the program died of,
//	                  with its stack; at the end how many calls there were
//
// The file is mapped, not written: workers are confined by seccomp, and may die of SIGKILL.

#undef _FILE_OFFSET_BITS // mmap and mmap64 are two names here

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TOLD 65536
#define DEPTH 64

static struct {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*mmap)(void *, size_t, int, int, int, off_t);
	int (*pthread_sigmask)(int, const sigset_t *, sigset_t *);
	int (*pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
} next;

static struct {
	_Atomic bool armed;
	_Atomic uint64_t calls, failed;
	uint64_t at, end; // calls that fail: from at, before end
	char *told;
	_Atomic size_t n_told;
	struct sigaction before[NSIG];
} self;

static const int deadly[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGSYS, SIGTRAP};

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
	char line[512];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (self.told == NULL || n <= 0)
		return;
	size_t size = (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1;
	size_t where = atomic_fetch_add(&self.n_told, size);
	if (where + size < TOLD)
		memcpy(self.told + where, line, size);
}

// Outwards: object file and offset, and the symbol where one is known.
static void tell_stack(void)
{
	void *frames[DEPTH];
	int n = backtrace(frames, DEPTH);
	for (int i = 2; i < n; i++) {
		Dl_info info;
		if (dladdr(frames[i], &info) == 0 || info.dli_fname == NULL)
			continue;
		tell("\t%s 0x%zx %s\n", info.dli_fname,
			(size_t)((char *)frames[i] - (char *)info.dli_fbase),
			info.dli_sname != NULL ? info.dli_sname : "?");
	}
}

// Is this call to fail? Errno is left alone when not.
static bool fails(const char *call, size_t bytes)
{
	if (!atomic_load(&self.armed))
		return false;
	uint64_t number = atomic_fetch_add(&self.calls, 1) + 1;
	if (number < self.at || number >= self.end)
		return false;
	if (atomic_fetch_add(&self.failed, 1) == 0) {
		tell("failed %s of %zu bytes\n", call, bytes);
		tell_stack();
	}
	errno = ENOMEM;
	return true;
}

static void died(int number, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	tell("died of %d\n", number);
	tell_stack();
	sigaction(number, &self.before[number], NULL);
	raise(number);
}

static void find(void *function, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);
	memcpy(function, &found, sizeof(found));
}

// The first call may come before the constructor: libraries have constructors, too.
static void find_all(void)
{
	if (next.malloc != NULL)
		return;
	find(&next.calloc, "calloc");
	find(&next.realloc, "realloc");
	find(&next.posix_memalign, "posix_memalign");
	find(&next.aligned_alloc, "aligned_alloc");
	find(&next.mmap, "mmap");
	find(&next.pthread_sigmask, "pthread_sigmask");
	find(&next.pthread_create, "pthread_create");
	find(&next.malloc, "malloc");
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

__attribute__((constructor)) static void begin(void)
{
	void *frame;
	find_all();
	backtrace(&frame, 1); // loads a library at the first time
	const char *path = getenv("NO_MEMORY_TOLD");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (fd >= 0) {
		void *map = next.mmap(NULL, TOLD, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		self.told = map != MAP_FAILED ? map : NULL;
		close(fd);
	}
	self.at = number_of("NO_MEMORY_AT", 0);
	uint64_t most = number_of("NO_MEMORY_FOR", 1);
	self.end = self.at == 0 ? 0 : most == 0 ? UINT64_MAX : self.at + most;
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
		struct sigaction take = {.sa_sigaction = died, .sa_flags = SA_SIGINFO};
		sigaction(deadly[i], &take, &self.before[deadly[i]]);
	}
	unsetenv("LD_PRELOAD"); // children are none of this
	atomic_store(&self.armed, true);
}

__attribute__((destructor)) static void end(void)
{
	tell("calls %llu, failed %llu\n", (unsigned long long)atomic_load(&self.calls),
		(unsigned long long)atomic_load(&self.failed));
}

#define TAKES_OVER __attribute__((visibility("default")))

TAKES_OVER void *malloc(size_t bytes)
{
	find_all();
	return fails("malloc", bytes) ? NULL : next.malloc(bytes);
}

TAKES_OVER void *calloc(size_t n, size_t bytes)
{
	find_all();
	return fails("calloc", n * bytes) ? NULL : next.calloc(n, bytes);
}

TAKES_OVER void *realloc(void *old, size_t bytes)
{
	find_all();
	return fails("realloc", bytes) ? NULL : next.realloc(old, bytes);
}

TAKES_OVER int posix_memalign(void **to, size_t alignment, size_t bytes)
{
	find_all();
	return fails("posix_memalign", bytes) ? ENOMEM : next.posix_memalign(to, alignment, bytes);
}

TAKES_OVER void *aligned_alloc(size_t alignment, size_t bytes)
{
	find_all();
	return fails("aligned_alloc", bytes) ? NULL : next.aligned_alloc(alignment, bytes);
}

TAKES_OVER void *mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	find_all();
	return fails("mmap", bytes) ? MAP_FAILED
				    : next.mmap(at, bytes, protection, flags, fd, offset);
}

TAKES_OVER void *mmap64(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	return mmap(at, bytes, protection, flags, fd, offset);
}

TAKES_OVER int pthread_create(
	pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *), void *with)
{
	find_all();
	return fails("pthread_create", 0) ? EAGAIN : next.pthread_create(thread, how, run, with);
}

// A thread that blocks what it dies of is killed without a word.
TAKES_OVER int pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
	find_all();
	if (set == NULL || how == SIG_UNBLOCK)
		return next.pthread_sigmask(how, set, before);
	sigset_t rest = *set;
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		sigdelset(&rest, deadly[i]);
	return next.pthread_sigmask(how, &rest, before);
}
