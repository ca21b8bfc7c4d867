// SPDX-License-Identifier: BSD-3-Clause
// A ring that is written by one thread and searched by another, from the newest entry on. Times
// only rise, so an entry that is overwritten during the search can hide no older one: the search
// ends early only at an absence that was over before the bin began.

#include "engine/absences.h"

#define LEAST_NS (50 * UINT64_C(1000000))

void lull_absences_init(struct lull_absences *a, uint64_t bin_ns)
{
	a->least_ns = bin_ns / 4 > LEAST_NS ? bin_ns / 4 : LEAST_NS;
}

void lull_absences_note(struct lull_absences *a, uint64_t from_ns, uint64_t to_ns)
{
	if (to_ns <= from_ns || to_ns - from_ns < a->least_ns)
		return;
	uint64_t n = atomic_load_explicit(&a->n, memory_order_relaxed);
	struct lull_absence *x = &a->kept[n % LULL_ABSENCES];
	atomic_store_explicit(&x->from_ns, from_ns, memory_order_relaxed);
	atomic_store_explicit(&x->to_ns, to_ns, memory_order_relaxed);
	atomic_store_explicit(&a->n, n + 1, memory_order_release);
}

bool lull_absences_touch(const struct lull_absences *a, uint64_t start_ns, uint64_t end_ns)
{
	uint64_t n = atomic_load_explicit(&a->n, memory_order_acquire);
	uint64_t oldest = n < LULL_ABSENCES ? 0 : n - LULL_ABSENCES;
	for (uint64_t i = n; i-- > oldest;) {
		const struct lull_absence *x = &a->kept[i % LULL_ABSENCES];
		if (atomic_load_explicit(&x->to_ns, memory_order_relaxed) <= start_ns)
			return false;
		if (atomic_load_explicit(&x->from_ns, memory_order_relaxed) < end_ns)
			return true;
	}
	return oldest > 0;
}
