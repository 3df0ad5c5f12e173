/* SPDX-License-Identifier: Apache-2.0 */
/* root, alias, types, try_files. */
#include <assert.h>

#include "base/file.h"
#include "base/vec.h"
#include "http/header.h"
#include "load/location_setters_conf.h"

static bool files_conf_compile(struct conf_scope *scope, struct str text, struct template *out,
                               struct error *err)
{
    return template_compile(text, scope->vars, scope->arena, scope->node->file, scope->node->line,
                            out, err);
}

/* --- root and alias --- */

static bool fail_second(const struct directive *row, bool was_alias, struct error *err)
{
    bool is_alias = str_eq(str_of(row->name), STR("alias"));
    if (is_alias == was_alias) {
        return error_set(err, "\"%s\" directive is duplicate", row->name);
    }
    return error_set(err, "\"%s\" directive is duplicate, \"%s\" directive was specified earlier",
                     row->name, was_alias ? "alias" : "root");
}

static bool set_base(struct conf_scope *scope, const struct directive *row,
                     struct location_settings *location, size_t alias, struct error *err)
{
    struct str path = scope->node->args[0];
    assert(!alias || location->location); /* only a location has one */
    /* In http only the initial root is set before; a second one written there is refused by its
     * row. */
    if (location->files.root_level == location && scope->context != CONTEXT_HTTP) {
        return fail_second(row, location->files.alias != 0, err);
    }
    static const char *const CIRCULAR[] = {"document_root", "realpath_root"};
    for (size_t i = 0; i < COUNT_OF(CIRCULAR); i++) {
        if (str_search(path, str_of(CIRCULAR[i])) < path.n) {
            return error_set(err, "the $%s variable cannot be used in the \"%s\" directive",
                             CIRCULAR[i], row->name);
        }
    }
    if (!str_starts(path, STR("$"))) {
        path = str_of(path_resolve(scope->arena, str_of(scope->prefix), path));
    }
    if (!alias && path.n && path.p[path.n - 1] == '/') {
        path.n--;
    }
    location->files.root_level = location;
    location->files.alias = alias;
    return files_conf_compile(scope, path, &location->files.root, err);
}

bool set_root(struct conf_scope *scope, const struct directive *row, void *field, struct error *err)
{
    return set_base(scope, row, field, 0, err);
}

bool set_alias(struct conf_scope *scope, const struct directive *row, void *field,
               struct error *err)
{
    struct location_settings *settings = field;
    const struct location *location = settings->location;
    if (!location || location->kind == LOCATION_NAMED) {
        return error_set(err, "the \"alias\" directive cannot be used inside the named location");
    }
    return set_base(scope, row, settings,
                    location->kind == LOCATION_REGEX ? ALIAS_WHOLE : location->name.n, err);
}

/* --- types --- */

static void put_type(struct strmap *types, struct arena *arena, struct str extension,
                     struct str type)
{
    struct str *value = arena_alloc(arena, sizeof(*value));
    *value = type;
    strmap_put(types, arena, extension, value);
}

static struct strmap *new_types(struct arena *arena)
{
    struct strmap *types = arena_zalloc(arena, sizeof(*types));
    types->ignore_case = true;
    return types;
}

struct strmap *files_default_types(struct arena *arena)
{
    struct strmap *types = new_types(arena);
    put_type(types, arena, STR("html"), STR("text/html"));
    put_type(types, arena, STR("gif"), STR("image/gif"));
    put_type(types, arena, STR("jpg"), STR("image/jpeg"));
    return types;
}

static bool check_type(struct str type, struct error *err)
{
    return header_value_valid(type) ||
           error_set(err, "the media type contains a line break or a NUL");
}

bool set_media_type(struct conf_scope *scope, const struct directive *row, void *field,
                    struct error *err)
{
    return set_text(scope, row, field, err) && check_type(*(struct str *)field, err);
}

bool set_types(struct conf_scope *scope, const struct directive *row, void *field,
               struct error *err)
{
    struct location_settings *location = field;
    if (scope->first || !location->files.types) {
        location->files.types = new_types(scope->arena);
    }
    for (const struct conf_node *node = scope->node->children; node; node = node->next) {
        if (node->is_block || node->n == 0) {
            error_set(err, "invalid line \"%.*s\" in \"%s\": expected a type and extensions",
                      STR_ARG(node->name), row->name);
            return conf_error_at(node, err);
        }
        if (!check_type(node->name, err)) {
            return conf_error_at(node, err);
        }
        for (size_t i = 0; i < node->n; i++) {
            put_type(location->files.types, scope->arena, node->args[i], node->name);
        }
    }
    return true;
}

/* --- try_files --- */

static bool parse_code(struct str text, int *status, struct error *err)
{
    uint64_t code;
    if (!str_to_u64(str_skip(text, 1), 999, &code)) {
        return error_set(err, "invalid code \"%.*s\"", STR_ARG(text));
    }
    *status = (int)code;
    return true;
}

bool set_try_files(struct conf_scope *scope, const struct directive *row, void *field,
                   struct error *err)
{
    struct try_files *files = &((struct location_settings *)field)->try_files;
    const struct conf_node *node = scope->node;
    assert(node->n >= 2); /* so its row says */
    *files = (struct try_files){.set = true, .n = node->n - 1};
    files->paths = arena_zalloc(scope->arena, files->n * sizeof(*files->paths));
    for (size_t i = 0; i < files->n; i++) {
        if (!files_conf_compile(scope, node->args[i], &files->paths[i], err)) {
            return false;
        }
    }
    struct str last = node->args[node->n - 1];
    if (str_starts(last, STR("="))) {
        return parse_code(last, &files->status, err);
    }
    return files_conf_compile(scope, last, &files->target, err);
}
