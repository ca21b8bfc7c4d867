// SPDX-License-Identifier: BSD-3-Clause
// Bytes that are on the disk when a call says so, and none when it does not.

#pragma once

#include <stddef.h>
#include <stdint.h>

// Write all n bytes, across short writes and signals. 0 or -errno; part may have been written.
int lull_disk_write(int fd, const void *bytes, size_t n);

// Make names of a directory (renames, new files) last. 0 or -errno; a file system that has no
// such thing has nothing to lose.
int lull_disk_sync_names(int dir);

// Open DIR. Its descriptor or -errno.
int lull_disk_dir(const char *dir);

// Remembers which error was told last, so that a disk that stays full is told once.
// True when e (-errno) is another one; 0 means that all is well again.
struct lull_disk_told {
	_Atomic int last;
};
int lull_disk_is_news(struct lull_disk_told *told, int e);
