/* SPDX-License-Identifier: Apache-2.0 */
#include "load/charset_conf.h"

#include "base/compiler.h"
#include "base/vec.h"
#include "http/header.h"
#include "load/loader.h"
#include "site/settings.h"

/* The first spelling of a name is the one that is sent (nginx). */
static struct str charset_conf_add_charset(struct settings *settings, struct arena *arena,
                                           struct str name)
{
    for (size_t i = 0; i < settings->charsets_n; i++) {
        if (str_ieq(settings->charsets[i], name)) {
            return settings->charsets[i];
        }
    }
    struct str *slot =
        vec_push(arena, &settings->charsets, &settings->charsets_n, sizeof(*settings->charsets));
    *slot = name;
    return name;
}

/* "off", a name, or one variable: `$` elsewhere in a name stands for itself, as in nginx. */
static bool set_charset(struct conf_scope *scope, const struct directive *row, void *field,
                        struct error *err)
{
    struct template *charset = field;
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
    charset->text =
        off ? STR("") : charset_conf_add_charset(loader_of(scope)->settings, scope->arena, value);
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

#define LOCATIONS   (CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION)
#define FIELD(name) offsetof(struct location_settings, name)

static const char NOT_RECODED[] = "yett does not convert bodies";

const struct directive charset_directives[] = {
    {.name = "charset",
     .contexts = LOCATIONS | CONTEXT_LOCATION_IF,
     .min_args = 1,
     .max_args = 1,
     .set = set_charset,
     .offset = FIELD(charset.name),
     .initial = "off",
     .syntax = "charset | $variable | off"},
    {.name = "charset_types",
     .contexts = LOCATIONS,
     .min_args = 1,
     .max_args = ARGS_ANY,
     .repeats = true,
     .set = set_charset_types,
     .offset = FIELD(charset.types),
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

const size_t charset_directives_n = COUNT_OF(charset_directives);
