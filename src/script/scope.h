/* SPDX-License-Identifier: Apache-2.0 */
/* The variables' values during one request, or during one question of `check` or `explain`. */
#ifndef SCRIPT_SCOPE_H
#define SCRIPT_SCOPE_H

#include "base/arena.h"
#include "script/regex.h"
#include "script/value.h"
#include "script/variables.h"

/* Where facts come from and what a rewrite program may change: the live request, or a made-up one.
 */
struct scope_host {
    /* The value of a builtin; may answer VALUE_UNKNOWN. */
    struct value (*builtin)(void *facts, const struct variable *variable, struct arena *arena);
    /* -f -d -e -x of `if`. */
    enum value_state (*file_test)(void *facts, char test, struct str path, bool *result);
    struct str (*uri)(void *facts);
    struct str (*args)(void *facts);
    /* A rewrite changed the path (decoded) and the arguments. */
    void (*set_uri)(void *facts, struct str path, struct str args);
    /*
     * The path as the client sent it had a '%' or a '+': then rewrite escapes captures in arguments
     * and redirects (nginx: quoted_uri, plus_in_uri). NULL: escape always.
     */
    bool (*uri_quoted)(void *facts);
    /* A variable of `set` was read before it was set: it is empty. May be NULL. */
    void (*uninitialized)(void *facts, struct str name);
};

struct scope {
    const struct variables *vars;
    struct value *values; /* vars->n, cleared at the start of the request */
    struct arena *arena;  /* the request's */
    const struct scope_host *host;
    void *facts;
    struct captures captures; /* $1 … $9: of the last match */
    /*
     * A pattern that hit its limit while it was matched: whether it fits is not known, so nothing
     * may be decided by what was read since. NULL: none did. Stays until its owner clears it.
     */
    const struct regex *failed;
    unsigned depth; /* of variables asking variables: a cycle is cut at 32 with an empty value */
};

/* `values` and its clearing are the scope's: allocated from the arena. */
void scope_init(struct scope *scope, const struct variables *vars, struct arena *arena,
                const struct scope_host *host, void *facts);

struct value scope_get(struct scope *scope, const struct variable *variable);
/* `set`: the string is borrowed and must live as long as the request. */
void scope_put(struct scope *scope, const struct variable *variable, struct str value);
/* regex_match that also keeps $1 … and assigns named groups; notes an error in scope->failed. */
enum match scope_match(struct scope *scope, const struct regex *regex, struct str subject);

#endif
