// SPDX-License-Identifier: BSD-3-Clause
// A worker: takes a burst, reads its headers, matches, counts. Live, a thread per queue loops
// over lull_worker_step(); replay drives the same function.

#pragma once

#include "engine/absences.h"
#include "engine/offer.h"
#include "engine/tap.h"

#include <lull/count.h>
#include <lull/decode.h>
#include <lull/duplicates.h>
#include <lull/match.h>
#include <lull/metrics.h>
#include <lull/sift.h>

// What every worker of a run shares, read-only.
struct lull_path {
	const struct lull_match *match;
	struct lull_filter *filter; // NULL: none
	const struct lull_upstream_rules *rules;
	unsigned decap; // mask of enum lull_decap
};

// What a live worker says of itself. Written by the worker, relaxed; read by anyone.
struct lull_worker_gauges {
	_Atomic uint64_t polls; // also its sign of life
	_Atomic uint64_t packets, bytes;
	_Atomic uint64_t fill[LULL_FILL_BUCKETS];
	_Atomic uint64_t busy_ns; // from bursts with packets to the burst after them
	_Atomic uint64_t newest;  // highest bin reached
	_Atomic uint64_t lag_ns;  // how far packets lay behind the source's clock, at most
};

struct lull_worker {
	struct lull_tap *tap;
	const struct lull_path *path;
	struct lull_counter *counter; // owned
	bool live;
	_Atomic(struct lull_offer *) offer; // written by the engine
	_Atomic int answer;                 // enum lull_answer
	struct lull_offer *held;            // the offer it answered; the worker's alone
	bool changing;                      // held is agreed: packets from its bin on go by it
	struct lull_duplicates *duplicates; // owned; live only
	uint64_t busy_since_ns;             // clock of the last burst, if that had packets
	uint64_t looked_ns;                 // clock of the last burst
	struct lull_absences absences;      // live only
	struct lull_worker_gauges gauges;
	uint32_t counted; // packets of the burst already counted
	struct lull_burst burst;
	struct lull_sifted sifted;
	struct lull_headers headers[LULL_BURST]; // of the k-th odd packet, as the next two
	struct lull_matched matched[LULL_BURST];
	uint8_t filtered[LULL_BURST];
};

// NULL and errno on failure. tap and path must outlive the worker.
struct lull_worker *lull_worker_create(
	struct lull_tap *tap, const struct lull_path *path, const struct lull_sipkey *key);
void lull_worker_destroy(struct lull_worker *w);
// Before the first step: it is to keep gauges, look for duplicates, take offers, and never wait for
// the analyzer, which may be so many bytes of closed bins behind. key: as for lull_worker_create().
// 0 or -ENOMEM.
int lull_worker_live(struct lull_worker *w, const struct lull_sipkey *key, uint64_t bytes);

// One burst through the packet path.
// Returns 1: go on; 0: the source is over and all is counted and closed;
// -EAGAIN: the analyzer is too far behind, call again when it moved on; -ENOMEM.
int lull_worker_step(struct lull_worker *w);

// Engine. Offer a path, or, with NULL, withdraw the last one. The offer and all it names must live
// until the answer is CHANGED and another was made, or IDLE, or GONE.
void lull_worker_offer(struct lull_worker *w, struct lull_offer *offer);
// Engine. What the worker makes of it.
enum lull_answer lull_worker_answer(const struct lull_worker *w);
