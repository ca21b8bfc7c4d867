// SPDX-License-Identifier: BSD-3-Clause
// IPv4 and IPv6 headers.

#pragma once

#include "layer.h"

struct lull_ip_header {
	struct lull_ip src, dst;
	uint32_t bytes; // IP total length
	uint16_t head;  // bytes of the header and the extensions stepped over
	uint8_t family; // 4 or 6
	uint8_t proto;  // after extension headers; 255: not readable
	bool start;     // the transport header starts at the cursor (not so in later fragments)
	bool cut;       // proto is 255 because the capture ended before it
};

// Read the header under the cursor (layer: LULL_AT_IP4 or LULL_AT_IP6) and step to what follows
// it. LULL_IP, or LULL_CUT or LULL_BAD with *h unspecified.
enum lull_verdict lull_ip_read(
	struct lull_cursor *c, enum lull_layer layer, struct lull_ip_header *h);
