// SPDX-License-Identifier: BSD-3-Clause
// A ring of pointers between one producer thread and one consumer thread, without locks
// (Lamport 1977, with C11 acquire and release). What a pointer points to was written by plain
// stores: push releases them, pop and peek acquire them.

#pragma once

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define LULL_RING 1024 // a power of two

// Heads and tails count up for ever and are taken modulo LULL_RING; each has a line of its own,
// so the two threads do not take it from each other at every step. All zeros: empty.
struct lull_ring {
	alignas(64) _Atomic size_t head; // next to pop; written by the consumer
	alignas(64) _Atomic size_t tail; // next to push; written by the producer
	alignas(64) void *items[LULL_RING];
};

// Producer. False: full.
static inline bool lull_ring_push(struct lull_ring *r, void *item)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	if (tail - atomic_load_explicit(&r->head, memory_order_acquire) == LULL_RING)
		return false;
	r->items[tail % LULL_RING] = item;
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return true;
}

// Consumer. The oldest item, left where it is; NULL: empty.
static inline void *lull_ring_peek(const struct lull_ring *r)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	if (atomic_load_explicit(&r->tail, memory_order_acquire) == head)
		return NULL;
	return r->items[head % LULL_RING];
}

// Consumer. Take the oldest item; NULL: empty.
static inline void *lull_ring_pop(struct lull_ring *r)
{
	void *item = lull_ring_peek(r);
	if (item != NULL) {
		size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
		atomic_store_explicit(&r->head, head + 1, memory_order_release);
	}
	return item;
}
