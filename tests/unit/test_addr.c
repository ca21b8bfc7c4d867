// SPDX-License-Identifier: BSD-3-Clause

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/address.h>
#include <string.h>

static const char *round_trip(const char *text)
{
	static char out[LULL_ADDR_TEXT];
	struct lull_addr a;
	return lull_addr_parse(text, &a) == 0 ? lull_addr_format(&a, out) : "refused";
}

static const char *prefix_trip(const char *text, int *rc)
{
	static char out[LULL_ADDR_TEXT];
	struct lull_prefix p = {0};
	*rc = lull_prefix_parse(text, &p);
	return lull_prefix_format(&p, out);
}

Test(addr, text_is_the_canonical_form_of_rfc_5952)
{
	cr_assert_str_eq(round_trip("175.45.176.71"), "175.45.176.71");
	cr_assert_str_eq(round_trip("255.255.255.255"), "255.255.255.255");
	cr_assert_str_eq(round_trip("2001:DB8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");    // 4.2.3
	cr_assert_str_eq(round_trip("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1"); // 4.2.2
	cr_assert_str_eq(round_trip("0:0:0:0:0:0:0:0"), "::");
	cr_assert_str_eq(round_trip("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
	cr_assert_str_eq(round_trip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

Test(addr, what_only_looks_like_an_address_is_refused_and_nothing_is_written)
{
	static const char *const wrong[] = {"", " ", "1", "10.1", "1.2.3", "1.2.3.4.5", "1.2.3.256",
		"010.0.0.1", "1.2.3.04", "0x1.2.3.4", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4\n",
		"+1.2.3.4", "1.2.3.-4", "1..2.3", "1.2.3.4/24", ":", ":::", "1::2::3",
		"1:2:3:4:5:6:7", "1:2:3:4:5:6:7::8", "1:2:3:4:5:6:7:8:9", "00001::", "::g",
		"fe80::1%eth0", "::1.2.3", "1.2.3.4::", "[::1]", "localhost", "::1:", ":1::"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct lull_addr a = {.family = 9};
		cr_expect(lull_addr_parse(wrong[i], &a) == -EINVAL, "accepted: '%s'", wrong[i]);
		cr_expect(a.family == 9, "touched by '%s'", wrong[i]);
	}
}

Test(addr, ipv4_stands_in_the_first_four_bytes_and_the_rest_is_zero)
{
	struct lull_addr a;
	memset(&a, 0xff, sizeof(a));
	cr_assert(eq(int, lull_addr_parse("192.0.2.1", &a), 0));
	static const uint8_t bytes[16] = {192, 0, 2, 1};
	cr_assert(eq(int, a.family, 4));
	cr_assert(eq(int, memcmp(a.bytes, bytes, sizeof(bytes)), 0));
}

Test(addr, prefix_lengths_reach_from_0_to_the_familys_bits)
{
	int rc;
	cr_assert_str_eq(prefix_trip("0.0.0.0/0", &rc), "0.0.0.0/0");
	cr_assert_str_eq(prefix_trip("192.0.2.1/32", &rc), "192.0.2.1/32");
	cr_assert_str_eq(prefix_trip("192.0.2.1", &rc), "192.0.2.1/32");
	cr_assert_str_eq(prefix_trip("2001:db8::1", &rc), "2001:db8::1/128");
	cr_assert_str_eq(prefix_trip("::/0", &rc), "::/0");
	cr_assert_str_eq(prefix_trip("2001:db8:8000::/33", &rc), "2001:db8:8000::/33");
	cr_assert(eq(int, rc, 0));
	static const char *const beyond[] = {
		"1.2.3.4/33", "::/129", "1.2.3.4/99999999999999999999"};
	for (size_t i = 0; i < 3; i++) {
		prefix_trip(beyond[i], &rc);
		cr_expect(rc == -ERANGE, "%s", beyond[i]);
	}
	static const char *const wrong[] = {"1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/+1", "1.2.3.4/ 8",
		"1.2.3.4/08", "1.2.3.4/8 ", "1.2.3.4/8/9", "/8", "", "1.2.3/24",
		"1.2.3.4/255.0.0.0",
		"1111111111111111111111111111111111111111111111111111111111111/8"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		prefix_trip(wrong[i], &rc);
		cr_expect(rc == -EINVAL, "%s", wrong[i]);
	}
}

Test(addr, bits_beyond_the_length_are_told_and_the_prefix_meant_is_given)
{
	int rc;
	cr_assert_str_eq(prefix_trip("192.0.2.77/25", &rc), "192.0.2.0/25");
	cr_assert(eq(int, rc, -EDOM));
	cr_assert_str_eq(prefix_trip("2001:db8:ffff::/33", &rc), "2001:db8:8000::/33");
	cr_assert(eq(int, rc, -EDOM));
	cr_assert_str_eq(prefix_trip("128.0.0.0/0", &rc), "0.0.0.0/0");
	cr_assert(eq(int, rc, -EDOM));
}

static bool inside(const char *prefix, const char *addr)
{
	struct lull_prefix p;
	struct lull_addr a;
	cr_assert(lull_prefix_parse(prefix, &p) == 0 && lull_addr_parse(addr, &a) == 0);
	return lull_prefix_contains(&p, &a);
}

Test(addr, containment_is_exact_at_both_edges_and_families_never_mix)
{
	cr_expect(inside("175.45.176.0/22", "175.45.176.0"));
	cr_expect(inside("175.45.176.0/22", "175.45.179.255"));
	cr_expect(not(inside("175.45.176.0/22", "175.45.180.0")));
	cr_expect(not(inside("175.45.176.0/22", "175.45.175.255")));
	cr_expect(inside("0.0.0.0/0", "255.1.2.3"));
	cr_expect(inside("2001:db8::/33", "2001:db8:7fff:ffff::1"));
	cr_expect(not(inside("2001:db8::/33", "2001:db8:8000::")));
	cr_expect(not(inside("::/0", "0.0.0.0")));
	cr_expect(not(inside("0.0.0.0/0", "::")));
}

Test(addr, order_is_family_address_length)
{
	static const char *const sorted[] = {
		"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24", "10.0.1.0/24", "::/0", "2001:db8::/32"};
	for (size_t i = 0; i < 6; i++) {
		for (size_t j = 0; j < 6; j++) {
			struct lull_prefix a, b;
			lull_prefix_parse(sorted[i], &a);
			lull_prefix_parse(sorted[j], &b);
			int order = lull_prefix_compare(&a, &b);
			int want = i < j ? -1 : i > j;
			cr_expect(eq(int, (order > 0) - (order < 0), want), "%s %s", sorted[i],
				sorted[j]);
		}
	}
}
