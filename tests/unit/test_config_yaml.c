// SPDX-License-Identifier: BSD-3-Clause
// What YAML is refused before anyone asks what it means.

#include "config_text.h"
#include <lull/text.h>

Test(config_yaml, broken_and_hostile_yaml_is_refused_with_a_place)
{
	expect_refused("targets: [\n", "lull.yaml:");
	expect_refused("a: b: c\n", "lull.yaml:1:");
	expect_refused("\tbin: 1s\n", "lull.yaml:1:");
	expect_refused("bin: 1s\n---\nbin: 2s\n", "a second document");
	expect_refused("bin: \"1\\0s\"\n", "NUL");
	expect_refused("bin: 1s\n\x01", "lull.yaml:2:1: control character U+0001");
	expect_refused("site: \xff\n", "lull.yaml:1:7: not UTF-8");
	expect_refused("? [a, b]\n: c\n", "a key must be a word");
	expect_refused("bin: !include x\n", "tag '!include' is not known here");
	expect_refused("bin: *b\n", "no anchor '&b' before this");
	expect_refused("allow: &a [*a]\n", "stands inside what it repeats");
	expect_refused("[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]", "nested deeper than");
}

Test(config_yaml, a_billion_laughs_are_not_laughed)
{
	struct lull_text t = {0};
	lull_text_add(&t, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 30; i++) {
		lull_text_add(&t, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			lull_text_add(&t, "*a%d,", i - 1);
		lull_text_add(&t, "]\n");
	}
	expect_refused(t.data, "aliases expanded");
	lull_text_finish(&t);
}

// Each of these took libfyaml gigabytes or half a minute before it said a word.
Test(config_yaml, floods_that_choke_the_library_are_refused_at_once, .timeout = 60)
{
	// Which of two limits the first one meets depends on how much the library reads ahead.
	static const char *const units[][3] = {{"", "[\n", "lull: error: lull.yaml:1"},
		{"a: &a\n", "# b\n", "lull.yaml:1:1: from here on nothing ends within"},
		{"", "! ! ! ! ! ! ! ! ! ! ! ! !\n", "nothing ends within"},
		{"", "{", "a line of more than"}, {"site: '", "a\n ", "nothing ends within"},
		{"", "&a\n", "nothing ends within"},
		{"", "%TAG !a! tag:x,1\n", "lull.yaml:1:1: directives"},
		{"allow: [", "x,\n ", "more than 1048576 values"}};
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		struct lull_text t = {0};
		lull_text_add(&t, "%s", units[i][0]);
		while (t.len < LULL_CONFIG_BYTES / 2)
			lull_text_add(&t, "%s", units[i][1]);
		expect_refused(t.data, units[i][2]);
		lull_text_finish(&t);
	}
}

Test(config_yaml, anchors_within_bounds_repeat_a_value)
{
	struct lull_config *c = load("targets:\n  - {name: a, prefixes: &p [192.0.2.0/24]}\n  - "
				     "{name: b, prefixes: *p}\n");
	cr_assert(c != NULL);
	cr_expect_str_eq(c->targets[1].prefixes[0].text, "192.0.2.0/24");
	lull_config_destroy(c);
}

Test(config_yaml, single_quotes_that_touch_are_refused_and_others_read)
{
	struct lull_config *c = load("\xef\xbb\xbf# é\nsite: 'a''b''c''d''e''f''g''h''i''j'\n");
	cr_assert(c != NULL);
	cr_expect_str_eq(c->site, "a'b'c'd'e'f'g'h'i'j");
	lull_config_destroy(c);
	c = load("site: 'one\n  two''s'\n");
	cr_expect_str_eq(c->site, "one two's");
	lull_config_destroy(c);
	expect_refused("site: 'a''''b'\n", "lull.yaml:1:7: quotes that touch");
	expect_refused("site: ''\n", "lull.yaml:1:7: 'site' is empty");
}
