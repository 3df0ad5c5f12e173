/* SPDX-License-Identifier: Apache-2.0 */
/* The program of a server or location: set, if, rewrite, return, break
 * (ngx_http_rewrite_module). */
#ifndef SCRIPT_PROGRAM_H
#define SCRIPT_PROGRAM_H

#include "base/arena.h"
#include "base/error.h"
#include "script/regex.h"
#include "script/scope.h"
#include "script/template.h"

enum truth { TRUTH_NO, TRUTH_YES, TRUTH_UNKNOWN, TRUTH_ERROR };

enum test {
    TEST_NONEMPTY, /* if ($x): not "" and not "0" */
    TEST_EQUAL,
    TEST_NOT_EQUAL,
    TEST_MATCH,
    TEST_NOT_MATCH,
    TEST_FILE, /* -f -d -e -x and their negations: `file_test`, `negated` */
};

struct condition {
    enum test test;
    struct template subject;
    struct template operand;
    const struct regex *regex;
    char file_test;
    bool negated;
};

enum statement_kind {
    STATEMENT_SET,
    STATEMENT_IF,
    STATEMENT_REWRITE,
    STATEMENT_RETURN,
    STATEMENT_BREAK,
};

enum rewrite_flag {
    REWRITE_NONE,
    REWRITE_LAST,
    REWRITE_BREAK,
    REWRITE_REDIRECT,
    REWRITE_PERMANENT
};

struct statement {
    enum statement_kind kind;
    const char *file; /* the place in the configuration, for rewrite_log, check and explain */
    unsigned line;
    const void *origin; /* while loading: its directive, to keep the order */
    struct statement *next;
    union {
        struct {
            const struct variable *variable;
            struct template value;
        } set;
        struct {
            struct condition condition;
            struct program *body;
            const void *location; /* the settings from here on; NULL in a server's "if" */
        } branch;
        struct {
            const struct regex *regex;
            struct template replacement; /* without the last '?' */
            bool drop_args;              /* the replacement ended in '?' */
            bool has_args;               /* the replacement has a '?' of its own */
            enum rewrite_flag flag;      /* absolute replacements are already REDIRECT */
        } rewrite;
        struct {
            int status;
            bool has_text;
            struct template text; /* body, or URL for 301, 302, 303, 307, 308 */
        } ret;
    } u;
};

/* Zeroed is valid: the empty program. */
struct program {
    struct statement *first;
    struct statement *last;
};

struct statement *program_append(struct program *program, struct arena *arena,
                                 enum statement_kind kind, const char *file, unsigned line);
/* Moves the last statement before `next`, another statement of the program. */
void program_move_last(struct program *program, const struct statement *next);

enum outcome_kind {
    OUTCOME_NEXT,     /* ran to its end or to a break */
    OUTCOME_SEARCH,   /* the URI changed, by rewrite with `last` or no flag: look the location up
                         again */
    OUTCOME_RETURN,   /* status and text */
    OUTCOME_REDIRECT, /* status 301 or 302, with the URL (perhaps only a path) in text */
    OUTCOME_UNKNOWN,  /* the result of a condition is unknown */
    OUTCOME_ERROR,    /* a regular expression hit its limit: 500 */
};

struct outcome {
    enum outcome_kind kind;
    int status;
    bool has_text;
    struct str text;
    bool text_unknown;    /* it depends on unknown values */
    const void *location; /* that of the last `if` entered, or NULL */
    bool uri_changed;     /* a rewrite matched and changed the URI */
};

/* Parses the words of an `if`, without "(" and ")": $x | $x = y | != | ~ | ~* | !~ | !~* | -f y |
 * !-f y … nginx: `invalid condition "x"`. */
MUST_CHECK bool condition_parse(const struct str *words, size_t n, struct variables *vars,
                                struct arena *arena, const char *file, unsigned line,
                                struct condition *out, struct error *err);

enum truth condition_eval(const struct condition *condition, struct scope *scope);

/* The condition, or its opposite, as one would write it: "$x = y", "$x != y". In the arena. */
struct str condition_text(const struct condition *condition, bool holds, struct arena *arena);

/* Runs the statements in order, with nginx's semantics of last and break: in a server (in_server),
 * both continue with the location search. */
struct outcome program_run(const struct program *program, struct scope *scope, bool in_server);

#endif
