/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would happen to a request? The same walk that serves gives the answer, without a connection.
 * Where a fact is unknown, the walk takes every possible way.
 */
#ifndef SITE_QUESTION_H
#define SITE_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "site/walk.h"

/* A variable's value, by its name without '$': "http_user_agent", "arg_a", "time_iso8601". */
struct told {
    struct str name; /* lower case */
    struct str value;
    bool of_client; /* about the client certificate: absent where that does not count
                       (client_is_asked) */
};

struct question {
    const struct settings *settings;
    struct walk_facts facts; /* `unknown` holds the open facts; `entered` must be known */
    struct str host;         /* as in $host; not used if FACT_HOST is open */
    struct str method_name;
    struct str target; /* as sent by the client: a path with arguments */
    const struct told *told;
    size_t told_n;
    bool all_fields_told; /* all other headers are absent */
    uint64_t body_length; /* as announced */
    size_t budget;        /* the largest number of ways */
    /*
     * What the location's handler does with the walk: an error, a redirect. Where it chooses, as a
     * step does. False: the walk goes on. NULL: a handler is the end of each way.
     */
    bool (*follow)(struct walk *walk, struct decision *out);
};

/* One step on a way, in order. */
struct trail_step {
    const char *file; /* NULL: it has no place in the configuration */
    unsigned line;
    bool supposed; /* it follows from a choice: on other ways it is otherwise */
    struct str text;
};

enum { FORKS_MAX = 64 }; /* on one way */

/* One fork of a way. */
struct fork {
    size_t taken;
    size_t n;    /* options */
    size_t step; /* of the trail: what it supposes */
};

/* Where one way ends. Valid until `tell` returns. */
struct answer {
    struct decision decision; /* how the walk ended; its status: answer_status */
    const struct walk *walk;  /* at its end: server, location, path */
    const struct trail_step *trail;
    size_t trail_n;
    const struct fork *forks; /* those that led here, in order */
    size_t forks_n;
    bool asked_reason; /* why the client certificate is not valid mattered on this way */
    bool cut;          /* too many unknown facts on this way; the rest is unknown */
};

/* The status of the answer; 0 if the handler decides it. */
int answer_status(const struct answer *answer);

/*
 * Walks every possible way, and calls `tell` at the end of each. False: there are more ways than
 * the budget, or one was cut, so the answers are incomplete; or the target is not a path.
 */
MUST_CHECK bool site_walk(const struct question *question,
                          void (*tell)(void *arg, const struct answer *answer), void *arg);

#endif
