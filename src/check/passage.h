/* SPDX-License-Identifier: Apache-2.0 */
/* The ways through a door, and the conditions under which they lead to content. */
#ifndef CHECK_PASSAGE_H
#define CHECK_PASSAGE_H

#include "base/arena.h"
#include "script/scope.h"
#include "site/question.h"

/* What one way takes for granted. */
struct passage_condition {
    struct str text; /* "$remote_addr = 10.0.0.1" */
    struct line_place place;
};

/* Ways through a door that lead to the same, with what they have in common. */
struct passage {
    bool is_known; /* false: it cannot be told whether this leads to content */
    struct str to; /* what it leads to; or why it cannot be told */
    const struct location_settings *end; /* where; NULL if not known */
    struct str client;                   /* as which client: "no certificate" */
    bool unverified;                     /* it has a certificate that nobody verified */
    bool refused;                        /* it is refused, and error_page leads on */
    const struct passage_condition *conditions;
    size_t conditions_n;
    const struct trail_step *trail; /* of the first of these ways */
    size_t trail_n;
};

struct passages {
    struct passage *items;
    size_t n;
};

/* One end of a question's ways. Those that lead nowhere are needed too: without them no condition
 * could be told from a mere detour. */
struct leaf {
    bool leads;           /* to content, or it cannot be told */
    struct passage ended; /* if it leads: without conditions */
    const struct fork *forks;
    size_t forks_n;
};

struct leaves {
    struct leaf *items;
    size_t n;
};

/* Whether one of them leads to the same, for the same client and under the same conditions. */
bool passages_hold(const struct passages *passages, const struct passage *passage);

/* Copies what it needs of the answer into the arena. `ended` is NULL if the way leads nowhere. */
void leaves_add(struct leaves *leaves, const struct answer *answer, const struct passage *ended,
                struct arena *arena);

/* A copy with all that it points to, but for the site. */
struct passage passage_dup(const struct passage *passage, struct arena *arena);

/*
 * The passages of the leaves, in the order in which site_walk told them. A fork that makes no
 * difference is left out. *all: every leaf leads to known content.
 */
void passages_of(const struct leaves *leaves, struct arena *arena, struct passages *out, bool *all);

#endif
