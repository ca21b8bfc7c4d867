// SPDX-License-Identifier: BSD-3-Clause
// What a run can say about its input and its work when it is over.

#pragma once

#include <lull/class.h>
#include <lull/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One input file.
struct lull_input_report {
	const char *path;        // as given; "-" is standard input
	const char *format;      // "pcap", "pcapng", ... or "unknown"
	const char *compression; // "none", "gzip", "zstd", "lz4", "xz"
	struct lull_tally received;
	uint64_t file_bytes; // bytes read, after decompression
	uint64_t first_ns,
		last_ns; // lowest and highest packet time; LULL_TIME_NONE without packets
	bool damaged;
	char error[256];       // "" or what is wrong, without path and offset
	uint64_t error_offset; // byte offset after decompression; valid when damaged
};

struct lull_summary {
	const struct lull_input_report *inputs;
	size_t n_inputs;
	struct lull_law law;        // workers' view: received and classes
	uint64_t bins, gaps;        // closed bins; jumps of the clock
	uint64_t first_ns, last_ns; // the time covered
	uint64_t bin_ns;
	unsigned workers;
	double wall_s, cpu_s;                     // the only figures that differ from run to run
	const struct lull_target_status *targets; // one per target, in id order
	size_t n_targets;
	size_t outages; // events of kind outage at their last revision, over all targets
};
