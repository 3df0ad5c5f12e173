/* SPDX-License-Identifier: Apache-2.0 */
/* error_page, add_header, add_trailer, expires, allow, deny. */
#include "base/vec.h"
#include "conf/value.h"
#include "http/header.h"
#include "load/field_conf.h"
#include "load/location_setters_conf.h"

static bool answer_conf_fail_value(struct str value, struct error *err)
{
    return error_set(err, "invalid value \"%.*s\"", STR_ARG(value));
}

static bool answer_conf_compile(struct conf_scope *scope, struct str text, struct template *out,
                                struct error *err)
{
    return template_compile(text, scope->vars, scope->arena, scope->node->file, scope->node->line,
                            out, err);
}

/* --- error_page CODE … [=[CODE]] TARGET --- */

static bool parse_overwrite(struct str text, int *overwrite, struct error *err)
{
    uint64_t code = 0;
    if (text.n > 1 && !str_to_u64(str_skip(text, 1), 999, &code)) {
        return answer_conf_fail_value(text, err);
    }
    *overwrite = (int)code;
    return true;
}

static bool parse_status(struct str text, int *status, struct error *err)
{
    uint64_t code;
    if (!str_to_u64(text, INT32_MAX, &code) || code == 499) {
        return answer_conf_fail_value(text, err);
    }
    if (code < 300 || code > 599) {
        return error_set(err, "value \"%.*s\" must be between 300 and 599", STR_ARG(text));
    }
    *status = (int)code;
    return true;
}

bool set_error_page(struct conf_scope *scope, const struct directive *row, void *field,
                    struct error *err)
{
    struct error_pages *pages = &((struct location_settings *)field)->error_pages;
    const struct conf_node *node = scope->node;
    size_t codes = node->n - 1;
    struct error_page page = {
        .overwrite = -1, .file = scope->node->file, .line = scope->node->line};
    if (scope->first) {
        *pages = (struct error_pages){0};
    }
    if (str_starts(node->args[codes - 1], STR("="))) {
        codes--;
        if (codes == 0) {
            return answer_conf_fail_value(node->args[0], err);
        }
        if (!parse_overwrite(node->args[codes], &page.overwrite, err)) {
            return false;
        }
    }
    if (!answer_conf_compile(scope, node->args[node->n - 1], &page.target, err)) {
        return false;
    }
    for (size_t i = 0; i < codes; i++) {
        if (!parse_status(node->args[i], &page.status, err)) {
            return false;
        }
        struct error_page *slot =
            vec_push(scope->arena, &pages->items, &pages->n, sizeof(*pages->items));
        *slot = page;
    }
    return true;
}

/* --- add_header, add_trailer --- */

bool set_header_rule(struct conf_scope *scope, const struct directive *row, void *field,
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
    if (!answer_conf_compile(scope, node->args[1], &rule.value, err)) {
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

bool set_expires(struct conf_scope *scope, const struct directive *row, void *field,
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

/* --- allow, deny --- */

bool set_access_rule(struct conf_scope *scope, const struct directive *row, void *field,
                     struct error *err)
{
    struct location_settings *location = field;
    struct access_rules *rules = &location->access;
    struct str text = scope->node->args[0];
    bool cleared = false;
    /* The list is one for both directives: whichever comes first replaces what was inherited. */
    if (rules->level != location) {
        *rules = (struct access_rules){.level = location};
    }
    struct access_rule rule = {
        .allow = str_eq(str_of(row->name), STR("allow")),
        .file = scope->node->file,
        .line = scope->node->line,
    };
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
