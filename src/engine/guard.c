// SPDX-License-Identifier: BSD-3-Clause
// From the user that opened the devices to one that may do nothing more.

#include "engine/guard.h"

#include "engine/guard_threads.h"

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <lull/log.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

// What lull keeps in its directory; lost+found: it may be a file system of its own.
static const char *const ours[] = {"events.jsonl", "events.jsonl.1", "events.jsonl.new",
	"lost+found", "state", "state.bad", "state.tmp"};

static bool is_ours(const char *name)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcmp(name, ours[i]) == 0)
			return true;
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

// `state: /etc` must not give /etc away.
static int holds_others(int dir, const char *path)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	if (d == NULL)
		return -errno;
	int e = 0;
	for (struct dirent *entry; e == 0 && (entry = readdir(d)) != NULL;)
		if (!is_ours(entry->d_name)) {
			lull_log_error("%s: holds other things (%s), so it is not handed over;"
				       " name a directory of lull's own",
				path, entry->d_name);
			e = -ENOTEMPTY;
		}
	closedir(d);
	return e;
}

// A file of an earlier run as the user of now. No link is followed, neither soft nor hard.
static void hand_over_file(int dir, const char *name, const struct passwd *to)
{
	struct stat st;
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
		st.st_uid == geteuid() &&
		fchownat(fd, "", to->pw_uid, to->pw_gid, AT_EMPTY_PATH) != 0)
		lull_log_warning("%s: cannot be handed over: %s", name, strerror(errno));
	close(fd);
}

static int hand_over(int dir, const char *path, const struct passwd *to)
{
	struct stat st;
	if (fstat(dir, &st) != 0)
		return -errno;
	if (st.st_uid != to->pw_uid && st.st_uid == geteuid() && (st.st_mode & S_ISVTX) == 0) {
		int e = holds_others(dir, path);
		if (e < 0)
			return e;
		if (fchown(dir, to->pw_uid, to->pw_gid) != 0) {
			e = -errno;
			lull_log_error("%s: cannot be handed to %s: %s", path, to->pw_name,
				strerror(errno));
			return e;
		}
	}
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		hand_over_file(dir, ours[i], to);
	return 0;
}

// The directory's descriptor or -errno after a message. to: NULL when it stays as it is.
static int prepare(const char *path, const struct passwd *to)
{
	if (mkdir(path, 0750) != 0 && errno != EEXIST) {
		int e = -errno;
		lull_log_error("%s: cannot be made: %s", path, strerror(errno));
		return e;
	}
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		int e = -errno;
		lull_log_error("%s: %s", path, strerror(errno));
		return e;
	}
	int e = to != NULL ? hand_over(dir, path, to) : 0;
	if (e == 0)
		return dir;
	close(dir);
	return e;
}

// Look the user up; text holds its strings. Leaves *found false when there is nothing to become.
static int look_up(const char *user, struct passwd *to, char *text, size_t n, bool *found)
{
	struct passwd *there = NULL;
	*found = false;
	if (user == NULL)
		return 0;
	int e = getpwnam_r(user, to, text, n, &there);
	if (there == NULL) {
		lull_log_error("user %s: %s", user, e != 0 ? strerror(e) : "does not exist");
		return e != 0 ? -e : -ENOENT;
	}
	*found = geteuid() != to->pw_uid || getuid() != to->pw_uid;
	return 0;
}

// The calling thread's capabilities, and the ids of all threads (libc sees to these).
static int become(const struct passwd *to)
{
	capng_get_caps_process();
	bool bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) != 0;
	capng_clear(CAPNG_SELECT_ALL);
	int r;
	if (to != NULL)
		r = capng_change_id((int)to->pw_uid, (int)to->pw_gid,
			CAPNG_INIT_SUPP_GRP | (bounds ? CAPNG_CLEAR_BOUNDING : CAPNG_NO_FLAG));
	else
		r = capng_apply(bounds ? CAPNG_SELECT_ALL : CAPNG_SELECT_CAPS);
	if (r < 0) {
		lull_log_error("cannot %s%s (step %d of libcap-ng)%s",
			to != NULL ? "become user " : "drop capabilities",
			to != NULL ? to->pw_name : "", -r,
			to != NULL && geteuid() != 0 ? ": only root can" : "");
		return -EPERM;
	}
	return 0;
}

int lull_guard_drop(const char *user, const char *state)
{
	char text[4096];
	struct passwd to;
	bool found;
	int e = look_up(user, &to, text, sizeof(text), &found);
	int dir = -1;
	if (e == 0 && state != NULL)
		e = dir = prepare(state, found ? &to : NULL);
	if (e < 0)
		return e;
	uid_t uid = found ? to.pw_uid : geteuid();
	// In this order: ids can only be changed, and bounds dropped, while the capabilities for
	// it are there, and libc aborts when one thread may become the user and another may not.
	e = lull_guard_threads(LULL_THREADS_BIND);
	if (e == 0)
		e = become(found ? &to : NULL);
	if (e == 0)
		e = lull_guard_threads(LULL_THREADS_STRIP);
	if (e == 0)
		e = lull_guard_threads_check(uid);
	if (e == 0 && dir >= 0 && faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) != 0) {
		e = -errno;
		lull_log_error("%s: cannot be written to by %s: %s", state,
			user != NULL ? user : "this user", strerror(errno));
	}
	if (dir >= 0)
		close(dir);
	if (e == 0 && uid == 0)
		lull_log_warning(
			"runs on as root: without a capability, but all of root's files are "
			"its own; make a user (useradd --system lull) and write `user: lull`");
	return e;
}
