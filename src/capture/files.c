// SPDX-License-Identifier: BSD-3-Clause
// Capture files as one timeline. Every path is looked at once for the time of its first packets;
// after that a file is open only from when its time has come until its last packet. One active
// file is read straight into bursts; several are merged packet by packet.
//
// A file has no clock of its own but its packets' times: clock_ns of a burst is 0.

#include "block.h"
#include "track.h"

#include <errno.h>
#include <lull/log.h>
#include <lull/source.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>

struct files {
	struct lull_source source; // first: the handle is this
	struct lull_pool pool;
	struct lull_track *tracks; // in order of paths
	struct lull_input_report *reports;
	size_t n;
	struct lull_track **waiting; // by rank; [next..n_waiting) have not begun
	size_t next, n_waiting;
	struct lull_track **active;
	size_t n_active;
	uint64_t last_ns;     // time of the packet given last
	uint64_t total_bytes; // 0: unknown
	_Atomic uint64_t done_bytes;
};

static struct files *files_of(struct lull_source *s)
{
	return (struct files *)s;
}

static void stop(struct files *f, size_t i)
{
	f->active[i] = f->active[--f->n_active];
}

// Begin the waiting files whose time has come; the next one whatever its time when none is active.
static void begin(struct files *f, uint64_t now_ns)
{
	while (f->next < f->n_waiting &&
		(f->n_active == 0 || f->waiting[f->next]->start_ns <= now_ns)) {
		struct lull_track *t = f->waiting[f->next++];
		if (lull_track_start(t, &f->pool, &f->done_bytes))
			f->active[f->n_active++] = t;
	}
}

static bool goes_before(const struct lull_track *a, const struct lull_track *b)
{
	return a->key_ns != b->key_ns ? a->key_ns < b->key_ns : a->rank < b->rank;
}

// Time of the packet before index i of the burst.
static uint64_t time_before(const struct files *f, const struct lull_burst *burst, uint32_t i)
{
	return i > 0 ? burst->packets[i - 1].ts_ns : f->last_ns;
}

// A step the clock may want to judge by the packet behind it (see source.h).
static bool steps_far(uint64_t last_ns, uint64_t ts_ns)
{
	return ts_ns != LULL_TIME_NONE && ts_ns > last_ns && ts_ns - last_ns >= LULL_FAR_NS;
}

// The active track with the lowest head, and the one after it (NULL: none). Ends those that are
// over. NULL: nothing is left of the active ones.
static struct lull_track *lowest(struct files *f, struct lull_track **second)
{
	struct lull_track *first = NULL;
	*second = NULL;
	for (size_t i = 0; i < f->n_active;) {
		struct lull_track *t = f->active[i];
		if (!lull_track_next(t)) {
			stop(f, i);
			continue;
		}
		i++;
		if (first == NULL || goes_before(t, first)) {
			*second = first;
			first = t;
		} else if (*second == NULL || goes_before(t, *second)) {
			*second = t;
		}
	}
	return first;
}

// Packets of t while they come before those of any other file.
static bool run(struct files *f, struct lull_track *t, const struct lull_track *second,
	struct lull_burst *burst, struct lull_lease *lease)
{
	uint64_t until_ns = f->next < f->n_waiting ? f->waiting[f->next]->start_ns : UINT64_MAX;
	do {
		if (burst->n == LULL_BURST - 1 &&
			steps_far(time_before(f, burst, burst->n), t->key_ns))
			return false; // it begins the next burst
		if (!lull_track_take(t, burst, lease))
			return false;
		if (burst->n == LULL_BURST || lull_track_idle(t))
			return true;
	} while (lull_track_next(t) && t->key_ns <= until_ns &&
		 (second == NULL || goes_before(t, second)));
	return true;
}

static void merge(struct files *f, struct lull_burst *burst, struct lull_lease *lease)
{
	while (burst->n < LULL_BURST) {
		struct lull_track *second;
		struct lull_track *t = lowest(f, &second);
		size_t active = f->n_active;
		begin(f, t != NULL ? t->key_ns : 0);
		if (f->n_active == 0)
			return;
		if (t == NULL || f->n_active != active)
			continue;
		if (!run(f, t, second, burst, lease))
			return;
		if (f->n_active == 1 && lull_track_idle(t))
			return; // the rest of it is read straight
	}
}

// How many packets of the burst come before the next file begins.
static uint32_t up_to_next(const struct files *f, const struct lull_burst *burst)
{
	if (f->next == f->n_waiting)
		return burst->n;
	uint64_t until_ns = f->waiting[f->next]->start_ns;
	uint32_t i = 0;
	while (i < burst->n &&
		(burst->packets[i].ts_ns <= until_ns || burst->packets[i].ts_ns == LULL_TIME_NONE))
		i++;
	return i;
}

// The only active file, up to where the next one begins.
static void read_straight(struct files *f, struct lull_burst *burst, struct lull_lease *lease)
{
	struct lull_track *t = f->active[0];
	burst->n = lull_file_read(&t->file, burst->packets, LULL_BURST);
	if (burst->n == 0) {
		lull_track_close(t);
		stop(f, 0);
		return;
	}
	lull_lease_add(lease, t->file.block);
	uint32_t keep = up_to_next(f, burst);
	if (keep == burst->n &&
		steps_far(time_before(f, burst, keep - 1), burst->packets[keep - 1].ts_ns))
		keep--; // it begins the next burst
	if (keep < burst->n || f->next < f->n_waiting)
		lull_track_unread(t, burst, keep);
}

// No memory, not even for what a burst owns, and no burst is out whose own would come back: what is
// left of the files is not read.
static int give_up(struct files *f)
{
	while (f->next < f->n_waiting)
		lull_track_fail(f->waiting[f->next++], "out of memory");
	while (f->n_active > 0) {
		lull_track_fail(f->active[0], "out of memory");
		stop(f, 0);
	}
	return 0;
}

static int files_fill(struct lull_source *s, struct lull_burst *burst)
{
	struct files *f = files_of(s);
	burst->n = 0;
	burst->clock_ns = 0;
	burst->next_ns = LULL_TIME_NONE;
	burst->owner = NULL;
	struct lull_lease *lease = lull_pool_lease(&f->pool);
	if (lease == NULL)
		return lull_pool_is_lent(&f->pool) ? 1 : give_up(f);
	for (;;) {
		if (f->n_active == 0)
			begin(f, 0);
		if (f->n_active == 1 && lull_track_idle(f->active[0]))
			read_straight(f, burst, lease);
		else
			merge(f, burst, lease);
		if (burst->n > 0 || (f->n_active == 0 && f->next == f->n_waiting))
			break;
	}
	if (burst->n > 0) {
		f->last_ns = burst->packets[burst->n - 1].ts_ns;
		burst->owner = lease;
		return 1;
	}
	lull_lease_end(lease);
	return 0;
}

static void files_release(struct lull_source *s, struct lull_burst *burst)
{
	(void)s;
	if (burst->owner != NULL)
		lull_lease_end(burst->owner);
	burst->owner = NULL;
}

static void files_close(struct lull_source *s)
{
	struct files *f = files_of(s);
	for (size_t i = 0; f->tracks != NULL && i < f->n; i++)
		lull_track_close(&f->tracks[i]);
	lull_pool_finish(&f->pool);
	free(f->tracks);
	free(f->reports);
	free(f->waiting);
	free(f->active);
	free(f);
}

static void files_progress(struct lull_source *s, uint64_t *done, uint64_t *total)
{
	struct files *f = files_of(s);
	*done = atomic_load_explicit(&f->done_bytes, memory_order_relaxed);
	*total = f->total_bytes;
}

static const struct lull_source_ops files_ops = {
	.name = "files",
	.fill = files_fill,
	.release = files_release,
	.close = files_close,
	.progress = files_progress,
};

// Ranks: by the time of the first packets, then by path.
static int by_start(const void *a, const void *b)
{
	const struct lull_track *x = *(struct lull_track *const *)a;
	const struct lull_track *y = *(struct lull_track *const *)b;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return x < y ? -1 : x > y; // one array, in order of paths
}

static int open_all(struct files *f)
{
	bool known = true;
	for (size_t i = 0; i < f->n; i++) {
		struct lull_track *t = &f->tracks[i];
		int r = lull_track_open(t, &f->pool, &f->done_bytes, f->n > 1);
		if (r < 0) {
			lull_log_error("%s: %s", t->report->path, strerror(-r));
			return r;
		}
		known = known && t->size > 0;
		f->total_bytes += t->size;
		if (t->scheduled)
			f->waiting[f->n_waiting++] = t;
	}
	if (!known)
		f->total_bytes = 0;
	qsort(f->waiting, f->n_waiting, sizeof(struct lull_track *), by_start);
	for (size_t i = 0; i < f->n_waiting; i++)
		f->waiting[i]->rank = i;
	return 0;
}

static int check_paths(const char *const *paths, size_t n)
{
	size_t inputs = 0;
	for (size_t i = 0; i < n; i++)
		inputs += strcmp(paths[i], "-") == 0;
	if (n > 0 && inputs <= 1)
		return 0;
	lull_log_error(
		n == 0 ? "no capture file given" : "-: standard input can be read once only");
	return -EINVAL;
}

struct lull_source *lull_files_open(const char *const *paths, size_t n, const _Atomic bool *stop)
{
	int r = check_paths(paths, n);
	struct files *f = r == 0 ? calloc(1, sizeof(*f)) : NULL;
	if (f == NULL) {
		errno = r == 0 ? ENOMEM : -r;
		return NULL;
	}
	f->source.ops = &files_ops;
	f->pool.stop = stop;
	f->n = n;
	f->tracks = calloc(n, sizeof(*f->tracks));
	f->reports = calloc(n, sizeof(*f->reports));
	f->waiting = calloc(n, sizeof(struct lull_track *));
	f->active = calloc(n, sizeof(struct lull_track *));
	r = -ENOMEM;
	if (f->tracks != NULL && f->reports != NULL && f->waiting != NULL && f->active != NULL) {
		for (size_t i = 0; i < n; i++) {
			f->reports[i].path = paths[i];
			f->tracks[i].report = &f->reports[i];
		}
		r = open_all(f);
	}
	if (r < 0) {
		files_close(&f->source);
		errno = -r;
		return NULL;
	}
	return &f->source;
}

const struct lull_input_report *lull_files_reports(const struct lull_source *s, size_t *n)
{
	const struct files *f = (const struct files *)s;
	*n = f->n;
	return f->reports;
}
