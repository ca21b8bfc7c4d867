// SPDX-License-Identifier: BSD-3-Clause
// From an address literal to a listening socket.

#include "http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG SOMAXCONN // a burst beyond it waits a second for its SYN to be sent again
// What the kernel takes of an answer at once, for a client that does not read it. Left to itself it
// takes four megabytes, and copying those for a thousand such clients is all the server then does.
#define SEND_BYTES (128 * 1024)

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int parse(const char *text, union address *out)
{
	char literal[INET6_ADDRSTRLEN], *end;
	const char *colon = strrchr(text, ':');
	if (colon == NULL || colon[1] < '0' || colon[1] > '9')
		return -EINVAL;
	unsigned long port = strtoul(colon + 1, &end, 10);
	bool six = text[0] == '[' && colon > text + 1 && colon[-1] == ']';
	size_t len = (size_t)(colon - text) - (six ? 2 : 0);
	if (*end != '\0' || port > 65535 || len >= sizeof(literal))
		return -EINVAL;
	memcpy(literal, text + six, len);
	literal[len] = '\0';
	memset(out, 0, sizeof(*out));
	if (six) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons((uint16_t)port);
		return inet_pton(AF_INET6, literal, &out->v6.sin6_addr) == 1 ? 0 : -EINVAL;
	}
	out->v4.sin_family = AF_INET;
	out->v4.sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, literal, &out->v4.sin_addr) == 1 ? 0 : -EINVAL;
}

int lull_http_listen(const char *text, unsigned *port)
{
	union address address;
	int on = 1, send_bytes = SEND_BYTES, e = parse(text, &address);
	if (e < 0)
		return e;
	bool six = address.any.sa_family == AF_INET6;
	socklen_t len = six ? sizeof(address.v6) : sizeof(address.v4);
	int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof(send_bytes)); // inherited
	if (six)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &address.any, len) < 0 || listen(fd, BACKLOG) < 0 ||
		getsockname(fd, &address.any, &len) < 0) {
		e = -errno;
		close(fd);
		return e;
	}
	*port = ntohs(six ? address.v6.sin6_port : address.v4.sin_port);
	return fd;
}
