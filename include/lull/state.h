// SPDX-License-Identifier: BSD-3-Clause
// What a live run leaves on disk so that the next start goes on where it stopped: DIR/state (the
// last closed bin, upstreams, the detector's memory, what is still to be told) and
// DIR/events.jsonl (every revision told).
//
// DIR/state is written whole or not at all: a temporary file, fsync, rename, fsync of DIR. Format
// lull.state/2, little endian: magic "lullstat", u32 version, u32 reserved, u64 length of the rest,
// u64 SipHash-1-3 of the rest under a fixed key (damage, not malice); then the fields below, u64
// and bytes after their u64 length. Version 1, which is read too, ends before `untold`.

#pragma once

#include <lull/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lull_saved {
	uint64_t end_ns; // end of the last closed bin
	uint64_t bin_ns;
	uint64_t *upstream_keys; // learnt upstreams, in the order they were learnt
	size_t n_upstream_keys;
	uint8_t *detect; // from lull_detect_save()
	size_t detect_bytes;
	uint8_t *untold; // revisions found whose line in the log is not certain yet; NULL: none
	size_t untold_bytes;
};

// 0 or -errno after a message (once per kind of error, so a full disk does not flood the log).
int lull_state_write(const char *dir, const struct lull_saved *saved);
// 0; -ENOENT: there is none; -EBADMSG after a message: damaged or of another version, and moved
// aside to DIR/state.bad; -errno after a message. The caller calls lull_saved_finish().
int lull_state_read(const char *dir, struct lull_saved *saved);
void lull_saved_finish(struct lull_saved *saved);
// What was read is of no use after all: move it to DIR/state.bad and say so, with the problem ("is
// from the future"). A state file that is not the one to go on from is never just written over.
void lull_state_aside(const char *dir, const char *problem);

// Parse the bytes of a state file: for lull_state_read() and the fuzzer. 0 or -EBADMSG.
int lull_state_parse(const uint8_t *bytes, size_t n, struct lull_saved *saved);

// The log of revisions, DIR/events.jsonl: one lull.event/1 line each, appended and synced, all of
// a bin at once.
struct lull_eventlog;
// Reads what is there: ids and their last revision; a last line that was cut by a crash is cut
// off. NULL and errno after a message.
struct lull_eventlog *lull_eventlog_open(const char *dir);
void lull_eventlog_close(struct lull_eventlog *log);
// True when this revision, or a later one of its event, was written before: it is not news.
bool lull_eventlog_known(const struct lull_eventlog *log, const struct lull_event *event);
// A revision and its line, newline included. Nothing of it is kept.
struct lull_eventlog_line {
	const char *id;
	uint32_t rev;
	const char *text;
	size_t n;
};
// Append lines in their order, and make all of them last with one sync; those that are known are
// passed over. Returns how many of the first ones the log has for certain now. Where that is not n,
// *e is -errno, after a message: what it did not take is to be given once more; -EINVAL: the next
// line is none of a log, and never will be.
size_t lull_eventlog_append(
	struct lull_eventlog *log, const struct lull_eventlog_line *lines, size_t n, int *e);
