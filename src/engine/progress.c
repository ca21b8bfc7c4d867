// SPDX-License-Identifier: BSD-3-Clause
// Progress for people. The wall clock here decides only when to draw, never what is counted.

#include "engine/progress.h"

#include <lull/text.h>
#include <lull/time.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BAR 30

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * LULL_NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

void lull_progress_init(struct lull_progress *p, bool wanted)
{
	memset(p, 0, sizeof(*p));
	p->wanted = wanted;
	if (wanted)
		p->start_ns = now_ns();
}

static void draw(struct lull_progress *p, struct lull_source *source, uint64_t now)
{
	uint64_t done = 0, total = 0;
	if (source->ops->progress == NULL)
		return;
	source->ops->progress(source, &done, &total);
	char size[16];
	lull_text_si((double)done, size);
	double seconds = (double)(now - p->start_ns) / 1e9;
	if (total == 0) { // standard input: nobody knows how much is to come
		fprintf(stderr, "\r\033[K%sB read, %.0f s", size, seconds);
	} else {
		double share = done >= total ? 1.0 : (double)done / (double)total;
		int filled = (int)(share * BAR);
		double left = share > 0 ? seconds / share - seconds : 0;
		fprintf(stderr, "\r\033[K[%.*s%.*s] %3.0f %%  %sB  %.0f s left", filled,
			"##############################", BAR - filled,
			"..............................", share * 100, size, left);
	}
	fflush(stderr);
	p->drawn = true;
	p->drawn_ns = now;
}

void lull_progress_tick(struct lull_progress *p, struct lull_source *source)
{
	if (!p->wanted || (++p->calls & 63) != 0)
		return;
	uint64_t now = now_ns();
	if (now - p->start_ns >= LULL_NS_PER_SECOND && now - p->drawn_ns >= LULL_NS_PER_SECOND / 5)
		draw(p, source, now);
}

void lull_progress_finish(struct lull_progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
}
