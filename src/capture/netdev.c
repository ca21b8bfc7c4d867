// SPDX-License-Identifier: BSD-3-Clause
// Numbers of the kernel about an interface. Read anew each time: the interface may go and come.

#include "netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

// The next interface of /proc/self/net/dev: its name, and how many packets it received.
static bool next_device(FILE *f, char name[LULL_NETDEV_NAME], uint64_t *packets)
{
	char line[512];
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, " %63[^: ]: %*u %" SCNu64, name, packets) == 2)
			return true;
	return false;
}

static bool received(const char *name, uint64_t *packets)
{
	char found[LULL_NETDEV_NAME];
	FILE *f = fopen("/proc/self/net/dev", "re");
	bool there = false;
	while (!there && next_device(f, found, packets))
		there = strcmp(found, name) == 0;
	if (f != NULL)
		fclose(f);
	return there;
}

bool lull_netdev_here(const char *name)
{
	uint64_t before, there, after;
	return received(name, &before) &&
	       lull_netdev_read(name, "statistics/rx_packets", &there) == 0 &&
	       received(name, &after) && before <= there && there <= after;
}

size_t lull_netdev_names(char (*names)[LULL_NETDEV_NAME], size_t room)
{
	uint64_t packets;
	size_t n = 0;
	FILE *f = fopen("/proc/self/net/dev", "re");
	while (n < room && next_device(f, names[n], &packets))
		n++;
	if (f != NULL)
		fclose(f);
	return n;
}
