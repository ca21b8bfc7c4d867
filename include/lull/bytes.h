// SPDX-License-Identifier: BSD-3-Clause
// Bytes as they lie in a file of ours: little endian, no padding, no struct dumps. A writer that
// grows, and a reader that never reads beyond its end.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A buffer that grows. All zeros is empty; lull_bytes_finish() frees it. Out of memory sets failed
// and drops what follows, so a caller checks once, at the end.
struct lull_bytes {
	uint8_t *data;
	size_t n, cap;
	bool failed;
};

void lull_bytes_put_u8(struct lull_bytes *b, uint8_t x);
void lull_bytes_put_u16(struct lull_bytes *b, uint16_t x);
void lull_bytes_put_u32(struct lull_bytes *b, uint32_t x);
void lull_bytes_put_u64(struct lull_bytes *b, uint64_t x);
void lull_bytes_put_real(struct lull_bytes *b, double x); // IEEE 754 binary64, to the bit
// u16 length, then the bytes without a NUL. Longer than 65535 bytes: cut there.
void lull_bytes_put_text(struct lull_bytes *b, const char *text);
void lull_bytes_finish(struct lull_bytes *b);

// What is still to be read. Reading beyond the end sets failed and gives zeros from then on.
struct lull_bytes_view {
	const uint8_t *p;
	size_t left;
	bool failed;
};

uint8_t lull_bytes_get_u8(struct lull_bytes_view *v);
uint16_t lull_bytes_get_u16(struct lull_bytes_view *v);
uint32_t lull_bytes_get_u32(struct lull_bytes_view *v);
uint64_t lull_bytes_get_u64(struct lull_bytes_view *v);
double lull_bytes_get_real(struct lull_bytes_view *v); // any bits: NaN and infinity too
// Into out[0..cap), with its NUL. Too long for it, or a NUL inside: failed, and out is empty.
void lull_bytes_get_text(struct lull_bytes_view *v, char *out, size_t cap);
