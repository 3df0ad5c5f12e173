/* SPDX-License-Identifier: Apache-2.0 */
/* Loads settings from a configuration file. */
#ifndef LOAD_SETTINGS_LOAD_H
#define LOAD_SETTINGS_LOAD_H

#include <stdbool.h>

#include "base/error_list.h"
#include "conf/tree.h"
#include "load/module.h"
#include "load/options.h"
#include "site/live_state.h"
#include "site/settings.h"

/* The directives of the main context. Fields as nginx documents them. */
struct main_settings {
    bool daemon;
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

/* A loaded configuration: the part that never changes, and the part that does. */
struct loaded {
    struct settings *settings;
    struct live_state *live;
};

/*
 * For the start and for `-s`: reads the tree and the simple directives of the main context, but not
 * `http`. Opens no certificate and no key, and creates no log file. All results are in the arena;
 * adds all errors.
 */
MUST_CHECK bool main_settings_load(const struct options *options, const struct modules *modules,
                                   struct arena *arena, struct conf_tree *tree,
                                   struct main_settings *out, struct errors *errors);

/* The parameters of a generation's load. */
struct load_context {
    struct crl_floors floors; /* the CRLs must not be older than these */
    /* Called after the main context is read, and before any file that it names is opened. */
    bool (*main_read)(void *arg, const struct main_settings *main, struct error *err);
    void *arg;
};

/*
 * Loads the whole configuration, and opens its certificates, keys, CRLs and log files. Warnings go
 * to its error log (to standard error if `to_stderr`: -t). Errors are sentences with file and line,
 * as in nginx's "[emerg]" lines; adds every error, except those that may only follow from an
 * earlier one. `context` may be NULL.
 */
MUST_CHECK bool settings_load(const struct options *options, const struct modules *modules,
                              const unsigned char secret[static TLS_TICKET_SECRET_LEN],
                              bool to_stderr, const struct load_context *context,
                              struct loaded *out, struct main_settings *main,
                              struct errors *errors);
/* Frees both parts, also if nothing was loaded. */
void settings_unload(struct loaded *loaded);

#endif
