// SPDX-License-Identifier: BSD-3-Clause
// A ring of pointers between one producer thread and one consumer thread, without locks
// (Lamport 1977, with C11 acquire and release). What a pointer points to was written by plain
// stores: push releases them, pop and take acquire them. The producer may take back its oldest
// item, too: whoever moves the head first has it. Keys tell what the oldest item is without
// touching it, which its taker might be writing already. Keys rise strictly.

#pragma once

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_RING 4096 // a power of two; of 1 s bins more than an hour

// Heads and tails count up for ever and are taken modulo LULL_RING; each has a line of its own,
// so the two threads do not take it from each other at every step. All zeros: empty.
struct lull_ring {
	alignas(64) _Atomic size_t head; // next to pop; moved by the consumer, and by a producer
					 // that takes back what it pushed
	alignas(64) _Atomic size_t tail; // next to push; written by the producer
	alignas(64) struct {
		void *_Atomic item;
		_Atomic uint64_t key; // whatever the items are ordered by
	} places[LULL_RING];
};

// Producer. False: full.
static inline bool lull_ring_push(struct lull_ring *r, void *item, uint64_t key)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	if (tail - atomic_load_explicit(&r->head, memory_order_acquire) == LULL_RING)
		return false;
	atomic_store_explicit(&r->places[tail % LULL_RING].item, item, memory_order_release);
	atomic_store_explicit(&r->places[tail % LULL_RING].key, key, memory_order_release);
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return true;
}

// Either side. The key of the oldest item; UINT64_MAX: empty.
static inline uint64_t lull_ring_key(const struct lull_ring *r)
{
	for (;;) {
		size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
		if (atomic_load_explicit(&r->tail, memory_order_acquire) == head)
			return UINT64_MAX;
		uint64_t key = atomic_load_explicit(
			&r->places[head % LULL_RING].key, memory_order_acquire);
		// A place is written again only after its item was popped: the key belongs to the
		// oldest item if the head has not moved since.
		if (atomic_load_explicit(&r->head, memory_order_acquire) == head)
			return key;
	}
}

// Either side. Take the oldest item if its key is this one; NULL: it is not, or not any more.
static inline void *lull_ring_take(struct lull_ring *r, uint64_t key)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	if (atomic_load_explicit(&r->tail, memory_order_acquire) == head ||
		atomic_load_explicit(&r->places[head % LULL_RING].key, memory_order_acquire) != key)
		return NULL;
	void *item = atomic_load_explicit(&r->places[head % LULL_RING].item, memory_order_acquire);
	if (!atomic_compare_exchange_strong_explicit(
		    &r->head, &head, head + 1, memory_order_acq_rel, memory_order_relaxed))
		return NULL;
	return item;
}

// Either side. Take the oldest item; NULL: empty.
static inline void *lull_ring_pop(struct lull_ring *r)
{
	for (;;) {
		uint64_t key = lull_ring_key(r);
		if (key == UINT64_MAX)
			return NULL;
		void *item = lull_ring_take(r, key);
		if (item != NULL)
			return item;
	}
}
