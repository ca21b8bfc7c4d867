// SPDX-License-Identifier: BSD-3-Clause
// Sets of addresses: exact while small, HyperLogLog beyond.

#include "sketch.h"

#include "array.h"

#include <math.h>

#define DENSE LULL_SKETCH_DENSE
#define CHUNK LULL_SKETCH_CHUNK
#define RANK_MAX (64 - LULL_SKETCH_BITS + 1)

void lull_sketches_reset(struct lull_sketches *pool)
{
	pool->n_lines = 0;
	pool->free_line = 0;
	pool->n_dense = 0;
}

void lull_sketches_finish(struct lull_sketches *pool)
{
	for (uint32_t i = 0; i < pool->n_chunks; i++)
		free(pool->chunks[i]);
	free(pool->chunks);
	free(pool->lines);
	memset(pool, 0, sizeof(*pool));
}

size_t lull_sketches_bytes(const struct lull_sketches *pool)
{
	return pool->cap_lines * sizeof(struct lull_sketch_line) +
	       pool->cap_chunks * sizeof(struct lull_sketch_dense *) +
	       (size_t)pool->n_chunks * CHUNK * sizeof(struct lull_sketch_dense);
}

static struct lull_sketch_dense *dense_new(struct lull_sketches *pool, uint32_t *place)
{
	uint32_t i = pool->n_dense;
	if (i / CHUNK == pool->n_chunks) {
		void *chunks = lull_array_grow(
			pool->chunks, &pool->cap_chunks, pool->n_chunks + 1, sizeof(*pool->chunks));
		if (chunks == NULL)
			return NULL;
		pool->chunks = chunks;
		void *chunk = lull_array_alloc(CHUNK * sizeof(struct lull_sketch_dense));
		if (chunk == NULL)
			return NULL;
		pool->chunks[pool->n_chunks++] = chunk;
	}
	pool->n_dense++;
	*place = DENSE | i;
	struct lull_sketch_dense *d = lull_sketch_dense_at(pool, i);
	memset(d, 0, sizeof(*d));
	return d;
}

static struct lull_sketch_line *line_new(struct lull_sketches *pool, uint32_t *place)
{
	uint32_t i = pool->free_line;
	if (i != 0) {
		pool->free_line = pool->lines[i - 1].hashes[0];
	} else {
		void *lines = lull_array_grow(
			pool->lines, &pool->cap_lines, pool->n_lines + 1, sizeof(*pool->lines));
		if (lines == NULL)
			return NULL;
		pool->lines = lines;
		i = ++pool->n_lines;
	}
	*place = i;
	struct lull_sketch_line *line = &pool->lines[i - 1];
	memset(line, 0, sizeof(*line));
	return line;
}

static bool outgrow(struct lull_sketches *pool, struct lull_sketch *s, uint32_t hash)
{
	uint32_t old = s->place;
	struct lull_sketch_dense *d = dense_new(pool, &s->place);
	if (d == NULL)
		return false;
	struct lull_sketch_line *line = &pool->lines[old - 1];
	for (int i = 0; i < LULL_SKETCH_EXACT; i++)
		lull_sketch_raise(d->registers, line->hashes[i]);
	lull_sketch_raise(d->registers, hash);
	line->hashes[0] = pool->free_line;
	pool->free_line = old;
	return true;
}

static bool add_second(struct lull_sketches *pool, struct lull_sketch *s, uint32_t hash)
{
	if (s->only == 0 || s->only == hash) {
		s->only = hash;
		return true;
	}
	struct lull_sketch_line *line = line_new(pool, &s->place);
	if (line == NULL)
		return false;
	line->hashes[0] = s->only;
	line->hashes[1] = hash;
	return true;
}

bool lull_sketch_add(struct lull_sketches *pool, struct lull_sketch *s, uint32_t hash)
{
	if (s->place & DENSE) {
		lull_sketch_raise(lull_sketch_dense_at(pool, s->place & ~DENSE)->registers, hash);
		return true;
	}
	if (s->place == 0)
		return add_second(pool, s, hash);
	struct lull_sketch_line *line = &pool->lines[s->place - 1];
	for (int i = 0; i < LULL_SKETCH_EXACT; i++) {
		if (line->hashes[i] == hash)
			return true;
		if (line->hashes[i] == 0) {
			line->hashes[i] = hash;
			return true;
		}
	}
	return outgrow(pool, s, hash);
}

static void union_hash(struct lull_union *u, uint32_t hash)
{
	if (u->n > LULL_SKETCH_EXACT) {
		lull_sketch_raise(u->registers, hash);
		return;
	}
	for (uint32_t i = 0; i < u->n; i++)
		if (u->hashes[i] == hash)
			return;
	if (u->n < LULL_SKETCH_EXACT) {
		u->hashes[u->n++] = hash;
		return;
	}
	memset(u->registers, 0, sizeof(u->registers));
	for (uint32_t i = 0; i < u->n; i++)
		lull_sketch_raise(u->registers, u->hashes[i]);
	lull_sketch_raise(u->registers, hash);
	u->n++;
}

static void union_registers(struct lull_union *u, const uint8_t *registers)
{
	if (u->n > LULL_SKETCH_EXACT) {
		for (int i = 0; i < LULL_SKETCH_REGISTERS; i++)
			u->registers[i] =
				u->registers[i] > registers[i] ? u->registers[i] : registers[i];
		return;
	}
	memcpy(u->registers, registers, sizeof(u->registers));
	for (uint32_t i = 0; i < u->n; i++)
		lull_sketch_raise(u->registers, u->hashes[i]);
	u->n = LULL_SKETCH_EXACT + 1;
}

void lull_sketch_prefetch(const struct lull_sketches *pool, struct lull_sketch s)
{
	if (s.place & DENSE)
		__builtin_prefetch(lull_sketch_dense_at(pool, s.place & ~DENSE));
	else if (s.place != 0)
		__builtin_prefetch(&pool->lines[s.place - 1]);
}

void lull_union_add(struct lull_union *u, const struct lull_sketches *pool, struct lull_sketch s)
{
	if (s.place & DENSE) {
		union_registers(u, lull_sketch_dense_at(pool, s.place & ~DENSE)->registers);
	} else if (s.place != 0) {
		const struct lull_sketch_line *line = &pool->lines[s.place - 1];
		for (int i = 0; i < LULL_SKETCH_EXACT && line->hashes[i] != 0; i++)
			union_hash(u, line->hashes[i]);
	} else if (s.only != 0) {
		union_hash(u, s.only);
	}
}

void lull_union_join(struct lull_union *u, const struct lull_union *v)
{
	if (v->n > LULL_SKETCH_EXACT) {
		union_registers(u, v->registers);
		return;
	}
	for (uint32_t i = 0; i < v->n; i++)
		union_hash(u, v->hashes[i]);
}

// Ertl 2017, algorithm 6: sigma corrects for registers still 0.
static double sigma(double x)
{
	if (x == 1.0)
		return INFINITY;
	double y = 1.0, z = x, before;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z != before);
	return z;
}

// Ertl 2017, algorithm 6: tau corrects for registers at their highest.
static double tau(double x)
{
	if (x == 0.0 || x == 1.0)
		return 0.0;
	double y = 1.0, z = 1.0 - x, before;
	do {
		x = sqrt(x);
		before = z;
		y *= 0.5;
		z -= (1.0 - x) * (1.0 - x) * y;
	} while (z != before);
	return z / 3.0;
}

// Sixteen registers in one machine word (GCC and clang: SSE2, NEON or plain code).
struct lanes {
	uint8_t v __attribute__((vector_size(16)));
};

// How many registers hold each rank, a rank at a time: comparing sixteen registers at once beats
// counters in memory while ranks are few, and they are (about the logarithm of the set's size).
static void histogram(const uint8_t *registers, uint32_t *counts)
{
	enum { LANES = sizeof(struct lanes), LINES = LULL_SKETCH_REGISTERS / LANES };
	_Static_assert(LINES < 256, "a lane's count fits a byte");
	uint32_t left = LULL_SKETCH_REGISTERS;
	for (uint8_t rank = 0; left > 0; rank++) {
		struct lanes sum = {{0}}, r;
		for (int i = 0; i < LINES; i++) {
			memcpy(&r, registers + i * LANES, sizeof(r));
			sum.v -= (r.v == rank); // a lane that is equal compares as -1
		}
		for (int j = 0; j < LANES; j++)
			counts[rank] += sum.v[j];
		left -= counts[rank];
	}
}

uint64_t lull_union_count(const struct lull_union *u)
{
	if (u->n <= LULL_SKETCH_EXACT)
		return u->n;
	const double m = LULL_SKETCH_REGISTERS;
	uint32_t counts[RANK_MAX + 1] = {0};
	histogram(u->registers, counts);
	double z = m * tau(1.0 - counts[RANK_MAX] / m);
	for (int k = RANK_MAX - 1; k >= 1; k--)
		z = 0.5 * (z + counts[k]);
	z += m * sigma(counts[0] / m);
	const double alpha = 0.72134752044448170368; // 1 / (2 ln 2)
	double estimate = alpha * m * m / z;
	return estimate < 0x1p63 ? (uint64_t)(estimate + 0.5) : UINT64_MAX; // all registers full
}
