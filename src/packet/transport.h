// SPDX-License-Identifier: BSD-3-Clause
// The first bytes of the transport: TCP flags, and ICMP errors with the header they return.

#pragma once

#include "ip.h"

enum { LULL_PROTO_TCP = 6, LULL_PROTO_UDP = 17 };

// Read what stands under the cursor by ip->proto. Sets tcp_flags, ip_head, unreach, embedded and
// embedded_family of *out where they are readable; they must be 0 before.
void lull_transport_read(
	struct lull_cursor *c, const struct lull_ip_header *ip, struct lull_headers *out);
