// SPDX-License-Identifier: BSD-3-Clause
// Single fields, written or read and checked.

#include "state.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <string.h>

#define TIME_MAX (UINT64_C(1) << 62) // ns; sums of two do not wrap

void lull_state_bad(struct lull_state_walk *w, int error)
{
	if (w->error == 0)
		w->error = error;
	w->in.failed = true; // what follows reads as zeros
	w->in.left = 0;
}

// The bytes ended too early, or the value cannot be.
static void check(struct lull_state_walk *w, bool fine)
{
	if (w->in.failed || !fine)
		lull_state_bad(w, -EBADMSG);
}

uint8_t lull_state_u8(struct lull_state_walk *w, uint8_t x, uint8_t max)
{
	if (w->saving) {
		lull_bytes_put_u8(&w->out, x);
		return x;
	}
	x = lull_bytes_get_u8(&w->in);
	check(w, x <= max);
	return x <= max ? x : 0;
}

bool lull_state_bool(struct lull_state_walk *w, bool x)
{
	return lull_state_u8(w, x, 1);
}

uint32_t lull_state_u32(struct lull_state_walk *w, uint32_t x)
{
	if (w->saving) {
		lull_bytes_put_u32(&w->out, x);
		return x;
	}
	x = lull_bytes_get_u32(&w->in);
	check(w, true);
	return x;
}

uint64_t lull_state_u64(struct lull_state_walk *w, uint64_t x)
{
	if (w->saving) {
		lull_bytes_put_u64(&w->out, x);
		return x;
	}
	x = lull_bytes_get_u64(&w->in);
	check(w, true);
	return x;
}

uint64_t lull_state_time(struct lull_state_walk *w, uint64_t x)
{
	x = lull_state_u64(w, x);
	bool fine = x <= TIME_MAX || x == LULL_TIME_NONE;
	if (!w->saving)
		check(w, fine);
	return fine || w->saving ? x : 0;
}

uint64_t lull_state_span(struct lull_state_walk *w, uint64_t x)
{
	x = lull_state_u64(w, x);
	if (!w->saving)
		check(w, x <= TIME_MAX);
	return x <= TIME_MAX || w->saving ? x : 0;
}

double lull_state_real(struct lull_state_walk *w, double x, double lo, double hi)
{
	if (w->saving) {
		lull_bytes_put_real(&w->out, x);
		return x;
	}
	x = lull_bytes_get_real(&w->in);
	bool fine = x >= lo && x <= hi;
	check(w, fine);
	return fine ? x : lo;
}

double lull_state_real_or_nan(struct lull_state_walk *w, double x, double lo, double hi)
{
	if (w->saving) {
		lull_bytes_put_real(&w->out, isnan(x) ? NAN : x);
		return x;
	}
	x = lull_bytes_get_real(&w->in);
	bool fine = isnan(x) || (x >= lo && x <= hi);
	check(w, fine);
	return fine && !isnan(x) ? x : NAN;
}

size_t lull_state_count(struct lull_state_walk *w, size_t x, size_t least, size_t max)
{
	uint64_t n = lull_state_u64(w, x);
	if (w->saving)
		return x;
	bool fine = n <= max && n <= w->in.left / least;
	check(w, fine);
	return fine && w->error == 0 ? (size_t)n : 0;
}

void lull_state_text(struct lull_state_walk *w, const char *x, char *out, size_t cap)
{
	if (w->saving) {
		lull_bytes_put_text(&w->out, x);
		return;
	}
	lull_bytes_get_text(&w->in, out, cap);
	check(w, true);
}

static uint32_t find_upstream(const struct lull_state_walk *w, const char *name)
{
	size_t lo = 0, hi = w->upstreams->n > 0 ? w->upstreams->n - 1 : 0;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int order = strcmp(w->upstreams->names[w->by_name[mid]], name);
		if (order == 0)
			return w->by_name[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

uint32_t lull_state_upstream(struct lull_state_walk *w, uint32_t upstream)
{
	const char *name = w->saving ? w->upstreams->names[upstream] : NULL;
	lull_state_text(w, name, w->name, sizeof(w->name));
	return w->saving ? upstream : find_upstream(w, w->name);
}

const char *lull_state_upstream_name(struct lull_state_walk *w, const char *name)
{
	lull_state_text(w, name, w->name, sizeof(w->name));
	if (w->saving)
		return name;
	uint32_t found = find_upstream(w, w->name);
	return found > 0 ? w->upstreams->names[found] : NULL;
}
