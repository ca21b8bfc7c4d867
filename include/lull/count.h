// SPDX-License-Identifier: BSD-3-Clause
// Counting: per worker, without locks. A worker owns its counter; it fills slots, one per bin it
// saw a packet in, and hands closed slots to the analyzer through a single-producer,
// single-consumer ring; emptied slots come back through another.
//
// Memory: a slot grows with the cells (target x upstream x direction) touched in its bin: one
// 64-byte line, 16 bytes of key and up to 32 of index each; for its distinct addresses nothing
// for one, 64 bytes for up to 16, 1 KiB beyond. Beyond 4 M cells a slot counts new learnt
// upstreams as "other". Slots are reused; a worker is at most 4 closed bins ahead of the analyzer
// when its slots take 4 MiB or more (live: what lull_counter_live() says), and 4096 otherwise.

#pragma once

#include <lull/bin.h>
#include <lull/decode.h>
#include <lull/match.h>
#include <lull/packet.h>
#include <lull/sift.h>
#include <lull/siphash.h>
#include <lull/upstream.h>

struct lull_counter; // opaque: one per worker
struct lull_slot;    // opaque: one bin of one worker

// key: secret of the sketches and control groups; the same for all workers of a run.
// NULL and errno ENOMEM on failure. rules must outlive the counter.
struct lull_counter *lull_counter_create(
	const struct lull_upstream_rules *rules, const struct lull_sipkey *key);
void lull_counter_destroy(struct lull_counter *c);

// Worker thread. Live: never wait for the analyzer. When no slot is free, the oldest closed one
// that the analyzer did not take yet is used again: its bin is lost (lull_counter_lost()), its part
// of the count law moves into the bin that takes its place, so that no packet is lost to the law.
// The ring then holds more than an hour of bins of 1 s (4096), as long as slots take less than
// bytes in all. Nor does it end when memory runs out: every packet still gets its class, in the
// bin's slot or, when there is none for it, in that of an open bin beside it; cells that cannot be
// had are passed over and counted (lull_counter_starved()), and the bins are not whole. Before the
// first burst, and before the analyzer looks.
void lull_counter_live(struct lull_counter *c, uint64_t bytes);
// Worker thread. From bin seq on, upstreams are told apart by other rules. The old ones must live
// until all bins below seq are closed. seq must lie above every bin counted so far.
void lull_counter_rules(
	struct lull_counter *c, uint64_t seq, const struct lull_upstream_rules *rules);
// Analyzer thread. Bins below this were overwritten by the worker if it did not hand them over:
// what the analyzer has of them is incomplete. 0: none.
uint64_t lull_counter_lost(const struct lull_counter *c);
// Any thread. Visits to cells passed over for want of memory, live, and packets without a slot.
uint64_t lull_counter_starved(const struct lull_counter *c);
// Analyzer thread, of a slot it took. False: memory ran out while its bin was counted; its count
// law is whole, its rows are not.
bool lull_slot_whole(const struct lull_slot *slot);

// Worker thread. Judge and count every packet of a stamped burst, after closing all bins below
// burst->floor. headers[k], matched[k] belong to the k-th odd packet; filtered[k] != 0: the filter
// dropped it (headers and matched are then ignored, as they are for packets whose fate is not
// IN_TIME); filtered NULL: there is no filter. A packet late or out of time is that and not
// filtered. Returns packets counted: burst->n, or fewer when the analyzer is so far behind that no
// slot is free (call again with first = what was returned). -ENOMEM when a slot cannot grow. Live:
// burst->n.
int lull_counter_burst(struct lull_counter *c, const struct lull_burst *burst, uint32_t first,
	const struct lull_sifted *sifted, const struct lull_headers *headers,
	const struct lull_matched *matched, const uint8_t *filtered);

// Worker thread. Bytes on the wire of all packets counted so far.
uint64_t lull_counter_bytes(const struct lull_counter *c);

// Worker thread. Close every bin below floor and publish it as this worker's watermark.
// UINT64_MAX: the worker is done.
void lull_counter_close(struct lull_counter *c, uint64_t floor);

// Analyzer thread. No slot below the watermark will come any more.
uint64_t lull_counter_watermark(const struct lull_counter *c);
// Analyzer thread. The lowest bin that is closed and waiting, or UINT64_MAX.
uint64_t lull_counter_next(const struct lull_counter *c);
// Analyzer thread. Take the slot of bin seq, or NULL when this worker counted nothing in it.
// To be called with rising seq < watermark. Give it back with lull_counter_give().
struct lull_slot *lull_counter_take(struct lull_counter *c, uint64_t seq);
void lull_counter_give(struct lull_counter *c, struct lull_slot *slot);

// Analyzer thread: from slots to one record.
struct lull_merge; // opaque: scratch space and the registry of upstreams
struct lull_merge *lull_merge_create(
	const struct lull_targets *targets, const struct lull_config *config);
void lull_merge_destroy(struct lull_merge *m);
// Before the first bin: give indices to all named upstreams of the configuration, in their order,
// and to these learnt keys (of another registry; others are passed over). 0 or -ENOMEM.
int lull_merge_seed(struct lull_merge *m, const uint64_t *keys, size_t n);
// The registry, valid as long as the merge.
const struct lull_upstreams *lull_merge_upstreams(const struct lull_merge *m);
// Merge the slots of one bin (n may be 0: an empty bin) into *bin: rows for every target and
// ancestor, upstream `all` and each, sorted by target, upstream, direction. The caller fills
// seq, start_ns, len_ns, gap_ns and exposure. Rows are valid until the next call. A target has rows
// only where something was counted; ports seen once keep their record in every later bin.
// 0 or -ENOMEM.
int lull_merge_bin(
	struct lull_merge *m, struct lull_slot *const *slots, size_t n, struct lull_bin *bin);
