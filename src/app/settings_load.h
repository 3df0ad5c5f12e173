/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration file to settings. */
#ifndef APP_SETTINGS_LOAD_H
#define APP_SETTINGS_LOAD_H

#include <stdbool.h>

#include "app/options.h"
#include "base/errors.h"
#include "conf/tree.h"
#include "site/settings.h"

/* What the master needs to know: the main context's own directives. Fields as nginx documents them.
 */
struct main_settings {
    bool daemon;
    bool master_process;
    char *pid_path;
    struct str user;                 /* empty: the current one */
    struct str group;                /* empty: the user's */
    struct log_file *error_log_file; /* the first error_log of the main context */
    const struct log *log;
    uint64_t threads; /* worker_processes */
    uint64_t connections;
    uint64_t rlimit_nofile; /* 0: as it is */
    uint64_t shutdown_timeout_ms;
    uint64_t load_timeout_ms; /* 0: no limit */
    char *working_directory;
    uint64_t rlimit_core;
};

/*
 * Reads the tree and the main context's simple directives, not http: no certificate, no key is
 * opened, no log file is created. For the master. Everything is in the arena; all errors are added.
 */
MUST_CHECK bool main_settings_load(const struct options *options, struct arena *arena,
                                   struct conf_tree *tree, struct main_settings *out,
                                   struct errors *errors);

/*
 * The whole configuration, with certificates, keys, CRLs and log files opened. Warnings go to the
 * configuration's error log (to standard error when `to_stderr`: -t). Errors are sentences with
 * file and line, as nginx's "[emerg]" lines have them; all are added that can be told without those
 * before them being mended. `floors` (may be NULL): lists that must not be older than.
 */
MUST_CHECK bool settings_load(const struct options *options,
                              const unsigned char secret[static TLS_TICKET_SECRET_LEN],
                              bool to_stderr, const struct crl_floors *floors,
                              struct settings **out, struct main_settings *main,
                              struct errors *errors);
void settings_free(struct settings *settings);

#endif
