/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the command line, as in nginx. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdbool.h>

struct options {
    const char *conf;      /* -c: absolute, or relative to prefix; default "/etc/yett/yett.conf" */
    const char *prefix;    /* -p: ends in '/'; default "/etc/yett/" */
    const char *error_log; /* -e: the error log until the configuration names one; "stderr" */
    const char *globals;   /* -g: directives of the main context, or NULL */
    bool test;             /* -t, -T */
    bool dump;             /* -T */
    bool quiet;            /* -q: no non-error messages with -t */
    bool only_look;        /* do not open logs, so that nothing on disk changes */
    const char *signal;    /* -s: stop, quit, reload, reopen */
};

#endif
