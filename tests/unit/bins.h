// SPDX-License-Identifier: BSD-3-Clause
// Seeded random counts for the tests of the detector: Poisson, compound Poisson with geometric
// batches (Fano factor phi), log-normal level noise. Its own generator, so that a seed means the
// same series everywhere.

#pragma once

#include <math.h>
#include <stdint.h>

struct rng {
	uint64_t s;
};

// splitmix64 (Steele, Lea, Flood 2014).
static inline uint64_t rng_u64(struct rng *r)
{
	uint64_t z = r->s += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

// Uniform in (0, 1).
static inline double rng_uniform(struct rng *r)
{
	return ((double)(rng_u64(r) >> 12) + 0.5) / 4503599627370496.0;
}

static inline double rng_normal(struct rng *r)
{
	double u = rng_uniform(r), v = rng_uniform(r);
	return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

// Poisson: products of uniforms in steps of at most 500, so that exp() never underflows; a
// rounded normal beyond 1000, where the difference cannot be seen.
static inline double rng_poisson(struct rng *r, double mean)
{
	if (mean > 1000.0)
		return fmax(0.0, floor(mean + sqrt(mean) * rng_normal(r) + 0.5));
	double n = 0.0;
	while (mean > 0.0) {
		double part = fmin(mean, 500.0), limit = exp(-part), p = 1.0;
		mean -= part;
		for (p *= rng_uniform(r); p > limit; p *= rng_uniform(r))
			n += 1.0;
	}
	return n;
}

// Compound Poisson with geometric batches of mean g: Fano factor 2g - 1 = phi.
static inline double rng_compound(struct rng *r, double mean, double phi)
{
	if (phi <= 1.0)
		return rng_poisson(r, mean);
	double g = 0.5 * (phi + 1.0);
	double n = rng_poisson(r, mean / g), sum = 0.0;
	for (double i = 0.0; i < n; i++)
		sum += 1.0 + floor(log(rng_uniform(r)) / log(1.0 - 1.0 / g));
	return sum;
}
