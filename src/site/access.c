/* SPDX-License-Identifier: Apache-2.0 */
#include "site/access.h"

enum walk_step access_step(struct walk *walk, struct decision *out)
{
    const struct access_checks *checks = &walk->location->access;
    int refusal = 0;
    for (size_t i = 0; i < checks->n; i++) {
        int status = 403;
        enum access_word word = checks->items[i]->ask(walk, &status);
        if (word == ACCESS_REFUSED) {
            refusal = status;
        }
        if (word == (checks->any ? ACCESS_ALLOWED : ACCESS_REFUSED)) {
            refusal = checks->any ? 0 : refusal;
            break;
        }
    }
    if (!refusal) {
        return WALK_TRY_FILES;
    }
    *out = (struct decision){.kind = DECISION_STATUS, .status = refusal};
    return WALK_OVER;
}
