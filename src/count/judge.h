// SPDX-License-Identifier: BSD-3-Clause
// The per-packet work of a worker: give every packet its class and count it where it belongs.
// Which slot that is, the counter has decided.

#pragma once

#include "slot.h"

#include <lull/decode.h>
#include <lull/match.h>
#include <lull/packet.h>
#include <lull/upstream.h>
#include <stdalign.h>

#define LULL_JUDGE_CHUNK 64   // packets judged before their cells are visited
#define LULL_JUDGE_MEMOS 2048 // a power of two; 64 KiB

// One visit to one cell.
struct lull_touch {
	struct lull_cell_key key;
	uint64_t hash;   // of the key
	uint8_t packet;  // of the chunk
	uint8_t unreach; // not 0: count this error and nothing else
	uint16_t memo;   // where the source may be remembered
	uint32_t cell;   // or LULL_NO_CELL; known when all of a chunk are
};

// An address seen lately in a cell: its hash, and that the cell holds it already, so that the
// next packet from it costs neither. Exact: adding to a set twice changes nothing.
struct lull_memo {
	uint64_t hi, lo;
	uint32_t hash;
	uint32_t epoch; // of the slot the cell belongs to
	uint32_t cell;
};

struct lull_judge {
	struct lull_sipkey key;
	uint64_t salt[2]; // odd secrets: of the memos' places and of control groups
	struct lull_flow_salt flow_salt;
	uint32_t n_touches;
	uint32_t starved; // visits passed over for want of memory, in the last call
	struct lull_touch touches[3 * LULL_JUDGE_CHUNK];      // source, destination, embedded
	alignas(64) struct lull_memo memos[LULL_JUDGE_MEMOS]; // none lies across two lines
};

void lull_judge_init(struct lull_judge *j, const struct lull_sipkey *key);

// Forget which cells hold which address: to be called when epochs start anew.
void lull_judge_forget(struct lull_judge *j);

// Judge packets[which[k]], k in [0, n), all of the slot's bin and of one port, whose record is
// given; headers[k], matched[k] and, unless it is NULL, filtered[k] belong to it. Returns 0, or
// -ENOMEM when the slot cannot grow: every packet has its class all the same, and every cell that
// could be had its counts.
int lull_judge(struct lull_judge *j, struct lull_slot *slot, struct lull_port_bin *port,
	const struct lull_packet *packets, const uint16_t *which,
	const struct lull_headers *headers, const struct lull_matched *matched,
	const uint8_t *filtered, uint32_t n);

// Count n packets that a sift found far: their sums, and their bytes on the wire in all.
void lull_judge_far(const struct lull_judge *j, struct lull_port_bin *port, const uint64_t *sums,
	uint32_t n, uint64_t bytes);
