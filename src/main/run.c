// SPDX-License-Identifier: BSD-3-Clause
// lull run: live capture is not in this version, and this says so.

#include "commands.h"
#include "options.h"
#include <lull/dpdk.h>
#include <lull/log.h>

static const struct lull_option options[] = {
	{'c', "config", "FILE", "configuration (YAML)"},
};

static const struct lull_usage usage = {
	.command = "run",
	.summary = "watch a live tap (not in this version)",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.more = "This version reads capture files only: record with tcpdump or dumpcap and use\n"
		"'lull replay', which gives the answers a live tap would.\n",
};

static int take(void *context, int key, const char *value)
{
	(void)context;
	(void)key;
	(void)value;
	return 0;
}

int lull_main_run(int argc, char **argv)
{
	int first = lull_options_parse(&usage, argc, argv, take, NULL);
	if (first <= 0)
		return first < 0;
	const char *dpdk = lull_dpdk_version();
	lull_log_error("run: live capture is not in this version (%s%s)",
		dpdk != NULL ? "built with " : "built without DPDK", dpdk != NULL ? dpdk : "");
	lull_log_info("record with tcpdump or dumpcap, then: lull replay -c lull.yaml FILE...");
	return 1;
}
