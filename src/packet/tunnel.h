// SPDX-License-Identifier: BSD-3-Clause
// Tunnels a mirror may send its packets through.

#pragma once

#include "ip.h"

enum { LULL_TUNNELS_MAX = 2 };

// What a tunnel carries.
struct lull_inside {
	enum lull_layer
		layer; // LULL_AT_IP4, LULL_AT_IP6, LULL_AT_FRAME, LULL_AT_TRANSPORT, verdict
	uint32_t vlan; // the frame's VLAN where the tunnel header says it, or LULL_NO_TAG
};

// Enter the tunnel that starts under the cursor, if decap names its kind: the cursor then stands
// on the inside. LULL_AT_TRANSPORT, and the cursor where it was: there is none to enter.
// LULL_AT_CUT: the capture ended before that was certain.
struct lull_inside lull_tunnel_enter(
	struct lull_cursor *c, unsigned decap, const struct lull_ip_header *ip);
