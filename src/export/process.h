// SPDX-License-Identifier: BSD-3-Clause
// What the kernel and the allocator say of this process. Linux, /proc (proc(5)).

#pragma once

#include <stdint.h>

struct lull_process {
	double cpu_s;             // user and system
	double start_s;           // since the epoch
	double resident, virtual; // bytes
	double open_fds, max_fds; // max_fds INFINITY: no limit
	double threads;
	// jemalloc, bytes: in use by the program, in pages with some in use, mapped, in memory.
	double allocated, active, mapped, allocator_resident;
};

// What cannot be read is NAN; so are jemalloc's figures where the allocator is another. Any thread.
void lull_process_read(struct lull_process *p);
