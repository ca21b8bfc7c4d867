// SPDX-License-Identifier: BSD-3-Clause
// The table of bogons, each with the document that says so.

#include "bogon.h"

#define V4(a, b, l)                                                                                \
	{                                                                                          \
		.addr = {.family = 4, .bytes = {a, b}}, .len = l                                   \
	}
#define V6(l, ...)                                                                                 \
	{                                                                                          \
		.addr = {.family = 6, .bytes = {__VA_ARGS__}}, .len = l                            \
	}

static const struct lull_bogon bogons[] = {
	{V4(0, 0, 8), "\"this\" network", "RFC 791"},
	{V4(10, 0, 8), "private use", "RFC 1918"},
	{V4(100, 64, 10), "shared space behind carrier NAT", "RFC 6598"},
	{V4(127, 0, 8), "loopback", "RFC 1122"},
	{V4(169, 254, 16), "link-local", "RFC 3927"},
	{V4(172, 16, 12), "private use", "RFC 1918"},
	{V4(192, 0, 24), "protocol assignments", "RFC 6890"}, // 192.0.0.0/24
	{V4(192, 168, 16), "private use", "RFC 1918"},
	{V4(198, 18, 15), "benchmarking", "RFC 2544"},
	{V4(224, 0, 4), "multicast", "RFC 5771"},
	{V4(240, 0, 4), "reserved", "RFC 1112"},
	{V6(8, 0), "unspecified, loopback, IPv4-mapped and reserved", "RFC 4291"},
	{V6(64, 0x01, 0x00), "discard-only", "RFC 6666"},
	{V6(48, 0x20, 0x01, 0x00, 0x02), "benchmarking", "RFC 5180"},
	{V6(28, 0x20, 0x01, 0x00, 0x10), "ORCHID", "RFC 4843"},
	{V6(16, 0x5f, 0x00), "segment routing identifiers", "RFC 9602"},
	{V6(7, 0xfc), "unique local", "RFC 4193"},
	{V6(10, 0xfe, 0x80), "link-local", "RFC 4291"},
	{V6(10, 0xfe, 0xc0), "site-local", "RFC 3879"},
	{V6(8, 0xff), "multicast", "RFC 4291"},
};

const struct lull_bogon *lull_bogon_find(const struct lull_prefix *prefix)
{
	for (size_t i = 0; i < sizeof(bogons) / sizeof(*bogons); i++) {
		const struct lull_bogon *b = &bogons[i];
		if (b->prefix.len <= prefix->len && lull_prefix_contains(&b->prefix, &prefix->addr))
			return b;
	}
	return NULL;
}
