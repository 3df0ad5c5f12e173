/* SPDX-License-Identifier: Apache-2.0 */
#include "site/access.h"

#include <assert.h>

enum walk_step access_step(struct walk *walk, struct decision *out)
{
    const struct access_checks *checks = &walk->location->access;
    int refusal = 0;
    for (size_t i = 0; i < checks->n; i++) {
        int word = checks->items[i]->ask(walk);
        assert(word <= ACCESS_ALLOWED || (word >= 400 && word <= 499)); /* a word, or a refusal */
        if (word > ACCESS_ALLOWED) {
            refusal = word;
        } else if (word == ACCESS_ALLOWED && checks->any) {
            return WALK_TRY_FILES;
        }
        if (refusal && !checks->any) {
            break;
        }
    }
    if (!refusal) {
        return WALK_TRY_FILES;
    }
    return walk_end(out, refusal);
}
