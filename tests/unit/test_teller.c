// SPDX-License-Identifier: BSD-3-Clause
// Told once, whatever happens: a run with an outage in it, killed before, in the midst of or after
// every single call that writes (RELIABILITY R7), and one where every such call fails, once or for
// a long time (R8). The calls of the library are caught here, on their way to the system.

#include "disk_dir.h"
#include "engine/keeper.h"
#include "engine/teller.h"
#include "sample.h"
#include "scene.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum fault { NONE, DIE_BEFORE, DIE_MIDWAY, FAIL }; // after one call is before the next

// What the process under test shares with the one that watches it.
struct shared {
	int calls;      // so far that write; in the midst of: write() alone
	int at, length; // the call where it happens; how many fail
	enum fault fault;
	int seconds; // of the scene: how far it came
	int syncs;   // of the log, asked for
};
static struct shared *shared;

// Counts a call. True: it has to fail.
static bool strikes(void)
{
	if (shared == NULL || shared->fault == NONE || shared->fault == DIE_MIDWAY)
		return false;
	int call = ++shared->calls;
	bool now = call >= shared->at && call < shared->at + shared->length;
	if (now && shared->fault == DIE_BEFORE)
		_exit(9);
	return now;
}

static int wound(void)
{
	errno = ENOSPC;
	return -1;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	if (fd == STDERR_FILENO)
		return syscall(SYS_write, fd, bytes, n);
	if (strikes())
		return wound();
	if (shared != NULL && shared->fault == DIE_MIDWAY && ++shared->calls == shared->at) {
		syscall(SYS_write, fd, bytes, n / 2);
		_exit(9);
	}
	return syscall(SYS_write, fd, bytes, n);
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	unsigned mode = (flags & O_CREAT) != 0 ? va_arg(args, unsigned) : 0;
	va_end(args);
	if ((flags & O_CREAT) != 0 && strikes())
		return wound();
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

// A process that dies leaves the cache as it is: there is nothing to wait for.
int fsync(int fd)
{
	(void)fd;
	return strikes() ? wound() : 0;
}

int fdatasync(int fd)
{
	(void)fd;
	if (shared != NULL)
		shared->syncs++;
	return strikes() ? wound() : 0;
}

int ftruncate(int fd, off_t size)
{
	return strikes() ? wound() : (int)syscall(SYS_ftruncate, fd, size);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return strikes() ? wound() : (int)syscall(SYS_renameat, from_dir, from, to_dir, to);
}

int unlinkat(int dir, const char *path, int flags)
{
	return strikes() ? wound() : (int)syscall(SYS_unlinkat, dir, path, flags);
}

// A run on the bins of a scene.
struct run {
	struct scene *s;
	struct lull_generation *g;
	struct lull_keeper keeper;
	struct lull_teller teller;
	FILE *out;
};

#define LEARNT_S 398
#define FALL_S 400.37
#define FELL "2025-06-07T00:06:" // 40.37
#define RETURN_S 425.2
#define END_S 470

static char dir[64], said[80];

static void on_event(void *context, const struct lull_event *event)
{
	struct run *r = context;
	lull_teller_event(&r->teller, event);
}

static void open_world(struct scene *s)
{
	scene_open(s, 77, "1s", 1, 1, 50, 100);
	cr_assert(eq(int, lull_config_set(s->config, "upstreams", "[{name: u1, vlan: 1}]"), 0));
	cr_assert(eq(int, lull_config_check(s->config), 0));
	scene_phase(s, 0, FALL_S, RETURN_S, 0.0);
	lull_detect_destroy(s->detect);
	lull_targets_destroy(s->targets);
}

static uint64_t clock_ns(const struct scene *s, double at_s)
{
	return s->start_ns + (uint64_t)(at_s * 1e9 + 0.5);
}

// A process begins at at_s. False: it could not, after a message.
static bool begin(struct run *r, struct scene *s, double at_s, bool first)
{
	memset(r, 0, sizeof(*r));
	r->s = s;
	r->out = fopen(said, "a");
	r->g = lull_generation_create(s->config, on_event, r);
	r->g->lent = true;
	s->detect = r->g->detect;
	s->targets = r->g->targets;
	const struct lull_exporter_ops *jsonl = lull_exporter_find("jsonl");
	r->keeper.dir = dir;
	r->keeper.untold = &r->teller.untold;
	r->keeper.saved_ns = clock_ns(s, at_s);
	uint64_t start_ns = clock_ns(s, at_s), gap_ns = 0;
	if (lull_teller_init(&r->teller, jsonl, fileno(r->out), s->config, s->targets, dir) < 0 ||
		lull_keeper_restore(&r->keeper, r->g, &start_ns, &gap_ns) < 0)
		return false;
	lull_teller_flush(&r->teller);
	if (first)
		return true;
	s->gap_s = at_s - (double)s->seq;
	s->next_gap_ns = gap_ns;
	return true;
}

static void run_to(struct run *r, double to_s)
{
	struct scene *s = r->s;
	while ((double)s->seq + s->gap_s < to_s - 1e-6) {
		double next = (double)s->seq + s->gap_s + 1;
		scene_run(s, next);
		lull_keeper_bin(
			&r->keeper, r->g, clock_ns(s, next), clock_ns(s, next), r->teller.news);
		r->teller.news = false;
		lull_teller_flush(&r->teller);
		if (shared != NULL)
			shared->seconds = (int)next;
	}
}

static void end(struct run *r, double at_s)
{
	lull_keeper_last(&r->keeper, r->g, clock_ns(r->s, at_s));
	lull_teller_finish(&r->teller);
	lull_generation_destroy(r->g);
	fclose(r->out);
}

// A child runs from one second of the scene to another; its exit code.
static int child(struct scene *s, double from_s, double to_s, bool arm_late)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		struct run r;
		enum fault fault = shared->fault;
		if (arm_late)
			shared->fault = NONE;
		if (!begin(&r, s, from_s, false))
			_exit(1);
		shared->fault = fault;
		run_to(&r, to_s);
		end(&r, to_s);
		_exit(0);
	}
	int status;
	waitpid(pid, &status, 0);
	shared->fault = NONE; // not for this process
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

// The revisions of outages in a file are one event, each revision once, in order, at its true time,
// to its end.
static void expect_one_event(const char *name, int at)
{
	size_t n = 0, lines = 0;
	char *text = disk_dir_read(dir, name, &n), id[32] = "";
	const char *last_state = "";
	json_int_t rev = 0;
	cr_assert(text != NULL, "%s at call %d", name, at);
	for (char *p = text, *newline; p < text + n; p = newline + 1) {
		newline = memchr(p, '\n', (size_t)(text + n - p));
		cr_assert(newline != NULL, "a line of %s is cut at call %d", name, at);
		json_t *o = json_loadb(p, (size_t)(newline - p), 0, NULL);
		cr_assert(o != NULL, "no JSON in %s at call %d", name, at);
		if (lines++ == 0)
			snprintf(id, sizeof(id), "%s", json_string_value(json_object_get(o, "id")));
		cr_assert_str_eq(json_string_value(json_object_get(o, "id")), id,
			"two events at call %d", at);
		cr_assert(eq(i64, json_integer_value(json_object_get(o, "rev")), ++rev),
			"at call %d", at);
		const char *state = json_string_value(json_object_get(o, "state"));
		last_state = strcmp(state, "ended") == 0 ? "ended" : "";
		json_t *onset = json_object_get(o, "onset"); // to a second
		const char *lo = json_string_value(json_object_get(onset, "lo"));
		const char *hi = json_string_value(json_object_get(onset, "hi"));
		cr_assert(lo != NULL && hi != NULL, "at call %d", at);
		cr_assert(strcmp(lo, FELL "41.4") < 0 && strcmp(hi, FELL "39.4") > 0,
			"onset %s to %s at call %d", lo, hi, at);
		json_decref(o);
	}
	cr_assert_str_eq(last_state, "ended", "%s at call %d: %zu lines", name, at, lines);
	free(text);
}

static void share(void)
{
	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static uint8_t *learnt;
static size_t n_learnt;

// What a run learnt until LEARNT_S, once for all.
static void learn(struct scene *s)
{
	struct run r;
	open_world(s);
	cr_assert(begin(&r, s, 0, true));
	run_to(&r, LEARNT_S);
	end(&r, LEARNT_S);
	learnt = (uint8_t *)disk_dir_read(dir, "state", &n_learnt);
	share();
}

static void fresh_directory(void)
{
	char path[128];
	static const char *const names[] = {"events.jsonl", "state.tmp", "state.bad", "said"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	cr_assert(disk_dir_write(dir, "state", learnt, n_learnt));
}

static void make_dir(void)
{
	cr_assert_not_null(disk_dir_make(dir));
	snprintf(said, sizeof(said), "%s/said", dir);
}

static void remove_dir(void)
{
	disk_dir_remove(dir);
}

TestSuite(teller, .init = make_dir, .fini = remove_dir, .timeout = 120);

static bool exists(const char *name)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

Test(teller, killed_at_any_call_that_writes_every_revision_is_told_once)
{
	static const enum fault deaths[] = {DIE_BEFORE, DIE_MIDWAY};
	struct scene s;
	int points = 0;
	learn(&s);
	for (size_t d = 0; d < 2; d++)
		for (int at = 1, code = 9; code == 9; at++, points++) {
			fresh_directory();
			*shared = (struct shared){.at = at, .length = 1, .fault = deaths[d]};
			shared->seconds = LEARNT_S;
			code = child(&s, LEARNT_S, END_S, false);
			cr_assert(code == 9 || code == 0, "call %d: %d", at, code);
			int died_s = shared->seconds;
			if (died_s < END_S)
				cr_assert(eq(int, child(&s, died_s + 1, END_S + 30, false), 0),
					"after call %d", at);
			cr_assert(not(exists("state.bad")), "call %d", at);
			expect_one_event("events.jsonl", at);
		}
	cr_assert(gt(int, points, 80));
	lull_config_destroy(s.config);
}

Test(teller, whatever_call_fails_no_revision_is_lost)
{
	struct scene s;
	learn(&s);
	for (int length = 1; length <= 3; length += 2)
		for (int at = 1, calls = 1; at <= calls; at++) {
			fresh_directory();
			*shared = (struct shared){.at = at, .length = length, .fault = FAIL};
			cr_assert(eq(int, child(&s, LEARNT_S, END_S, true), 0), "call %d", at);
			calls = shared->calls;
			expect_one_event("events.jsonl", at);
		}
	lull_config_destroy(s.config);
}

Test(teller, a_disk_that_is_full_for_the_whole_outage_has_all_of_it_afterwards)
{
	struct scene s;
	learn(&s);
	fresh_directory();
	*shared = (struct shared){.at = 1, .length = 150, .fault = FAIL};
	cr_assert(eq(int, child(&s, LEARNT_S, END_S + 200, true), 0));
	cr_assert(gt(int, shared->calls, 150));
	expect_one_event("events.jsonl", 0);
	expect_one_event("said", 0);
	lull_config_destroy(s.config);
}

#define MANY 10000

// A process that has MANY revisions to tell, or goes on from those that a process before had kept,
// and dies before a call of its flush (0: none). Its exit code.
static int tell_many(struct scene *s, uint8_t **kept, size_t *n_kept, int death)
{
	struct lull_teller t;
	FILE *out = fopen(said, "a");
	cr_assert(eq(int,
		lull_teller_init(
			&t, lull_exporter_find("lines"), fileno(out), s->config, s->targets, dir),
		0));
	if (*kept != NULL)
		cr_assert(eq(int, lull_untold_load(&t.untold, *kept, *n_kept), 0));
	for (unsigned i = 0; i < MANY && *kept == NULL; i++) {
		struct lull_event e = sample_outage();
		snprintf(e.id, sizeof(e.id), "%016x", i);
		lull_teller_event(&t, &e);
	}
	if (*kept == NULL)
		cr_assert(eq(int, lull_untold_save(&t.untold, kept, n_kept), 0));
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		*shared = (struct shared){.at = death, .length = 1, .fault = DIE_BEFORE};
		lull_teller_flush(&t);
		_exit(t.untold.n == 0 && t.untold.dropped == 0 ? 0 : 1);
	}
	int status;
	waitpid(pid, &status, 0);
	lull_teller_finish(&t);
	fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

// Each of them once, in order.
static void expect_many(int at)
{
	size_t n = 0;
	unsigned i = 0;
	char *text = disk_dir_read(dir, "events.jsonl", &n), want[64];
	for (char *p = text; p < text + n; i++) {
		snprintf(want, sizeof(want), "\"id\":\"%016x\"", i);
		char *newline = memchr(p, '\n', (size_t)(text + n - p));
		cr_assert(newline != NULL, "killed at call %d: a line is cut", at);
		*newline = '\0';
		cr_assert(strstr(p, want) != NULL, "killed at call %d: line %u: %s", at, i, p);
		p = newline + 1;
	}
	cr_assert(eq(uint, i, MANY), "killed at call %d", at);
	free(text);
}

Test(teller, ten_thousand_revisions_of_one_bin_take_one_sync_and_a_kill_costs_none_of_them)
{
	static const int deaths[] = {0, 1, 2, MANY / 2, MANY, MANY + 1, MANY + 2, MANY + 3};
	struct scene s;
	open_world(&s);
	s.targets = lull_targets_create(s.config);
	share();
	for (size_t d = 0; d < sizeof(deaths) / sizeof(deaths[0]); d++) {
		uint8_t *kept = NULL;
		size_t n_kept = 0;
		char path[128];
		snprintf(path, sizeof(path), "%s/events.jsonl", dir);
		unlink(path);
		int code = tell_many(&s, &kept, &n_kept, deaths[d]);
		cr_expect(eq(int, code, deaths[d] > 0 ? 9 : 0));
		if (deaths[d] == 0)
			cr_expect(eq(int, shared->syncs, 1));
		*shared = (struct shared){.fault = NONE};
		if (deaths[d] > 0)
			cr_expect(eq(int, tell_many(&s, &kept, &n_kept, 0), 0));
		*shared = (struct shared){.fault = NONE};
		expect_many(deaths[d]);
		free(kept);
	}
	lull_targets_destroy(s.targets);
	lull_config_destroy(s.config);
}
