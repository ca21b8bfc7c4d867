// SPDX-License-Identifier: BSD-3-Clause
// What lull itself reads of a request: pure functions over hostile text.

#pragma once

#include <lull/metrics.h>
#include <stdbool.h>

// The format an Accept header asks for (RFC 9110, 12.5.1): OpenMetrics when it is named and rated
// no lower than text, else text, which is also the answer to NULL and to what cannot be read.
enum lull_metrics_format lull_http_accept(const char *accept);

// Whether a Host header (RFC 9110, 7.2: name or address literal, perhaps a port) is one a person
// meant: an address literal, localhost, or one of hosts[0..n). Keeps a page of another site from
// reading this one through a name it controls (DNS rebinding).
bool lull_http_host_known(const char *host, char *const *hosts, size_t n);
