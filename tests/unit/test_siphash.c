// SPDX-License-Identifier: BSD-3-Clause
// The reference here is written from the paper's section 2, for any c and d, byte by byte; it is
// itself held to the vectors published for SipHash-2-4 before it judges SipHash-1-3.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/siphash.h>

static uint64_t load(const uint8_t *p, size_t n)
{
	uint64_t v = 0;
	for (size_t i = n; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

static void rounds(uint64_t v[4], int n)
{
#define ROTL(x, b) ((x) << (b) | (x) >> (64 - (b)))
	while (n-- > 0) {
		v[0] += v[1], v[2] += v[3];
		v[1] = ROTL(v[1], 13), v[3] = ROTL(v[3], 16);
		v[1] ^= v[0], v[3] ^= v[2];
		v[0] = ROTL(v[0], 32);
		v[2] += v[1], v[0] += v[3];
		v[1] = ROTL(v[1], 17), v[3] = ROTL(v[3], 21);
		v[1] ^= v[2], v[3] ^= v[0];
		v[2] = ROTL(v[2], 32);
	}
#undef ROTL
}

static uint64_t reference(int c, int d, const uint8_t key[16], const uint8_t *in, size_t n)
{
	uint64_t k0 = load(key, 8), k1 = load(key + 8, 8);
	uint64_t v[4] = {k0 ^ load((const uint8_t *)"uespemos", 8),
		k1 ^ load((const uint8_t *)"modnarod", 8),
		k0 ^ load((const uint8_t *)"arenegyl", 8),
		k1 ^ load((const uint8_t *)"setybdet", 8)};
	for (size_t i = 0; i <= n / 8; i++) {
		uint64_t m = i < n / 8 ? load(in + 8 * i, 8)
				       : load(in + 8 * i, n % 8) | (uint64_t)(n & 0xff) << 56;
		v[3] ^= m;
		rounds(v, c);
		v[0] ^= m;
	}
	v[2] ^= 0xff;
	rounds(v, d);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static const uint8_t key[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static struct lull_sipkey sipkey(void)
{
	return (struct lull_sipkey){.k0 = load(key, 8), .k1 = load(key + 8, 8)};
}

Test(siphash, reference_gives_the_vectors_published_for_2_4)
{
	uint8_t in[64];
	for (size_t i = 0; i < 64; i++)
		in[i] = (uint8_t)i;
	// Aumasson, Bernstein 2012, appendix A: key 00..0f, input 00..0e.
	cr_assert(eq(u64, reference(2, 4, key, in, 15), UINT64_C(0xa129ca6149be45e5)));
	// vectors_sip64 of the authors' reference code: empty and one byte.
	cr_assert(eq(u64, reference(2, 4, key, in, 0), UINT64_C(0x726fdb47dd0e0e31)));
	cr_assert(eq(u64, reference(2, 4, key, in, 1), UINT64_C(0x74f839c593dc67fd)));
}

Test(siphash, hash_is_siphash_1_3_for_every_length_and_alignment)
{
	uint8_t in[300];
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 37 + 11);
	struct lull_sipkey k = sipkey();
	for (size_t at = 0; at < 8; at++) {
		for (size_t n = 0; n < 290; n++)
			cr_assert(eq(u64, lull_siphash(&k, in + at, n),
				reference(1, 3, key, in + at, n)));
	}
}

Test(siphash, pair_is_the_hash_of_its_sixteen_bytes)
{
	struct lull_sipkey k = sipkey();
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t words[2] = {i * UINT64_C(0x9e3779b97f4a7c15), ~i};
		cr_assert(eq(u64, lull_siphash_pair(&k, words[0], words[1]),
			lull_siphash(&k, words, 16)));
	}
}

Test(siphash, both_halves_of_the_key_matter)
{
	struct lull_sipkey a = {1, 2}, b = {1, 3}, c = {0, 2};
	cr_assert(ne(u64, lull_siphash_pair(&a, 0, 0), lull_siphash_pair(&b, 0, 0)));
	cr_assert(ne(u64, lull_siphash_pair(&a, 0, 0), lull_siphash_pair(&c, 0, 0)));
}
