// SPDX-License-Identifier: BSD-3-Clause
// Captures that never happened, with the truth beside them. A scenario says who talks, how much,
// over which upstreams, and what goes wrong; the generator writes packets, and counts them as it
// makes them, knowing what each one is without reading it. The same scenario gives the same
// bytes on every machine and with every compiler.
// One thread per handle; nothing here reads a clock or the network.

#pragma once

#include <lull/packet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define LULL_SCENARIO_BYTES (1u << 20)          // longest scenario read
#define LULL_SYNTH_PACKETS UINT64_C(1000000000) // more are refused without force

struct lull_scenario; // opaque; immutable

// Read a scenario (YAML; pcaps/README.md shows every key). Complaints go to the log as
// `file:line:col: what, and what to do`. NULL and errno: EINVAL (content), ENOMEM, or the file's.
struct lull_scenario *lull_scenario_load(const char *path);
// The same from n bytes of text; file is the name for messages.
struct lull_scenario *lull_scenario_parse(const char *text, size_t n, const char *file);
void lull_scenario_destroy(struct lull_scenario *s);

// The lull.yaml that fits the scenario: targets, groups, upstreams, bin. The caller frees it.
// NULL: out of memory.
char *lull_scenario_config(const struct lull_scenario *s);

// The events as CSV: target,kind,from_ns,to_ns,remaining,upstreams; upstreams separated by "|"
// or "all"; target is empty for faults of the tap. 0 or -errno.
int lull_scenario_events(const struct lull_scenario *s, FILE *out);

// Packets and bytes of file to expect (expectation without daily shape and events), limited to
// `packets` unless that is 0.
void lull_scenario_estimate(
	const struct lull_scenario *s, uint64_t packets, double *n, double *bytes);

// What a packet is, by target id (1..n, as lull_targets_create() numbers the configuration of
// lull_scenario_config(); 0: none).
struct lull_synth_mark {
	uint32_t src, dst, embedded; // most specific target of each address
	uint16_t upstream;           // index of the upstream, in the order of the scenario
	uint8_t tcp_flags;
	uint8_t unreach; // enum lull_unreach
	uint8_t family;  // 4, 6; 0: not IP
	uint32_t ip_bytes;
	uint8_t addr[16]; // source address: what distinct counts, in either direction
};

struct lull_synth_packet {
	struct lull_packet packet; // data is valid until the next call
	struct lull_synth_mark mark;
};

struct lull_synth; // opaque: a generator at one point of its timeline

// packets: stop after so many and let the scenario go on for as long as that takes; 0: stop
// after its duration. NULL and errno ENOMEM on failure. s must outlive it.
struct lull_synth *lull_synth_create(const struct lull_scenario *s, uint64_t packets);
void lull_synth_destroy(struct lull_synth *g);
// The next packet as the tap recorded it: after loss, gaps, duplicates, reordering and steps of
// the clock. Returns 1, 0 when it is over, or -ENOMEM.
int lull_synth_next(struct lull_synth *g, struct lull_synth_packet *out);

// Exact counts of what lull_synth_next() gave, in the form of `lull replay --series`.
struct lull_truth; // opaque
// Writes the header line to out (not closed by lull_truth_finish()). NULL and errno on failure.
struct lull_truth *lull_truth_create(const struct lull_scenario *s, FILE *out);
int lull_truth_packet(struct lull_truth *t, const struct lull_synth_packet *p); // 0 or -errno
int lull_truth_finish(struct lull_truth *t); // write what is open, flush, free; 0 or -errno

// A capture file. format: pcapng when path ends in ".pcapng", else pcap; "-" is standard output.
struct lull_writer; // opaque
// NULL and errno on failure, after a message.
struct lull_writer *lull_writer_open(
	const char *path, uint16_t linktype, uint32_t snaplen, bool nanoseconds);
// 0 or -errno of the write that failed (-EFBIG: the time does not fit a pcap record).
int lull_writer_packet(struct lull_writer *w, const struct lull_packet *packet);
// Bytes given to it so far.
uint64_t lull_writer_bytes(const struct lull_writer *w);
// Flush, close, free. 0 or -errno. NULL: 0.
int lull_writer_close(struct lull_writer *w);

// One run: scenario to files.
struct lull_synth_options {
	const char *out;    // capture, or NULL: none
	const char *truth;  // CSV, or NULL
	const char *config; // lull.yaml, or NULL
	const char *events; // CSV, or NULL
	uint64_t packets;   // see lull_synth_create()
	bool force;         // beyond LULL_SYNTH_PACKETS
	bool progress;      // a line on standard error, redrawn
};
struct lull_synth_done {
	uint64_t packets, bytes; // in the capture; bytes of the file
};
// 0 or -errno, after a message; files half written stay as they are.
int lull_synth_run(const struct lull_scenario *s, const struct lull_synth_options *options,
	struct lull_synth_done *done);
