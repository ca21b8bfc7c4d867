// SPDX-License-Identifier: BSD-3-Clause
// Asking the workers, settling, waiting for the edge, cleaning up.

#include "engine/change.h"

void lull_change_init(
	struct lull_change *c, struct lull_worker *const *workers, size_t n, uint64_t lead)
{
	*c = (struct lull_change){.workers = workers, .n = n, .lead = lead};
}

void lull_change_begin(struct lull_change *c, const struct lull_path *path)
{
	c->offer.path = path;
	c->placed = false;
	c->phase = LULL_CHANGE_READY;
}

// How many workers gave one of two answers, or are gone.
static size_t answered(const struct lull_change *c, enum lull_answer a, enum lull_answer b)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++) {
		enum lull_answer said = lull_worker_answer(c->workers[i]);
		n += said == a || said == b || said == LULL_GONE;
	}
	return n;
}

static void offer_all(struct lull_change *c, struct lull_offer *offer)
{
	for (size_t i = 0; i < c->n; i++)
		lull_worker_offer(c->workers[i], offer);
}

static void make_offer(struct lull_change *c)
{
	uint64_t newest = 0;
	for (size_t i = 0; i < c->n; i++) {
		uint64_t bin =
			atomic_load_explicit(&c->workers[i]->gauges.newest, memory_order_relaxed);
		newest = bin > newest ? bin : newest;
	}
	c->offer.seq = newest + c->lead;
	atomic_store(&c->offer.state, LULL_OFFER_OPEN);
	offer_all(c, &c->offer);
	c->phase = LULL_CHANGE_ASKED;
}

static void withdraw(struct lull_change *c)
{
	offer_all(c, NULL);
	c->phase = LULL_CHANGE_WITHDRAWN;
}

// Once all have answered: settle it, or take it back and try again.
static void settle(struct lull_change *c)
{
	int state = LULL_OFFER_OPEN;
	if (answered(c, LULL_ACCEPTED, LULL_ACCEPTED) == c->n) {
		atomic_compare_exchange_strong(&c->offer.state, &state, LULL_OFFER_AGREED);
		if (state == LULL_OFFER_OPEN)
			c->phase = LULL_CHANGE_AGREED;
		else
			withdraw(c);
	} else if (answered(c, LULL_ACCEPTED, LULL_REFUSED) == c->n) {
		atomic_compare_exchange_strong(&c->offer.state, &state, LULL_OFFER_BROKEN);
		withdraw(c);
	}
}

static enum lull_change_news let_go(struct lull_change *c)
{
	if (answered(c, LULL_IDLE, LULL_IDLE) < c->n)
		return LULL_CHANGE_WAIT;
	c->phase = c->placed ? LULL_CHANGE_NONE : LULL_CHANGE_READY;
	return c->placed ? LULL_CHANGE_DONE : LULL_CHANGE_WAIT;
}

enum lull_change_news lull_change_step(struct lull_change *c, uint64_t next)
{
	switch (c->phase) {
	case LULL_CHANGE_NONE:
		break;
	case LULL_CHANGE_READY:
		make_offer(c);
		break;
	case LULL_CHANGE_ASKED:
		settle(c);
		break;
	case LULL_CHANGE_AGREED:
		if (next != c->offer.seq)
			break;
		c->placed = true;
		c->phase = LULL_CHANGE_LEAVING;
		return LULL_CHANGE_PLACE;
	case LULL_CHANGE_LEAVING:
		if (answered(c, LULL_CHANGED, LULL_CHANGED) < c->n)
			break;
		withdraw(c);
		return LULL_CHANGE_FREE;
	case LULL_CHANGE_WITHDRAWN:
		return let_go(c);
	}
	return LULL_CHANGE_WAIT;
}
