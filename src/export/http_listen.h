// SPDX-License-Identifier: BSD-3-Clause
// A socket that listens on an address literal.

#pragma once

// text: "127.0.0.1:11753" or "[::1]:11753"; port 0: any free one. A v6 socket takes v6 only.
// *port: the one in use. Returns a non-blocking socket, or -errno (-EINVAL: not such a text).
int lull_http_listen(const char *text, unsigned *port);
