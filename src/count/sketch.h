// SPDX-License-Identifier: BSD-3-Clause
// How many distinct addresses? A set of addresses in at most 1 KiB: exact up to 16, then
// HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) with 2^10 registers, read by the estimator
// of Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6:
// no bias at either end, no table. Standard error 1.04 / sqrt(1024) = 3.25 %.
//
// What a sketch holds depends on the set alone, never on order or on how the set was split over
// sketches later joined: its estimate is the same for any number of workers.
//
// Hashes are keyed with a secret: without it nobody can send the few addresses that make a
// sketch show millions.

#pragma once

#include <lull/decode.h>
#include <lull/siphash.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_SKETCH_EXACT 16
#define LULL_SKETCH_BITS 10
#define LULL_SKETCH_REGISTERS (1 << LULL_SKETCH_BITS)

// A hash holds all that either form needs: register (10 bits), rank (6 bits, 1..55: the place of
// the first 1 in the 54 bits after the register's), and 16 more bits to tell addresses apart
// while they are counted exactly. Never 0.
static inline uint32_t lull_sketch_hash(
	const struct lull_sipkey *key, uint8_t family, struct lull_ip ip)
{
	// an IPv4 address is no IPv6 address: ffff:ffff:ffff:ffff::/64 is not in use
	uint64_t h = lull_siphash_pair(key, family == 4 ? UINT64_MAX : ip.hi, ip.lo);
	uint32_t place = (uint32_t)(h >> (64 - LULL_SKETCH_BITS));
	uint64_t rest = h << LULL_SKETCH_BITS | UINT64_C(1) << (LULL_SKETCH_BITS - 1);
	uint32_t rank = (uint32_t)__builtin_clzll(rest) + 1;
	return place << 22 | rank << 16 | (uint32_t)(h & 0xffff);
}

// A set. All zeros: empty. One address lives here, more in the pool it was added with.
struct lull_sketch {
	uint32_t only;  // the hash, while there is one
	uint32_t place; // 0; or where in the pool
};

struct lull_sketch_line {
	uint32_t hashes[LULL_SKETCH_EXACT]; // 0: free
};

struct lull_sketch_dense {
	uint8_t registers[LULL_SKETCH_REGISTERS];
};

// Where the sets of one slot live. All zeros: empty. One thread at a time.
struct lull_sketches {
	struct lull_sketch_line *lines;
	uint32_t n_lines, cap_lines;
	uint32_t free_line;                // outgrown lines, chained through hashes[0]; 0: none
	struct lull_sketch_dense **chunks; // dense sketches never move: growing copies none
	uint32_t n_dense, n_chunks, cap_chunks;
};

// Forget all sets, keep the memory.
void lull_sketches_reset(struct lull_sketches *pool);
void lull_sketches_finish(struct lull_sketches *pool);
size_t lull_sketches_bytes(const struct lull_sketches *pool);

// Add to a set. False: out of memory, and the set is as before.
bool lull_sketch_add(struct lull_sketches *pool, struct lull_sketch *s, uint32_t hash);

// The forms of a set, for lull_sketch_put() below.
#define LULL_SKETCH_DENSE                                                                          \
	UINT32_C(0x80000000) // place: the rest numbers a dense one; else a line,
			     // from 1
#define LULL_SKETCH_CHUNK 16 // dense ones allocated together

static inline void lull_sketch_raise(uint8_t *registers, uint32_t hash)
{
	uint8_t *r = &registers[hash >> 22];
	uint8_t rank = hash >> 16 & 0x3f;
	if (rank > *r)
		*r = rank;
}

static inline struct lull_sketch_dense *lull_sketch_dense_at(
	const struct lull_sketches *pool, uint32_t i)
{
	return &pool->chunks[i / LULL_SKETCH_CHUNK][i % LULL_SKETCH_CHUNK];
}

// As lull_sketch_add(), in line for sets that are large.
static inline bool lull_sketch_put(struct lull_sketches *pool, struct lull_sketch *s, uint32_t hash)
{
	if ((s->place & LULL_SKETCH_DENSE) == 0)
		return lull_sketch_add(pool, s, hash);
	uint32_t i = s->place & ~LULL_SKETCH_DENSE;
	lull_sketch_raise(lull_sketch_dense_at(pool, i)->registers, hash);
	return true;
}

// A union being built, outside of any pool.
struct lull_union {
	uint32_t n; // hashes held exactly, or beyond LULL_SKETCH_EXACT: the registers count
	uint32_t hashes[LULL_SKETCH_EXACT];
	_Alignas(64) uint8_t registers[LULL_SKETCH_REGISTERS];
};

static inline void lull_union_reset(struct lull_union *u)
{
	u->n = 0;
}

// Ask for the memory of a set that will be added soon.
void lull_sketch_prefetch(const struct lull_sketches *pool, struct lull_sketch s);
void lull_union_add(struct lull_union *u, const struct lull_sketches *pool, struct lull_sketch s);
void lull_union_join(struct lull_union *u, const struct lull_union *v);
// Estimated size of the set, rounded to the nearest integer.
uint64_t lull_union_count(const struct lull_union *u);
