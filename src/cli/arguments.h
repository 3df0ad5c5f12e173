/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a subcommand: one table reads them and prints the help. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

struct words {
    struct str *items;
    size_t n;
};

/* Exactly one of value, flag and list is set: it receives the option. */
struct option_row {
    const char *name;     /* without "--" */
    const char *argument; /* its name in the help; NULL for a flag */
    const char *help;
    const char **value;
    bool *flag;
    struct words *list; /* may be given several times */
    char letter;        /* it may also be given as "-X"; 0: it may not */
};

struct usage {
    const char *synopsis; /* "yett ca revoke [options] NAME…" */
    const char *about;
    const struct option_row *rows;
    size_t n;
};

/*
 * Reads options and words in any order; after "--" all are words. Skips argv[0]. --help and -h set
 * *help, and end the reading.
 */
MUST_CHECK bool arguments_parse(const struct usage *usage, int argc, char *const *argv,
                                struct arena *arena, struct words *words, bool *help,
                                struct error *err);
/* Prints the help on standard output. */
void usage_print(const struct usage *usage);

#endif
