// SPDX-License-Identifier: BSD-3-Clause
// The slow decoder's tunnels: a verdict, or NOT_MINE when the outer packet stands for itself.

#include "slow_parts.h"

enum inside { IS_IP4, IS_IP6, IS_FRAME };

static int enter(struct job *j, enum inside what, int64_t at, int64_t end, uint32_t vlan)
{
	if (j->level++ == 2)
		return LULL_BAD;
	if (what == IS_FRAME)
		*j->h = (struct lull_headers){.vlan = LULL_NO_TAG, .mpls = LULL_NO_TAG};
	if (j->h->vlan == LULL_NO_TAG && vlan != 0)
		j->h->vlan = vlan; // until the frame itself has a tag
	return what == IS_IP4   ? slow_ip4(j, at, end)
	       : what == IS_IP6 ? slow_ip6(j, at, end)
				: slow_ethernet(j, at, end);
}

// An inside that is IP of either version; other: the verdict on anything else.
static int enter_ip(struct job *j, int64_t at, int64_t end, uint32_t vlan, int other)
{
	int lost = missing(j, at, 1, end);
	unsigned version = lost ? 0 : (unsigned)number(j, at, 1) >> 4;
	if (version == 4 || version == 6)
		return enter(j, version == 4 ? IS_IP4 : IS_IP6, at, end, vlan);
	if (j->h->vlan == LULL_NO_TAG && vlan != 0)
		j->h->vlan = vlan;
	return lost ? lost : other;
}

// Is the tunnel's header there? Missing by its own lengths: then it is none.
static int header(const struct job *j, int64_t at, int64_t n, int64_t end)
{
	int m = missing(j, at, n, end);
	return m == LULL_BAD ? NOT_MINE : m;
}

static int erspan(struct job *j, uint64_t type, bool sequence, int64_t at, int64_t end)
{
	if (type == 0x88be && !sequence)
		return enter(j, IS_FRAME, at, end, 0);
	bool three = type == 0x22eb;
	int64_t size = three ? 12 : 8;
	int bad = header(j, at, size, end);
	if (bad)
		return bad;
	if (number(j, at, 1) >> 4 != (three ? 2 : 1))
		return NOT_MINE;
	uint64_t kind = three ? number(j, at + 10, 2) / 1024 % 32 : 0;
	if (three && number(j, at + 11, 1) % 2 == 1)
		size += 8;
	if ((bad = header(j, at, size, end)))
		return bad;
	uint32_t vlan = number(j, at, 2) % 4096;
	at += size;
	if (kind == 0)
		return enter(j, IS_FRAME, at, end, vlan);
	if (kind == 2)
		return enter_ip(j, at, end, vlan, LULL_BAD);
	if (j->h->vlan == LULL_NO_TAG && vlan != 0)
		j->h->vlan = vlan;
	return LULL_NO_IP;
}

static int by_type(struct job *j, uint64_t type, int64_t at, int64_t end)
{
	return enter(j, type == 0x0800 ? IS_IP4 : type == 0x86dd ? IS_IP6 : IS_FRAME, at, end, 0);
}

static bool carried(uint64_t type)
{
	return one_of(type, (const uint16_t[]){0x0800, 0x86dd, 0x6558, 0});
}

static int gre(struct job *j, int64_t at, int64_t end)
{
	int bad = header(j, at, 4, end);
	if (bad)
		return bad;
	uint64_t flags = number(j, at, 2), type = number(j, at + 2, 2);
	bool checksum = flags >> 15 & 1, routing = flags >> 14 & 1;
	bool key = flags >> 13 & 1, sequence = flags >> 12 & 1;
	bool spanned = type == 0x88be || type == 0x22eb;
	if (routing || flags % 8 != 0)
		return NOT_MINE;
	if (spanned ? !(j->decap & LULL_DECAP_ERSPAN)
		    : !(j->decap & LULL_DECAP_GRE) || !carried(type))
		return NOT_MINE;
	int64_t size = 4 * (1 + checksum + key + sequence);
	if ((bad = header(j, at, size, end)))
		return bad;
	return spanned ? erspan(j, type, sequence, at + size, end)
		       : by_type(j, type, at + size, end);
}

static int geneve(struct job *j, int64_t at, int64_t end)
{
	int bad = header(j, at, 8, end);
	if (bad)
		return bad;
	uint64_t type = number(j, at + 2, 2);
	int64_t size = 8 + 4 * (int64_t)(number(j, at, 1) % 64);
	if (number(j, at, 1) >= 64 || !carried(type))
		return NOT_MINE;
	bad = header(j, at, size, end);
	return bad ? bad : by_type(j, type, at + size, end);
}

static int gtpu(struct job *j, int64_t at, int64_t end)
{
	int bad = header(j, at, 8, end);
	if (bad)
		return bad;
	uint64_t flags = number(j, at, 1);
	if (flags / 16 != 3 || number(j, at + 1, 1) != 255)
		return NOT_MINE;
	end = nearer(end, at + 8 + (int64_t)number(j, at + 2, 2));
	at += 8;
	if (flags % 8 != 0) {
		if ((bad = header(j, at, 4, end)))
			return bad;
		bool more = flags & 4 && number(j, at + 3, 1) != 0;
		at += 4;
		for (int n = 0; more; n++) {
			if (n == 8)
				return NOT_MINE;
			if ((bad = header(j, at, 1, end)))
				return bad;
			int64_t size = 4 * (int64_t)number(j, at, 1);
			if (size == 0)
				return NOT_MINE;
			if ((bad = header(j, at, size, end)))
				return bad;
			at += size;
			more = number(j, at - 1, 1) != 0;
		}
	}
	return enter_ip(j, at, end, 0, LULL_NO_IP);
}

static int udp(struct job *j, int64_t at, int64_t end)
{
	if (!(j->decap & (LULL_DECAP_VXLAN | LULL_DECAP_GENEVE | LULL_DECAP_GTPU)))
		return NOT_MINE;
	int bad = header(j, at, 8, end);
	if (bad)
		return bad;
	uint64_t port = number(j, at + 2, 2);
	at += 8;
	if (port == 6081 && j->decap & LULL_DECAP_GENEVE)
		return geneve(j, at, end);
	if (port == 2152 && j->decap & LULL_DECAP_GTPU)
		return gtpu(j, at, end);
	if ((port != 4789 && port != 8472) || !(j->decap & LULL_DECAP_VXLAN))
		return NOT_MINE;
	if ((bad = header(j, at, 8, end)))
		return bad;
	return number(j, at, 1) & 8 ? enter(j, IS_FRAME, at + 8, end, 0) : NOT_MINE;
}

int slow_tunnel(struct job *j, const struct payload *p)
{
	if (j->decap == 0)
		return NOT_MINE;
	if (p->chain_cut)
		return LULL_CUT;
	if (!p->first_fragment)
		return NOT_MINE;
	if (p->h.proto == 17)
		return udp(j, p->at, p->end);
	if (p->h.proto == 47 && j->decap & (LULL_DECAP_GRE | LULL_DECAP_ERSPAN))
		return gre(j, p->at, p->end);
	if (j->decap & LULL_DECAP_IPIP && (p->h.proto == 4 || p->h.proto == 41))
		return enter(j, p->h.proto == 4 ? IS_IP4 : IS_IP6, p->at, p->end, 0);
	return NOT_MINE;
}
