/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the command line: nginx's options, in nginx's syntax. */
#ifndef APP_COMMAND_LINE_H
#define APP_COMMAND_LINE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "load/options.h"

struct command_line {
    struct options options;
    bool show_help;    /* -h, -? */
    bool show_version; /* -v, -V, -h, -? */
    bool show_build;   /* -V */
};

/*
 * Letters may share a dash ("-tq"). A value follows its letter directly or as the next word. Values
 * are borrowed from argv, except a prefix that lacks its last slash. Errors are nginx's sentences.
 */
MUST_CHECK bool command_line_parse(int argc, char *const *argv, struct arena *arena,
                                   struct command_line *out, struct error *err);

#endif
