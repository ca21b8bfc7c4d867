// SPDX-License-Identifier: BSD-3-Clause
// The HTTP side of a live run (libmicrohttpd): GET and HEAD of /metrics, /healthz, /readyz and a
// page that lists them. It serves what was last published and takes no lock that a worker takes.
// Limits: 256 connections (32 from one address other than loopback), 5 s for a request's header,
// Host must be an address literal, localhost or a configured name; strict CSP, no CORS.

#pragma once

#include <lull/config.h>
#include <lull/metrics.h>

struct lull_http;

// Listen on every address of config->http.listen; messages say where, or why not. NULL and errno
// after a message. Threads of its own (named "lull-http").
struct lull_http *lull_http_start(const struct lull_http_config *config);
void lull_http_stop(struct lull_http *h);
// The port in use by the i-th address: what the kernel chose for port 0. 0: no such address.
unsigned lull_http_port(const struct lull_http *h, size_t i);
// Analyzer. Take the page of a format; the text's memory goes over (out is empty afterwards).
void lull_http_publish(struct lull_http *h, enum lull_metrics_format format, struct lull_text *out);
// Analyzer. What /readyz and /healthz answer: NULL: fine (200 "ok"), else 503 with this reason
// (copied). Both also answer 503 when no text page was published for three times as long as
// between the last two (a minute at least): the analyzer hangs; /readyz until the first one.
void lull_http_health(struct lull_http *h, const char *reason);
