// SPDX-License-Identifier: BSD-3-Clause
// Writes pcap (draft-ietf-opsawg-pcap) in microseconds or nanoseconds, and pcapng
// (draft-ietf-opsawg-pcapng) with one section and one interface. Little-endian on every machine.

#include <errno.h>
#include <fcntl.h>
#include <lull/log.h>
#include <lull/synth.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER (1u << 20)

struct lull_writer {
	int fd;
	bool nanoseconds, ng;
	int error; // -errno of the first write that failed
	size_t used;
	uint64_t bytes;
	uint8_t buffer[BUFFER];
};

static void flush(struct lull_writer *w)
{
	size_t done = 0;
	while (done < w->used && w->error == 0) {
		ssize_t n = write(w->fd, w->buffer + done, w->used - done);
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			w->error = -errno;
	}
	w->used = 0;
}

static void put(struct lull_writer *w, const void *data, size_t n)
{
	const uint8_t *from = data;
	w->bytes += n;
	while (n > 0 && w->error == 0) {
		size_t part = BUFFER - w->used < n ? BUFFER - w->used : n;
		memcpy(w->buffer + w->used, from, part);
		w->used += part;
		from += part;
		n -= part;
		if (w->used == BUFFER)
			flush(w);
	}
}

static uint8_t *le32(uint8_t *at, uint64_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
	return at + 4;
}

static uint8_t *le16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)v;
	at[1] = (uint8_t)(v >> 8);
	return at + 2;
}

static void pcap_start(struct lull_writer *w, uint16_t linktype, uint32_t snaplen)
{
	uint8_t head[24], *at = head;
	at = le32(at, w->nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
	at = le16(at, 2);
	at = le16(at, 4);
	at = le32(at, 0);
	at = le32(at, 0);
	at = le32(at, snaplen);
	at = le32(at, linktype);
	put(w, head, (size_t)(at - head));
}

static void pcapng_start(struct lull_writer *w, uint16_t linktype, uint32_t snaplen)
{
	uint8_t head[64], *at = head;
	at = le32(at, 0x0a0d0d0a); // section header
	at = le32(at, 28);
	at = le32(at, 0x1a2b3c4d);
	at = le16(at, 1);
	at = le16(at, 0);
	at = le32(at, 0xffffffff); // length of the section: not said
	at = le32(at, 0xffffffff);
	at = le32(at, 28);
	at = le32(at, 1); // interface description
	at = le32(at, 32);
	at = le16(at, linktype);
	at = le16(at, 0);
	at = le32(at, snaplen);
	at = le16(at, 9); // if_tsresol, one byte and padding
	at = le16(at, 1);
	at = le32(at, w->nanoseconds ? 9 : 6);
	at = le32(at, 0); // end of options
	at = le32(at, 32);
	put(w, head, (size_t)(at - head));
}

struct lull_writer *lull_writer_open(
	const char *path, uint16_t linktype, uint32_t snaplen, bool nanoseconds)
{
	struct lull_writer *w = malloc(sizeof(*w));
	if (w == NULL)
		return NULL;
	size_t len = strlen(path);
	w->fd = strcmp(path, "-") == 0 ? STDOUT_FILENO
				       : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	w->nanoseconds = nanoseconds;
	w->ng = len >= 7 && strcmp(path + len - 7, ".pcapng") == 0;
	w->error = 0;
	w->used = 0;
	w->bytes = 0;
	if (w->fd < 0) {
		int error = errno;
		lull_log_error("%s: %s", path, strerror(error));
		free(w);
		errno = error;
		return NULL;
	}
	if (w->ng)
		pcapng_start(w, linktype, snaplen);
	else
		pcap_start(w, linktype, snaplen);
	return w;
}

static int pcap_packet(struct lull_writer *w, const struct lull_packet *p)
{
	uint8_t head[16], *at = head;
	uint64_t seconds = p->ts_ns / LULL_NS_PER_SECOND, rest = p->ts_ns % LULL_NS_PER_SECOND;
	if (seconds > UINT32_MAX)
		return -EFBIG;
	at = le32(at, seconds);
	at = le32(at, w->nanoseconds ? rest : rest / 1000);
	at = le32(at, p->caplen);
	at = le32(at, p->wirelen);
	put(w, head, (size_t)(at - head));
	put(w, p->data, p->caplen);
	return w->error;
}

static int pcapng_packet(struct lull_writer *w, const struct lull_packet *p)
{
	static const uint8_t zeros[4];
	uint8_t head[28], *at = head;
	uint64_t ts = w->nanoseconds ? p->ts_ns : p->ts_ns / 1000;
	uint32_t padding = (4 - p->caplen % 4) % 4, length = 32 + p->caplen + padding;
	at = le32(at, 6); // enhanced packet
	at = le32(at, length);
	at = le32(at, 0); // interface
	at = le32(at, ts >> 32);
	at = le32(at, ts);
	at = le32(at, p->caplen);
	at = le32(at, p->wirelen);
	put(w, head, (size_t)(at - head));
	put(w, p->data, p->caplen);
	put(w, zeros, padding);
	le32(head, length);
	put(w, head, 4);
	return w->error;
}

int lull_writer_packet(struct lull_writer *w, const struct lull_packet *packet)
{
	return w->ng ? pcapng_packet(w, packet) : pcap_packet(w, packet);
}

uint64_t lull_writer_bytes(const struct lull_writer *w)
{
	return w->bytes;
}

int lull_writer_close(struct lull_writer *w)
{
	if (w == NULL)
		return 0;
	flush(w);
	int rc = w->error;
	if (w->fd != STDOUT_FILENO && close(w->fd) != 0 && rc == 0)
		rc = -errno;
	free(w);
	return rc;
}
