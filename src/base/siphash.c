// SPDX-License-Identifier: BSD-3-Clause
// SipHash-1-3: one round per word, three at the end (Aumasson, Bernstein 2012, section 2).

#include <lull/siphash.h>
#include <string.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline void sip_round(struct state *s)
{
	s->v0 += s->v1;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline struct state start(const struct lull_sipkey *key)
{
	return (struct state){
		.v0 = key->k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d),
		.v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = key->k1 ^ UINT64_C(0x7465646279746573),
	};
}

static inline void word(struct state *s, uint64_t m)
{
	s->v3 ^= m;
	sip_round(s);
	s->v0 ^= m;
}

static inline uint64_t end(struct state *s)
{
	s->v2 ^= 0xff;
	sip_round(s);
	sip_round(s);
	sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t lull_siphash(const struct lull_sipkey *key, const void *data, size_t n)
{
	struct state s = start(key);
	const uint8_t *p = data;
	uint64_t m = 0;
	for (; n - (size_t)(p - (const uint8_t *)data) >= 8; p += 8) {
		memcpy(&m, p, 8); // little-endian, as the paper has it and this platform is
		word(&s, m);
	}
	m = (uint64_t)n << 56;
	size_t rest = n - (size_t)(p - (const uint8_t *)data);
	for (size_t i = 0; i < rest; i++)
		m |= (uint64_t)p[i] << (8 * i);
	word(&s, m);
	return end(&s);
}

uint64_t lull_siphash_pair(const struct lull_sipkey *key, uint64_t a, uint64_t b)
{
	struct state s = start(key);
	word(&s, a);
	word(&s, b);
	word(&s, UINT64_C(16) << 56);
	return end(&s);
}
