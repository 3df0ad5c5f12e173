/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions (PCRE2) with their captures. */
#ifndef SCRIPT_REGEX_H
#define SCRIPT_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct regex; /* compiled; immutable; used by all threads */

enum { CAPTURES_MAX = 10 }; /* $0 … $9 */

/* The groups of the last match: views into the subject, which must outlive them. */
struct captures {
    struct str group[CAPTURES_MAX];
    size_t n; /* 0: no match yet */
};

struct regex_name {
    struct str name;
    unsigned group;
};

enum match { MATCH_NO, MATCH_YES, MATCH_ERROR /* a limit was exceeded: a server error */ };

/* Compiles the pattern, with the JIT if available. Free it with regex_free; struct variables
 * (variables.h) owns those of a configuration. */
MUST_CHECK bool regex_compile(struct str pattern, bool ignore_case, struct regex **out,
                              struct error *err);
void regex_free(struct regex *regex);

/* The pattern as written, for messages; borrowed. */
const char *regex_pattern(const struct regex *regex);
/* Whether both are the same pattern with the same options. */
bool regex_same(const struct regex *a, const struct regex *b);
/* Names of (?<name>…) groups, borrowed from the regex. */
const struct regex_name *regex_names(const struct regex *regex, size_t *n);

/* Limits backtracking. MATCH_YES fills in *captures (may be NULL). */
enum match regex_match(const struct regex *regex, struct str subject, struct captures *captures);

/* Whether it may match a text that begins with `prefix`; true in doubt. */
bool regex_may_match_below(const struct regex *regex, struct str prefix);

/*
 * Any group, even beyond $9, of this thread's last match in `subject`. Valid until this thread's
 * next match. Empty if the group did not match.
 */
struct str regex_last_group(const struct regex *regex, struct str subject, unsigned group);

#endif
