/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directive tables: one row says where a directive may stand, what it takes, which field it
 * fills in, what it is when nobody writes it, and how far yett goes with it. The loader,
 * docs/directives.md and the tests read the same rows.
 */
#ifndef CONF_DIRECTIVE_H
#define CONF_DIRECTIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "conf/tree.h"

enum context {
    CONTEXT_MAIN = 0x1,
    CONTEXT_EVENTS = 0x2,
    CONTEXT_HTTP = 0x4,
    CONTEXT_SERVER = 0x8,
    CONTEXT_LOCATION = 0x10,
    CONTEXT_SERVER_IF = 0x20,   /* "if" in server */
    CONTEXT_LOCATION_IF = 0x40, /* "if" in location */
    CONTEXT_LIMIT_EXCEPT = 0x80,
    CONTEXT_UPSTREAM = 0x100,
};

/* Which of a level's structs a table's fields live in. */
enum level {
    LEVEL_MAIN,     /* one for the process */
    LEVEL_SERVER,   /* inherited http -> server */
    LEVEL_LOCATION, /* inherited http -> server -> location -> if */
    LEVEL_UPSTREAM,
};

enum support {
    SUPPORT_FULL,     /* as nginx documents it */
    SUPPORT_ACCEPTED, /* read, checked for its number of arguments, without effect; `note` says why
                         that is safe */
    SUPPORT_LATER,    /* refused: "not yet"; `note` may say what to do instead */
    SUPPORT_REFUSED,  /* refused for good; `note` is the reason */
};

struct variables; /* script/variables.h */
struct settings;  /* gate/settings.h */
struct directive;

/* What a setter may use beside the field it fills in. */
struct conf_scope {
    struct arena *arena; /* lives as long as the settings */
    const char *prefix;  /* -p: root, logs, pid are relative to it */
    const char
        *conf_prefix; /* directory of the main file: certificates, keys, CRLs are relative to it */
    struct variables *vars;
    struct settings *settings;    /* what is being built: log files, formats, groups of backends */
    const struct conf_node *node; /* the directive being set; its arguments fit the row */
    unsigned context;             /* the one context it stands in */
    bool first;                   /* first use at this level: an inherited list is to be replaced */
    void *owner;                  /* the loader's; for setters of blocks in app/ only */
    void (*notice)(void *owner, const char *text); /* hears of what has no effect; may be NULL */
    /*
     * Hears of each directive that failed, those behind it are then looked at as well; a block
     * repeats the first error in it. NULL: the first failure is the end.
     */
    void (*failed)(void *owner, const struct conf_node *node, const struct error *err);
};

/* Fills in `field` (the row's offset into the table's struct) from scope->node. The loader puts
 * file and line behind errors. */
typedef bool directive_set(struct conf_scope *scope, const struct directive *row, void *field,
                           struct error *err);

enum { ARGS_ANY = 255 };

struct directive {
    const char *name;
    unsigned contexts; /* of enum context */
    unsigned char min_args;
    unsigned char max_args; /* ARGS_ANY: no limit */
    bool is_block;
    bool repeats; /* may be used several times at one level; else "directive is duplicate" */
    enum support support;
    directive_set *set; /* NULL for rows without effect */
    size_t offset;
    const void *extra; /* for the setter: a struct choice list */
    const char
        *initial; /* arguments as a user would write them, set at the outermost level; NULL: none */
    const char *syntax; /* for documents: arguments, as "on | off", "address[:port] [ssl]" */
    const char *values; /* arguments that change nothing, as "off | 0": taken in silence, whatever
                           `support` says of others, and not given to `set`. An empty argument is
                           "", an empty block { }. NULL: none */
    const char *note;   /* for documents and refusals */
};

struct directive_table {
    const char *title; /* a heading in docs/directives.md */
    const struct directive *rows;
    size_t n;
    enum level level;
    size_t base; /* where the module's struct lies in the level's struct */
};

struct choice {
    const char *name; /* NULL ends the list */
    unsigned value;
};

/* Setters for plain fields. The type of the field is in the comment. */
directive_set set_flag;      /* bool: "on" | "off" */
directive_set set_number;    /* uint64_t */
directive_set set_size;      /* uint64_t, bytes */
directive_set check_size;    /* none: for rows without effect, whose values are still looked at */
directive_set set_msec;      /* uint64_t, milliseconds */
directive_set set_sec;       /* uint64_t, seconds */
directive_set set_text;      /* struct str */
directive_set set_choice;    /* unsigned; `extra` is a struct choice list */
directive_set set_choices;   /* unsigned; several words or-ed; the field starts from 0 */
directive_set set_path;      /* char *, resolved against prefix */
directive_set set_conf_path; /* char *, resolved against conf_prefix */

/* One level's structs and what was set there so far. */
struct conf_level {
    unsigned context;
    void *structs[4];    /* by enum level; NULL where this context has none */
    unsigned char *seen; /* a byte a row, over all tables in order; zeroed when the level starts */
};

struct conf_tables {
    const struct directive_table *tables;
    size_t n;
};

size_t conf_tables_rows(const struct conf_tables *tables);

/* Sets every row's `initial` that has one and belongs to `level` (the outermost). */
MUST_CHECK bool conf_set_initial(const struct conf_tables *tables, struct conf_scope *scope,
                                 struct conf_level *level, enum level which, struct error *err);

/*
 * Applies one directive to a level: finds its row (a name may have several rows, for different
 * contexts or structs), checks context, block or not, number of arguments and duplicates, and calls
 * the setter. Errors are whole sentences ending in " in FILE:LINE"; an unknown name suggests the
 * nearest known one; a name that is known elsewhere says where it is allowed. Rows without effect
 * are noted through scope->notice at their first use in a level, unless the value is one of
 * `values`.
 */
MUST_CHECK bool conf_apply(const struct conf_tables *tables, struct conf_scope *scope,
                           struct conf_level *level, const struct conf_node *node,
                           struct error *err);

/* conf_apply for each node of a block: first the simple directives, then the blocks, so that a
 * block inherits what follows it. *err is the first failure, also when scope->failed hears of all.
 */
MUST_CHECK bool conf_apply_all(const struct conf_tables *tables, struct conf_scope *scope,
                               struct conf_level *level, const struct conf_node *first,
                               struct error *err);

#endif
