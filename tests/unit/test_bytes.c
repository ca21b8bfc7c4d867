// SPDX-License-Identifier: BSD-3-Clause
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/bytes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t laid_out[] = {0xab, 0x34, 0x12, 0x04, 0x03, 0x02, 0x01, 8, 7, 6, 5, 4, 3, 2, 1,
	0, 0, 0, 0, 0, 0, 0xf8, 0xbf, 2, 0, 'k', 'p'};

Test(bytes, lie_little_endian_without_padding)
{
	struct lull_bytes b = {0};
	lull_bytes_put_u8(&b, 0xab);
	lull_bytes_put_u16(&b, 0x1234);
	lull_bytes_put_u32(&b, 0x01020304);
	lull_bytes_put_u64(&b, UINT64_C(0x0102030405060708));
	lull_bytes_put_real(&b, -1.5);
	lull_bytes_put_text(&b, "kp");
	cr_assert(eq(sz, b.n, sizeof(laid_out)));
	cr_assert(eq(int, memcmp(b.data, laid_out, sizeof(laid_out)), 0));
	lull_bytes_finish(&b);
}

Test(bytes, read_back_what_was_written_to_the_bit)
{
	struct lull_bytes b = {0};
	for (uint64_t i = 0; i < 5000; i++) {
		lull_bytes_put_u64(&b, i * UINT64_C(0x9e3779b97f4a7c15));
		lull_bytes_put_real(&b, sin((double)i));
	}
	lull_bytes_put_real(&b, NAN);
	struct lull_bytes_view v = {b.data, b.n, false};
	for (uint64_t i = 0; i < 5000; i++) {
		cr_assert(eq(u64, lull_bytes_get_u64(&v), i * UINT64_C(0x9e3779b97f4a7c15)));
		cr_assert(lull_bytes_get_real(&v) == sin((double)i));
	}
	cr_assert(isnan(lull_bytes_get_real(&v)));
	cr_assert(eq(sz, v.left, 0));
	cr_assert(not(v.failed));
	lull_bytes_finish(&b);
}

// On the heap, so that a sanitizer sees one byte too many.
Test(bytes, are_never_read_beyond_their_end)
{
	for (size_t n = 0; n < sizeof(laid_out); n++) {
		uint8_t *part = malloc(n > 0 ? n : 1);
		memcpy(part, laid_out, n);
		struct lull_bytes_view v = {part, n, false};
		char text[8] = "before";
		lull_bytes_get_u8(&v);
		lull_bytes_get_u16(&v);
		lull_bytes_get_u32(&v);
		lull_bytes_get_u64(&v);
		lull_bytes_get_real(&v);
		lull_bytes_get_text(&v, text, sizeof(text));
		cr_assert(v.failed);
		cr_assert(eq(sz, v.left, 0));
		cr_assert(eq(int, strcmp(text, ""), 0));
		cr_assert(eq(u64, lull_bytes_get_u64(&v), 0));
		free(part);
	}
}

Test(bytes, refuse_a_text_that_does_not_fit_or_hides_a_nul)
{
	static const uint8_t nul[] = {3, 0, 'a', 0, 'b'}, whole[] = {3, 0, 'a', 'b', 'c'};
	char text[4] = "";
	struct lull_bytes_view v = {nul, sizeof(nul), false};
	lull_bytes_get_text(&v, text, sizeof(text));
	cr_assert(v.failed);
	v = (struct lull_bytes_view){whole, sizeof(whole), false};
	lull_bytes_get_text(&v, text, 3);
	cr_assert(v.failed);
	v = (struct lull_bytes_view){whole, sizeof(whole), false};
	lull_bytes_get_text(&v, text, 4);
	cr_assert(not(v.failed));
	cr_assert(eq(int, strcmp(text, "abc"), 0));
}
