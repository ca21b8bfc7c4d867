// SPDX-License-Identifier: BSD-3-Clause
// Link layers: from the first byte of a frame to its IP header.

#pragma once

#include "layer.h"

enum { LULL_LINK_ETHERNET = 1 }; // LINKTYPE_ETHERNET

enum { LULL_ETHER_IP4 = 0x0800, LULL_ETHER_IP6 = 0x86dd, LULL_ETHER_BRIDGED = 0x6558 };

// Is this EtherType a VLAN tag (IEEE 802.1Q, 802.1ad, the older 0x9100)?
static inline bool lull_link_is_tag(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

// Read a frame of the given LINKTYPE_*. Returns LULL_AT_IP4 or LULL_AT_IP6 with the cursor there,
// or a verdict. Sets vlan, mpls and the MACs of *out where the frame has them; they must hold
// LULL_NO_TAG and 0 before.
enum lull_layer lull_link_read(struct lull_cursor *c, uint16_t linktype, struct lull_headers *out);

// The same for an Ethernet frame, as tunnels carry it.
enum lull_layer lull_link_ethernet(struct lull_cursor *c, struct lull_headers *out);
