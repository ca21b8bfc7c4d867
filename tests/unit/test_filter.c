// SPDX-License-Identifier: BSD-3-Clause
// The packet filter, and that libpcap's own way of applying it agrees.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/source.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <string.h>

// Ethernet, IPv4, TCP 192.0.2.1:40000 -> 198.51.100.7:80, SYN.
static const uint8_t syn[54] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00, 0x45, 0, 0, 40, 0,
	0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7, 0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0,
	0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0};

static bool passes(const char *expression, uint16_t linktype, const uint8_t *data, uint32_t len)
{
	struct lull_filter *f = lull_filter_create(expression);
	cr_assert(ne(ptr, f, NULL));
	struct lull_packet p = {.data = data, .caplen = len, .wirelen = len, .linktype = linktype};
	bool pass = lull_filter_pass(f, &p);
	cr_assert(eq(int, lull_filter_pass(f, &p), pass)); // now from the table
	lull_filter_destroy(f);
	return pass;
}

Test(filter, passes_what_the_expression_says)
{
	cr_expect(passes("tcp port 80", 1, syn, 54));
	cr_expect(passes("tcp[13] & 2 != 0", 1, syn, 54));
	cr_expect(passes("", 1, syn, 54));
	cr_expect(passes("len == 54", 1, syn, 54));
	cr_expect(not(passes("udp", 1, syn, 54)));
	cr_expect(not(passes("dst net 192.0.2.0/24", 1, syn, 54)));
}

Test(filter, each_link_type_has_its_own_program)
{
	cr_expect(passes("tcp port 80", 101, syn + 14, 40)); // LINKTYPE_RAW, libpcap's DLT_RAW 12
	cr_expect(not(passes("tcp port 80", 101, syn, 54)));
	uint8_t sll[16 + 40] = {[3] = 1, [14] = 0x08};
	memcpy(sll + 16, syn + 14, 40);
	cr_expect(passes("tcp port 80", 113, sll, sizeof(sll)));
	uint8_t ppp[4 + 40] = {0xff, 0x03, 0x00, 0x21};
	memcpy(ppp + 4, syn + 14, 40);
	cr_expect(passes("tcp port 80", 50, ppp, sizeof(ppp)));
}

Test(filter, a_link_type_it_cannot_be_compiled_for_passes_nothing)
{
	cr_expect(not(passes("ip", 60000, syn, 54)));
	cr_expect(not(passes("ether host 02:00:00:00:00:01", 101, syn + 14, 40)));
}

Test(filter, bytes_that_were_not_captured_are_not_read)
{
	for (uint32_t len = 0; len < 54; len++) {
		uint8_t *exact = malloc(len + 1);
		memcpy(exact, syn, len);
		cr_expect(eq(int, passes("tcp port 80", 1, exact, len), len >= 38));
		free(exact);
	}
}

Test(filter, a_wrong_expression_is_an_error)
{
	const char *const wrong[] = {"prot 80", "port", "host 1.2.3.4.5", "(", "ip protochain 6"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		errno = 0;
		cr_expect(eq(ptr, lull_filter_create(wrong[i]), NULL));
		cr_expect(eq(int, errno, EINVAL));
	}
}

static void *ask(void *filter)
{
	struct lull_packet p = {.data = syn, .caplen = 54, .wirelen = 54};
	size_t passed = 0;
	for (int i = 0; i < 2000; i++) {
		p.linktype = (uint16_t)(i % 200);
		passed += p.linktype == 1 && lull_filter_pass(filter, &p);
		lull_filter_pass(filter, &p);
	}
	return (void *)passed;
}

Test(filter, threads_may_ask_for_link_types_at_the_same_time)
{
	struct lull_filter *f = lull_filter_create("tcp");
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, ask, f);
	for (int i = 0; i < 4; i++) {
		void *passed;
		pthread_join(threads[i], &passed);
		cr_expect(eq(sz, (size_t)passed, 10));
	}
	lull_filter_destroy(f);
}
