// SPDX-License-Identifier: BSD-3-Clause
// Answers: a response with the headers every answer of ours has, and the fixed pages.

#pragma once

#include <microhttpd.h>

// body: n bytes of malloc, taken over (also on failure). NULL: out of memory.
struct MHD_Response *lull_http_response(char *body, size_t n, const char *type);
// A line of plain text, copied.
struct MHD_Response *lull_http_say(const char *text);
// The page at "/" and its style, in a file of its own so that the policy allows nothing inline.
struct MHD_Response *lull_http_index(void);
struct MHD_Response *lull_http_style(void);
