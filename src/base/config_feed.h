// SPDX-License-Identifier: BSD-3-Clause
// The text of a configuration on its way into libfyaml 0.7.12: first checked line by line, then
// handed over in pieces, never far ahead of what the parser has given back as events.
//
// Why: the parser reads on while something might still turn out to be a key, and keeps 300 bytes a
// token. 16 MiB of "[" (or of "{", "& a", "! ", "[[]]" by the line) took it 5 GB and half a minute
// before its first event, so that no bound behind the parser could help.

#pragma once

#include <lull/config.h>
#include <stddef.h>
#include <sys/types.h>

#define LULL_FEED_LINE 65536   // bytes of a line
#define LULL_FEED_AHEAD 262144 // bytes handed over beyond the line of the last event

struct lull_feed {
	const char *text;
	size_t n, given;
	size_t line_start; // offset of the line of the last event
	unsigned line;     // and its number, from 1
	unsigned stopped;  // line after which the parser asked for more than it may have; 0: none
};

// Check all lines and start: 0, or -EINVAL after a complaint. A byte order mark is skipped.
int lull_feed_start(struct lull_feed *f, const char *file, const char *text, size_t n);

// An event was given back that stands on this line.
void lull_feed_advance(struct lull_feed *f, unsigned line);

// The callback for fy_parser_set_input_callback(); user is the feed.
ssize_t lull_feed_read(void *user, void *buffer, size_t count);
