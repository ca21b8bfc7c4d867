// SPDX-License-Identifier: BSD-3-Clause
// The commands: one file each. argv[0] is the command's name; the result is the exit code:
// 0 fine, 1 usage or configuration, 2 input damaged, 3 an outage was found (--exit-code).

#pragma once

int lull_main_check(int argc, char **argv);
int lull_main_eval(int argc, char **argv);
int lull_main_detect(int argc, char **argv);
int lull_main_replay(int argc, char **argv);
int lull_main_run(int argc, char **argv);
int lull_main_synth(int argc, char **argv);
int lull_main_targets(int argc, char **argv);
