/* SPDX-License-Identifier: Apache-2.0 */
/* Setters of proxy_redirect and proxy_cookie_*. */
#include <assert.h>

#include "base/vec.h"
#include "modules/proxy/proxy_setters_conf.h"

static bool is_off(const struct conf_scope *scope)
{
    return scope->node->n == 1 && str_eq(scope->node->args[0], STR("off"));
}

static bool fail_argument(const struct conf_scope *scope, struct error *err)
{
    return error_set(err, "invalid parameter \"%.*s\"", STR_ARG(scope->node->args[0]));
}

/* "off" or a pair, where the first may be a regular expression. `dots`: one before a domain does
 * not count. */
static bool add_rewrite(struct conf_scope *scope, struct proxy_rewrites *list,
                        bool always_ignore_case, bool dots, struct error *err)
{
    const struct conf_node *node = scope->node;
    if (is_off(scope)) {
        list->off = true;
        return true;
    }
    if (node->n != 2) {
        return fail_argument(scope, err);
    }
    struct proxy_rewrite *rule = vec_push(scope->arena, &list->items, &list->n, sizeof(*rule));
    struct str from = node->args[0], to = node->args[1];
    if (str_starts(from, STR("~"))) {
        bool star = str_starts(from, STR("~*"));
        if (!variables_regex(scope->vars, str_skip(from, star ? 2 : 1), star || always_ignore_case,
                             &rule->regex, err)) {
            return false;
        }
    } else if (!template_compile(str_skip(from, dots && str_starts(from, STR("."))), scope->vars,
                                 scope->arena, node->file, node->line, &rule->from, err)) {
        return false;
    }
    return template_compile(str_skip(to, dots && str_starts(to, STR("."))), scope->vars,
                            scope->arena, node->file, node->line, &rule->to, err);
}

static struct proxy_rewrites *start_list(const struct conf_scope *scope, void *field)
{
    struct proxy_rewrites *list = field;
    if (scope->first) {
        *list = (struct proxy_rewrites){0};
    }
    return list;
}

bool set_proxy_redirect(struct conf_scope *scope, const struct directive *row, void *field,
                        struct error *err)
{
    struct proxy_rewrites *list = start_list(scope, field);
    if (scope->node->n == 1 && str_eq(scope->node->args[0], STR("default"))) {
        list->by_default = true;
        return true;
    }
    return add_rewrite(scope, list, false, false, err);
}

bool set_cookie_domain(struct conf_scope *scope, const struct directive *row, void *field,
                       struct error *err)
{
    return add_rewrite(scope, start_list(scope, field), true, true, err);
}

bool set_cookie_path(struct conf_scope *scope, const struct directive *row, void *field,
                     struct error *err)
{
    return add_rewrite(scope, start_list(scope, field), false, false, err);
}

static bool add_flag(struct conf_scope *scope, struct proxy_cookie_flags *rule, struct str word,
                     struct error *err)
{
    if (proxy_cookie_flag(word, &rule->set, &rule->clear)) {
        return true;
    }
    if (str_find(word, '$') == word.n) {
        return error_set(err, "invalid parameter \"%.*s\"", STR_ARG(word));
    }
    struct template *flag =
        vec_push(scope->arena, &rule->variables, &rule->variables_n, sizeof(*flag));
    return template_compile(word, scope->vars, scope->arena, scope->node->file, scope->node->line,
                            flag, err);
}

bool set_cookie_flags(struct conf_scope *scope, const struct directive *row, void *field,
                      struct error *err)
{
    struct proxy_cookies *list = field;
    const struct conf_node *node = scope->node;
    if (scope->first) {
        *list = (struct proxy_cookies){0};
    }
    if (is_off(scope)) {
        return true;
    }
    assert(node->n >= 1);
    struct proxy_cookie_flags *rule = vec_push(scope->arena, &list->items, &list->n, sizeof(*rule));
    struct str name = node->args[0];
    bool ok = str_starts(name, STR("~"))
                  ? variables_regex(scope->vars, str_skip(name, 1), true, &rule->regex, err)
                  : template_compile(name, scope->vars, scope->arena, node->file, node->line,
                                     &rule->name, err);
    for (size_t i = 1; ok && i < node->n; i++) {
        ok = add_flag(scope, rule, node->args[i], err);
    }
    return ok;
}
