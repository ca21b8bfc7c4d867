// SPDX-License-Identifier: BSD-3-Clause
// The HTTP side: one thread runs libmicrohttpd for every address listened on. What it serves is a
// response with a count of its users: publishing swaps a pointer under a mutex that only the
// analyzer and this thread take, and a client that reads slowly keeps its own page and no more.

#include "http_clients.h"
#include "http_listen.h"
#include "http_pages.h"
#include "http_request.h"

#include <errno.h>
#include <lull/http.h>
#include <lull/log.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define FORMATS 2
#define LISTEN_MAX 16
#define REQUEST_BYTES 16384 // a connection's memory: longer headers are refused with 431

// The analyzer is thought to hang when it was silent for three of its own intervals, for a
// minute at least. Until two pages were published: three of the longest bin.
#define SILENCE_LEAST_MS 60000
#define SILENCE_FIRST_MS (3 * 600 * 1000)

struct lull_http {
	struct MHD_Daemon *daemon[LISTEN_MAX];
	size_t n;
	unsigned port[LISTEN_MAX]; // of each address of the configuration; 0: it is not to be had
	char **hosts;
	size_t n_hosts;
	int wake; // eventfd: end the thread
	pthread_t thread;
	bool running;
	struct lull_clients clients;        // http thread
	struct MHD_Response *index, *style; // never change

	pthread_mutex_t lock; // analyzer and http thread: all below
	struct MHD_Response *page[FORMATS];
	char reason[256]; // "": fine
	uint64_t progress_ms, interval_ms;
};

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static enum MHD_Result reply(struct MHD_Connection *c, unsigned status, struct MHD_Response *r)
{
	enum MHD_Result done = r == NULL ? MHD_NO : MHD_queue_response(c, status, r);
	if (r != NULL)
		MHD_destroy_response(r);
	return done;
}

static enum MHD_Result say(struct MHD_Connection *c, unsigned status, const char *text)
{
	return reply(c, status, lull_http_say(text));
}

// Why not all is well, or "". Under the lock.
static void trouble(struct lull_http *h, bool ready, char *out, size_t size)
{
	uint64_t silent = now_ms() - h->progress_ms;
	uint64_t patience = h->interval_ms == 0 ? SILENCE_FIRST_MS : 3 * h->interval_ms;
	if (patience < SILENCE_LEAST_MS)
		patience = SILENCE_LEAST_MS;
	if (h->reason[0] != '\0')
		snprintf(out, size, "%s", h->reason);
	else if (silent > patience)
		snprintf(out, size, "the analyzer has told nothing for %llu s",
			(unsigned long long)(silent / 1000));
	else if (ready && h->page[LULL_METRICS_TEXT] == NULL)
		snprintf(out, size, "starting: nothing published yet");
	else
		out[0] = '\0';
}

static enum MHD_Result serve_health(struct lull_http *h, struct MHD_Connection *c, bool ready)
{
	char why[sizeof(h->reason)];
	pthread_mutex_lock(&h->lock);
	trouble(h, ready, why, sizeof(why));
	pthread_mutex_unlock(&h->lock);
	return why[0] == '\0' ? say(c, MHD_HTTP_OK, "ok")
			      : say(c, MHD_HTTP_SERVICE_UNAVAILABLE, why);
}

static enum MHD_Result serve_metrics(struct lull_http *h, struct MHD_Connection *c)
{
	enum lull_metrics_format format =
		lull_http_accept(MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Accept"));
	pthread_mutex_lock(&h->lock);
	struct MHD_Response *page = h->page[format];
	enum MHD_Result done = page == NULL ? MHD_NO : MHD_queue_response(c, MHD_HTTP_OK, page);
	pthread_mutex_unlock(&h->lock);
	return page != NULL
		       ? done
		       : say(c, MHD_HTTP_SERVICE_UNAVAILABLE, "starting: nothing published yet");
}

static enum MHD_Result count_hosts(
	void *context, enum MHD_ValueKind kind, const char *key, const char *value)
{
	(void)kind, (void)value;
	*(unsigned *)context += strcasecmp(key, "Host") == 0;
	return MHD_YES;
}

// What is wrong with a request before its path is looked at: a status, or 0.
static unsigned refusal(
	struct lull_http *h, struct MHD_Connection *c, const char *method, const char *version)
{
	const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
	unsigned hosts = 0;
	MHD_get_connection_values(c, MHD_HEADER_KIND, count_hosts, &hosts);
	if (hosts > 1 || (host == NULL && strcmp(version, MHD_HTTP_VERSION_1_0) != 0))
		return MHD_HTTP_BAD_REQUEST;
	if (host != NULL && !lull_http_host_known(host, h->hosts, h->n_hosts))
		return MHD_HTTP_MISDIRECTED_REQUEST;
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	if (MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Length") != NULL ||
		MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Transfer-Encoding") != NULL)
		return MHD_HTTP_BAD_REQUEST; // a body: whoever sends one means something else
	return 0;
}

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned status)
{
	struct MHD_Response *r = lull_http_say(
		status == MHD_HTTP_MISDIRECTED_REQUEST
			? "this name is not served here; http.hosts in the configuration lists more"
		: status == MHD_HTTP_METHOD_NOT_ALLOWED ? "GET and HEAD only"
							: "bad request");
	if (r != NULL && status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	return reply(c, status, r);
}

static enum MHD_Result answer(void *context, struct MHD_Connection *c, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **state)
{
	struct lull_http *h = context;
	(void)upload;
	if (*state == NULL) { // the header is complete
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
		if (info != NULL && info->socket_context != NULL)
			lull_client_phase(info->socket_context, true, now_ms());
		*state = h;
		// A refusal now, before any body is read, closes the connection; a good request
		// waits for the second call and leaves it open.
		unsigned status = refusal(h, c, method, version);
		return status == 0 ? MHD_YES : refuse(c, status);
	}
	*upload_size = 0;
	if (strcmp(url, "/metrics") == 0)
		return serve_metrics(h, c);
	if (strcmp(url, "/healthz") == 0 || strcmp(url, "/readyz") == 0)
		return serve_health(h, c, url[1] == 'r');
	if (strcmp(url, "/") == 0)
		return MHD_queue_response(c, MHD_HTTP_OK, h->index);
	if (strcmp(url, "/style.css") == 0)
		return MHD_queue_response(c, MHD_HTTP_OK, h->style);
	return say(c, MHD_HTTP_NOT_FOUND, "not found; / lists what is here");
}

static enum MHD_Result admit(void *context, const struct sockaddr *address, socklen_t len)
{
	struct lull_http *h = context;
	(void)len;
	return lull_clients_admit(&h->clients, address) ? MHD_YES : MHD_NO;
}

static void connection_changed(void *context, struct MHD_Connection *c, void **client,
	enum MHD_ConnectionNotificationCode code)
{
	struct lull_http *h = context;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*client != NULL)
			lull_client_leave(*client);
		*client = NULL;
		return;
	}
	const union MHD_ConnectionInfo *from =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const union MHD_ConnectionInfo *socket =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	int fd = socket->connect_fd;
	*client = from == NULL ? NULL
			       : lull_clients_enter(&h->clients, from->client_addr, fd, now_ms());
	if (*client == NULL)
		shutdown(fd, SHUT_RDWR);
}

static void request_done(
	void *context, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
	(void)context, (void)code;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	if (info != NULL && info->socket_context != NULL)
		lull_client_phase(info->socket_context, false, now_ms());
	*state = NULL;
}

// Milliseconds until a daemon wants to run, a second at most: deadlines are looked at that often.
static int patience(const struct lull_http *h)
{
	MHD_UNSIGNED_LONG_LONG least = 1000, ms;
	for (size_t i = 0; i < h->n; i++)
		if (MHD_get_timeout(h->daemon[i], &ms) == MHD_YES && ms < least)
			least = ms;
	return (int)least;
}

static void *serve(void *context)
{
	struct lull_http *h = context;
	struct pollfd fds[LISTEN_MAX + 1] = {{.fd = h->wake, .events = POLLIN}};
	for (size_t i = 0; i < h->n; i++) {
		const union MHD_DaemonInfo *info =
			MHD_get_daemon_info(h->daemon[i], MHD_DAEMON_INFO_EPOLL_FD);
		fds[i + 1] = (struct pollfd){.fd = info->epoll_fd, .events = POLLIN};
	}
	while (poll(fds, (nfds_t)h->n + 1, patience(h)) >= 0 || errno == EINTR) {
		if (fds[0].revents != 0)
			break;
		for (size_t i = 0; i < h->n; i++)
			MHD_run(h->daemon[i]);
		lull_clients_reap(&h->clients, now_ms());
	}
	return NULL;
}

static void say_where(const char *text, unsigned port)
{
	int host = (int)(strrchr(text, ':') - text);
	lull_log_info("metrics on http://%.*s:%u/metrics", host, text, port);
}

// An address that this machine does not have (IPv6 is switched off) is no reason not to run as
// long as another works. 0, or -1; errno either way.
static int cannot_listen(const char *text, int e)
{
	bool absent = e == EAFNOSUPPORT || e == EADDRNOTAVAIL;
	(absent ? lull_log_warning : lull_log_error)(
		"http: %s: cannot listen: %s", text, strerror(e));
	errno = e;
	return absent ? 0 : -1;
}

// Listen on the i-th address. 0, with errno when it is absent, or -1 and errno; both after a
// message.
static int add_address(struct lull_http *h, size_t i, const char *text)
{
	int fd = lull_http_listen(text, &h->port[i]);
	if (fd < 0)
		return cannot_listen(text, -fd);
	struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL, 0, admit, h, answer, h,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)(LULL_HTTP_CLIENTS + LULL_HTTP_SLACK), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)REQUEST_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)(LULL_HTTP_HEADER_MS / 1000), MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_NOTIFY_CONNECTION, connection_changed, h, MHD_OPTION_NOTIFY_COMPLETED,
		request_done, h, MHD_OPTION_END);
	if (d == NULL) {
		lull_log_error("http: %s: the server did not start", text);
		close(fd);
		errno = EIO;
		return -1;
	}
	h->daemon[h->n++] = d;
	say_where(text, h->port[i]);
	return 0;
}

static int copy_hosts(struct lull_http *h, const struct lull_http_config *config)
{
	h->hosts = calloc(config->n_hosts + 1, sizeof(*h->hosts));
	for (size_t i = 0; h->hosts != NULL && i < config->n_hosts; i++) {
		h->hosts[i] = strdup(config->hosts[i]);
		if (h->hosts[i] == NULL)
			return -1;
		h->n_hosts++;
	}
	return h->hosts == NULL ? -1 : 0;
}

// Start the thread with every signal blocked: signals are for the main thread.
static int start_thread(struct lull_http *h)
{
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int e = pthread_create(&h->thread, NULL, serve, h);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (e != 0) {
		lull_log_error("http: no thread: %s", strerror(e));
		errno = e;
		return -1;
	}
	pthread_setname_np(h->thread, "lull-http");
	h->running = true;
	return 0;
}

struct lull_http *lull_http_start(const struct lull_http_config *config)
{
	struct lull_http *h = calloc(1, sizeof(*h));
	if (h == NULL)
		return NULL;
	pthread_mutex_init(&h->lock, NULL);
	h->progress_ms = now_ms();
	h->wake = eventfd(0, EFD_CLOEXEC);
	h->index = lull_http_index();
	h->style = lull_http_style();
	if (h->wake < 0 || h->index == NULL || h->style == NULL || copy_hosts(h, config) < 0) {
		errno = ENOMEM;
		lull_log_error("http: %s", strerror(errno));
		goto fail;
	}
	if (config->n_listen > LISTEN_MAX) {
		lull_log_error("http: %zu addresses to listen on, %d at most", config->n_listen,
			LISTEN_MAX);
		errno = EINVAL;
		goto fail;
	}
	for (size_t i = 0; i < config->n_listen; i++)
		if (add_address(h, i, config->listen[i]) < 0)
			goto fail;
	if (h->n == 0 && config->n_listen > 0) {
		int e = errno; // of the last one
		lull_log_error("http: none of the addresses to listen on is there");
		errno = e;
		goto fail;
	}
	if (start_thread(h) == 0)
		return h;
fail:;
	int why = errno;
	lull_http_stop(h);
	errno = why;
	return NULL;
}

void lull_http_stop(struct lull_http *h)
{
	if (h == NULL)
		return;
	if (h->running) {
		eventfd_write(h->wake, 1);
		pthread_join(h->thread, NULL);
	}
	for (size_t i = 0; i < h->n; i++)
		MHD_stop_daemon(h->daemon[i]);
	struct MHD_Response *responses[] = {
		h->index, h->style, h->page[LULL_METRICS_TEXT], h->page[LULL_METRICS_OPENMETRICS]};
	for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++)
		if (responses[i] != NULL)
			MHD_destroy_response(responses[i]);
	for (size_t i = 0; i < h->n_hosts; i++)
		free(h->hosts[i]);
	free(h->hosts);
	if (h->wake >= 0)
		close(h->wake);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

unsigned lull_http_port(const struct lull_http *h, size_t i)
{
	return i < LISTEN_MAX ? h->port[i] : 0;
}

void lull_http_publish(struct lull_http *h, enum lull_metrics_format format, struct lull_text *out)
{
	static const char *const types[FORMATS] = {
		[LULL_METRICS_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
		[LULL_METRICS_OPENMETRICS] =
			"application/openmetrics-text; version=1.0.0; charset=utf-8",
	};
	struct MHD_Response *page = NULL;
	if (!out->failed && out->data != NULL) {
		page = lull_http_response(out->data, out->len, types[format]);
		*out = (struct lull_text){0};
		if (page != NULL) // caches and people: the same address, two formats
			MHD_add_response_header(page, "Vary", "Accept");
	}
	lull_text_finish(out);
	if (page == NULL)
		return; // out of memory: the page before stays
	pthread_mutex_lock(&h->lock);
	struct MHD_Response *old = h->page[format];
	h->page[format] = page;
	uint64_t now = now_ms();
	if (old != NULL && format == LULL_METRICS_TEXT)
		h->interval_ms = now - h->progress_ms + 1;
	if (format == LULL_METRICS_TEXT)
		h->progress_ms = now;
	pthread_mutex_unlock(&h->lock);
	if (old != NULL)
		MHD_destroy_response(old);
}

void lull_http_health(struct lull_http *h, const char *reason)
{
	pthread_mutex_lock(&h->lock);
	snprintf(h->reason, sizeof(h->reason), "%s", reason != NULL ? reason : "");
	pthread_mutex_unlock(&h->lock);
}
