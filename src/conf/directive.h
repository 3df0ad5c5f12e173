/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directive tables. A row holds a directive's contexts, its arguments, the field that it sets,
 * its default, and how far yett supports it. The loader, docs/directives.md and the tests use the
 * same rows.
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
    LEVEL_SLOTS, /* from here on: structs that the owner numbers, each for one or more tables;
                    inherited as LEVEL_LOCATION */
};

enum support {
    SUPPORT_FULL,     /* as nginx documents it */
    SUPPORT_ACCEPTED, /* no effect, but the number of arguments is checked; `note` says why this is
                         safe */
    SUPPORT_LATER,    /* refused: "not yet"; `note` may say what to do instead */
    SUPPORT_REFUSED,  /* refused for good; `note` is the reason */
};

struct variables; /* script/variables.h */
struct directive;

/* What a setter may use besides its field. */
struct conf_scope {
    struct arena *arena;     /* lives as long as the settings */
    const char *prefix;      /* -p: the base of root, logs, pid */
    const char *conf_prefix; /* directory of the main file: the base of certificates, keys, CRLs */
    struct variables *vars;
    const struct conf_node *node; /* the directive; its arguments fit the row */
    unsigned context;             /* its context */
    bool first;                   /* first use at this level: replace inherited values */
    void *owner;                  /* the loader; opaque here */
    void (*notice)(void *owner,
                   const char *text); /* called for directives without effect; may be NULL */
    /*
     * Called for each directive that failed; the next ones are then checked as well. A block
     * repeats the first error in it. NULL: stop at the first failure.
     */
    void (*failed)(void *owner, const struct conf_node *node, const struct error *err);
};

/* Sets `field` (the row's offset into the table's struct) from scope->node. The loader adds file
 * and line to errors. */
typedef bool directive_set(struct conf_scope *scope, const struct directive *row, void *field,
                           struct error *err);

enum { ARGS_ANY = 255 };

struct directive {
    const char *name;
    unsigned contexts; /* of enum context */
    unsigned char min_args;
    unsigned char max_args; /* ARGS_ANY: no limit */
    bool is_block;
    bool repeats; /* allowed several times at one level; else the error is "directive is
                     duplicate" */
    enum support support;
    directive_set *set; /* NULL for rows without effect */
    size_t offset;
    const void *extra;   /* for the setter: a struct choice list */
    const char *initial; /* the arguments set at the outermost level, as a user would write them;
                            NULL: none */
    const char *
        syntax; /* for documents: the arguments, for example "on | off" or "address[:port] [ssl]" */
    const char *values; /* arguments without effect, for example "off | 0": accepted without a
                           notice, whatever `support` is, and not passed to `set`. "" is an empty
                           argument, { } an empty block. NULL: none */
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

/* Setters for plain fields, with the type of the field. */
directive_set set_flag;      /* bool: "on" | "off" */
directive_set set_number;    /* uint64_t */
directive_set set_size;      /* uint64_t, bytes */
directive_set check_size;    /* no field: checks the values of rows without effect */
directive_set set_msec;      /* uint64_t, milliseconds */
directive_set set_sec;       /* uint64_t, seconds */
directive_set set_text;      /* struct str */
directive_set set_choice;    /* unsigned; `extra` is a struct choice list */
directive_set set_choices;   /* unsigned, from 0: several words or-ed */
directive_set set_path;      /* char *, resolved against prefix */
directive_set set_conf_path; /* char *, resolved against conf_prefix */

/* The structs of a level, and the directives set there so far. */
struct conf_level {
    unsigned context;
    void *structs[LEVEL_SLOTS]; /* by enum level; NULL: this context has none */
    unsigned char *seen;        /* one byte per row of all tables in order; zeroed at the start */
    void *const *slots;         /* the structs from LEVEL_SLOTS on; NULL: this context has none */
};

struct conf_tables {
    const struct directive_table *tables;
    size_t n;
};

size_t conf_tables_rows(const struct conf_tables *tables);

/* Sets the `initial` values of all rows of level `which` in the outermost level. */
MUST_CHECK bool conf_set_initial(const struct conf_tables *tables, struct conf_scope *scope,
                                 struct conf_level *level, unsigned which, struct error *err);

/*
 * Applies one directive to a level: finds its row (a name may have several, for different contexts
 * or structs); checks the context, whether it is a block, the number of arguments and duplicates;
 * and calls the setter. Errors are sentences that end in " in FILE:LINE". For an unknown name, the
 * error suggests the nearest known one; for a name not allowed here, it says where it is allowed.
 * Reports rows without effect through scope->notice at their first use in a level, unless the value
 * is one of `values`.
 */
MUST_CHECK bool conf_apply(const struct conf_tables *tables, struct conf_scope *scope,
                           struct conf_level *level, const struct conf_node *node,
                           struct error *err);

/* conf_apply for each node of a block: first the simple directives, then the blocks, so that a
 * block also inherits from directives after it. *err is the first failure, even if scope->failed
 * was called for all.
 */
MUST_CHECK bool conf_apply_all(const struct conf_tables *tables, struct conf_scope *scope,
                               struct conf_level *level, const struct conf_node *first,
                               struct error *err);

#endif
