/* SPDX-License-Identifier: Apache-2.0 */
/* The state of loading a configuration, shared by the setters of the blocks. */
#ifndef LOAD_LOADER_H
#define LOAD_LOADER_H

#include "base/error_list.h"
#include "conf/directive.h"
#include "load/module.h"
#include "load/settings_load.h"
#include "site/live_state.h"
#include "site/settings.h"

/* One `listen` of one server. */
struct listen_entry {
    struct address address;
    struct listen_options options;
    bool has_options; /* it sets an option of the socket */
    bool ssl;
    bool http2;
    bool default_server;
    struct server *server;
    const struct conf_node *node;
    /* While the listeners are built: */
    size_t listener;           /* of the address, in settings->listeners */
    struct listen_entry *next; /* of the same listener; NULL: the last */
};

/* A directory for request bodies too large for memory. */
struct temp_path {
    const char *path;
    bool named; /* by a directive; else the default */
};

/* A field that some location sends to backends, and its value. */
struct sent_field {
    struct str name;
    const struct template *value;
};

/* A level: its directives fill it in, and the blocks inside inherit it. */
struct block {
    struct server_settings *server_settings;
    struct location_settings *location;
    struct locations *locations;   /* where locations inside are added; NULL in `if` */
    const struct location *parent; /* the location this level belongs to, or NULL */
    struct server *server;         /* NULL outside server blocks */
};

struct loader {
    struct settings *settings; /* NULL while only the main context is read */
    struct live_state *live;
    const struct modules *modules;
    const struct conf_tables *tables;
    struct main_settings *main;
    const unsigned char *secret;        /* TLS_TICKET_SECRET_LEN bytes */
    const struct load_context *context; /* may be NULL */
    struct conf_scope scope;
    const struct conf_node *tree; /* the whole configuration */
    struct errors *errors;        /* all errors so far */
    bool tls_unsure;       /* a TLS directive failed: do not report errors that follow from it */
    bool variables_unsure; /* a directive that may define a variable failed */
    struct log warnings;   /* where warnings and notices go */
    const char **notices;  /* those already logged */
    size_t notices_n;

    struct block block; /* the one being read */

    struct key_warnings keys_warned;
    struct listen_entry *listens;
    size_t listens_n;
    struct listen_entry **first_listens; /* while the listeners are built: of each the first */
    size_t first_listens_n;
    struct temp_path *temp_paths; /* each once */
    size_t temp_paths_n;
    struct location_settings *
        *locations; /* of every level; completed when all directives are read */
    size_t locations_n;
    struct sent_field *sent_fields; /* those whose value has variables */
    size_t sent_fields_n;
};

/* For the setters of load/ and of modules: the settings and the block being read. */
static inline struct loader *loader_of(const struct conf_scope *scope)
{
    return scope->owner;
}

/* Prepares the tables and variables, also those of modules. The settings' arena must be ready. */
void loader_init(struct loader *loader, struct settings *settings, struct live_state *live,
                 const struct modules *modules);

/* http_block.c */
directive_set set_http_block;
directive_set set_server_block;
directive_set set_location_block;
directive_set set_if_block;
directive_set set_limit_except_block;
/* listen_conf.c */
directive_set set_listen;
directive_set set_ssl;
directive_set set_server_name;

/* Adds the default `listen` to a server without one: *:80, or *:8000 without root. */
MUST_CHECK bool listen_default(struct loader *loader, const struct conf_node *server,
                               struct error *err);
/* After all servers were read: builds the listeners, their names, and the TLS side of their
 * servers. Adds errors to those of the loader. */
void listeners_build(struct loader *loader);
/*
 * Adds an error found after the directives were read, with the place of its directive
 * (load/place.h). The directive's name begins with `names`. It stands in the block at `file` and
 * `line` or around it; anywhere if `file` is NULL. `value`: a path in the directive, or NULL.
 */
void loader_error(struct loader *loader, const char *names, const char *file, unsigned line,
                  const char *value, const struct error *err);
void loader_warn(struct loader *loader, enum log_level level, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#endif
