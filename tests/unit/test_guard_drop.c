// SPDX-License-Identifier: BSD-3-Clause
// Nothing is left of root, in any thread, and nothing but lull's own is given away.

#include "disk_dir.h"
#include "engine/guard.h"
#include "engine/guard_threads.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define NOBODY 65534u

static char dir[64];

static void begin(void)
{
	cr_assert_not_null(disk_dir_make(dir));
}

static void end(void)
{
	char path[96];
	snprintf(path, sizeof(path), "%s/lull", dir);
	disk_dir_remove(path);
	disk_dir_remove(dir);
}

TestSuite(guard_drop, .init = begin, .fini = end);

static void need_root(void)
{
	if (geteuid() != 0)
		cr_skip_test("only root has something to drop");
}

// Each test becomes somebody else for good, so it runs in a process that ends; its exit code.
static int in_a_child(int (*work)(const char *path), const char *path)
{
	int status;
	pid_t child = fork();
	if (child == 0)
		_exit(work(path));
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

static void *wait_for_ever(void *none)
{
	for (;;)
		pause();
	return none;
}

static int become_nobody(const char *path)
{
	pthread_t t; // as the threads that DPDK starts
	gid_t groups[64];
	if (pthread_create(&t, NULL, wait_for_ever, NULL) != 0 ||
		pthread_create(&t, NULL, wait_for_ever, NULL) != 0)
		return 1;
	if (lull_guard_drop("nobody", path) != 0)
		return 2;
	if (lull_guard_threads_check(NOBODY) != 0)
		return 3;
	if (geteuid() != NOBODY || getegid() != NOBODY || setuid(0) == 0 || setgid(0) == 0)
		return 4;
	for (int i = getgroups(64, groups); i > 0; i--)
		if (groups[i - 1] != NOBODY)
			return 5;
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			return 6;
	if (path != NULL && !disk_dir_write(path, "state", "new", 3))
		return 7;
	return 0;
}

Test(guard_drop, root_becomes_the_user_in_every_thread_and_hands_its_directory_over)
{
	need_root();
	char path[96], file[128];
	struct stat st;
	snprintf(path, sizeof(path), "%s/lull", dir);
	cr_assert(eq(int, in_a_child(become_nobody, path), 0)); // made
	cr_assert_eq(stat(path, &st), 0);
	cr_expect(eq(u32, st.st_uid, NOBODY));
	cr_expect(eq(u32, st.st_mode & 07777, 0750));
	// as root left it in an earlier run
	snprintf(file, sizeof(file), "%s/state", path);
	cr_assert_eq(chown(path, 0, 0), 0);
	cr_assert_eq(chown(file, 0, 0), 0);
	cr_assert(eq(int, in_a_child(become_nobody, path), 0));
}

Test(guard_drop, a_thread_that_keeps_a_capability_is_found)
{
	need_root();
	cr_expect(eq(int, lull_guard_threads_check(0), -EPERM));
}

Test(guard_drop, a_directory_with_other_things_in_it_is_not_given_away)
{
	need_root();
	struct stat st;
	cr_assert(disk_dir_write(dir, "passwd", "x", 1));
	cr_expect(eq(int, lull_guard_drop("nobody", dir), -ENOTEMPTY));
	cr_assert_eq(stat(dir, &st), 0);
	cr_expect(eq(u32, st.st_uid, 0));
	cr_expect(eq(u32, geteuid(), 0));
}

Test(guard_drop, links_are_not_given_away)
{
	need_root();
	char path[96], there[128], here[128];
	struct stat st;
	snprintf(path, sizeof(path), "%s/lull", dir);
	snprintf(there, sizeof(there), "%s/precious", dir);
	cr_assert_eq(mkdir(path, 0755), 0);
	cr_assert(disk_dir_write(dir, "precious", "x", 1));
	snprintf(here, sizeof(here), "%s/events.jsonl", path);
	cr_assert_eq(link(there, here), 0);
	snprintf(here, sizeof(here), "%s/state.bad", path);
	cr_assert_eq(symlink(there, here), 0);
	cr_assert(eq(int, in_a_child(become_nobody, path), 0));
	cr_assert_eq(stat(there, &st), 0);
	cr_expect(eq(u32, st.st_uid, 0));
}

static int stay(const char *path)
{
	uid_t before = geteuid();
	if (lull_guard_drop(NULL, path) != 0)
		return 1;
	return lull_guard_threads_check(before) == 0 ? 0 : 2;
}

static int stay_as_nobody(const char *path)
{
	if (setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return 9;
	return stay(path);
}

Test(guard_drop, who_stays_loses_every_capability_too)
{
	cr_expect(eq(int, in_a_child(stay, NULL), 0));
	if (geteuid() == 0) {
		cr_expect(eq(int, in_a_child(stay_as_nobody, NULL), 0));
		cr_expect(eq(int, in_a_child(stay_as_nobody, dir), 1), "root's directory");
	}
}

// What is said meanwhile, on standard error: is there a word of root? 10: yes, 11: no.
static int is_told_of_root(int (*work)(const char *path))
{
	char said[4096];
	int ends[2], there = dup(STDERR_FILENO);
	if (pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0)
		return 9;
	int e = work(NULL);
	ssize_t n = fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 ? read(ends[0], said, 4095) : 0;
	said[n > 0 ? n : 0] = '\0';
	dup2(there, STDERR_FILENO);
	return e != 0 ? e : strstr(said, "write `user: lull`") != NULL ? 10 : 11;
}

static int told_when_it_stays(const char *none)
{
	(void)none;
	return is_told_of_root(stay);
}

static int told_when_it_becomes_nobody(const char *none)
{
	(void)none;
	return is_told_of_root(become_nobody);
}

Test(guard_drop, who_stays_root_is_told_so_and_what_to_do)
{
	need_root();
	cr_expect(eq(int, in_a_child(told_when_it_stays, NULL), 10));
	cr_expect(eq(int, in_a_child(told_when_it_becomes_nobody, NULL), 11));
}

static int in_a_namespace(const char *path)
{
	(void)path;
	if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return 9;
	if (unshare(CLONE_NEWUSER) != 0)
		return 77;
	return stay(NULL); // has all capabilities there
}

Test(guard_drop, in_a_user_namespace_all_are_dropped)
{
	int r = in_a_child(in_a_namespace, NULL);
	if (r == 77)
		cr_skip_test("no user namespaces here");
	cr_expect(eq(int, r, 0));
}

// A container that may change ids, but not bounding sets.
static int without_setpcap(const char *path)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct caps[2];
	if (syscall(SYS_capget, &head, caps) != 0)
		return 9;
	caps[0].effective &= ~(1u << CAP_SETPCAP);
	caps[0].permitted &= ~(1u << CAP_SETPCAP);
	if (syscall(SYS_capset, &head, caps) != 0)
		return 9;
	if (lull_guard_drop("nobody", path) != 0)
		return 1;
	return lull_guard_threads_check(NOBODY) == 0 && setuid(0) != 0 ? 0 : 2;
}

Test(guard_drop, a_container_without_setpcap_is_enough)
{
	need_root();
	cr_expect(eq(int, in_a_child(without_setpcap, NULL), 0));
}

static int nobody_wants_root(const char *path)
{
	(void)path;
	if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return 9;
	return lull_guard_drop("root", NULL) == -EPERM ? 0 : 1;
}

Test(guard_drop, what_cannot_be_become_is_an_error)
{
	cr_expect(eq(int, lull_guard_drop("no-such-user", NULL), -ENOENT));
	cr_expect(eq(int, in_a_child(nobody_wants_root, NULL), 0));
	char path[96];
	snprintf(path, sizeof(path), "%s/a/b", dir);
	cr_expect(eq(int, lull_guard_drop(NULL, path), -ENOENT));
}
