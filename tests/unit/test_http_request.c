// SPDX-License-Identifier: BSD-3-Clause

#include "export/http_request.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

Test(http_request, accept_chooses_as_its_weights_say)
{
	static const struct {
		const char *accept;
		enum lull_metrics_format format;
	} cases[] = {
		// what Prometheus 2.42 and 3 send, curl, a browser
		{"application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
		 "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
			LULL_METRICS_OPENMETRICS},
		{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
		 "text/plain;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
			LULL_METRICS_OPENMETRICS},
		{"*/*", LULL_METRICS_TEXT},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
			LULL_METRICS_TEXT},
		{NULL, LULL_METRICS_TEXT},
		{"", LULL_METRICS_TEXT},
		{"application/openmetrics-text", LULL_METRICS_OPENMETRICS},
		{"APPLICATION/OpenMetrics-Text ; Version=\"1.0.0\"", LULL_METRICS_OPENMETRICS},
		{"application/openmetrics-text;version=0.0.1", LULL_METRICS_TEXT},
		{"application/openmetrics-text;q=0", LULL_METRICS_TEXT},
		{"application/openmetrics-text;q=0.000, */*", LULL_METRICS_TEXT},
		{"application/openmetrics-text;q=0.3,text/plain;q=0.4", LULL_METRICS_TEXT},
		{"application/openmetrics-text;q=0.4,text/plain;q=0.3", LULL_METRICS_OPENMETRICS},
		{"text/plain;q=0,*/*", LULL_METRICS_OPENMETRICS},
		{"application/*", LULL_METRICS_OPENMETRICS},
		// weights that are none make their range void
		{"application/openmetrics-text;q=2", LULL_METRICS_TEXT},
		{"application/openmetrics-text;q=0.1234", LULL_METRICS_TEXT},
		{"application/openmetrics-text;q=", LULL_METRICS_TEXT},
		{"x;a=\"application/openmetrics-text,\\\"", LULL_METRICS_TEXT},
		{",,;;,=,;=;,\"", LULL_METRICS_TEXT},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect(eq(int, lull_http_accept(cases[i].accept), cases[i].format), "%s",
			cases[i].accept);
}

Test(http_request, only_literals_localhost_and_configured_names_are_hosts)
{
	static char name[] = "tap.example", *hosts[] = {name};
	static const char *const known[] = {"127.0.0.1", "10.1.2.3:9090", "[::1]",
		"[2001:db8::1]:80", "localhost", "LOCALHOST:11753", "tap.example", "Tap.Example:1",
		"127.0.0.1:"};
	static const char *const unknown[] = {"", "evil.example", "tap.example.evil",
		"127.0.0.1.evil", "localhost.evil", "127.0.0.1:80:80", "[::1", "::1", "[::1]x",
		"[]", "[evil]", ":80", "127.0.0.1:99999", "127.0.0.1:8x", "a@127.0.0.1",
		"127.0.0.1/", "127.1", "[fe80::1%1]"};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		cr_expect(lull_http_host_known(known[i], hosts, 1), "%s", known[i]);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		cr_expect(lull_http_host_known(unknown[i], hosts, 1) == false, "%s", unknown[i]);
}
