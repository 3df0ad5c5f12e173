/* SPDX-License-Identifier: Apache-2.0 */
/* The module charset: its row, charset and charset_types. Recoding of bodies is refused. */
#include <assert.h>

#include "base/compiler.h"
#include "base/container.h"
#include "base/vec.h"
#include "http/header.h"
#include "load/level.h"
#include "modules/charset/charset.h"
#include "modules/charset/charset_settings.h"

/* The first spelling of a name is the one that is sent (nginx). */
static struct str add_known(struct charset_names *known, struct arena *arena, struct str name)
{
    assert(known); /* since charset_begin */
    for (size_t i = 0; i < known->n; i++) {
        if (str_ieq(known->items[i], name)) {
            return known->items[i];
        }
    }
    struct str *slot = vec_push(arena, &known->items, &known->n, sizeof(*known->items));
    *slot = name;
    return name;
}

/* "off", a name, or one variable: `$` elsewhere in a name stands for itself, as in nginx. */
static bool set_charset(struct conf_scope *scope, const struct directive *row, void *field,
                        struct error *err)
{
    struct charset_settings *settings = CONTAINER_OF(field, struct charset_settings, name);
    struct template *charset = &settings->name;
    const struct conf_node *node = scope->node;
    struct str value = node->args[0];
    if (str_starts(value, STR("$"))) {
        return template_compile(value, scope->vars, scope->arena, node->file, node->line, charset,
                                err);
    }
    if (!header_name_valid(value)) { /* a token */
        return error_set(err, "invalid charset \"%.*s\" in \"%s\" directive", STR_ARG(value),
                         row->name);
    }
    bool off = str_eq(value, STR("off"));
    *charset = (struct template){.constant = true};
    charset->text = off ? STR("") : add_known(settings->known, scope->arena, value);
    return true;
}

static bool set_charset_types(struct conf_scope *scope, const struct directive *row, void *field,
                              struct error *err)
{
    (void)row;
    (void)err;
    struct charset_types *types = field;
    const struct conf_node *node = scope->node;
    if (scope->first) {
        *types = (struct charset_types){0};
        struct str *html = vec_push(scope->arena, &types->items, &types->n, sizeof(*types->items));
        *html = STR("text/html");
    }
    for (size_t i = 0; i < node->n; i++) {
        types->all = types->all || str_eq(node->args[i], STR("*"));
        struct str *type = vec_push(scope->arena, &types->items, &types->n, sizeof(*types->items));
        *type = node->args[i];
    }
    return true;
}

/* --- the row --- */

static void charset_begin(struct loader *loader, struct location_settings *location)
{
    struct charset_settings *settings = location->modules[SLOT_charset];
    if (!settings->known) { /* the outermost level */
        settings->known = arena_zalloc(&loader->settings->arena, sizeof(*settings->known));
    }
}

/* Also where `charset` is off: a backend may choose one. */
static bool charset_complete(struct loader *loader, struct location_settings *location,
                             struct error *err)
{
    (void)err;
    level_add_hooks(loader, location, &charset_hooks);
    return true;
}

#define LOCATIONS    (CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION)
#define FIELD(field) offsetof(struct charset_settings, field)

static const char NOT_RECODED[] = "yett does not convert bodies";

static const struct directive DIRECTIVES[] = {
    {.name = "charset",
     .contexts = LOCATIONS | CONTEXT_LOCATION_IF,
     .min_args = 1,
     .max_args = 1,
     .set = set_charset,
     .offset = FIELD(name),
     .initial = "off",
     .syntax = "charset | $variable | off"},
    {.name = "charset_types",
     .contexts = LOCATIONS,
     .min_args = 1,
     .max_args = ARGS_ANY,
     .repeats = true,
     .set = set_charset_types,
     .offset = FIELD(types),
     .initial = "text/html text/xml text/plain text/vnd.wap.wml application/javascript "
                "application/rss+xml",
     .syntax = "mime-type …",
     .note = "`text/html` is always included. `*` means all types."},
    {.name = "override_charset",
     .contexts = LOCATIONS | CONTEXT_LOCATION_IF,
     .max_args = ARGS_ANY,
     .support = SUPPORT_LATER,
     .initial = "off",
     .syntax = "on | off",
     .values = "off",
     .note = NOT_RECODED},
    {.name = "source_charset",
     .contexts = LOCATIONS | CONTEXT_LOCATION_IF,
     .max_args = ARGS_ANY,
     .support = SUPPORT_LATER,
     .syntax = "charset",
     .note = NOT_RECODED},
    {.name = "charset_map",
     .contexts = CONTEXT_HTTP,
     .max_args = ARGS_ANY,
     .is_block = true,
     .repeats = true,
     .support = SUPPORT_LATER,
     .syntax = "charset1 charset2 { … }",
     .note = NOT_RECODED},
};

static const struct directive_table TABLE = {"Charsets of responses", DIRECTIVES,
                                             COUNT_OF(DIRECTIVES), LEVEL_MODULE, 0};
static const struct directive_table *const TABLES[] = {&TABLE, NULL};

const struct module charset_module = {
    .name = "charset",
    .tables = TABLES,
    .size = sizeof(struct charset_settings),
    .begin = charset_begin,
    .complete = charset_complete,
};
