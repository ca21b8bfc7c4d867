// SPDX-License-Identifier: BSD-3-Clause
// What the state file and the log of events share: writing that either holds or is reported.

#include "store/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

int lull_disk_write(int fd, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	while (n > 0) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int lull_disk_sync_names(int dir)
{
	if (fsync(dir) == 0 || errno == EINVAL || errno == EROFS)
		return 0;
	return -errno;
}

int lull_disk_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

int lull_disk_is_news(struct lull_disk_told *told, int e)
{
	return atomic_exchange(&told->last, e) != e && e != 0;
}
