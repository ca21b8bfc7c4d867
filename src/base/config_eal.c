// SPDX-License-Identifier: BSD-3-Clause
// Which arguments of DPDK's environment a configuration may give. What stands here would break
// something lull says of itself, or is said elsewhere in the configuration; everything else is
// DPDK's own affair.

#include "config_eal.h"
#include <stddef.h>
#include <string.h>

static const char cores[] = "cores stand under workers: {cores: [...]}; take it out";
static const char devices[] = "only devices under ports are opened; name it there";
static const char shared[] = "lull owns its devices and is never a second process; take it out";
static const char socket[] = "it opens a socket that tells others; see http for figures";
static const char prints[] = "it prints on standard output, where events go; take it out";

static const struct {
	char letter;      // or '\0'
	const char *name; // or NULL
	const char *problem;
} refused[] = {
	{'a', "allow", devices},
	{'b', "block", devices},
	{'c', NULL, cores},
	{'h', "help", prints},
	{'l', NULL, cores},
	{'s', NULL, cores},
	{'S', NULL, cores},
	{'v', "version", prints},
	{'\0', "lcores", cores},
	{'\0', "log-level=help", prints},
	{'\0', "main-lcore", cores},
	{'\0', "proc-type", shared},
	{'\0', "telemetry", socket},
	{'\0', "vdev", devices},
};

// getopt_long() takes a long option by any beginning that no other has; so does this.
static const char *long_problem(const char *name)
{
	size_t n = strcspn(name, "=");
	if (n == 0)
		return "it would end the arguments; take it out";
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const char *full = refused[i].name;
		if (full == NULL)
			continue;
		size_t stem = strcspn(full, "=");
		if (n > stem || strncmp(name, full, n) != 0)
			continue;
		if (full[stem] == '\0' || strcmp(name + n, full + stem) == 0)
			return refused[i].problem;
	}
	return NULL;
}

const char *lull_eal_problem(const char *argument, const char *before)
{
	if (argument[0] == '\0')
		return "it is empty; take it out";
	for (const unsigned char *p = (const unsigned char *)argument; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f)
			return "it holds a control character; take it out";
	}
	if (argument[0] != '-') // the value of the option before, or DPDK would pass over it
		return before != NULL && before[0] == '-' && strchr(before, '=') == NULL
			       ? NULL
			       : "it is no option and follows none; options begin with '-'";
	if (argument[1] == '-')
		return long_problem(argument + 2);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (refused[i].letter != '\0' && argument[1] == refused[i].letter)
			return refused[i].problem;
	}
	return NULL;
}
