// SPDX-License-Identifier: BSD-3-Clause
// Why an interface cannot be captured, and what to do: with its place in the configuration, and
// with the names there are.

#include "interface.h"

#include "netdev.h"

#include <errno.h>
#include <lull/log.h>
#include <lull/text.h>
#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 256 };

// "config.yaml:3:9: " or nothing.
static const char *where(const struct lull_port_spec *spec, char *out, size_t size)
{
	const struct lull_place *p = &spec->place;
	out[0] = '\0';
	if (p->file != NULL && p->line > 0)
		snprintf(out, size, "%s:%u:%u: ", p->file, p->line, p->column);
	else if (p->file != NULL)
		snprintf(out, size, "%s: ", p->file);
	return out;
}

static void complain_of_name(const char *place, const char *name)
{
	char all[NAMES_MAX][LULL_NETDEV_NAME];
	const char *names[NAMES_MAX];
	struct lull_text list = {0};
	size_t n = lull_netdev_names(all, NAMES_MAX);
	for (size_t i = 0; i < n; i++) {
		lull_text_add(&list, "%s%s", i > 0 ? ", " : "", all[i]);
		names[i] = all[i];
	}
	const char *near = lull_text_nearest(name, names, n);
	const char *listed = list.data != NULL && !list.failed ? list.data : "none";
	if (near != NULL)
		lull_log_error("%sno interface '%s'; did you mean '%s'? (there are: %s)", place,
			name, near, listed);
	else
		lull_log_error("%sno interface '%s'; there are: %s", place, name, listed);
	lull_text_finish(&list);
}

void lull_interface_complain(
	const struct lull_config *config, const struct lull_port_spec *spec, int e)
{
	char place[512];
	where(spec, place, sizeof(place));
	if (e == -ENODEV)
		complain_of_name(place, spec->device);
	else if (e == -EPERM || e == -EACCES)
		lull_log_error("%s%s: capturing needs CAP_NET_RAW: run lull as root, or give it "
			       "that capability (systemd: AmbientCapabilities=CAP_NET_RAW)",
			place, spec->device);
	else if (e == -ENOMEM)
		lull_log_error("%s%s: no memory for a ring of %llu bytes; make `ring` smaller",
			place, spec->device, (unsigned long long)config->capture.ring_bytes);
	else
		lull_log_error("%s%s: %s", place, spec->device, strerror(-e));
}
