// SPDX-License-Identifier: BSD-3-Clause
// Telling capture formats apart by their first bytes. Formats nobody here reads are recognised
// all the same, so that the message can say what to do.

#include "reader.h"

#include "bytes.h"
#include <lull/time.h>
#include <stdarg.h>
#include <stdio.h>

#define ERF_HEADER 16u
#define ERF_RECORDS 4       // records that must look right
#define ERF_LOOK (8u << 10) // bytes looked at for them
#define ERF_EPOCH 631152000 // 1990: no card is older
#define CONVERT "convert it: editcap -F pcap FILE OUT.pcap"
#define UNPACK "unpack it first"

struct magic {
	const char *name; // as reported
	const char *what;
	const char *advice;
	unsigned len;
	const char *bytes;
	const struct lull_format *format; // NULL: recognised only
};

static const struct magic magics[] = {
	{"pcap", "", "", 4, "\xd4\xc3\xb2\xa1", &lull_format_pcap},
	{"pcap", "", "", 4, "\xa1\xb2\xc3\xd4", &lull_format_pcap},
	{"pcap", "", "", 4, "\x4d\x3c\xb2\xa1", &lull_format_pcap}, // nanoseconds
	{"pcap", "", "", 4, "\xa1\xb2\x3c\x4d", &lull_format_pcap},
	{"pcap", "", "", 4, "\x34\xcd\xb2\xa1", &lull_format_pcap}, // Kuznetzov's
	{"pcap", "", "", 4, "\xa1\xb2\xcd\x34", &lull_format_pcap},
	{"pcapng", "", "", 4, "\x0a\x0d\x0d\x0a", &lull_format_pcapng},
	{"snoop", "a Solaris snoop capture (RFC 1761)", CONVERT, 8, "snoop\0\0\0", NULL},
	{"btsnoop", "a Bluetooth capture", "it holds no IP packets", 8, "btsnoop\0", NULL},
	{"netmon", "a Microsoft Network Monitor 1 capture", CONVERT, 4, "RTSS", NULL},
	{"netmon", "a Microsoft Network Monitor 2 capture", CONVERT, 4, "GMBU", NULL},
	{"netxray", "a Sniffer (NetXRay) capture", CONVERT, 4, "XCP\0", NULL},
	{"sniffer", "a Sniffer capture", CONVERT, 16, "TRSNIFF data    ", NULL},
	{"peek", "an OmniPeek capture", CONVERT, 4, "\x7fver", NULL},
	{"lcap", "an IXIA lcap capture", CONVERT, 4, "\x1c\x00\x01\xac", NULL},
	{"lcap", "an IXIA lcap capture", CONVERT, 4, "\xac\x01\x00\x1c", NULL},
	{"lcap", "an IXIA lcap capture", CONVERT, 4, "\x1c\x00\x01\xab", NULL},
	{"lcap", "an IXIA lcap capture", CONVERT, 4, "\xab\x01\x00\x1c", NULL},
	{"bzip2", "compressed with bzip2", UNPACK, 3, "BZh", NULL},
	{"zip", "a zip archive", UNPACK, 4, "PK\3\4", NULL},
	{"7z", "a 7-Zip archive", UNPACK, 6, "7z\xbc\xaf\x27\x1c", NULL},
	{"gzip", "compressed twice with gzip", UNPACK, 2, "\x1f\x8b", NULL},
	{"zstd", "compressed twice, at last with zstd", UNPACK, 4, "\x28\xb5\x2f\xfd", NULL},
};

bool lull_reader_fail(struct lull_reader *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(r->error, sizeof(r->error), format, args);
	va_end(args);
	return false;
}

void lull_reader_reset(struct lull_reader *r)
{
	if (r->format != NULL)
		r->format->close(r);
	*r = (struct lull_reader){
		.name = "unknown", .first_ns = LULL_TIME_NONE, .last_ns = LULL_TIME_NONE};
}

// Seconds of an ERF time: the high half of a little-endian 32.32 number.
static uint32_t erf_seconds(const uint8_t *p)
{
	return (uint32_t)p[7] << 24 | (uint32_t)p[6] << 16 | (uint32_t)p[5] << 8 | p[4];
}

// Length of one ERF record (Endace, ERF Types Reference Guide: time, type, flags, record length,
// loss counter, wire length), or 0 when this can be none.
static size_t erf_record(const uint8_t *p, uint32_t first_s)
{
	uint32_t seconds = erf_seconds(p);
	uint32_t type = p[8] & 0x7f;
	uint32_t rlen = (uint32_t)p[10] << 8 | p[11];
	uint32_t wlen = (uint32_t)p[14] << 8 | p[15];
	uint32_t step = seconds > first_s ? seconds - first_s : first_s - seconds;
	bool ok = type >= 1 && type <= 48 && rlen >= ERF_HEADER && rlen <= wlen + 64 && wlen > 0 &&
		  seconds > ERF_EPOCH && step <= 86400;
	return ok ? rlen : 0;
}

// ERF has no magic: several records in a row must make sense, or all there are.
static bool looks_like_erf(const struct lull_reader *r)
{
	const uint8_t *p = r->at;
	for (int n = 0; n < ERF_RECORDS; n++) {
		size_t left = (size_t)(r->end - p);
		if (left == 0)
			return n > 0 && r->last;
		size_t len = left >= ERF_HEADER ? erf_record(p, erf_seconds(r->at)) : 0;
		if (len == 0 || len > left)
			return false;
		p += len;
	}
	return true;
}

static bool is(const struct lull_reader *r, const struct magic *m)
{
	return (size_t)(r->end - r->at) >= m->len && memcmp(r->at, m->bytes, m->len) == 0;
}

static bool refuse(struct lull_reader *r)
{
	size_t n = (size_t)(r->end - r->at);
	if (looks_like_erf(r)) {
		r->name = "erf";
		return lull_reader_fail(r, "this is an ERF capture (Endace); " CONVERT);
	}
	if (n >= 262 && memcmp(r->at + 257, "ustar", 5) == 0) {
		r->name = "tar";
		return lull_reader_fail(r, "this is a tar archive; " UNPACK);
	}
	if (n < 4)
		return lull_reader_fail(r, "too short for a capture (%zu bytes)", n);
	return lull_reader_fail(r,
		"not a capture in pcap or pcapng (it begins with %02x %02x %02x %02x); "
		"capinfos FILE tells what it is, editcap -F pcap FILE OUT.pcap converts it",
		r->at[0], r->at[1], r->at[2], r->at[3]);
}

bool lull_reader_recognise(struct lull_reader *r)
{
	if (!r->last && !lull_reader_has(r, 16))
		return false;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		const struct magic *m = &magics[i];
		if (!is(r, m))
			continue;
		r->name = m->name;
		if (m->format == NULL)
			return lull_reader_fail(r, "this is %s; %s", m->what, m->advice);
		if (!m->format->open(r))
			return false;
		r->format = m->format;
		return true;
	}
	return !r->last && !lull_reader_has(r, ERF_LOOK) ? false : refuse(r);
}
