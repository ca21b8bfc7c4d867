// SPDX-License-Identifier: BSD-3-Clause
// Colors only where somebody looks, and asks for none else.

#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const char *const lull_terminal_when[] = {"auto", "always", "never", NULL};

void lull_terminal(const char *when, struct lull_export_options *x)
{
	const char *color = when != NULL ? when : "auto";
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct winsize size;
	bool tty = isatty(STDOUT_FILENO);
	x->color =
		strcmp(color, "always") == 0 ||
		(strcmp(color, "auto") == 0 && tty && (no_color == NULL || no_color[0] == '\0') &&
			term != NULL && strcmp(term, "dumb") != 0);
	if (tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		x->width = size.ws_col;
}
