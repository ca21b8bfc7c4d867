// SPDX-License-Identifier: BSD-3-Clause
// What systemd hears, at a socket that stands for it.

#include "engine/guard.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int service_manager(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char name[64];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	snprintf(name, sizeof(name), "@lull-test-%d", getpid());
	memcpy(at.sun_path + 1, name + 1, strlen(name) - 1);
	socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	cr_assert_eq(bind(fd, (struct sockaddr *)&at, n), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void expect_heard(int fd, const char *text)
{
	char heard[512] = "";
	ssize_t n = recv(fd, heard, sizeof(heard) - 1, 0);
	if (text == NULL) {
		cr_expect(n < 0 && errno == EAGAIN, "%s", heard);
		return;
	}
	cr_assert(n > 0, "nothing instead of %s", text);
	cr_expect(strncmp(heard, text, strlen(text)) == 0, "%s", heard);
}

Test(notify, ready_reloading_and_stopping_are_heard)
{
	int fd = service_manager();
	lull_guard_ready("3 ports, 12 targets");
	expect_heard(fd, "READY=1\nSTATUS=3 ports, 12 targets");
	lull_guard_reloading();
	expect_heard(fd, "RELOADING=1\nMONOTONIC_USEC=");
	lull_guard_ready("a\nWATCHDOG_USEC=1");
	expect_heard(fd, "READY=1\nSTATUS=a WATCHDOG_USEC=1");
	lull_guard_stopping();
	expect_heard(fd, "STOPPING=1\n");
}

Test(notify, the_watchdog_hears_at_half_of_its_time)
{
	int fd = service_manager();
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_PID", pid, 1);
	setenv("WATCHDOG_USEC", "400000", 1);
	lull_guard_alive("well");
	expect_heard(fd, "WATCHDOG=1\nSTATUS=well");
	for (int i = 0; i < 100; i++)
		lull_guard_alive("well");
	expect_heard(fd, NULL);
	usleep(200 * 1000);
	lull_guard_alive(NULL);
	expect_heard(fd, "WATCHDOG=1");
}

Test(notify, without_systemd_nothing_happens)
{
	unsetenv("NOTIFY_SOCKET");
	lull_guard_ready("x");
	lull_guard_reloading();
	lull_guard_alive("x");
	lull_guard_stopping();
	int fd = service_manager();
	expect_heard(fd, NULL);
}
