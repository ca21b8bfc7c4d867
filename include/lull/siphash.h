// SPDX-License-Identifier: BSD-3-Clause
// SipHash-1-3 (Aumasson, Bernstein 2012; the 1-3 variant as in Linux and Rust): a keyed hash
// nobody can aim at without the key. Checked against the published vectors of SipHash-2-4 and
// an independent table of 1-3.

#pragma once

#include <stddef.h>
#include <stdint.h>

struct lull_sipkey {
	uint64_t k0, k1;
};

// Hash of n bytes. Any thread.
uint64_t lull_siphash(const struct lull_sipkey *key, const void *data, size_t n);

// Hash of two words, equal to lull_siphash() over their 16 little-endian bytes.
uint64_t lull_siphash_pair(const struct lull_sipkey *key, uint64_t a, uint64_t b);
