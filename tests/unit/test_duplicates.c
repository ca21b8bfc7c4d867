// SPDX-License-Identifier: BSD-3-Clause
// Packets seen twice: which are copies, and that one in 64 is looked at.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/duplicates.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define PACKETS 64000

static struct lull_duplicates d;
static uint8_t frame[128];
static struct lull_packet packet = {.data = frame, .linktype = 1};
static const struct lull_sipkey key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

// The i-th segment of a connection, over IPv4 or IPv6.
static void write_segment(uint32_t i, int family)
{
	uint32_t at = family == 4 ? 34 : 54;
	memset(frame, 0, sizeof(frame));
	frame[12] = family == 4 ? 0x08 : 0x86;
	frame[13] = family == 4 ? 0x00 : 0xdd;
	if (family == 4) {
		memcpy(frame + 14, (const uint8_t[]){0x45, 0, 0, 60}, 4);
		frame[18] = (uint8_t)(i >> 8);
		frame[19] = (uint8_t)i;
		memcpy(frame + 22, (const uint8_t[]){64, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 9},
			12);
	} else {
		memcpy(frame + 14, (const uint8_t[]){0x60, 0, 0, 0, 0, 40, 6, 64, 0x20, 1}, 10);
		memcpy(frame + 38, (const uint8_t[]){0x20, 1, 0x0d, 0xb8}, 4);
	}
	memcpy(frame + at, (const uint8_t[]){0x01, 0xbb, 0xc0, 0x12}, 4);
	i *= 1448;
	memcpy(frame + at + 4, &i, 4);
	packet.caplen = packet.wirelen = at + 40;
}

static void see(uint64_t ts_ns)
{
	packet.ts_ns = ts_ns;
	lull_duplicates_see(&d, &packet, 1);
}

static double ratio(void)
{
	return (double)atomic_load(&d.copies) / (double)atomic_load(&d.sampled);
}

Test(duplicates, one_packet_in_64_of_a_single_connection_is_looked_at_and_none_is_a_copy)
{
	for (int family = 4; family <= 6; family += 2) {
		lull_duplicates_init(&d, key);
		for (uint32_t i = 0; i < PACKETS; i++) {
			write_segment(i, family);
			see(i * MS / 100);
		}
		cr_expect(gt(u64, atomic_load(&d.sampled), 850)); // 1000, 5 standard deviations
		cr_expect(lt(u64, atomic_load(&d.sampled), 1150));
		cr_expect(zero(u64, atomic_load(&d.copies)));
	}
}

Test(duplicates, copies_are_seen_behind_other_macs_tags_and_after_a_hop)
{
	for (int family = 4; family <= 6; family += 2) {
		lull_duplicates_init(&d, key);
		for (uint32_t i = 0; i < PACKETS; i++) {
			write_segment(i, family);
			see(i * MS / 100);
			memmove(frame + 18, frame + 14, 90); // a tag, another MAC
			memcpy(frame + 14, frame + 12, 2);
			memcpy(frame + 12, (const uint8_t[]){0x81, 0, 0, 99, frame[12], frame[13]},
				6);
			frame[3] = 77;
			frame[family == 4 ? 18 + 8 : 18 + 7]--;     // TTL, hop limit
			frame[family == 4 ? 18 + 10 : 18 + 3]++;    // checksum, flow label
			frame[packet.caplen + 4] = (uint8_t)rand(); // trailer
			packet.caplen = packet.wirelen += 4;
			see(i * MS / 100 + 3 * MS);
		}
		cr_expect(eq(dbl, ratio(), 0.5));
	}
}

Test(duplicates, a_copy_later_than_a_tenth_of_a_second_is_another_packet)
{
	lull_duplicates_init(&d, key);
	for (uint32_t i = 0; i < PACKETS; i++) {
		write_segment(i, 4);
		see(i * 1000 * MS);
		see(i * 1000 * MS + LULL_DUPLICATES_NS + 1);
	}
	cr_expect(zero(u64, atomic_load(&d.copies)));
	cr_expect(gt(u64, atomic_load(&d.sampled), 1000));
}

Test(duplicates, a_segment_sent_again_is_no_copy)
{
	lull_duplicates_init(&d, key);
	for (uint32_t i = 0; i < PACKETS; i++) {
		write_segment(i, 4);
		see(i * MS);
		frame[18] ^= 0x55; // the sender numbers its packets
		see(i * MS + MS / 2);
	}
	cr_expect(zero(u64, atomic_load(&d.copies)));
}

Test(duplicates, another_key_chooses_other_packets)
{
	static struct lull_duplicates other;
	const struct lull_sipkey another = {1234567, 7654321};
	uint64_t both = 0;
	lull_duplicates_init(&d, key);
	lull_duplicates_init(&other, another);
	for (uint32_t i = 0; i < PACKETS; i++) {
		uint64_t a = atomic_load(&d.sampled), b = atomic_load(&other.sampled);
		write_segment(i, 4);
		see(i * MS / 100);
		lull_duplicates_see(&other, &packet, 1);
		both += atomic_load(&d.sampled) > a && atomic_load(&other.sampled) > b;
	}
	cr_expect(lt(u64, both, 60)); // 16 by chance
}

Test(duplicates, any_bytes_are_survived)
{
	static const uint16_t links[] = {0, 1, 9, 12, 101, 113, 228, 229, 276, 65535};
	unsigned state = 3;
	lull_duplicates_init(&d, key);
	for (int i = 0; i < 200000; i++) {
		uint32_t n = (unsigned)rand_r(&state) % 100;
		uint8_t *bytes = malloc(n); // exactly: a sanitizer sees a step beyond
		write_segment((uint32_t)i, i % 2 ? 4 : 6);
		memcpy(bytes, frame, n);
		for (uint32_t k = 0; k < n / 16; k++)
			bytes[(unsigned)rand_r(&state) % n] = (uint8_t)rand_r(&state);
		struct lull_packet p = {.data = bytes,
			.caplen = n,
			.wirelen = n + (unsigned)rand_r(&state) % 9,
			.linktype = links[rand_r(&state) % 10],
			.ts_ns = i % 9 ? (uint64_t)i : LULL_TIME_NONE};
		lull_duplicates_see(&d, &p, 1);
		free(bytes);
	}
	cr_expect(gt(u64, atomic_load(&d.sampled), 0));
}

Test(duplicates, under_load_one_stretch_of_time_in_eight_is_looked_at)
{
	const uint64_t stretch = UINT64_C(1) << 27;
	uint64_t due = 0, changes = 0;
	lull_duplicates_init(&d, key);
	for (uint64_t ns = 0; ns < 8000 * stretch; ns += stretch / 4) {
		bool now = lull_duplicates_due(&d, LULL_BURST, ns);
		cr_assert(lull_duplicates_due(&d, 1, ns), "a quiet wire is always looked at");
		due += now;
		changes += now != lull_duplicates_due(&d, LULL_BURST, ns + stretch / 4);
	}
	cr_expect(gt(u64, due, 4 * 850)); // 1000 stretches, 5 standard deviations
	cr_expect(lt(u64, due, 4 * 1150));
	cr_expect(lt(u64, changes, 2 * 1150)); // whole stretches
	cr_expect(gt(u64, changes, 2 * 600));  // at random
}
