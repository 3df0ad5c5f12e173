/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directive tables. One row holds the contexts of a directive, its arguments, the field it
 * fills in, its default, and how far yett supports it. The loader, docs/directives.md and the tests
 * read the same rows.
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

/* The struct of a level that holds a table's fields. */
enum level {
    LEVEL_MAIN,     /* one for the process */
    LEVEL_SERVER,   /* inherited http -> server */
    LEVEL_LOCATION, /* inherited http -> server -> location -> if */
    LEVEL_UPSTREAM,
    LEVEL_SLOTS, /* this one and all above it: structs that the owner numbers, one a table or more;
                    inherited as LEVEL_LOCATION */
};

enum support {
    SUPPORT_FULL,     /* as nginx documents it */
    SUPPORT_ACCEPTED, /* the number of arguments is checked, but it has no effect; `note` says why
                         that is safe */
    SUPPORT_LATER,    /* refused: "not yet"; `note` may say what to do instead */
    SUPPORT_REFUSED,  /* refused for good; `note` is the reason */
};

struct variables; /* script/variables.h */
struct directive;

/* What a setter may use besides the field it fills in. */
struct conf_scope {
    struct arena *arena; /* lives as long as the settings */
    const char *prefix;  /* -p: root, logs, pid are relative to it */
    const char
        *conf_prefix; /* directory of the main file: certificates, keys, CRLs are relative to it */
    struct variables *vars;
    const struct conf_node *node; /* the directive being set; its arguments fit the row */
    unsigned context;             /* the one context it stands in */
    bool first;                   /* first use at this level: replace inherited values */
    void *owner;                  /* the reader of the whole configuration; opaque here */
    void (*notice)(void *owner,
                   const char *text); /* called for directives without effect; may be NULL */
    /*
     * Called for each directive that failed; the ones after it are then checked as well. A block
     * repeats the first error in it. NULL: stop at the first failure.
     */
    void (*failed)(void *owner, const struct conf_node *node, const struct error *err);
};

/* Fills in `field` (the row's offset into the table's struct) from scope->node. The loader appends
 * file and line to errors. */
typedef bool directive_set(struct conf_scope *scope, const struct directive *row, void *field,
                           struct error *err);

enum { ARGS_ANY = 255 };

struct directive {
    const char *name;
    unsigned contexts; /* of enum context */
    unsigned char min_args;
    unsigned char max_args; /* ARGS_ANY: no limit */
    bool is_block;
    bool repeats; /* may be used several times at one level; else "directive is duplicate" is the
                     error */
    enum support support;
    directive_set *set; /* NULL for rows without effect */
    size_t offset;
    const void *extra; /* for the setter: a struct choice list */
    const char
        *initial; /* arguments as a user would write them, set at the outermost level; NULL: none */
    const char *
        syntax; /* for documents: the arguments, for example "on | off" or "address[:port] [ssl]" */
    const char *values; /* arguments that change nothing, for example "off | 0": accepted without a
                           notice, whatever `support` says of other arguments, and not given to
                           `set`. "" is an empty argument, { } an empty block. NULL: none */
    const char *note;   /* for documents and refusals */
};

struct directive_table {
    const char *title; /* a heading in docs/directives.md */
    const struct directive *rows;
    size_t n;
    unsigned level; /* enum level */
    size_t base;    /* the offset of the module's struct in the level's struct */
};

struct choice {
    const char *name; /* NULL ends the list */
    unsigned value;
};

/* Setters for plain fields. The type of the field is in the comment. */
directive_set set_flag;      /* bool: "on" | "off" */
directive_set set_number;    /* uint64_t */
directive_set set_size;      /* uint64_t, bytes */
directive_set check_size;    /* no field: for rows without effect, whose values are still checked */
directive_set set_msec;      /* uint64_t, milliseconds */
directive_set set_sec;       /* uint64_t, seconds */
directive_set set_text;      /* struct str */
directive_set set_choice;    /* unsigned; `extra` is a struct choice list */
directive_set set_choices;   /* unsigned; several words or-ed; the field starts from 0 */
directive_set set_path;      /* char *, resolved against prefix */
directive_set set_conf_path; /* char *, resolved against conf_prefix */

/* The structs of one level, and which directives were set there so far. */
struct conf_level {
    unsigned context;
    void *structs[LEVEL_SLOTS]; /* by enum level; NULL where this context has none */
    unsigned char *seen; /* a byte a row, over all tables in order; zeroed when the level starts */
    void *const *slots;  /* the structs from LEVEL_SLOTS on; NULL where this context has none */
};

struct conf_tables {
    const struct directive_table *tables;
    size_t n;
};

size_t conf_tables_rows(const struct conf_tables *tables);

/* Sets every row's `initial` that has one and belongs to `level` (the outermost). */
MUST_CHECK bool conf_set_initial(const struct conf_tables *tables, struct conf_scope *scope,
                                 struct conf_level *level, unsigned which, struct error *err);

/*
 * Applies one directive to a level: finds its row (a name may have several rows, for different
 * contexts or structs); checks the context, whether it is a block, the number of arguments and
 * duplicates; and calls the setter. Errors are whole sentences ending in " in FILE:LINE". For an
 * unknown name, the error suggests the nearest known one; for a name that is not allowed here, it
 * says where it is allowed. Rows without effect are reported through scope->notice at their first
 * use in a level, unless the value is one of `values`.
 */
MUST_CHECK bool conf_apply(const struct conf_tables *tables, struct conf_scope *scope,
                           struct conf_level *level, const struct conf_node *node,
                           struct error *err);

/* conf_apply for each node of a block: first the simple directives, then the blocks, so that a
 * block inherits what follows it. *err is the first failure, even if scope->failed was called for
 * all.
 */
MUST_CHECK bool conf_apply_all(const struct conf_tables *tables, struct conf_scope *scope,
                               struct conf_level *level, const struct conf_node *first,
                               struct error *err);

#endif
