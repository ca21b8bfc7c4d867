// SPDX-License-Identifier: BSD-3-Clause
// The fixed pages, and headers that leave a browser nothing to do but to show them.

#include "http_pages.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char page[] = "<!doctype html>\n"
			   "<html lang=\"en\">\n"
			   "<meta charset=\"utf-8\">\n"
			   "<meta name=\"viewport\" content=\"width=device-width\">\n"
			   "<title>lull</title>\n"
			   "<link rel=\"stylesheet\" href=\"/style.css\">\n"
			   "<main>\n"
			   "<h1>lull</h1>\n"
			   "<p>A passive outage detector, version " LULL_VERSION ".</p>\n"
			   "<dl>\n"
			   "<dt><a href=\"/metrics\">/metrics</a></dt>\n"
			   "<dd>What it counts and finds, for Prometheus: text, or OpenMetrics to "
			   "those who ask.</dd>\n"
			   "<dt><a href=\"/healthz\">/healthz</a></dt>\n"
			   "<dd>200 while it makes progress, else 503 and why.</dd>\n"
			   "<dt><a href=\"/readyz\">/readyz</a></dt>\n"
			   "<dd>200 once there are metrics to read, while it makes progress.</dd>\n"
			   "</dl>\n"
			   "</main>\n"
			   "</html>\n";

static const char style[] =
	":root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif }\n"
	"main { max-width: 36rem; margin: 12vh auto; padding: 0 1rem }\n"
	"h1 { font-weight: 600; letter-spacing: -.02em; margin: 0 }\n"
	"dt { font-family: ui-monospace, monospace; margin-top: 1.2rem }\n"
	"dd { margin: 0; opacity: .75 }\n"
	"a { color: #2a6fb0; text-decoration: none }\n"
	"a:hover, a:focus { text-decoration: underline }\n"
	"@media (prefers-color-scheme: dark) { a { color: #7db6ea } }\n";

struct MHD_Response *lull_http_response(char *body, size_t n, const char *type)
{
	static const char *const headers[][2] = {
		{"Cache-Control", "no-store"},
		{"Content-Security-Policy",
			"default-src 'none'; style-src 'self'; base-uri 'none'; "
			"form-action 'none'; frame-ancestors 'none'"},
		{"X-Content-Type-Options", "nosniff"},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
	};
	struct MHD_Response *r = MHD_create_response_from_buffer_with_free_callback(n, body, free);
	if (r == NULL) {
		free(body);
		return NULL;
	}
	bool fine = MHD_add_response_header(r, "Content-Type", type) == MHD_YES;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		fine &= MHD_add_response_header(r, headers[i][0], headers[i][1]) == MHD_YES;
	if (fine)
		return r;
	MHD_destroy_response(r);
	return NULL;
}

static struct MHD_Response *copy(const char *text, size_t n, const char *type)
{
	char *body = malloc(n + 1);
	if (body == NULL)
		return NULL;
	memcpy(body, text, n);
	return lull_http_response(body, n, type);
}

struct MHD_Response *lull_http_say(const char *text)
{
	size_t n = strlen(text);
	char *body = malloc(n + 1);
	if (body == NULL)
		return NULL;
	memcpy(body, text, n);
	body[n] = '\n';
	return lull_http_response(body, n + 1, "text/plain; charset=utf-8");
}

struct MHD_Response *lull_http_index(void)
{
	return copy(page, sizeof(page) - 1, "text/html; charset=utf-8");
}

struct MHD_Response *lull_http_style(void)
{
	return copy(style, sizeof(style) - 1, "text/css; charset=utf-8");
}
