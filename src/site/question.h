/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would happen to a request? Answered by the walk that serves, without a connection. What the
 * question leaves open could be anything: there the walk goes every way there is.
 */
#ifndef SITE_QUESTION_H
#define SITE_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "site/walk.h"

/* A variable's value, by its name without '$': "http_user_agent", "arg_a", "time_iso8601". */
struct told {
    struct str name; /* lower case */
    struct str value;
};

struct question {
    const struct settings *settings;
    struct walk_facts facts; /* `unknown` says what is left open; `entered` has to be known */
    struct str host;         /* as $host has it; of no meaning with FACT_HOST left open */
    struct str method_name;
    struct str target; /* as it is sent: a path with arguments */
    const struct told *told;
    size_t told_n;
    bool all_fields_told; /* a header field that is not told is not there */
    size_t budget;        /* ways at the most */
};

/* What was found on a way, in order. */
struct trail_step {
    const char *file; /* NULL: it is written nowhere */
    unsigned line;
    struct str text;
};

/* Where one way ends. Valid until `tell` returns. */
struct answer {
    struct decision decision; /* how the walk ended; its status is that of walk_status below */
    const struct walk *walk;  /* at its end: server, location, path */
    const struct trail_step *trail;
    size_t trail_n;
    bool cut; /* it met more that is unknown than one way may; what follows is not known */
};

/* The status the answer has; 0 where the handler decides that. */
int answer_status(const struct answer *answer);

/*
 * Walks every way that the question leaves open and tells each end. False: there are more than its
 * budget, or one was cut, so that what was told is not all there is; or the target is no path.
 */
MUST_CHECK bool site_walk(const struct question *question,
                          void (*tell)(void *arg, const struct answer *answer), void *arg);

#endif
