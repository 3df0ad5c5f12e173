/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a way: what its variables are there, which a handler asks for when the walk is over.
 */
#ifndef CLI_EXPLAIN_END_H
#define CLI_EXPLAIN_END_H

#include "site/question.h"

/* Nothing more is chosen: what depends on an unknown value is unknown. */
struct explain_end {
    struct walk walk; /* its scope asks this struct, which so must stay where it is */
    struct scope_host host;
    const struct scope *asked; /* the scope of the walk that ended */
    struct arena *arena;
    struct trail_step *notes; /* what was noted since: rows of maps */
    size_t notes_n;
};

/* Valid as long as the answer is. The notes are in the arena. */
void explain_end_init(struct explain_end *end, const struct answer *answer, struct arena *arena);

#endif
