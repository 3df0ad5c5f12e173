/* SPDX-License-Identifier: Apache-2.0 */
/* The variables' values during one request, or during one question of `check` or `explain`. */
#ifndef SCRIPT_SCOPE_H
#define SCRIPT_SCOPE_H

#include <stdarg.h>

#include "base/arena.h"
#include "base/log.h"
#include "script/regex.h"
#include "script/value.h"
#include "script/variables.h"

/*
 * Whom an evaluation asks and tells: a live request, which knows everything, or a question about
 * one that never came. `facts` is the owner's.
 */
struct scope_host {
    /* The value of a builtin; may answer VALUE_UNKNOWN. */
    struct value (*builtin)(void *facts, const struct variable *variable, struct arena *arena);
    /* -f -d -e -x of `if`, and FILE_TEST_NO_DIRECTORY. May answer VALUE_UNKNOWN. */
    enum value_state (*file_test)(void *facts, char test, struct str path, bool *result);
    struct value (*uri)(void *facts);
    struct value (*args)(void *facts);
    /* `set` assigns a builtin whose row is `changeable`. */
    void (*put)(void *facts, const struct builtin *row, struct value value);
    /* A rewrite changed the path (decoded) and the arguments. */
    void (*set_uri)(void *facts, struct value path, struct value args);
    /*
     * The path as the client sent it had a '%' or a '+': then rewrite escapes captures in arguments
     * and redirects (nginx: quoted_uri, plus_in_uri). NULL: escape always.
     */
    bool (*uri_quoted)(void *facts);
    /* A variable of `set` was read before it was set: it is empty. May be NULL. */
    void (*uninitialized)(void *facts, struct str name);
    /* What error_log is to hear. May be NULL where nothing but a program is evaluated. */
    void (*say)(void *facts, enum log_level level, const char *fmt, va_list args);

    /* Only for questions; NULL for a live request. */

    /* Which of `n` ways to go, from 0, where something is unknown. */
    size_t (*choose)(void *facts, size_t n);
    /* Where in the configuration the evaluation is (file may be NULL), and what was found there. */
    void (*note)(void *facts, const char *file, unsigned line, const char *fmt, va_list args);
};

/* There, and no directory. */
enum { FILE_TEST_NO_DIRECTORY = 'n' };

struct scope {
    const struct variables *vars;
    struct value *values; /* vars->n, cleared at the start of the request */
    struct arena *arena;  /* the request's */
    const struct scope_host *host;
    void *facts;
    struct captures captures; /* $1 … $9: of the last match */
    bool captures_unknown;    /* the last match was one of an unknown text */
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
void scope_put(struct scope *scope, const struct variable *variable, struct value value);
/* regex_match that also keeps $1 … and assigns named groups; notes an error in scope->failed. */
enum match scope_match(struct scope *scope, const struct regex *regex, struct str subject);
/* What an earlier match captured is gone. */
void scope_forget_captures(struct scope *scope);
/* It matched a text that is not known: so are the groups. */
void scope_match_unknown(struct scope *scope, const struct regex *regex);

#endif
