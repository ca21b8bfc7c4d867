// SPDX-License-Identifier: BSD-3-Clause
// The table of connections. 320 rows are searched as they stand: a connection costs a few
// system calls already.

#include "http_clients.h"

#include <string.h>

#define ROWS (LULL_HTTP_CLIENTS + LULL_HTTP_SLACK)

static struct in6_addr mapped(const struct sockaddr *address)
{
	struct in6_addr out = {0};
	if (address->sa_family == AF_INET6) {
		out = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	} else if (address->sa_family == AF_INET) {
		out.s6_addr[10] = out.s6_addr[11] = 0xff;
		memcpy(&out.s6_addr[12],
			&((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
	}
	return out;
}

static bool is_loopback(const struct in6_addr *a)
{
	return IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

static void dismiss(struct lull_client *client)
{
	shutdown(client->fd, SHUT_RDWR);
	client->leaving = true;
}

bool lull_clients_admit(struct lull_clients *c, const struct sockaddr *address)
{
	struct in6_addr from = mapped(address);
	size_t rows = 0, present = 0, of_one = 0;
	struct lull_client *oldest = NULL;
	for (size_t i = 0; i < ROWS; i++) {
		struct lull_client *client = &c->client[i];
		rows += client->used;
		if (!client->used || client->leaving)
			continue;
		present++;
		of_one += IN6_ARE_ADDR_EQUAL(&client->address, &from);
		if (oldest == NULL || client->since_ms < oldest->since_ms)
			oldest = client;
	}
	if (rows == ROWS || (of_one >= LULL_HTTP_CLIENTS_OF_ONE && !is_loopback(&from)))
		return false;
	if (present < LULL_HTTP_CLIENTS)
		return true;
	dismiss(oldest);
	return true;
}

struct lull_client *lull_clients_enter(
	struct lull_clients *c, const struct sockaddr *address, int fd, uint64_t now_ms)
{
	for (size_t i = 0; i < ROWS; i++)
		if (!c->client[i].used) {
			c->client[i] = (struct lull_client){
				.used = true, .fd = fd, .address = mapped(address)};
			lull_client_phase(&c->client[i], false, now_ms);
			return &c->client[i];
		}
	return NULL;
}

void lull_client_phase(struct lull_client *client, bool busy, uint64_t now_ms)
{
	client->busy = busy;
	client->since_ms = now_ms;
	client->deadline_ms = now_ms + (busy ? LULL_HTTP_ANSWER_MS : LULL_HTTP_HEADER_MS);
}

void lull_client_leave(struct lull_client *client)
{
	client->used = false;
}

void lull_clients_reap(struct lull_clients *c, uint64_t now_ms)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct lull_client *client = &c->client[i];
		if (client->used && !client->leaving && client->deadline_ms <= now_ms)
			dismiss(client);
	}
}
