// SPDX-License-Identifier: BSD-3-Clause
// Shifts instead of casts: the same bytes on every machine.

#include <lull/bytes.h>
#include <stdlib.h>
#include <string.h>

static void put(struct lull_bytes *b, const void *bytes, size_t n)
{
	if (b->failed)
		return;
	if (n > b->cap - b->n) {
		size_t cap = b->cap ? 2 * b->cap : 4096;
		while (cap - b->n < n)
			cap *= 2;
		uint8_t *grown = realloc(b->data, cap);
		if (!grown) {
			b->failed = true;
			return;
		}
		b->data = grown;
		b->cap = cap;
	}
	if (n > 0)
		memcpy(b->data + b->n, bytes, n);
	b->n += n;
}

static void put_little(struct lull_bytes *b, uint64_t x, size_t n)
{
	uint8_t bytes[8];
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(x >> 8 * i);
	put(b, bytes, n);
}

void lull_bytes_put_u8(struct lull_bytes *b, uint8_t x)
{
	put_little(b, x, 1);
}

void lull_bytes_put_u16(struct lull_bytes *b, uint16_t x)
{
	put_little(b, x, 2);
}

void lull_bytes_put_u32(struct lull_bytes *b, uint32_t x)
{
	put_little(b, x, 4);
}

void lull_bytes_put_u64(struct lull_bytes *b, uint64_t x)
{
	put_little(b, x, 8);
}

void lull_bytes_put_real(struct lull_bytes *b, double x)
{
	uint64_t bits;
	memcpy(&bits, &x, sizeof(bits));
	put_little(b, bits, 8);
}

void lull_bytes_put_text(struct lull_bytes *b, const char *text)
{
	size_t n = strnlen(text, UINT16_MAX);
	put_little(b, n, 2);
	put(b, text, n);
}

void lull_bytes_finish(struct lull_bytes *b)
{
	free(b->data);
	*b = (struct lull_bytes){0};
}

// The next n bytes, or NULL.
static const uint8_t *take(struct lull_bytes_view *v, size_t n)
{
	if (v->failed || n > v->left) {
		v->failed = true;
		v->left = 0;
		return NULL;
	}
	const uint8_t *p = v->p;
	v->p += n;
	v->left -= n;
	return p;
}

static uint64_t get_little(struct lull_bytes_view *v, size_t n)
{
	const uint8_t *p = take(v, n);
	uint64_t x = 0;
	for (size_t i = 0; p && i < n; i++)
		x |= (uint64_t)p[i] << 8 * i;
	return x;
}

uint8_t lull_bytes_get_u8(struct lull_bytes_view *v)
{
	return (uint8_t)get_little(v, 1);
}

uint16_t lull_bytes_get_u16(struct lull_bytes_view *v)
{
	return (uint16_t)get_little(v, 2);
}

uint32_t lull_bytes_get_u32(struct lull_bytes_view *v)
{
	return (uint32_t)get_little(v, 4);
}

uint64_t lull_bytes_get_u64(struct lull_bytes_view *v)
{
	return get_little(v, 8);
}

double lull_bytes_get_real(struct lull_bytes_view *v)
{
	uint64_t bits = get_little(v, 8);
	double x;
	memcpy(&x, &bits, sizeof(x));
	return x;
}

void lull_bytes_get_text(struct lull_bytes_view *v, char *out, size_t cap)
{
	size_t n = lull_bytes_get_u16(v);
	const uint8_t *p = take(v, n);
	out[0] = '\0';
	if (!p)
		return;
	if (n >= cap || memchr(p, 0, n)) {
		v->failed = true;
		v->left = 0;
		return;
	}
	memcpy(out, p, n);
	out[n] = '\0';
}
