// SPDX-License-Identifier: BSD-3-Clause
// Nested prefixes made flat.

#include "packet/spans.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/text.h>
#include <stdlib.h>

// "hi:lo=target" of every span. prefixes in order; their targets are 1, 2, ... unless given.
static char *flat(uint8_t family, const char *const *texts, const uint32_t *targets, size_t n)
{
	struct lull_target_prefix p[8] = {0};
	for (size_t i = 0; i < n; i++) {
		cr_assert(eq(int, lull_prefix_parse(texts[i], &p[i].prefix), 0));
		p[i].target = targets != NULL ? targets[i] : (uint32_t)i + 1;
	}
	struct lull_spans s;
	cr_assert(eq(int, lull_spans_build(p, n, family, &s), 0));
	struct lull_text out = {0};
	for (size_t i = 0; i < s.n; i++)
		lull_text_add(&out, "%s%llx:%llx=%u", i > 0 ? " " : "",
			(unsigned long long)s.spans[i].hi, (unsigned long long)s.spans[i].lo,
			s.spans[i].target);
	free(s.spans);
	return out.data;
}

#define FLAT(family, ...)                                                                          \
	flat(family, (const char *const[]){__VA_ARGS__}, NULL,                                     \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

Test(spans, the_empty_set_is_one_span_of_nobody)
{
	cr_assert_str_eq(flat(4, NULL, NULL, 0), "0:0=0");
	cr_assert_str_eq(FLAT(6, "192.0.2.0/24"), "0:0=0");
}

Test(spans, inner_prefixes_cut_outer_ones_also_where_edges_meet)
{
	cr_assert_str_eq(FLAT(4, "1.0.0.0/8", "1.0.0.0/16", "1.255.0.0/16", "1.255.255.255/32"),
		"0:0=0 0:1000000=2 0:1010000=1 0:1ff0000=3 0:1ffffff=4 0:2000000=0");
}

Test(spans, the_whole_space_and_both_of_its_ends)
{
	cr_assert_str_eq(FLAT(4, "0.0.0.0/0", "0.0.0.0/32", "255.255.255.255/32"),
		"0:0=2 0:1=1 0:ffffffff=3");
	cr_assert_str_eq(FLAT(6, "::/0", "::/128", "8000::/1", "ffff:ffff::/32"),
		"0:0=2 0:1=1 8000000000000000:0=3 ffffffff00000000:0=4");
}

Test(spans, an_end_carries_from_the_lower_half_into_the_upper)
{
	cr_assert_str_eq(FLAT(6, "2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff/128"),
		"0:0=0 20010db800000000:0=1 20010db800000000:ffffffffffffffff=2 "
		"20010db800000001:0=0");
}

Test(spans, neighbours_of_one_target_are_one_span)
{
	static const char *const texts[] = {"1.0.0.0/8", "1.128.0.0/9", "2.0.0.0/8"};
	static const uint32_t targets[] = {5, 5, 5};
	cr_assert_str_eq(flat(4, texts, targets, 3), "0:0=0 0:1000000=5 0:3000000=0");
}
