// SPDX-License-Identifier: BSD-3-Clause
// The packet path, one burst at a time and stage by stage, so that each stage's tables stay hot.

#include "engine/worker.h"

#include <errno.h>
#include <stdlib.h>

struct lull_worker *lull_worker_create(
	struct lull_tap *tap, const struct lull_path *path, const struct lull_sipkey *key)
{
	struct lull_worker *w = calloc(1, sizeof(*w));
	if (w == NULL)
		return NULL;
	w->tap = tap;
	w->path = path;
	w->counter = lull_counter_create(path->rules, key);
	if (w->counter == NULL) {
		free(w);
		errno = ENOMEM;
		return NULL;
	}
	return w;
}

void lull_worker_destroy(struct lull_worker *w)
{
	if (w == NULL)
		return;
	lull_source_release(w->tap->source, &w->burst);
	lull_counter_destroy(w->counter);
	free(w->duplicates);
	free(w);
}

int lull_worker_live(struct lull_worker *w, const struct lull_sipkey *key, uint64_t bytes)
{
	w->duplicates = calloc(1, sizeof(*w->duplicates));
	if (w->duplicates == NULL)
		return -ENOMEM;
	lull_duplicates_init(w->duplicates, *key);
	w->live = true;
	lull_absences_init(&w->absences, w->tap->clock.bin_ns);
	w->looked_ns = w->tap->clock.last_ns; // where its bins begin
	lull_counter_live(w->counter, bytes);
	return 0;
}

void lull_worker_offer(struct lull_worker *w, struct lull_offer *offer)
{
	atomic_store_explicit(&w->offer, offer, memory_order_release);
}

enum lull_answer lull_worker_answer(const struct lull_worker *w)
{
	int said = atomic_load_explicit(&w->answer, memory_order_acquire);
	const struct lull_offer *o = atomic_load_explicit(&w->offer, memory_order_relaxed);
	// One that is gone said nothing of an offer it never saw, but it may have counted at the
	// offer's bin already, by the path before. What it reached is final, and visible here.
	if (said == LULL_GONE && o != NULL && atomic_load(&o->state) != LULL_OFFER_AGREED &&
		atomic_load_explicit(&w->gauges.newest, memory_order_relaxed) >= o->seq)
		return LULL_REFUSED;
	return (enum lull_answer)said;
}

static void answer(struct lull_worker *w, enum lull_answer a)
{
	atomic_store_explicit(&w->answer, (int)a, memory_order_release);
}

// The worker has come to the bin of the offer: it stands or falls now.
static void decide(struct lull_worker *w)
{
	int state = LULL_OFFER_OPEN;
	atomic_compare_exchange_strong(&w->held->state, &state, LULL_OFFER_BROKEN);
	if (state != LULL_OFFER_AGREED) {
		answer(w, LULL_REFUSED);
		return;
	}
	w->changing = true;
	lull_counter_rules(w->counter, w->held->seq, w->held->path->rules);
}

// Before a burst, which is stamped, is matched: which path do its packets go by?
static void hear_offer(struct lull_worker *w)
{
	struct lull_offer *o = atomic_load_explicit(&w->offer, memory_order_acquire);
	uint64_t newest = w->tap->clock.newest;
	atomic_store_explicit(&w->gauges.newest, newest, memory_order_relaxed);
	if (o != w->held) {
		w->held = o;
		w->changing = false;
		answer(w, o == NULL ? LULL_IDLE : newest >= o->seq ? LULL_REFUSED : LULL_ACCEPTED);
	}
	if (o == NULL)
		return;
	int said = atomic_load_explicit(&w->answer, memory_order_relaxed);
	if (said == LULL_ACCEPTED && !w->changing && newest >= o->seq)
		decide(w);
	if (said == LULL_ACCEPTED && w->changing && w->burst.floor >= o->seq) {
		w->path = o->path;
		w->changing = false;
		answer(w, LULL_CHANGED);
	}
}

// The path of a packet; while the worker changes, its bin decides.
static const struct lull_path *path_of(const struct lull_worker *w, const struct lull_packet *p)
{
	return w->changing && p->bin >= w->held->seq ? w->held->path : w->path;
}

static void filter(struct lull_worker *w)
{
	const struct lull_burst *b = &w->burst;
	for (uint32_t i = 0; i < b->n; i++)
		w->filtered[i] = b->packets[i].fate == LULL_IN_TIME &&
				 !lull_filter_pass(w->path->filter, &b->packets[i]);
}

// The k-th odd packet.
static const struct lull_packet *odd_packet(const struct lull_worker *w, uint32_t k)
{
	return &w->burst.packets[w->sifted.odd[k]];
}

// Packets of a target are read to the end; of the others the addresses were all that is needed.
// Which they are cannot be predicted: they are listed without branching on it.
static void complete(struct lull_worker *w)
{
	uint16_t wanted[LULL_BURST + 1];
	uint32_t n = 0;
	for (uint32_t k = 0; k < w->sifted.n_odd; k++) {
		wanted[n] = (uint16_t)k;
		n += ((w->matched[k].src | w->matched[k].dst) != LULL_NO_TARGET) &
		     w->headers[k].partial;
	}
	for (uint32_t i = 0; i < n; i++)
		lull_decode_rest(odd_packet(w, wanted[i]), &w->headers[wanted[i]]);
}

// A filter may drop any packet, and while the worker changes there are two paths: then every
// packet goes all the way.
static void sift(struct lull_worker *w)
{
	const struct lull_burst *b = &w->burst;
	if (w->path->filter != NULL || w->changing)
		lull_sift_none(b->n, &w->sifted);
	else
		lull_sift(w->path->match, b->packets, b->n, w->path->decap, &w->sifted);
}

static void match(struct lull_worker *w)
{
	const struct lull_packet *packets = w->burst.packets;
	const struct lull_sifted *s = &w->sifted;
	lull_decode_burst(packets, s->odd, s->n_odd, w->path->decap, w->headers);
	lull_match_burst(w->path->match, w->headers, s->n_odd, w->matched);
	for (uint32_t k = 0; k < s->n_odd && w->changing; k++) {
		const struct lull_path *path = path_of(w, odd_packet(w, k));
		if (path == w->path)
			continue;
		lull_decode_burst(packets, &s->odd[k], 1, path->decap, &w->headers[k]);
		lull_match_burst(path->match, &w->headers[k], 1, &w->matched[k]);
	}
	complete(w);
}

static void add(_Atomic uint64_t *gauge, uint64_t n)
{
	uint64_t before = atomic_load_explicit(gauge, memory_order_relaxed);
	atomic_store_explicit(gauge, before + n, memory_order_relaxed);
}

static void keep_gauges(struct lull_worker *w)
{
	const struct lull_burst *b = &w->burst;
	struct lull_worker_gauges *g = &w->gauges;
	lull_absences_note(&w->absences, w->looked_ns, b->clock_ns);
	w->looked_ns = b->clock_ns > w->looked_ns ? b->clock_ns : w->looked_ns;
	add(&g->polls, 1);
	add(&g->packets, b->n);
	add(&g->fill[b->n < 2 ? b->n : 33 - (uint32_t)__builtin_clz(b->n - 1)], 1);
	if (w->busy_since_ns != 0 && b->clock_ns > w->busy_since_ns)
		add(&g->busy_ns, b->clock_ns - w->busy_since_ns);
	w->busy_since_ns = b->n > 0 ? b->clock_ns : 0;
	uint64_t lag = b->n > 0 && b->clock_ns > b->packets[0].ts_ns
			       ? b->clock_ns - b->packets[0].ts_ns
			       : 0;
	if (lag > atomic_load_explicit(&g->lag_ns, memory_order_relaxed))
		atomic_store_explicit(&g->lag_ns, lag, memory_order_relaxed);
}

// Count what is left of the burst. 1: all is counted.
static int count(struct lull_worker *w)
{
	int n = lull_counter_burst(w->counter, &w->burst, w->counted, &w->sifted, w->headers,
		w->matched, w->path->filter == NULL ? NULL : w->filtered);
	if (n < 0)
		return n;
	w->counted = (uint32_t)n;
	atomic_store_explicit(
		&w->gauges.bytes, lull_counter_bytes(w->counter), memory_order_relaxed);
	return w->counted == w->burst.n ? 1 : -EAGAIN;
}

int lull_worker_step(struct lull_worker *w)
{
	if (w->counted < w->burst.n)
		return count(w);
	if (!lull_tap_take(w->tap, &w->burst)) {
		lull_counter_close(w->counter, UINT64_MAX);
		answer(w, LULL_GONE);
		return 0;
	}
	w->counted = 0;
	if (w->live) {
		keep_gauges(w);
		if (lull_duplicates_due(w->duplicates, w->burst.n, w->burst.clock_ns))
			lull_duplicates_see(w->duplicates, w->burst.packets, w->burst.n);
		hear_offer(w);
	}
	if (w->path->filter != NULL)
		filter(w);
	sift(w);
	match(w);
	return count(w);
}
