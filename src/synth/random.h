// SPDX-License-Identifier: BSD-3-Clause
// Random numbers that are the same on every machine: xoshiro256** (Blackman, Vigna 2018) and
// distributions built from + - * / and sqrt alone. libm's exp and log differ in the last bit
// between processors (their FMA variants are chosen at run time), so none of them is used.
//
// Callers draw one number per statement: the order of evaluation inside an expression is the
// compiler's choice, and two compilers would write two captures.

#pragma once

#include <stddef.h>
#include <stdint.h>

struct lull_random {
	uint64_t s[4];
	double spare; // second normal of a pair
	int has_spare;
};

// Start a stream. Different streams of one seed are independent (seeded through splitmix64).
void lull_random_init(struct lull_random *r, uint64_t seed, uint64_t stream);

// One step of splitmix64 (Steele, Lea, Flood 2014) as a hash of x.
uint64_t lull_random_mix(uint64_t x);

static inline uint64_t lull_random_rotate(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

static inline uint64_t lull_random_next(struct lull_random *r)
{
	uint64_t result = lull_random_rotate(r->s[1] * 5, 7) * 9;
	uint64_t t = r->s[1] << 17;
	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = lull_random_rotate(r->s[3], 45);
	return result;
}

// Uniform in [0, 1), 53 bits.
static inline double lull_random_uniform(struct lull_random *r)
{
	return (double)(lull_random_next(r) >> 11) * 0x1p-53;
}

// Uniform in 0..n-1; n > 0. The bias is below n/2^32.
static inline uint32_t lull_random_below(struct lull_random *r, uint32_t n)
{
	return (uint32_t)((lull_random_next(r) >> 32) * n >> 32);
}

double lull_random_exponential(struct lull_random *r); // mean 1
double lull_random_normal(struct lull_random *r);      // mean 0, variance 1 (Marsaglia's polar)

// Geometric on 1, 2, ... with the given mean >= 1; the ratio E[X^2]/E[X] is 2 mean - 1, so a
// Poisson number of such batches has the dispersion (variance over mean) 2 mean - 1.
uint32_t lull_random_geometric(struct lull_random *r, double mean);

// ln x for x > 0, e^x for |x| <= 700, cos(2 pi turns): within 1e-13 of the true value.
double lull_random_ln(double x);
double lull_random_exp(double x);
double lull_random_cos_turns(double turns);

// Draws an index with given weights in constant time (Walker's alias method, Vose 1991).
struct lull_pick_slot {
	uint32_t cut, alias; // side by side: a draw touches one cache line
};
struct lull_pick {
	uint32_t n;
	struct lull_pick_slot *slots;
};

// weights[0..n), none negative, not all 0, n < 2^31. 0 or -ENOMEM.
int lull_pick_init(struct lull_pick *p, const double *weights, uint32_t n);
// Zipf: weight of rank i (from 0) is (i + 1)^-exponent. 0 or -ENOMEM.
int lull_pick_zipf(struct lull_pick *p, uint32_t n, double exponent);
void lull_pick_finish(struct lull_pick *p);

static inline uint32_t lull_pick_draw(const struct lull_pick *p, struct lull_random *r)
{
	uint64_t u = lull_random_next(r);
	uint32_t i = (uint32_t)((u >> 32) * p->n >> 32);
	return (uint32_t)u < p->slots[i].cut ? i : p->slots[i].alias;
}
