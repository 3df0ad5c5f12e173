/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/context.h"

#include <assert.h>
#include <stddef.h>

#include "base/compiler.h"
#include "conf/directive.h"

/* In the order nginx's documents list them. */
static const struct {
    unsigned context;
    const char *name;
} contexts_known[] = {
    {CONTEXT_MAIN, "main"},
    {CONTEXT_EVENTS, "events"},
    {CONTEXT_HTTP, "http"},
    {CONTEXT_SERVER, "server"},
    {CONTEXT_UPSTREAM, "upstream"},
    {CONTEXT_LOCATION, "location"},
    {CONTEXT_SERVER_IF, "if in server"},
    {CONTEXT_LOCATION_IF, "if in location"},
    {CONTEXT_LIMIT_EXCEPT, "limit_except"},
};

void context_names(unsigned contexts, struct buf *out)
{
    assert(contexts);
    const char *comma = "";
    for (size_t i = 0; i < COUNT_OF(contexts_known); i++) {
        if (contexts & contexts_known[i].context) {
            buf_printf(out, "%s%s", comma, contexts_known[i].name);
            comma = ", ";
        }
    }
}
