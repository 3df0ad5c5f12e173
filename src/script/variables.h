/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of a configuration: every defined or used name, with the source of its value. */
#ifndef SCRIPT_VARIABLES_H
#define SCRIPT_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/error_list.h"
#include "base/str.h"
#include "base/strmap.h"
#include "script/value.h"

struct geo;
struct map;
struct regex;
struct split;

/* A variable that yett provides. A `prefix` row is a family: "http_" for $http_NAME. */
struct builtin {
    const char *name;
    struct value (*get)(void *facts, struct arena *arena, const struct builtin *row,
                        struct str suffix);
    uintptr_t data;  /* for get */
    bool prefix;     /* the suffix is the text after the name; else empty */
    bool volatile_;  /* evaluate it each time: its value may change during the request */
    bool changeable; /* `set` may assign it (nginx: $args, $limit_rate, …) through put */
    void (*put)(void *facts, struct str value);
    bool set_later; /* nginx lets `set` assign it; yett does not support that yet */
    bool lines;     /* its value has line breaks */
};

enum variable_kind {
    VARIABLE_UNDEFINED, /* used, but not defined (yet) */
    VARIABLE_BUILTIN,
    VARIABLE_MAP,
    VARIABLE_GEO,
    VARIABLE_SPLIT,
    VARIABLE_SET, /* by set, auth_request_set or a named group; empty before */
};

struct variable {
    struct str name;
    unsigned index; /* into a request's values */
    enum variable_kind kind;
    bool volatile_;
    bool lines;    /* its value may have line breaks, according to the configuration */
    bool captured; /* VARIABLE_SET by a named group: absent (not empty) until the group matches */
    struct str suffix; /* of a prefix builtin */
    union {
        const struct builtin *builtin;
        const struct map *map;
        const struct geo *geo;
        const struct split *split;
    } source;
    const char *file; /* the place of its first use, for "unknown variable" */
    unsigned line;
};

/* Built while loading, then only read. Owns the regular expressions of the configuration. */
struct variables {
    struct variable **items;
    size_t n;
    struct strmap by_name; /* ignore_case */
    struct arena *arena;
    const struct builtin *builtins;
    size_t builtins_n;
    struct regex **regexes;
    size_t regexes_n;
};

void variables_init(struct variables *vars, struct arena *arena, const struct builtin *builtins,
                    size_t n);
/* Frees the regular expressions; the rest is the arena's. */
void variables_deinit(struct variables *vars);

/* The variable with that name; adds it as VARIABLE_UNDEFINED if it is not defined yet. `file` may
 * be NULL. */
struct variable *variables_use(struct variables *vars, struct str name, const char *file,
                               unsigned line);
/* Makes it VARIABLE_SET. Refuses a map, a geo, a split, or a builtin that cannot be set. */
MUST_CHECK bool variables_define_set(struct variables *vars, struct str name, struct variable **out,
                                     struct error *err);
/* For map, geo, split_clients: refuses a second definition and the name of a builtin. */
MUST_CHECK bool variables_define(struct variables *vars, struct str name, enum variable_kind kind,
                                 const void *source, bool is_volatile, struct error *err);
/* Compiles the pattern, keeps it, and defines its named groups as variables. */
MUST_CHECK bool variables_regex(struct variables *vars, struct str pattern, bool ignore_case,
                                const struct regex **out, struct error *err);
/*
 * After loading: checks that every used name is defined; else `unknown "foo" variable in
 * FILE:LINE`. `all` (may be NULL) gets all errors, *err the first.
 */
MUST_CHECK bool variables_check(const struct variables *vars, struct errors *all,
                                struct error *err);

#endif
