// SPDX-License-Identifier: BSD-3-Clause
// Three questions of netdevice(7) to a socket that is good for nothing else.

#include "iflink.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int lull_iflink_open(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd >= 0 ? fd : -errno;
}

static int ask(int fd, unsigned long what, struct ifreq *r)
{
	return ioctl(fd, what, r) == 0 ? 0 : -errno;
}

int lull_iflink_read(int fd, const char *name, struct lull_iflink *out)
{
	struct ifreq r = {0};
	if (strlen(name) >= sizeof(r.ifr_name))
		return -ENODEV;
	strcpy(r.ifr_name, name);
	int e = ask(fd, SIOCGIFINDEX, &r);
	if (e != 0)
		return e;
	out->index = r.ifr_ifindex;
	e = ask(fd, SIOCGIFHWADDR, &r);
	if (e != 0)
		return e;
	out->type = r.ifr_hwaddr.sa_family;
	e = ask(fd, SIOCGIFFLAGS, &r);
	if (e != 0)
		return e;
	out->up = (r.ifr_flags & IFF_UP) != 0 && (r.ifr_flags & IFF_RUNNING) != 0;
	return 0;
}
