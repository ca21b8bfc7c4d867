// SPDX-License-Identifier: BSD-3-Clause
// Numbers of the kernel about an interface. Read anew each time: the interface may go and come.

#include "netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int lull_netdev_read(const char *name, const char *what, uint64_t *value)
{
	char path[192], text[32];
	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		return -EINVAL;
	int len = snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, what);
	if (len < 0 || (size_t)len >= sizeof(path))
		return -EINVAL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	int error = errno;
	close(fd);
	if (n < 0)
		return -error;
	text[n] = '\0';
	char *end;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return end == text || errno != 0 ? -EINVAL : 0;
}

bool lull_netdev_up(const char *name)
{
	uint64_t carrier = 0; // reading it of an interface that is down is EINVAL
	return lull_netdev_read(name, "carrier", &carrier) == 0 && carrier == 1;
}
