// SPDX-License-Identifier: BSD-3-Clause
// lull: finds the command and leaves the rest to it.

#include "commands.h"
#include <errno.h>
#include <fcntl.h>
#include <lull/dpdk.h>
#include <lull/log.h>
#include <lull/text.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct command {
	const char *name;
	const char *help;
	int (*run)(int argc, char **argv);
};

// In the order people meet them. A new command is one file and one line here.
static const struct command commands[] = {
	{"replay", "find outages in capture files", lull_main_replay},
	{"detect", "find outages in series of values (CSV)", lull_main_detect},
	{"check", "check a configuration and say every mistake in it", lull_main_check},
	{"targets", "show what would be watched", lull_main_targets},
	{"synth", "make a capture from a scenario, with the truth beside it", lull_main_synth},
	{"run", "watch a live tap", lull_main_run},
	{"eval", "score the detector and the baselines on labelled series", lull_main_eval},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
	printf("lull: finds internet outages in passing traffic, and never sends a packet\n\n"
	       "Usage: lull COMMAND [OPTION]...\n\nCommands:\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-10s%s\n", commands[i].name, commands[i].help);
	printf("\n'lull help COMMAND' tells more; 'lull --version' tells the version.\n"
	       "Exit status: 0 fine, 1 usage or configuration, 2 input damaged, 3 an outage was "
	       "found\n"
	       "(with --exit-code).\n");
	return 0;
}

static int print_version(void)
{
	const char *dpdk = lull_dpdk_version();
	printf("lull %s\n", LULL_VERSION);
	if (dpdk != NULL)
		printf("with %s\n", dpdk);
	return 0;
}

static int unknown(const char *name)
{
	const char *names[N_COMMANDS];
	for (size_t i = 0; i < N_COMMANDS; i++)
		names[i] = commands[i].name;
	const char *near = lull_text_nearest(name, names, N_COMMANDS);
	if (near != NULL)
		lull_log_error("no command '%s'; did you mean '%s'?", name, near);
	else
		lull_log_error("no command '%s'; see 'lull --help'", name);
	return 1;
}

static int dispatch(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	if (name[0] == '\0') {
		lull_log_error("a command is missing; see 'lull --help'");
		return 1;
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
		return print_version();
	bool help = strcmp(name, "help") == 0;
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || (help && argc == 2))
		return print_help();
	if (help)
		name = argv[2];
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		char *ask[] = {argv[argc - 1], (char[]){"--help"}, NULL};
		return help ? commands[i].run(2, ask) : commands[i].run(argc - 1, argv + 1);
	}
	return unknown(name);
}

// Output that did not arrive (a full disk) must not pass for a result.
static int finish_output(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (errno != EPIPE)
		lull_log_error("standard output: %s", strerror(errno));
	return code != 0 ? code : 1;
}

// A closed standard stream would be the next file opened, and its talk would land there. What
// takes its place refuses what the stream is for, so that lost output is still an error.
static bool hold_streams(void)
{
	static const int refusing[] = {O_WRONLY, O_RDONLY, O_RDONLY};
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", refusing[fd]) != fd)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	if (!hold_streams())
		return 1;
	return finish_output(dispatch(argc, argv));
}
