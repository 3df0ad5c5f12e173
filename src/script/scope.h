/* SPDX-License-Identifier: Apache-2.0 */
/* The values of variables in one request or question (site/question.h). */
#ifndef SCRIPT_SCOPE_H
#define SCRIPT_SCOPE_H

#include <stdarg.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/log.h"
#include "script/regex.h"
#include "script/value.h"
#include "script/variables.h"

/*
 * The functions that an evaluation calls: those of a live request, which has all values, or of a
 * question about a possible request. `facts` belongs to the owner.
 */
struct scope_host {
    /* The value of a builtin; may be VALUE_UNKNOWN. */
    struct value (*builtin)(void *facts, const struct variable *variable, struct arena *arena);
    /* -f -d -e -x of `if`, and FILE_TEST_NO_DIRECTORY. May return VALUE_UNKNOWN. */
    enum value_state (*file_test)(void *facts, char test, struct str path, bool *result);
    struct value (*uri)(void *facts);
    struct value (*args)(void *facts);
    /* `set` assigns a builtin whose row is `changeable`. */
    void (*put)(void *facts, const struct builtin *row, struct value value);
    /* A rewrite changed the path (decoded) and the arguments. */
    void (*set_uri)(void *facts, struct value path, struct value args);
    /* A variable of `set` was read before it was set: it is empty. May be NULL. */
    void (*uninitialized)(void *facts, struct str name);
    /* Writes to the error log. May be NULL if only a program is evaluated. */
    void (*say)(void *facts, enum log_level level, const char *fmt, va_list args) PRINTF_LIKE(3, 0);

    /* The client is refused because of its certificate: `reason` is one word. NULL: it is said. */
    void (*deny)(void *facts, const char *reason, const char *fmt, va_list args) PRINTF_LIKE(3, 0);

    /* Only for questions; NULL for a live request. */

    /* Which of `n` ways to take, from 0, if a value is unknown. */
    size_t (*choose)(void *facts, size_t n);
    /* What the way that was just chosen takes for granted, and where that is decided. */
    void (*suppose)(void *facts, const char *file, unsigned line, const char *fmt, va_list args)
        PRINTF_LIKE(4, 0);
    /* Notes an evaluation's place in the configuration (file may be NULL) and its result. */
    void (*note)(void *facts, const char *file, unsigned line, const char *fmt, va_list args)
        PRINTF_LIKE(4, 0);
};

/* The file exists and is not a directory. */
enum { FILE_TEST_NO_DIRECTORY = 'n' };

/* A line of the configuration. Zeroed: none. */
struct line_place {
    const char *file;
    unsigned line;
};

struct supposition;

struct scope {
    const struct variables *vars;
    struct value *values; /* vars->n, cleared at the start of the request */
    struct arena *arena;  /* the request's */
    const struct scope_host *host;
    void *facts;
    struct captures captures; /* $1 … $9: of the last match */
    bool captures_unknown;    /* the last match was on an unknown text */
    /*
     * The regex that exceeded its limit in a match: the result is unknown, so values read since
     * then must not decide anything. NULL: none. Stays until its owner clears it.
     */
    const struct regex *failed;
    struct supposition *supposed; /* only of a question: script/supposed.h */
    size_t supposed_n;
    unsigned depth; /* of nested variables: a cycle ends at 32 with an empty value */
};

/* Allocates `values` from the arena, and clears it. */
void scope_init(struct scope *scope, const struct variables *vars, struct arena *arena,
                const struct scope_host *host, void *facts);

struct value scope_get(struct scope *scope, const struct variable *variable);
/* Only for questions: as `choose` and `suppose` of the host. Each choice is followed by what it
 * supposes. */
size_t scope_choose(struct scope *scope, size_t n);
void scope_suppose(struct scope *scope, struct line_place place, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* Notes an evaluation's place and result in the trail of a question. */
void scope_note(struct scope *scope, struct line_place place, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* Whether this is a question, so that an unknown value may be chosen. */
static inline bool scope_may_choose(const struct scope *scope)
{
    return scope->host->choose;
}

/* For `set`: borrows the string, which must outlive the request. */
void scope_put(struct scope *scope, const struct variable *variable, struct value value);
/* As regex_match; also keeps $1 … and assigns named groups; an error sets scope->failed. */
enum match scope_match(struct scope *scope, const struct regex *regex, struct str subject);
/* Forgets the captures of earlier matches. */
void scope_forget_captures(struct scope *scope);
/* A match on an unknown text: its groups are unknown too. */
void scope_match_unknown(struct scope *scope, const struct regex *regex);

#endif
