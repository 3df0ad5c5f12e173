/* SPDX-License-Identifier: Apache-2.0 */
/* The module headers: its row, add_header, add_trailer and expires. */
#include "base/vec.h"
#include "conf/value.h"
#include "http/header.h"
#include "load/field_conf.h"
#include "load/level.h"
#include "modules/headers/headers.h"
#include "modules/headers/headers_settings.h"

static bool set_header_rule(struct conf_scope *scope, const struct directive *row, void *field,
                            struct error *err)
{
    struct header_rules *rules = field;
    const struct conf_node *node = scope->node;
    struct header_rule rule = {.name = node->args[0], .always = node->n > 2};
    if (scope->first) {
        *rules = (struct header_rules){0};
    }
    if (rule.always && !str_eq(node->args[2], STR("always"))) {
        return error_set(err, "invalid parameter \"%.*s\"", STR_ARG(node->args[2]));
    }
    if (!header_name_valid(rule.name)) {
        return error_set(err, "\"%.*s\" in \"%s\" is not a header name", STR_ARG(rule.name),
                         row->name);
    }
    if (!template_compile(node->args[1], scope->vars, scope->arena, node->file, node->line,
                          &rule.value, err)) {
        return false;
    }
    if (!field_conf_check(scope, row, rule.name, &rule.value, &rule.place, err)) {
        return false;
    }
    struct header_rule *slot =
        vec_push(scope->arena, &rules->items, &rules->n, sizeof(*rules->items));
    *slot = rule;
    return true;
}

/* --- expires [modified] TIME | @TIME | epoch | max | off --- */

static bool fail_expires(struct str value, struct error *err)
{
    return error_set(err, "\"expires\" directive invalid value \"%.*s\"", STR_ARG(value));
}

static bool parse_expires(struct str text, bool modified, struct expires *out, struct error *err)
{
    bool daily = str_starts(text, STR("@"));
    bool minus = str_starts(text, STR("-"));
    bool sign = daily || minus || str_starts(text, STR("+"));
    uint64_t seconds;
    if (!value_sec(str_skip(text, sign ? 1 : 0), &seconds) || seconds > INT32_MAX ||
        (daily && modified)) {
        return fail_expires(text, err);
    }
    if (daily && seconds > 24 * 60 * 60) {
        return error_set(err, "\"expires\" directive daily time value must be less than 24 hours");
    }
    out->kind = daily ? EXPIRES_DAILY : modified ? EXPIRES_MODIFIED : EXPIRES_AFTER;
    out->seconds = minus ? -(int64_t)seconds : (int64_t)seconds;
    return true;
}

static bool set_expires(struct conf_scope *scope, const struct directive *row, void *field,
                        struct error *err)
{
    static const struct choice WORDS[] = {
        {"off", EXPIRES_OFF}, {"epoch", EXPIRES_EPOCH}, {"max", EXPIRES_MAX}, {NULL, 0}};
    struct expires *expires = field;
    const struct conf_node *node = scope->node;
    struct str text = node->args[node->n - 1];
    if (node->n == 2 && !str_eq(node->args[0], STR("modified"))) {
        return fail_expires(node->args[0], err);
    }
    if (str_find(text, '$') < text.n) {
        return error_set(err, "variables in \"expires\" are not supported yet");
    }
    for (const struct choice *word = WORDS; node->n == 1 && word->name; word++) {
        if (str_eq(text, str_of(word->name))) {
            *expires = (struct expires){.kind = word->value};
            return true;
        }
    }
    return parse_expires(text, node->n == 2, expires, err);
}

/* --- the row --- */

static void warn_of_rules(const struct header_rules *rules, const struct log *log)
{
    for (size_t i = 0; i < rules->n; i++) {
        struct header_rule *rule = &rules->items[i];
        field_conf_warn(log, rule->name, &rule->value, &rule->place);
    }
}

static bool headers_complete(struct loader *loader, struct location_settings *location,
                             struct error *err)
{
    (void)err;
    const struct headers_settings *settings = headers_settings_of(location);
    warn_of_rules(&settings->add_headers, &loader->warnings);
    warn_of_rules(&settings->add_trailers, &loader->warnings);
    if (settings->add_headers.n || settings->expires.kind != EXPIRES_OFF) {
        level_add_hooks(loader, location, &headers_hooks);
    }
    if (settings->add_trailers.n) {
        level_add_hooks(loader, location, &trailers_hooks);
    }
    return true;
}

#define EVERYWHERE_IF (CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION | CONTEXT_LOCATION_IF)
#define FIELD(field)  .offset = offsetof(struct headers_settings, field)
#define RULE                                                                                       \
    .contexts = EVERYWHERE_IF, .min_args = 2, .max_args = 3, .repeats = true,                      \
    .set = set_header_rule, .syntax = "name value [always]"

static const struct directive DIRECTIVES[] = {
    {.name = "add_header", RULE, FIELD(add_headers)},
    {.name = "add_trailer", RULE, FIELD(add_trailers)},
    {.name = "expires",
     .contexts = EVERYWHERE_IF,
     .min_args = 1,
     .max_args = 2,
     .set = set_expires,
     FIELD(expires),
     .initial = "off",
     .syntax = "[modified] time | epoch | max | off"},
};

static const struct directive_table TABLE = {"Headers of responses", DIRECTIVES,
                                             COUNT_OF(DIRECTIVES), LEVEL_MODULE, 0};
static const struct directive_table *const TABLES[] = {&TABLE, NULL};

const struct module headers_module = {
    .name = "headers",
    .tables = TABLES,
    .size = sizeof(struct headers_settings),
    .complete = headers_complete,
};
