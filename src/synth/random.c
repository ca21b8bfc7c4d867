// SPDX-License-Identifier: BSD-3-Clause
// Random numbers and the three functions of analysis they need, bit for bit the same everywhere.

#include "random.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LN2_HI 6.93147180369123816490e-01 // the upper 33 bits: times an integer it is exact
#define LN2_LO 1.90821492927058770002e-10

uint64_t lull_random_mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

void lull_random_init(struct lull_random *r, uint64_t seed, uint64_t stream)
{
	uint64_t state = lull_random_mix(seed) ^ lull_random_mix(~stream);
	for (int i = 0; i < 4; i++) {
		state += UINT64_C(0x9e3779b97f4a7c15);
		r->s[i] = lull_random_mix(state);
	}
	r->spare = 0;
	r->has_spare = 0;
}

double lull_random_ln(double x)
{
	uint64_t bits;
	memcpy(&bits, &x, sizeof(bits));
	int exponent = (int)(bits >> 52) - 1023;
	bits = (bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000);
	double m;
	memcpy(&m, &bits, sizeof(m));
	if (m > 1.4142135623730951) {
		m *= 0.5;
		exponent++;
	}
	// ln m = 2 artanh s; |s| <= 0.1716, so 11 terms leave less than 2e-17
	double s = (m - 1) / (m + 1), z = s * s, sum = 0;
	for (int k = 21; k >= 1; k -= 2)
		sum = sum * z + 2.0 / k;
	return exponent * LN2_HI + (s * sum + exponent * LN2_LO);
}

double lull_random_exp(double x)
{
	double scaled = x / LN2_HI;
	int64_t k = (int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
	double r = x - (double)k * LN2_HI - (double)k * LN2_LO;
	double sum = 1;
	for (int i = 14; i >= 1; i--) // |r| <= 0.347: the next term is below 1e-19
		sum = 1 + sum * r / i;
	uint64_t bits = (uint64_t)(k + 1023) << 52;
	double power;
	memcpy(&power, &bits, sizeof(power));
	return sum * power;
}

double lull_random_cos_turns(double turns)
{
	double t = turns - (double)(int64_t)turns; // (-1, 1)
	if (t < 0)
		t = -t; // cosine is even
	if (t > 0.5)
		t = 1 - t;
	double sign = 1;
	if (t > 0.25) {
		t = 0.5 - t;
		sign = -1;
	}
	double x = t * 6.283185307179586477, z = x * x, sum = 1;
	for (int i = 20; i >= 2; i -= 2)
		sum = 1 - sum * z / (i * (i - 1));
	return sign * sum;
}

double lull_random_exponential(struct lull_random *r)
{
	double u = lull_random_uniform(r);
	return -lull_random_ln(1 - u);
}

double lull_random_normal(struct lull_random *r)
{
	if (r->has_spare) {
		r->has_spare = 0;
		return r->spare;
	}
	double u, v, s;
	do {
		u = 2 * lull_random_uniform(r) - 1;
		v = 2 * lull_random_uniform(r) - 1;
		s = u * u + v * v;
	} while (s >= 1 || s == 0);
	double scale = sqrt(-2 * lull_random_ln(s) / s);
	r->spare = v * scale;
	r->has_spare = 1;
	return u * scale;
}

uint32_t lull_random_geometric(struct lull_random *r, double mean)
{
	if (mean <= 1)
		return 1;
	double e = lull_random_exponential(r);
	double x = e / -lull_random_ln(1 - 1 / mean);
	return x < 1e6 ? 1 + (uint32_t)x : 1000000;
}

// Whatever is left in either list at the end stands for 1 but for rounding and keeps its index.
int lull_pick_init(struct lull_pick *p, const double *weights, uint32_t n)
{
	double *share = calloc(n, sizeof(*share)), sum = 0;
	uint32_t *small = calloc(n, sizeof(*small)), *large = calloc(n, sizeof(*large));
	p->n = n;
	p->slots = calloc(n, sizeof(*p->slots));
	int rc = -ENOMEM;
	if (share == NULL || small == NULL || large == NULL || p->slots == NULL)
		goto out;
	uint32_t n_small = 0, n_large = 0;
	for (uint32_t i = 0; i < n; i++)
		sum += weights[i];
	for (uint32_t i = 0; i < n; i++) {
		share[i] = weights[i] * n / sum;
		if (share[i] < 1)
			small[n_small++] = i;
		else
			large[n_large++] = i;
	}
	while (n_small > 0 && n_large > 0) {
		uint32_t s = small[--n_small], l = large[n_large - 1];
		p->slots[s].cut = (uint32_t)(share[s] * 4294967295.0);
		p->slots[s].alias = l;
		share[l] -= 1 - share[s];
		if (share[l] < 1) {
			n_large--;
			small[n_small++] = l;
		}
	}
	while (n_large > 0) {
		uint32_t l = large[--n_large];
		p->slots[l].cut = UINT32_MAX;
		p->slots[l].alias = l;
	}
	while (n_small > 0) {
		uint32_t s = small[--n_small];
		p->slots[s].cut = UINT32_MAX;
		p->slots[s].alias = s;
	}
	rc = 0;
out:
	free(share);
	free(small);
	free(large);
	if (rc != 0)
		lull_pick_finish(p);
	return rc;
}

int lull_pick_zipf(struct lull_pick *p, uint32_t n, double exponent)
{
	double *weights = calloc(n, sizeof(*weights));
	if (weights == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		weights[i] = lull_random_exp(-exponent * lull_random_ln(i + 1.0));
	int rc = lull_pick_init(p, weights, n);
	free(weights);
	return rc;
}

void lull_pick_finish(struct lull_pick *p)
{
	free(p->slots);
	*p = (struct lull_pick){0};
}
