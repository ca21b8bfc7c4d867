// SPDX-License-Identifier: BSD-3-Clause
// Who is connected: how many, how many from one address, and until when each may take its time.
// One thread. libmicrohttpd's own timeout is of silence; a client that sends a byte every four
// seconds is never silent, so deadlines are kept here and enforced by shutdown(2).

#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define LULL_HTTP_CLIENTS 256
#define LULL_HTTP_CLIENTS_OF_ONE 32 // from one address; loopback is not counted
#define LULL_HTTP_SLACK 64          // told to go and not gone yet
#define LULL_HTTP_HEADER_MS 5000
#define LULL_HTTP_ANSWER_MS 60000

struct lull_client {
	bool used;
	bool leaving; // shut down
	bool busy;    // its header is complete: it is being answered
	int fd;
	uint64_t since_ms; // it waits, or is answered
	uint64_t deadline_ms;
	struct in6_addr address; // v4 mapped
};

struct lull_clients {
	struct lull_client client[LULL_HTTP_CLIENTS + LULL_HTTP_SLACK];
};

// Whether a connection from an address may come in. When the house is full the client has to go
// that has waited, or has been answered, for longest: an honest one takes milliseconds for either,
// so those who say nothing, or do not read, never keep out those who do.
bool lull_clients_admit(struct lull_clients *c, const struct sockaddr *address);
// It came in. NULL: no room after all; the caller closes it.
struct lull_client *lull_clients_enter(
	struct lull_clients *c, const struct sockaddr *address, int fd, uint64_t now_ms);
// busy: its header is complete, its answer has a minute; else it has 5 s for the next header.
void lull_client_phase(struct lull_client *client, bool busy, uint64_t now_ms);
void lull_client_leave(struct lull_client *client);
// Shut down whoever is beyond the deadline.
void lull_clients_reap(struct lull_clients *c, uint64_t now_ms);
