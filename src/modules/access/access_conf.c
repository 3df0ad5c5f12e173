/* SPDX-License-Identifier: Apache-2.0 */
/* The module access: its row, allow and deny. */
#include <assert.h>

#include "base/vec.h"
#include "load/level.h"
#include "modules/access/access_settings.h"
#include "modules/access/address_check.h"

static bool set_access_rule(struct conf_scope *scope, const struct directive *row, void *field,
                            struct error *err)
{
    struct access_settings *rules = field;
    struct str text = scope->node->args[0];
    bool cleared = false;
    /* The list is one for both directives: the first of either replaces the inherited list. */
    if (rules->level != rules) {
        *rules = (struct access_settings){.level = rules};
    }
    struct access_rule rule = {
        .allow = str_eq(str_of(row->name), STR("allow")),
        .file = scope->node->file,
        .line = scope->node->line,
    };
    assert(rule.allow || str_eq(str_of(row->name), STR("deny"))); /* the rows of this setter */
    rule.all = str_eq(text, STR("all"));
    rule.unix_only = str_eq(text, STR("unix:"));
    if (!rule.all && !rule.unix_only && !network_parse(text, &rule.network, &cleared)) {
        return error_set(err, "invalid parameter \"%.*s\"", STR_ARG(text));
    }
    if (cleared && scope->notice) {
        scope->notice(
            scope->owner,
            arena_printf(scope->arena, "low address bits of %.*s are meaningless", STR_ARG(text))
                .p);
    }
    struct access_rule *slot =
        vec_push(scope->arena, &rules->items, &rules->n, sizeof(*rules->items));
    *slot = rule;
    return true;
}

static bool access_complete(struct loader *loader, struct location_settings *location,
                            struct error *err)
{
    (void)err;
    if (access_settings_of(location)->n) {
        level_add_check(loader, location, &address_check);
    }
    return true;
}

#define EVERYWHERE (CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION)
#define RULE                                                                                       \
    .contexts = EVERYWHERE | CONTEXT_LIMIT_EXCEPT, .min_args = 1, .max_args = 1, .repeats = true,  \
    .set = set_access_rule, .syntax = "address | CIDR | unix: | all"

static const struct directive DIRECTIVES[] = {
    {.name = "allow", RULE},
    {.name = "deny", RULE},
};

static const struct choice satisfy[] = {{"all", 0}, {"any", 1}, {NULL, 0}};

/* For the checks of all modules. */
static const struct directive SATISFY[] = {
    {.name = "satisfy",
     .contexts = EVERYWHERE,
     .min_args = 1,
     .max_args = 1,
     .set = set_choice,
     .extra = satisfy,
     .offset = offsetof(struct location_settings, access.any),
     .initial = "all",
     .syntax = "all | any",
     .note = "Client certificates are not among the checks that `any` chooses from: "
             "`ssl_verify_client` always holds."},
};

static const struct directive_table TABLE = {"Access", DIRECTIVES, COUNT_OF(DIRECTIVES),
                                             LEVEL_MODULE, 0};
static const struct directive_table SATISFY_TABLE = {"Access", SATISFY, COUNT_OF(SATISFY),
                                                     LEVEL_LOCATION, 0};
static const struct directive_table *const TABLES[] = {&TABLE, &SATISFY_TABLE, NULL};

const struct module access_module = {
    .name = "access",
    .tables = TABLES,
    .size = sizeof(struct access_settings),
    .complete = access_complete,
};
