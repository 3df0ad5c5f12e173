/* SPDX-License-Identifier: Apache-2.0 */
/* The start and end of every subcommand: arguments, error message, exit status. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "cli/arguments.h"

enum { COMMAND_OK = 0, COMMAND_FAILED = 1, COMMAND_MISUSED = 2 };

/* Reads the arguments. False: exit with *status (after the help or an error message). */
MUST_CHECK bool command_start(const struct usage *usage, int argc, char *const *argv,
                              struct arena *arena, struct words *words, int *status);
/* Prints the error in the arguments, and points to the help. Returns COMMAND_MISUSED. */
int command_misused(const struct usage *usage, const struct error *err);
/* Prints the error. Returns COMMAND_FAILED. */
int command_failed(const struct error *err);

/* One command of a group such as `yett cert`. */
struct subcommand {
    const char *name;
    int (*run)(int argc, char *const *argv);
    const char *description;
};

/* Runs the command that argv[1] names, or prints the help of the group. Returns the exit status. */
int command_group(const char *group, const struct subcommand *rows, size_t n, int argc,
                  char *const *argv);

/* "2026-11-21T10:00:00Z". */
enum { ISO_TIME_MAX = 32 };
const char *iso_time(int64_t t, char out[static ISO_TIME_MAX]);

#endif
