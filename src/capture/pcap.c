// SPDX-License-Identifier: BSD-3-Clause
// The pcap format (draft-ietf-opsawg-pcap-04; pcap-savefile(5)): microseconds or nanoseconds,
// either byte order, and the variant of A. Kuznetzov's patched libpcap with 24-byte record
// headers. Checked against libpcap 1.10.3.
//
// What files get wrong and is put up with: a snapshot length of 0 or shorter than packets (it is
// not looked at), a captured length beyond the original one (which is raised to it), a fraction
// of a second beyond one second (it carries over). A captured length beyond LULL_CAPLEN ends the
// file: nobody can tell where the next record begins.

#include "bytes.h"
#include "reader.h"

#include <errno.h>
#include <lull/time.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_HEADER 24u
#define RECORD_HEADER 16u
#define KUZNETZOV_HEADER 24u // four fields more: interface, protocol, packet type, padding

struct pcap {
	bool swap;            // the file's byte order is not this machine's
	bool lengths_swapped; // before version 2.3 the original length came first
	bool lengths_mixed;   // in version 2.3 some writers still did so
	uint32_t header;      // bytes before a packet's data
	uint64_t fraction_ns; // unit of the fraction
	uint16_t linktype;
};

static bool known_version(uint16_t major, uint16_t minor)
{
	// 543.0 is DG/UX tcpdump's.
	return (major == 2 && minor <= 4) || (major == 543 && minor == 0);
}

static bool read_magic(struct pcap *p, const uint8_t *at)
{
	for (int swap = 0; swap < 2; swap++) {
		uint32_t magic = lull_load32(at, swap != 0);
		p->swap = swap != 0;
		p->header = magic == 0xa1b2cd34 ? KUZNETZOV_HEADER : RECORD_HEADER;
		p->fraction_ns = magic == 0xa1b23c4d ? 1 : 1000;
		if (magic == 0xa1b2c3d4 || magic == 0xa1b23c4d || magic == 0xa1b2cd34)
			return true;
	}
	return false;
}

static bool pcap_open(struct lull_reader *r)
{
	if (!lull_reader_has(r, FILE_HEADER))
		return r->last ? lull_reader_fail(r, "cut off inside the file header") : false;
	struct pcap p = {0};
	if (!read_magic(&p, r->at))
		return lull_reader_fail(r, "not a pcap file");
	uint16_t major = lull_load16(r->at + 4, p.swap);
	uint16_t minor = lull_load16(r->at + 6, p.swap);
	if (!known_version(major, minor))
		return lull_reader_fail(
			r, "pcap version %u.%u (2.0 to 2.4 are known)", major, minor);
	p.lengths_swapped = major == 543 || minor < 3;
	p.lengths_mixed = major == 2 && minor == 3;
	// The high 16 bits tell of a frame check sequence; frames are taken as they are.
	p.linktype = (uint16_t)lull_load32(r->at + 20, p.swap);
	// DLT_RAW as libpcap wrote it before it had a LINKTYPE_ of its own.
	if (p.linktype == 12)
		p.linktype = 101;
	r->state = malloc(sizeof(p));
	if (r->state == NULL)
		return lull_reader_fail(r, "out of memory");
	memcpy(r->state, &p, sizeof(p));
	r->at += FILE_HEADER;
	return true;
}

// The walk is a chain: where the next record lies is known only after this one's length. So
// nothing that does not lead there is waited for, and the byte order is known at compile time.
static inline __attribute__((always_inline)) unsigned walk(struct lull_reader *r,
	const struct pcap *p, struct lull_packet *out, unsigned max, bool swap, bool old)
{
	const uint8_t *at = r->at;
	const size_t header = p->header;
	uint64_t bytes = 0, first_ns = r->first_ns, last_ns = 0;
	unsigned n = 0;
	while (n < max && (size_t)(r->end - at) >= header) {
		uint32_t caplen = lull_load32(at + 8, swap);
		uint32_t wirelen = lull_load32(at + 12, swap);
		if (old && (p->lengths_swapped || (p->lengths_mixed && caplen > wirelen))) {
			uint32_t other = caplen;
			caplen = wirelen;
			wirelen = other;
		}
		if (caplen > LULL_CAPLEN || (size_t)(r->end - at) - header < caplen)
			break;
		uint64_t ts_ns = lull_load32(at, swap) * LULL_NS_PER_SECOND +
				 lull_load32(at + 4, swap) * p->fraction_ns;
		wirelen = wirelen > caplen ? wirelen : caplen;
		out[n].data = at + header;
		out[n].caplen = caplen;
		out[n].wirelen = wirelen;
		out[n].ts_ns = ts_ns;
		out[n].port = 0;
		out[n].linktype = p->linktype;
		bytes += wirelen;
		first_ns = ts_ns < first_ns ? ts_ns : first_ns;
		last_ns = ts_ns > last_ns ? ts_ns : last_ns;
		at += header + caplen;
		n++;
	}
	r->at = at;
	r->received.packets += n;
	r->received.bytes += bytes;
	if (n > 0) {
		r->first_ns = first_ns;
		if (r->last_ns == LULL_TIME_NONE || last_ns > r->last_ns)
			r->last_ns = last_ns;
	}
	return n;
}

// Why the walk stopped before its first packet.
static void explain(struct lull_reader *r, const struct pcap *p)
{
	if (!lull_reader_has(r, p->header))
		return;
	uint32_t caplen = lull_load32(r->at + 8, p->swap);
	uint32_t wirelen = lull_load32(r->at + 12, p->swap);
	if (p->lengths_swapped || (p->lengths_mixed && caplen > wirelen))
		caplen = wirelen;
	if (caplen > LULL_CAPLEN)
		lull_reader_fail(r,
			"a record claims %u captured bytes, more than any packet has (%u); "
			"nothing beyond it can be read",
			caplen, LULL_CAPLEN);
	else
		lull_reader_has(r, (size_t)p->header + caplen);
}

static unsigned pcap_parse(struct lull_reader *r, struct lull_packet *out, unsigned max)
{
	const struct pcap *p = r->state;
	unsigned n;
	if (p->lengths_swapped || p->lengths_mixed)
		n = walk(r, p, out, max, p->swap, true);
	else if (p->swap)
		n = walk(r, p, out, max, true, false);
	else
		n = walk(r, p, out, max, false, false);
	if (n == 0)
		explain(r, p);
	return n;
}

static void pcap_close(struct lull_reader *r)
{
	free(r->state);
	r->state = NULL;
}

const struct lull_format lull_format_pcap = {
	.name = "pcap",
	.open = pcap_open,
	.parse = pcap_parse,
	.close = pcap_close,
};
