// SPDX-License-Identifier: BSD-3-Clause
// A second decoder, written from the rules in lull/decode.h with plain offsets and recursion, for
// no other purpose than to disagree with lull_decode().

#pragma once

#include <lull/decode.h>

void slow_decode(const struct lull_packet *packet, unsigned decap, struct lull_headers *out);

// Do two results agree in every field?
bool slow_same(const struct lull_headers *a, const struct lull_headers *b);

// Does lull_decode_burst() on this packet alone say what the slow decoder said, as far as it read?
bool slow_agrees_with_burst(
	const struct lull_packet *packet, unsigned decap, const struct lull_headers *slow);

// May lull_sift() leave this packet to its sum, when no prefix is near?
bool slow_agrees_with_sift(
	const struct lull_packet *packet, unsigned decap, const struct lull_headers *slow);

// Does lull_tcp_read() say what plain offsets say, and is all of that captured?
bool slow_agrees_on_tcp(const struct lull_packet *packet, const struct lull_headers *slow);

// One result as text, for messages. out: 512 bytes. Returns out.
const char *slow_text(const struct lull_headers *h, char *out);
