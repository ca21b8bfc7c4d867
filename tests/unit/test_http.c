// SPDX-License-Identifier: BSD-3-Clause
// The HTTP side through real sockets: polite clients, wrong ones, slow ones, many.

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/http.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct lull_http *start(void)
{
	static char v4[] = "127.0.0.1:0", v6[] = "[::1]:0", name[] = "tap.example";
	static char *listen[] = {v4, v6}, *hosts[] = {name};
	struct lull_http_config config = {
		.listen = listen, .n_listen = 1, .hosts = hosts, .n_hosts = 1};
	struct lull_http *h = lull_http_start(&config);
	cr_assert(h != NULL);
	return h;
}

static void publish(struct lull_http *h, enum lull_metrics_format format, const char *page)
{
	struct lull_text text = {0};
	lull_text_add(&text, "%s", page);
	lull_http_publish(h, format, &text);
	cr_assert(text.data == NULL);
}

static int dial(const struct lull_http *h)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)lull_http_port(h, 0)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval limit = {.tv_sec = 20};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	cr_assert(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
	return fd;
}

static void tell(int fd, const char *text)
{
	for (size_t n = strlen(text); n > 0;) {
		ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return; // it hung up: what it said before is what counts
		text += sent;
		n -= (size_t)sent;
	}
}

// All it says until it hangs up.
static size_t hear(int fd, char *out, size_t size)
{
	size_t n = 0;
	for (ssize_t got; n < size - 1 && (got = recv(fd, out + n, size - 1 - n, 0)) > 0;)
		n += (size_t)got;
	out[n] = '\0';
	close(fd);
	return n;
}

#define REPLY 8192

// Send a request, return all of the reply.
static const char *ask(const struct lull_http *h, const char *request, char reply[REPLY])
{
	int fd = dial(h);
	tell(fd, request);
	hear(fd, reply, REPLY);
	return reply;
}

static int status(const char *reply)
{
	int code = 0;
	return sscanf(reply, "HTTP/1.1 %d ", &code) == 1 ? code : 0;
}

static const char *body(const char *reply)
{
	const char *end = strstr(reply, "\r\n\r\n");
	return end == NULL ? "" : end + 4;
}

#define HOST "Host: 127.0.0.1\r\n"
#define CLOSE "Connection: close\r\n\r\n"

Test(http, metrics_are_served_in_the_format_asked_for_with_strict_headers)
{
	struct lull_http *h = start();
	char reply[REPLY];
	publish(h, LULL_METRICS_TEXT, "text_page 1\n");
	publish(h, LULL_METRICS_OPENMETRICS, "open_page 1\n# EOF\n");
	ask(h, "GET /metrics HTTP/1.1\r\n" HOST CLOSE, reply);
	cr_assert(eq(int, status(reply), 200));
	cr_assert_str_eq(body(reply), "text_page 1\n");
	cr_assert(strstr(reply, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n") !=
		  NULL);
	cr_assert(strstr(reply, "Content-Security-Policy: default-src 'none'") != NULL);
	cr_assert(strstr(reply, "X-Content-Type-Options: nosniff\r\n") != NULL);
	cr_assert(strstr(reply, "Cache-Control: no-store\r\n") != NULL);
	cr_assert(strstr(reply, "Access-Control") == NULL);
	ask(h,
		"GET /metrics HTTP/1.1\r\n" HOST
		"Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n" CLOSE,
		reply);
	cr_assert_str_eq(body(reply), "open_page 1\n# EOF\n");
	cr_assert(strstr(reply, "application/openmetrics-text; version=1.0.0; charset=utf-8\r\n") !=
		  NULL);
	lull_http_stop(h);
}

Test(http, head_has_the_headers_of_get_and_no_body)
{
	struct lull_http *h = start();
	char reply[REPLY];
	publish(h, LULL_METRICS_TEXT, "text_page 1\n");
	ask(h, "HEAD /metrics HTTP/1.1\r\n" HOST CLOSE, reply);
	cr_assert(eq(int, status(reply), 200));
	cr_assert(strstr(reply, "Content-Length: 12\r\n") != NULL);
	cr_assert_str_empty(body(reply));
	lull_http_stop(h);
}

Test(http, wrong_requests_are_refused_each_with_its_status)
{
	struct lull_http *h = start();
	char reply[REPLY], *huge = malloc(100001);
	publish(h, LULL_METRICS_TEXT, "text_page 1\n");
	memset(huge, 'a', 100000);
	huge[100000] = '\0';
	const struct {
		const char *request;
		int status;
	} cases[] = {
		{"GET / HTTP/1.1\r\n" HOST CLOSE, 200},
		{"GET /style.css HTTP/1.1\r\nHost: [::1]:80\r\n" CLOSE, 200},
		{"GET / HTTP/1.1\r\nHost: TAP.example:443\r\n" CLOSE, 200},
		{"GET /nothing HTTP/1.1\r\n" HOST CLOSE, 404},
		{"GET /../../etc/passwd HTTP/1.1\r\n" HOST CLOSE, 404},
		{"GET /metrics HTTP/1.1\r\nHost: evil.example\r\n" CLOSE, 421},
		{"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n" CLOSE, 421},
		{"GET /metrics HTTP/1.1\r\n" HOST "Host: evil.example\r\n" CLOSE, 400},
		{"GET /metrics HTTP/1.1\r\n" CLOSE, 400},
		{"POST /metrics HTTP/1.1\r\n" HOST "Content-Length: 3\r\n" CLOSE "abc", 405},
		{"DELETE / HTTP/1.1\r\n" HOST CLOSE, 405},
		{"GET / HTTP/1.1\r\n" HOST "Content-Length: 999999999\r\n" CLOSE, 400},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect(eq(int, status(ask(h, cases[i].request, reply)), cases[i].status), "%s",
			cases[i].request);
	ask(h, "PUT / HTTP/1.1\r\n" HOST CLOSE, reply);
	cr_assert(strstr(reply, "Allow: GET, HEAD\r\n") != NULL);
	int fd = dial(h);
	tell(fd, "GET / HTTP/1.1\r\n" HOST "X: ");
	tell(fd, huge);
	hear(fd, reply, REPLY);
	cr_assert(status(reply) == 431 || reply[0] == '\0');
	cr_assert(eq(int, status(ask(h, "GET / HTTP/1.1\r\n" HOST CLOSE, reply)), 200));
	free(huge);
	lull_http_stop(h);
}

Test(http, health_says_why_and_ready_waits_for_the_first_page)
{
	struct lull_http *h = start();
	char reply[REPLY];
	cr_assert(eq(int, status(ask(h, "GET /healthz HTTP/1.1\r\n" HOST CLOSE, reply)), 200));
	cr_assert_str_eq(body(reply), "ok\n");
	cr_assert(eq(int, status(ask(h, "GET /readyz HTTP/1.1\r\n" HOST CLOSE, reply)), 503));
	cr_assert(eq(int, status(ask(h, "GET /metrics HTTP/1.1\r\n" HOST CLOSE, reply)), 503));
	publish(h, LULL_METRICS_TEXT, "a 1\n");
	cr_assert(eq(int, status(ask(h, "GET /readyz HTTP/1.1\r\n" HOST CLOSE, reply)), 200));
	lull_http_health(h, "worker 3 is stalled");
	cr_assert(eq(int, status(ask(h, "GET /readyz HTTP/1.1\r\n" HOST CLOSE, reply)), 503));
	cr_assert(eq(int, status(ask(h, "GET /healthz HTTP/1.1\r\n" HOST CLOSE, reply)), 503));
	cr_assert_str_eq(body(reply), "worker 3 is stalled\n");
	lull_http_health(h, NULL);
	cr_assert(eq(int, status(ask(h, "GET /readyz HTTP/1.1\r\n" HOST CLOSE, reply)), 200));
	lull_http_stop(h);
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

Test(http, a_header_that_trickles_is_cut_after_five_seconds, .timeout = 30)
{
	struct lull_http *h = start();
	char reply[REPLY];
	double began = seconds();
	int fd = dial(h);
	tell(fd, "GET / HTTP/1.1\r\nX: ");
	for (int i = 0; i < 24; i++) { // never silent for long
		usleep(250000);
		tell(fd, "a");
	}
	hear(fd, reply, REPLY);
	cr_assert_str_empty(body(reply));
	cr_assert(lt(dbl, seconds() - began, 9));
	lull_http_stop(h);
}

Test(http, three_hundred_silent_connections_do_not_keep_out_one_that_asks, .timeout = 60)
{
	struct lull_http *h = start();
	char reply[REPLY];
	int fds[300];
	for (int i = 0; i < 300; i++) {
		fds[i] = dial(h);
		tell(fds[i], "GET / HT");
	}
	double began = seconds();
	cr_assert(eq(int, status(ask(h, "GET / HTTP/1.1\r\n" HOST CLOSE, reply)), 200));
	cr_assert(lt(dbl, seconds() - began, 1));
	for (int i = 0; i < 300; i++)
		close(fds[i]);
	lull_http_stop(h);
}

Test(http, garbage_pipelined_after_a_request_does_no_harm)
{
	struct lull_http *h = start();
	char reply[REPLY];
	ask(h, "GET / HTTP/1.1\r\n" HOST "\r\n\x01\xff\x02 garbage \r\n\r\nGET\r\n\r\n\r\n\r\n",
		reply);
	cr_assert(eq(int, status(reply), 200));
	unsigned seed = 1;
	for (int round = 0; round < 50; round++) {
		char noise[513] = {0};
		for (size_t i = 0; i < 512; i++) {
			seed = seed * 1664525 + 1013904223;
			noise[i] = (char)(seed >> 24 | 1);
		}
		int fd = dial(h);
		tell(fd, noise);
		tell(fd, "\r\n\r\n");
		shutdown(fd, SHUT_WR);
		hear(fd, reply, REPLY);
	}
	cr_assert(eq(int, status(ask(h, "GET / HTTP/1.1\r\n" HOST CLOSE, reply)), 200));
	lull_http_stop(h);
}

// Pages of half a megabyte, each of one letter, so that a mixture would show.
#define PAGE_BYTES (512 * 1024)

static void publish_letter(struct lull_http *h, char letter)
{
	struct lull_text text = {.data = malloc(PAGE_BYTES + 1), .cap = PAGE_BYTES + 1};
	memset(text.data, letter, PAGE_BYTES);
	text.data[PAGE_BYTES] = '\0';
	text.len = PAGE_BYTES;
	lull_http_publish(h, LULL_METRICS_TEXT, &text);
}

struct readers {
	struct lull_http *h;
	atomic_bool stop;
	atomic_uint whole, mixed;
};

static void *keep_reading(void *context)
{
	struct readers *r = context;
	char *reply = malloc(PAGE_BYTES + REPLY);
	while (!r->stop) {
		int fd = dial(r->h);
		tell(fd, "GET /metrics HTTP/1.1\r\n" HOST CLOSE);
		hear(fd, reply, PAGE_BYTES + REPLY);
		const char *page = body(reply);
		bool same = strlen(page) == PAGE_BYTES;
		for (size_t i = 1; same && i < PAGE_BYTES; i++)
			same = page[i] == page[0];
		atomic_fetch_add(same ? &r->whole : &r->mixed, 1);
	}
	free(reply);
	return NULL;
}

Test(http, every_reader_gets_one_whole_page_while_pages_are_swapped, .timeout = 60)
{
	struct readers r = {.h = start()};
	pthread_t threads[4];
	publish_letter(r.h, 'a');
	int slow = dial(r.h);
	tell(slow, "GET /metrics HTTP/1.1\r\n" HOST CLOSE); // reads only at the end
	usleep(50000);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, keep_reading, &r);
	for (int i = 0; i < 300; i++) {
		publish_letter(r.h, (char)('b' + i % 20));
		usleep(3000);
	}
	r.stop = true;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	cr_assert(eq(uint, r.mixed, 0));
	cr_assert(gt(uint, r.whole, 20));
	char *reply = malloc(PAGE_BYTES + REPLY);
	hear(slow, reply, PAGE_BYTES + REPLY);
	cr_assert(eq(sz, strspn(body(reply), "a"), PAGE_BYTES));
	free(reply);
	lull_http_stop(r.h);
}

Test(http, an_address_in_use_or_no_address_at_all_is_an_error)
{
	struct lull_http *h = start();
	char text[32], *listen[] = {text};
	struct lull_http_config config = {.listen = listen, .n_listen = 1};
	snprintf(text, sizeof(text), "127.0.0.1:%u", lull_http_port(h, 0));
	cr_assert(lull_http_start(&config) == NULL);
	cr_assert(eq(int, errno, EADDRINUSE));
	static const char *const wrong[] = {"localhost:1", "127.0.0.1", "::1:80", "[::1]",
		"1.2.3:4", "127.0.0.1:70000", "127.0.0.1:-1", ":80", "[]:80", "127.0.0.1:"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		strcpy(text, wrong[i]);
		cr_expect(lull_http_start(&config) == NULL, "%s", text);
		cr_expect(eq(int, errno, EINVAL), "%s", text);
	}
	lull_http_stop(h);
}
