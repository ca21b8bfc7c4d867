// SPDX-License-Identifier: BSD-3-Clause
// Internet addresses and prefixes, IPv4 and IPv6, as plain values.
// Text forms are those of RFC 4291, 2.2 and RFC 5952 (IPv6) and dotted quad (IPv4).

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Longest text of an address or prefix, with its NUL: 8 groups of 4, 7 colons, "/128".
#define LULL_ADDR_TEXT 48

// An address. Bytes stand in network order; IPv4 uses the first four and the rest are 0.
struct lull_addr {
	uint8_t family; // 4, 6, or 0: no address
	uint8_t bytes[16];
};

// A prefix: the bits of addr beyond len are 0. len <= 32 for IPv4, <= 128 for IPv6.
struct lull_prefix {
	struct lull_addr addr;
	uint8_t len;
};

// Read an address from NUL-terminated text. Returns 0, or -EINVAL and *addr is untouched.
int lull_addr_parse(const char *text, struct lull_addr *addr);

// Write the address as text into out (LULL_ADDR_TEXT bytes). Returns out.
char *lull_addr_format(const struct lull_addr *addr, char *out);

// Read "192.0.2.0/24", "2001:db8::/32" or a bare address (a host prefix).
// Returns 0; -EINVAL: not a prefix; -ERANGE: length beyond the family's;
// -EDOM: bits are set beyond the length (*prefix then holds them cleared, so a caller may say
// which prefix was probably meant).
int lull_prefix_parse(const char *text, struct lull_prefix *prefix);

// Write the prefix as text into out (LULL_ADDR_TEXT bytes). Returns out.
char *lull_prefix_format(const struct lull_prefix *prefix, char *out);

// True when addr lies inside prefix (families must agree).
bool lull_prefix_contains(const struct lull_prefix *prefix, const struct lull_addr *addr);

// Order by family, then address, then length: shorter first. Returns <0, 0, >0 as memcmp does.
int lull_prefix_compare(const struct lull_prefix *a, const struct lull_prefix *b);
