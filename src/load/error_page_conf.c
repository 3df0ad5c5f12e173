/* SPDX-License-Identifier: Apache-2.0 */
/* error_page. */
#include <assert.h>

#include "base/vec.h"
#include "load/location_setters_conf.h"

static bool error_page_conf_fail_value(struct str value, struct error *err)
{
    return error_set(err, "invalid value \"%.*s\"", STR_ARG(value));
}

static bool error_page_conf_compile(struct conf_scope *scope, struct str text, struct template *out,
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
        return error_page_conf_fail_value(text, err);
    }
    *overwrite = (int)code;
    return true;
}

static bool parse_status(struct str text, int *status, struct error *err)
{
    uint64_t code;
    if (!str_to_u64(text, INT32_MAX, &code) || code == 499) {
        return error_page_conf_fail_value(text, err);
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
    assert(node->n >= 2); /* so its row says */
    size_t codes = node->n - 1;
    struct error_page page = {
        .overwrite = -1, .file = scope->node->file, .line = scope->node->line};
    if (scope->first) {
        *pages = (struct error_pages){0};
    }
    if (str_starts(node->args[codes - 1], STR("="))) {
        codes--;
        if (codes == 0) {
            return error_page_conf_fail_value(node->args[0], err);
        }
        if (!parse_overwrite(node->args[codes], &page.overwrite, err)) {
            return false;
        }
    }
    if (!error_page_conf_compile(scope, node->args[node->n - 1], &page.target, err)) {
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
