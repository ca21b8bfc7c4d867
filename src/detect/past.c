// SPDX-License-Identifier: BSD-3-Clause
// A calm series keeps the tail of its history, one that may be needed keeps all of it.

#include "past.h"
#include "tail.h"
#include <errno.h>
#include <lull/time.h>
#include <stdlib.h>

// History is kept in full from six bins of suspicion on; each of them stands for eight calm bins.
#define WARY_STEP 8
#define WARY (6 * WARY_STEP)
#define WARY_MOST (24 * WARY_STEP)

static int widen(struct lull_watch *s)
{
	if (s->recent)
		return 0;
	s->recent = malloc(sizeof(*s->recent));
	if (!s->recent)
		return -ENOMEM;
	lull_tail_unpack(&s->tail, &s->last, s->recent);
	return 0;
}

int lull_past_widen(struct lull_watch *s)
{
	if (widen(s))
		return -ENOMEM;
	s->wary = s->wary < WARY ? WARY : s->wary;
	return 0;
}

// A calm series keeps the tail of its history; once that might be needed, and before it runs out,
// all that comes, until it has been calm for a while.
int lull_past_add(struct lull_watch *s, const struct lull_recent_bin *b)
{
	if (s->wide || !lull_watch_calm(s))
		s->wary = (uint8_t)(s->wary < WARY_MOST ? s->wary + WARY_STEP : WARY_MOST);
	else
		s->wary -= s->wary > 0;
	if (s->known && s->wary >= WARY && widen(s))
		return -ENOMEM;
	if (s->recent && s->wary == 0) {
		lull_tail_pack(&s->tail, s->recent);
		free(s->recent);
		s->recent = NULL;
	}
	if (s->recent)
		lull_recent_add(s->recent, b, s->suspect_ns);
	else
		lull_tail_add(&s->tail, b, &s->last);
	return 0;
}

struct lull_recent_sum lull_watch_judged(const struct lull_watch *s, uint64_t from_ns)
{
	return s->recent ? lull_recent_since(s->recent, from_ns)
			 : lull_tail_since(&s->tail, &s->last, from_ns);
}

const struct lull_recent *lull_watch_history(const struct lull_watch *s, struct lull_recent *room)
{
	if (s->recent)
		return s->recent;
	lull_tail_unpack(&s->tail, &s->last, room);
	return room;
}

void lull_watch_forget(struct lull_watch *s, uint64_t from_ns)
{
	if (s->recent)
		lull_recent_forget(s->recent, from_ns);
	else
		lull_tail_forget(&s->tail, &s->last, from_ns);
}
