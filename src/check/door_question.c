/* SPDX-License-Identifier: Apache-2.0 */
#include "check/door_question.h"

#include "base/vec.h"

struct question door_question(const struct settings *settings, const struct listener *listener,
                              const struct server *server, const struct verdict *verdict)
{
    return (struct question){
        .settings = settings,
        .facts =
            {
                .listener = listener,
                .entered = server,
                .secure = server->tls && listener->ssl,
                .has_host = true,
                .verdict = verdict,
                .selected = server,
                .unknown = FACT_HOST | FACT_PATH | FACT_ARGS | FACT_METHOD | FACT_PEER,
            },
    };
}

const struct told *door_no_client(const struct settings *settings, struct arena *arena, size_t *n)
{
    struct told *told = NULL;
    const struct variables *vars = &settings->vars;
    *n = 0;
    for (size_t i = 0; i < vars->n; i++) {
        struct str name = vars->items[i]->name;
        if (vars->items[i]->kind == VARIABLE_BUILTIN && str_starts(name, STR("ssl_client_")) &&
            !str_eq(name, STR("ssl_client_verify"))) {
            struct told *slot = vec_push(arena, &told, n, sizeof(*slot));
            *slot = (struct told){name, STR("")};
        }
    }
    return told;
}
