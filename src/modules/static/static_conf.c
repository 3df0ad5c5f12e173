/* SPDX-License-Identifier: Apache-2.0 */
/* The module static: its row and its directives. */
#include "base/vec.h"
#include "http/conditional.h"
#include "load/module.h"
#include "modules/static/static.h"
#include "modules/static/static_settings.h"
#include "script/template.h"

static const struct choice SINCE[] = {
    {"off", SINCE_OFF}, {"exact", SINCE_EXACT}, {"before", SINCE_BEFORE}, {NULL, 0}};

static bool set_index(struct conf_scope *scope, const struct directive *row, void *field,
                      struct error *err)
{
    struct index_files *index = field;
    const struct conf_node *node = scope->node;
    if (scope->first) {
        *index = (struct index_files){0};
    }
    for (size_t i = 0; i < node->n; i++) {
        if (node->args[i].n == 0) {
            return error_set(err, "index \"\" in \"%s\" directive is invalid", row->name);
        }
        struct template *name =
            vec_push(scope->arena, &index->items, &index->n, sizeof(*index->items));
        if (!template_compile(node->args[i], scope->vars, scope->arena, node->file, node->line,
                              name, err)) {
            return false;
        }
    }
    return true;
}

static bool set_max_ranges(struct conf_scope *scope, const struct directive *row, void *field,
                           struct error *err)
{
    if (str_eq(scope->node->args[0], STR("unlimited"))) {
        *(uint64_t *)field = UINT64_MAX;
        return true;
    }
    return set_number(scope, row, field, err);
}

static void static_begin(struct loader *loader, struct location_settings *location)
{
    (void)loader;
    location->handler = &static_handler; /* unless another module takes its place */
}

#define EVERYWHERE   (CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION)
#define ONE          .contexts = EVERYWHERE, .min_args = 1, .max_args = 1
#define FIELD(field) .offset = offsetof(struct static_settings, field)

static const struct directive DIRECTIVES[] = {
    {.name = "index",
     .contexts = EVERYWHERE,
     .min_args = 1,
     .max_args = ARGS_ANY,
     .repeats = true,
     .set = set_index,
     FIELD(index),
     .initial = "index.html",
     .syntax = "file …"},
    {.name = "etag", ONE, .set = set_flag, FIELD(etag), .initial = "on", .syntax = "on | off"},
    {.name = "if_modified_since",
     ONE,
     .set = set_choice,
     FIELD(if_modified_since),
     .extra = SINCE,
     .initial = "exact",
     .syntax = "off | exact | before"},
    {.name = "max_ranges",
     ONE,
     .set = set_max_ranges,
     FIELD(max_ranges),
     .initial = "unlimited",
     .syntax = "number"},
    {.name = "log_not_found",
     ONE,
     .set = set_flag,
     FIELD(log_not_found),
     .initial = "on",
     .syntax = "on | off"},
};

static const struct directive_table TABLE = {"Static files", DIRECTIVES, COUNT_OF(DIRECTIVES),
                                             LEVEL_MODULE, 0};
static const struct directive_table *const TABLES[] = {&TABLE, NULL};

const struct module static_module = {
    .name = "static",
    .tables = TABLES,
    .size = sizeof(struct static_settings),
    .begin = static_begin,
};
