// SPDX-License-Identifier: BSD-3-Clause
// Who has to go when the house is full.

#include "export/http_clients.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static struct lull_clients clients;

static union {
	struct sockaddr any;
	struct sockaddr_in v4;
} from;

// A connection from an address at a time. NULL: it is not let in.
static struct lull_client *come(const char *address, uint64_t now_ms)
{
	from.v4.sin_family = AF_INET;
	cr_assert(eq(int, inet_pton(AF_INET, address, &from.v4.sin_addr), 1));
	if (!lull_clients_admit(&clients, &from.any))
		return NULL;
	return lull_clients_enter(&clients, &from.any, -1, now_ms);
}

// The house is full of clients that are answered and do not read, one a millisecond.
static void fill_with_readers(void)
{
	for (uint64_t i = 0; i < LULL_HTTP_CLIENTS; i++) {
		struct lull_client *c = come("127.0.0.1", i);
		cr_assert(c != NULL);
		lull_client_phase(c, true, i);
	}
}

Test(http_clients, those_who_do_not_read_do_not_keep_out_those_who_do)
{
	fill_with_readers();
	struct lull_client *polite = come("127.0.0.1", 300);
	cr_assert(polite != NULL);
	cr_assert(clients.client[0].leaving == true);
	// Before its header is there, fifty more come, and none of them drives it out.
	for (uint64_t i = 1; i <= 50; i++) {
		struct lull_client *c = come("127.0.0.1", 300 + i);
		cr_assert(c != NULL);
		lull_client_phase(c, true, 300 + i);
	}
	cr_assert(polite->used && !polite->leaving);
}

Test(http_clients, one_address_has_32_and_loopback_more)
{
	for (int i = 0; i < LULL_HTTP_CLIENTS_OF_ONE; i++)
		cr_assert(come("192.0.2.1", 0) != NULL);
	cr_assert(come("192.0.2.1", 0) == NULL);
	cr_assert(come("192.0.2.2", 0) != NULL);
	for (int i = 0; i < LULL_HTTP_CLIENTS_OF_ONE + 1; i++)
		cr_assert(come("127.0.0.9", 0) != NULL);
}

Test(http_clients, a_minute_for_an_answer_and_five_seconds_for_a_header)
{
	struct lull_client *silent = come("127.0.0.1", 0), *slow = come("127.0.0.1", 0);
	lull_client_phase(slow, true, 0);
	lull_clients_reap(&clients, LULL_HTTP_HEADER_MS - 1);
	cr_assert(not(silent->leaving));
	lull_clients_reap(&clients, LULL_HTTP_HEADER_MS);
	cr_assert(silent->leaving && !slow->leaving);
	lull_clients_reap(&clients, LULL_HTTP_ANSWER_MS);
	cr_assert(slow->leaving == true);
}
