// SPDX-License-Identifier: BSD-3-Clause
// The log of revisions: DIR/events.jsonl, and DIR/events.jsonl.1, which it became when it would
// have grown beyond 64 MiB (the older .1 is gone then). Both are read at the start, so that what
// was told before a rotation is no news either. The directory is locked: two processes would
// tell each other's events twice.

#include <lull/state.h>

#include "store/disk.h"
#include "store/eventlines.h"

#include <errno.h>
#include <fcntl.h>
#include <lull/log.h>
#include <stdio.h> // renameat
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "events.jsonl"
#define OLD "events.jsonl.1"
#define FRESH "events.jsonl.new"
#define LARGEST (64u << 20)

struct lull_eventlog {
	char *dir;
	int names; // descriptor of dir
	int fd;
	uint64_t size; // of whole lines; the file may be longer after a failed write
	bool torn;
	struct lull_revisions now, before; // of NAME and OLD
	struct lull_disk_told told, told_rotate;
};

static int open_log(int names, const char *name, int flags)
{
	int fd = openat(names, name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0644);
	if (fd < 0)
		return -errno;
	struct stat st;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

// Read one file; warn once of lines that are no events. They stay: they may be precious.
static int read_log(const struct lull_eventlog *log, int fd, const char *name,
	struct lull_revisions *into, struct lull_eventlines *seen)
{
	int e = lull_eventlines_read(fd, into, seen);
	if (e < 0)
		return e;
	if (seen->damaged > 0)
		lull_log_warning("%s/%s:%llu: not an event, and %zu such lines in all; they are"
				 " kept and skipped",
			log->dir, name, (unsigned long long)seen->first_damaged, seen->damaged);
	if (into->dropped > 0)
		lull_log_warning("%s/%s: more than %u events; the rest may be told again", log->dir,
			name, LULL_REVISIONS_MAX);
	return 0;
}

// Only of an old log is it fine that it is not there.
static int read_old(struct lull_eventlog *log)
{
	struct lull_eventlines seen;
	int fd = open_log(log->names, OLD, 0);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	int e = read_log(log, fd, OLD, &log->before, &seen);
	close(fd);
	return e;
}

// A crash may have cut the last line.
static int mend(struct lull_eventlog *log, const struct lull_eventlines *seen)
{
	log->size = seen->end;
	if (seen->end == seen->size)
		return 0;
	if (seen->last_whole) {
		int e = lull_disk_write(log->fd, "\n", 1);
		log->size = seen->size + 1;
		return e == 0 && fdatasync(log->fd) != 0 ? -errno : e;
	}
	lull_log_warning("%s/" NAME ": the last line was cut; %llu bytes were removed", log->dir,
		(unsigned long long)(seen->size - seen->end));
	if (ftruncate(log->fd, (off_t)seen->end) != 0 || fdatasync(log->fd) != 0)
		return -errno;
	return 0;
}

static int open_all(struct lull_eventlog *log)
{
	struct lull_eventlines seen;
	log->names = lull_disk_dir(log->dir);
	if (log->names < 0)
		return log->names;
	if (flock(log->names, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return -EBUSY;
	int e = read_old(log);
	if (e < 0)
		return e;
	log->fd = open_log(log->names, NAME, O_CREAT);
	if (log->fd < 0)
		return log->fd;
	e = read_log(log, log->fd, NAME, &log->now, &seen);
	if (e == 0)
		e = mend(log, &seen);
	return e == 0 ? lull_disk_sync_names(log->names) : e;
}

struct lull_eventlog *lull_eventlog_open(const char *dir)
{
	struct lull_eventlog *log = calloc(1, sizeof(*log));
	if (log == NULL)
		return NULL;
	log->names = log->fd = -1;
	lull_revisions_init(&log->now);
	lull_revisions_init(&log->before);
	log->dir = strdup(dir);
	int e = log->dir != NULL ? open_all(log) : -ENOMEM;
	if (e == 0)
		return log;
	if (e == -EBUSY)
		lull_log_error(
			"%s: in use by another lull; each needs a directory of its own", dir);
	else
		lull_log_error("%s/" NAME ": %s", dir, strerror(-e));
	lull_eventlog_close(log);
	errno = -e;
	return NULL;
}

void lull_eventlog_close(struct lull_eventlog *log)
{
	if (log == NULL)
		return;
	if (log->fd >= 0)
		close(log->fd);
	if (log->names >= 0)
		close(log->names);
	lull_revisions_finish(&log->now);
	lull_revisions_finish(&log->before);
	free(log->dir);
	free(log);
}

static bool known(const struct lull_eventlog *log, uint64_t id, uint32_t rev)
{
	return lull_revisions_last(&log->now, id) >= rev ||
	       lull_revisions_last(&log->before, id) >= rev;
}

bool lull_eventlog_known(const struct lull_eventlog *log, const struct lull_event *event)
{
	uint64_t id;
	return lull_revisions_id(event->id, &id) && known(log, id, event->rev);
}

// Start a new file; the one of now becomes the old one. On any error the log goes on as it was.
static int rotate(struct lull_eventlog *log)
{
	int fd = open_log(log->names, FRESH, O_CREAT | O_TRUNC);
	if (fd < 0)
		return fd;
	int e = 0;
	if (renameat(log->names, NAME, log->names, OLD) != 0) {
		e = -errno;
	} else if (renameat(log->names, FRESH, log->names, NAME) != 0) {
		e = -errno;
		renameat(log->names, OLD, log->names, NAME);
	}
	if (e < 0) {
		close(fd);
		unlinkat(log->names, FRESH, 0);
		return e;
	}
	close(log->fd);
	log->fd = fd;
	log->size = 0;
	lull_revisions_finish(&log->before);
	log->before = log->now;
	lull_revisions_init(&log->now);
	return lull_disk_sync_names(log->names);
}

static bool sound(const struct lull_eventlog_line *line, uint64_t *id)
{
	return lull_revisions_id(line->id, id) && line->rev > 0 && line->n > 0 &&
	       line->n <= LULL_EVENTLINE_MAX &&
	       memchr(line->text, '\n', line->n) == line->text + line->n - 1;
}

// What lies behind the last line that counts goes.
static int cut_tail(struct lull_eventlog *log)
{
	log->torn = ftruncate(log->fd, (off_t)log->size) != 0;
	return log->torn ? -errno : 0;
}

// Write one line; `before` others wait for the same sync. It lasts only after that.
static int write_line(
	struct lull_eventlog *log, const struct lull_eventlog_line *line, size_t before)
{
	uint64_t id;
	if (!sound(line, &id)) // what could not be read again is not written
		return -EINVAL;
	if (known(log, id, line->rev))
		return 0;
	int e = log->torn ? cut_tail(log) : 0;
	if (e == 0) // before the line is there: it must not be written and yet be unknown
		e = lull_revisions_reserve(&log->now, before + 1);
	if (e < 0)
		return e;
	e = lull_disk_write(log->fd, line->text, line->n);
	if (e == 0)
		log->size += line->n;
	else
		cut_tail(log);
	return e;
}

// The first lines that fit, with one sync. Returns how many are certain; *e: what stopped it.
static size_t add(
	struct lull_eventlog *log, const struct lull_eventlog_line *lines, size_t n, int *e)
{
	uint64_t start = log->size, id;
	size_t done = 0;
	while (*e == 0 && done < n && (done == 0 || log->size + lines[done].n <= LARGEST)) {
		*e = write_line(log, &lines[done], done);
		done += *e == 0;
	}
	if (log->size > start && fdatasync(log->fd) != 0) {
		*e = -errno; // which of them are on the disk, nobody knows
		log->size = start;
		cut_tail(log);
		return 0;
	}
	for (size_t i = 0; i < done; i++)
		if (lull_revisions_id(lines[i].id, &id))
			lull_revisions_note(&log->now, id, lines[i].rev);
	return done;
}

size_t lull_eventlog_append(
	struct lull_eventlog *log, const struct lull_eventlog_line *lines, size_t n, int *e)
{
	size_t done = 0;
	*e = 0;
	while (done < n && *e == 0) {
		if (log->size > 0 && log->size + lines[done].n > LARGEST) {
			int r = rotate(
				log); // a log that is too long is better than an event untold
			if (lull_disk_is_news(&log->told_rotate, r))
				lull_log_warning(
					"%s/" NAME ": cannot rotate: %s", log->dir, strerror(-r));
		}
		done += add(log, lines + done, n - done, e);
	}
	if (lull_disk_is_news(&log->told, *e))
		lull_log_error("%s/" NAME ": cannot append: %s", log->dir, strerror(-*e));
	return done;
}
